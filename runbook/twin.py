"""The twin of a deployed stack, read and seeded through the platform's own table adapter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from omnitrack.domain.errors import VersionConflictError, VersionRequiredError
from omnitrack.domain.twin import Precondition

from runbook import demo_network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from omnitrack.adapters.network import NetworkTable
    from omnitrack.domain.twin import StoredLane, StoredNode

    from runbook.targets import Target

PAGE: Final = 200
WRITERS: Final = 4
CREATE: Final = Precondition()
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What a seeding did.

    Attributes:
        created: entities that are new.
        kept: entities that were there, whatever people have made of them since.
    """

    created: int
    kept: int


def network(target: Target) -> NetworkTable:
    """The twin's table of a stack."""
    from omnitrack.adapters.network import NetworkTable  # noqa: PLC0415 - loads boto3
    from omnitrack.adapters.table import Table  # noqa: PLC0415 - loads boto3

    table = Table(target.client("dynamodb"), target.output("MainTableName"))
    # A stack that was deployed before the setting existed has one partition.
    return NetworkTable(table, shards=int(target.outputs.get("NetworkShards", 1)))


def entities(target: Target) -> tuple[list[StoredNode], list[StoredLane]]:
    """All nodes, by id, and all lanes of the twin."""
    table, nodes, lanes, position = network(target), [], [], None
    while True:
        page = table.page(limit=PAGE, after=position)
        nodes += page.nodes
        lanes += page.lanes
        if page.end is None:
            return sorted(nodes, key=lambda node: node.id), lanes
        position = page.end


def seed(target: Target) -> tuple[Seeded, Seeded]:
    """Put the demo network into the twin; what is there already stays as it is.

    Returns:
        What happened to the nodes, and to the lanes.
    """
    table, now = network(target), datetime.now(UTC)
    known_nodes, known_lanes = entities(target)
    nodes = _create(
        demo_network.nodes(),
        {node.id for node in known_nodes},
        lambda node_id, node: table.put_node(node_id, node, CREATE, now),
    )
    lanes = _create(
        demo_network.lanes(),
        {(lane.from_, lane.to) for lane in known_lanes},
        lambda ends, lane: table.put_lane(*ends, lane, CREATE, now),
    )
    return nodes, lanes


def _create(wanted: Mapping[K, V], known: AbstractSet[K], put: Callable[[K, V], object]) -> Seeded:
    missing = {key: value for key, value in wanted.items() if key not in known}

    def is_new(entry: tuple[K, V]) -> bool:
        try:
            put(*entry)
        except (VersionConflictError, VersionRequiredError):
            # Somebody else has just made it.
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        created = sum(pool.map(is_new, missing.items()))
    return Seeded(created=created, kept=len(wanted) - created)
