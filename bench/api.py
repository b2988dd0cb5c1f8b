"""Reads and writes through the local edge: firewalls, authorizer, validation, function, table, and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench import network
from bench.client import Client
from bench.measure import Row, latencies, percentile, timed
from runbook import demo_network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.workspace import Workspace

CLIENTS: Final = (1, 8, 32)
REQUESTS: Final = 480
"""Counted requests per call and number of clients."""
BLOCK: Final = 96
"""Requests, of all clients together, before the next call has its turn: a multiple of each number of them."""
EDGE_HEALTH: Final = "/_omnitrack/health"
READ_AIM: Final = "p50 12, p95 25 ms"


@dataclass(frozen=True, kw_only=True)
class Call:
    """Something that clients ask for over and over.

    Attributes:
        what: it is called in the table.
        once: asks for it, given a connection and the number of the client.
        aim: with one client, in words.
    """

    what: str
    once: Callable[[Client, int], object]
    aim: str = ""


def measure(workspace: Workspace, _runs: int) -> list[Row]:
    """Read the API's health and a node, and write a node, beside the health of the edge itself.

    Each client keeps its connection and asks again as soon as it has an answer.
    """
    port = workspace.cloud.port
    workspace.report("reads and writes through the API")
    headers = {"Authorization": workspace.token("operations_manager")}
    with Client(port, headers) as client:
        for number in range(max(CLIENTS)):
            client.put(_own_node(number), network.NODE, replaces=False)
    rows = []
    for count in CLIENTS:
        with ExitStack() as stack:
            clients = [stack.enter_context(Client(port, headers)) for _ in range(count)]
            taken = _in_turns(clients)
        rows += _rows(taken, count)
    return rows


def _own_node(number: int) -> str:
    """The path of a client's own node: clients do not wait for each other's writes."""
    return f"/v1/twin/nodes/bench-client-{number}"


def _reading(path: str, aim: str = "") -> Call:
    return Call(what=f"GET {path}", once=lambda client, _: client.get(path), aim=aim)


CALLS: Final = (
    _reading(EDGE_HEALTH),
    _reading("/v1/health", READ_AIM),
    _reading(f"/v1/twin/nodes/{next(iter(demo_network.nodes()))}", READ_AIM),
    Call(
        what="PUT /v1/twin/nodes/{one of each client's own}",
        once=lambda client, number: client.put(_own_node(number), network.NODE, replaces=True),
    ),
)


def _in_turns(clients: Sequence[Client]) -> dict[Call, list[float]]:
    """Seconds of each request, by call; a first block per call is not counted."""
    taken: dict[Call, list[float]] = {call: [] for call in CALLS}
    each = BLOCK // len(clients)
    with ThreadPoolExecutor(len(clients)) as pool:
        for block in range(REQUESTS // BLOCK + 1):
            for call, seconds in taken.items():
                done = list(
                    pool.map(_repeated, [call] * len(clients), enumerate(clients), [each] * len(clients))
                )
                if block:
                    seconds += [second for one in done for second in one]
    return taken


def _repeated(call: Call, numbered: tuple[int, Client], times: int) -> list[float]:
    number, client = numbered
    return [timed(lambda: call.once(client, number)) for _ in range(times)]


def _rows(taken: dict[Call, list[float]], count: int) -> list[Row]:
    label = "1 client" if count == 1 else f"{count} clients"
    yardstick = percentile(taken[CALLS[0]], 50)
    rows = []
    for call, seconds in taken.items():
        row = latencies(f"{call.what}, {label}", seconds, aim=call.aim if count == 1 else "")
        ratio = percentile(seconds, 50) / yardstick
        rows.append(row if call is CALLS[0] else row.compared(ratio, f"p50 of {EDGE_HEALTH}"))
    return rows
