"""Many sockets at a time: opened, subscribed, and told of one change."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from websockets.asyncio.client import connect

from bench import listener, network
from bench.measure import Row, durations, latencies
from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from websockets.asyncio.client import ClientConnection

    from bench.listener import Frame
    from bench.workspace import Workspace
    from runbook.publishing import Publisher

SOCKETS: Final = 200
AT_ONCE: Final = 16
"""Handshakes and subscriptions under way at a time."""
PATIENCE_SECONDS: Final = 60.0


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """Open 200 sockets, subscribe them, and publish readings that each is told of."""
    cloud = workspace.cloud
    workspace.report(f"{SOCKETS} sockets")
    stack, token = network.target(), workspace.token("viewer")
    node = network.own_node(stack, "bench-sockets")
    with network.connected(stack, [node]) as publisher:
        crowd = Crowd(address=listener.address(cloud), token=token)
        return asyncio.run(crowd.measured(publisher, node, runs))


class Crowd:
    """Sockets of one person.

    Args:
        address: where they are opened.
        token: of the person.
    """

    def __init__(self, *, address: str, token: str) -> None:
        self._address = address
        self._token = token
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def measured(self, publisher: Publisher, node: str, runs: int) -> list[Row]:
        """The rows of the subject; a first change is not counted."""
        async with AsyncExitStack() as stack:
            opened = await asyncio.gather(*(self._open(stack) for _ in range(SOCKETS)))
            sockets = [socket for socket, _ in opened]
            subscribed = await asyncio.gather(*map(self._subscribe, sockets))
            told = [await _tell(sockets, publisher, node) for _ in range(runs + 1)][1:]
        crowd = f"{SOCKETS} sockets, {AT_ONCE} at a time"
        first = durations(
            f"one reading until the first of {SOCKETS} sockets is told", [min(one) for one in told]
        )
        last = durations(f"one reading until all {SOCKETS} sockets are told", [max(one) for one in told])
        ratio = last.figures["median"] / first.figures["median"]
        return [
            latencies(f"a socket until it is open, {crowd}", [seconds for _, seconds in opened]),
            latencies(f"a socket until it is subscribed, {crowd}", subscribed),
            first,
            last.compared(ratio, "median until the first is told"),
        ]

    async def _open(self, stack: AsyncExitStack) -> tuple[ClientConnection, float]:
        async with self._turn:
            started = time.perf_counter()
            socket = await stack.enter_async_context(
                connect(
                    self._address,
                    subprotocols=listener.protocols(self._token),
                    proxy=None,
                    open_timeout=PATIENCE_SECONDS,
                    ping_interval=None,
                )
            )
            return socket, time.perf_counter() - started

    async def _subscribe(self, socket: ClientConnection) -> float:
        async with self._turn:
            started = time.perf_counter()
            await socket.send(listener.subscription("twin"))
            await _wait(socket, lambda frame: frame["type"] == "subscribed", "that it is subscribed")
            return time.perf_counter() - started


async def _tell(sockets: Sequence[ClientConnection], publisher: Publisher, node: str) -> list[float]:
    """Seconds from a reading's publication until each of the sockets is told."""
    reading = network.utilization(node, 0.5)
    started = time.perf_counter()
    publisher.send(reading)

    async def told(socket: ClientConnection) -> float:
        await _wait(socket, listener.shows(reading.message_id), "of a reading")
        return time.perf_counter() - started

    return list(await asyncio.gather(*map(told, sockets)))


async def _wait(socket: ClientConnection, wanted: Callable[[Frame], bool], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted(json.loads(await socket.recv())):
                pass
    except TimeoutError:
        raise BenchmarkError(f"a socket is not told {what} in {PATIENCE_SECONDS:.0f} s") from None
