"""One reading at a time, from the device over MQTT to who waits for it: the API, and a subscribed socket."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from bench import listener, network
from bench.client import Client
from bench.measure import Row, comparison, in_turns, tries
from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from bench.listener import Frame, Listener
    from bench.workspace import Workspace
    from runbook.publishing import Publisher

TRIES: Final = 100
PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.005
CALM, ALARMING = 0.5, 0.99
"""How full a node is, without and with an alert."""
READ: Final = "a node read through the API, with nothing to wait for"
SHOWN: Final = "a reading until the API shows it"
TOLD: Final = "a reading until a subscribed socket is told"
OPENED: Final = "a reading until a subscribed socket is told alert.opened"
RESOLVED: Final = "a reading until a subscribed socket is told alert.resolved"
AIMS: Final = {OPENED: "2 s (product promise 30 s)"}


def measure_twin(workspace: Workspace, _runs: int) -> list[Row]:
    """Publish a reading and wait for it: at the API, and at a socket."""
    cloud = workspace.cloud
    workspace.report("readings until they are seen in the twin")
    stack, token = network.target(), workspace.token("viewer")
    node = network.own_node(stack, "bench-twin")
    with (
        network.connected(stack, [node]) as publisher,
        listener.opened(cloud, token, "twin") as socket,
        Client(cloud.port, {"Authorization": token}) as client,
    ):
        subjects = {
            READ: lambda: _latest(client, node),
            SHOWN: lambda: _wait_at_api(client, node, _sent(publisher, node, CALM)),
            TOLD: lambda: _wait_at_socket(socket, _sent(publisher, node, CALM)),
        }
        return comparison(in_turns(TRIES, subjects), READ, AIMS, summary=tries)


def measure_alerts(workspace: Workspace, _runs: int) -> list[Row]:
    """Publish a reading beyond a threshold, then one below it, each until a socket that listens is told."""
    cloud = workspace.cloud
    workspace.report("readings until their alert arrives at a socket")
    stack, token = network.target(), workspace.token("viewer")
    node = network.own_node(stack, "bench-alerts")
    with (
        network.connected(stack, [node]) as publisher,
        listener.opened(cloud, token, "twin", "alerts") as socket,
    ):
        subjects = {
            TOLD: lambda: _wait_at_socket(socket, _sent(publisher, node, CALM)),
            OPENED: lambda: _alerted(socket, publisher, node, ALARMING, "alert.opened"),
            RESOLVED: lambda: _alerted(socket, publisher, node, CALM, "alert.resolved"),
        }
        return comparison(in_turns(TRIES, subjects), TOLD, AIMS, summary=tries)


def _sent(publisher: Publisher, node: str, share: float) -> str:
    """Publish a reading; answers its message id."""
    reading = network.utilization(node, share)
    publisher.send(reading)
    return reading.message_id


def _wait_at_socket(socket: Listener, message: str) -> None:
    socket.wait(listener.shows(message), "of a reading")


def _wait_at_api(client: Client, node: str, message: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while message not in _latest(client, node):
        if time.monotonic() > deadline:
            raise BenchmarkError(
                f"the API does not show a reading {PATIENCE_SECONDS:.0f} s after it was sent"
            )
        time.sleep(LOOK_SECONDS)


def _latest(client: Client, node: str) -> set[str]:
    latest = json.loads(client.get(f"/v1/twin/nodes/{node}")).get("latest", {})
    return {reading["messageId"] for reading in latest.values()}


def _alerted(socket: Listener, publisher: Publisher, node: str, share: float, kind: str) -> None:
    _sent(publisher, node, share)

    def is_it(frame: Frame) -> bool:
        return bool(frame["type"] == kind and frame["data"].get("nodeId") == node)

    socket.wait(is_it, f"of {kind}")
