"""Nodes at their revisions, from the table and from its stream."""

from collections.abc import Iterator, Mapping
from typing import Any

from omnitrack.adapters import network_items
from omnitrack.adapters.alerts import KIND, alert_of
from omnitrack.adapters.network_items import PARTITION, node_key, partitions
from omnitrack.adapters.table import Item, Table, from_attributes
from omnitrack.domain.alerts import Alert
from omnitrack.domain.evaluator import NodeState

NODES = "NODE#"


class NodeStatesTable:
    """Nodes as the table has them."""

    def __init__(self, table: Table, *, shards: int = 1) -> None:
        self._table = table
        self._shards = shards

    def current(self, node_id: str) -> NodeState | None:
        """See the port."""
        item = self._table.get(node_key(node_id, self._shards))
        return None if item is None else _state(item)

    def everyone(self) -> Iterator[NodeState]:
        """See the port."""
        for partition in partitions(self._shards):
            for item in self._table.all(partition, prefix=NODES):
                yield _state(item)


class StreamImage:
    """A record of the table's stream about a node or an alert; what its items say is read when asked for."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        stream = record["dynamodb"]
        keys = from_attributes(stream["Keys"])
        self.sequence: str = stream["SequenceNumber"]
        self.node_id: str | None = None
        self.alert_id: str | None = None
        if keys["PK"].startswith(PARTITION) and keys["SK"].startswith(NODES):
            self.node_id = keys["SK"].removeprefix(NODES)
        elif keys["SK"] == KIND:
            self.alert_id = keys["PK"].partition("#")[2]
        self._before = stream.get("OldImage")
        self._after = stream.get("NewImage")

    def state(self) -> NodeState:
        """What the node has become; raises ValueError when the item is not what the platform writes."""
        if self._after:
            return _state(from_attributes(self._after))
        gone = from_attributes(self._before or {})
        return NodeState(id=str(self.node_id), created_at=_created_at(gone), node=None)

    def alerts(self) -> tuple[Alert | None, Alert | None]:
        """What the alert was and has become; raises ValueError as `state` does."""
        before, after = (
            alert_of(from_attributes(item)) if item else None for item in (self._before, self._after)
        )
        return before, after


def _state(item: Item) -> NodeState:
    node = network_items.node(item)
    return NodeState(id=node.id, created_at=_created_at(item), node=node)


def _created_at(item: Item) -> str:
    # A node that was made by other means has none until somebody replaces it.
    return str(item.get("createdAt", ""))
