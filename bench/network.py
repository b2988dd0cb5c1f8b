"""The stack, nodes and devices that the benchmarks use of the deployed platform."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from omnitrack.domain.twin import Node

from runbook import devices, publishing, targets, twin
from runbook.readings import SimulatedReading, Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.publishing import Publisher
    from runbook.targets import Target

STACK: Final = "development"
NODE: Final[dict[str, Any]] = {
    "name": "Benchmark",
    "type": "warehouse",
    "location": {"latitude": 1.3, "longitude": 103.8},
    "capacity": 1000,
    "inventory": 500,
    "utilization": 0.5,
}


def target() -> Target:
    """The deployed development stack."""
    return targets.open_target(STACK, local=True, live=False, silent=True)


def own_node(stack: Target, node_id: str) -> str:
    """Make a node for one benchmark alone; answers its id."""
    twin.network(stack).put_node(node_id, Node.model_validate(NODE), twin.CREATE, datetime.now(UTC))
    return node_id


@contextmanager
def connected(stack: Target, node_ids: Sequence[str]) -> Iterator[Publisher]:
    """Register a device for each node, and connect them over MQTT."""
    registered = devices.register(stack, list(node_ids), devices.folder_of(STACK), lambda _: None)
    with publishing.over_mqtt(stack, registered.devices, lambda _: None) as publisher:
        yield publisher


def utilization(node_id: str, share: float) -> SimulatedReading:
    """A reading of now that tells how full a node is."""
    return SimulatedReading(
        message_id=str(uuid.uuid4()),
        node_id=node_id,
        timestamp=datetime.now(UTC),
        sensor_type="stock",
        metrics={"utilization": share},
        anomalous=False,
    )


def sites(stack: Target) -> list[Site]:
    """The nodes as the simulator wants them."""
    return [
        Site(
            node_id=node.id,
            type=node.type,
            longitude=node.location.longitude,
            capacity=node.capacity,
            inventory=node.inventory or 0,
        )
        for node in twin.entities(stack)[0]
    ]


def counted(stack: Target) -> int:
    """How many readings the table's nodes have counted, all together."""
    return sum(node.reading_count for node in twin.entities(stack)[0])
