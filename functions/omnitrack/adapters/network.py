"""The twin in the main table: all nodes and lanes in one partition, so that a network reads in one query.

A node counts its lanes (`laneCount`) in the transactions that add and remove them: that is what keeps a node
from being removed while, at the same moment, a lane to it is added.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from omnitrack.adapters.table import Cancellation, FullPage, Item, Table
from omnitrack.domain.errors import LaneEndMissingError, NodeHasLanesError, UnavailableError
from omnitrack.domain.twin import (
    Lane,
    Node,
    Page,
    Position,
    Precondition,
    StoredLane,
    StoredNode,
    lane_missing,
    lane_title,
    node_missing,
    node_title,
)
from omnitrack.domain.values import Model, moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

NETWORK = "main"
PARTITION = f"NETWORK#{NETWORK}"
LANES = "LANE#"
MOST_NAMED = 10  # lanes that an error message names


def node_key(node_id: str) -> dict[str, str]:
    """The key of a node's item."""
    return {"PK": PARTITION, "SK": f"NODE#{node_id}"}


def lane_key(from_: str, to: str) -> dict[str, str]:
    """The key of a lane's item."""
    return {"PK": PARTITION, "SK": f"{LANES}{from_}#{to}"}


class NetworkTable:
    """The network `main`, kept in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(self, *, limit: int, after: Position | None) -> Page:
        """See the port; lanes come before nodes."""
        items = self._table.page(PARTITION, after=_key(after)["SK"] if after else "", limit=limit)
        return Page(
            nodes=[_node(item) for item in items if not item["SK"].startswith(LANES)],
            lanes=[_lane(item) for item in items if item["SK"].startswith(LANES)],
            end=_position(items[-1]) if isinstance(items, FullPage) else None,
        )

    def node(self, node_id: str) -> StoredNode:
        """See the port."""
        item = self._table.get(node_key(node_id))
        if item is None:
            raise node_missing(node_id)
        return _node(item)

    def put_node(self, node_id: str, node: Node, precondition: Precondition, at: datetime) -> StoredNode:
        """See the port."""
        try:
            item = self._table.update(node_key(node_id), **_replacement(node, precondition, at, reads=True))
        except Cancellation as cancellation:
            raise precondition.refusal(node_title(node_id), _version(cancellation.items[0])) from None
        return _node(item)

    def delete_node(self, node_id: str, precondition: Precondition) -> None:
        """See the port."""
        condition = "attribute_exists(PK) AND (attribute_not_exists(laneCount) OR laneCount <= :none)"
        values: Item = {":none": 0}
        if precondition.version is not None:
            condition += " AND version = :version"
            values[":version"] = precondition.version
        self._refuse_with_lanes(node_id)
        try:
            self._table.delete(
                node_key(node_id), ConditionExpression=condition, ExpressionAttributeValues=values
            )
        except Cancellation as cancellation:
            found = cancellation.items[0]
            if found is None:
                raise node_missing(node_id) from None
            if precondition.version not in {None, found["version"]}:
                raise precondition.refusal(node_title(node_id), found["version"]) from None
            self._refuse_with_lanes(node_id)
            raise UnavailableError(f"the lanes of {node_title(node_id)} are changing: try again") from None

    def put_lane(
        self, from_: str, to: str, lane: Lane, precondition: Precondition, at: datetime
    ) -> StoredLane:
        """See the port."""
        expressions = _replacement(lane, precondition, at)
        title = lane_title(from_, to)
        if not precondition.creates:
            try:
                return _lane(self._table.update(lane_key(from_, to), **expressions))
            except Cancellation as cancellation:
                raise precondition.refusal(title, _version(cancellation.items[0])) from None
        try:
            self._table.transact(
                self._table.updating(lane_key(from_, to), **expressions), *self._count_lanes(from_, to, by=1)
            )
        except Cancellation as cancellation:
            exists, *absent = cancellation.failed
            if exists:
                raise precondition.refusal(title, _version(cancellation.items[0])) from None
            missing = " and ".join(
                node_title(end) for end, gone in zip((from_, to), absent, strict=True) if gone
            )
            raise LaneEndMissingError(
                f"{title} cannot be: the network has no {missing}, put it first"
            ) from None
        return StoredLane(**lane.model_dump(), from_=from_, to=to, version=1, updated_at=at)

    def delete_lane(self, from_: str, to: str, precondition: Precondition) -> None:
        """See the port."""
        expected = precondition.version
        condition = "attribute_exists(PK)" if expected is None else "version = :version"
        values = {} if expected is None else {"ExpressionAttributeValues": {":version": expected}}
        try:
            self._table.transact(
                self._table.deleting(lane_key(from_, to), ConditionExpression=condition, **values),
                *self._count_lanes(from_, to, by=-1),
            )
        except Cancellation as cancellation:
            found = cancellation.items[0]
            if cancellation.failed[0] and found is not None:
                raise precondition.refusal(lane_title(from_, to), found["version"]) from None
            raise lane_missing(from_, to) from None

    def _count_lanes(self, *node_ids: str, by: int) -> "Iterator[TransactWriteItemTypeDef]":
        for node_id in node_ids:
            yield self._table.updating(
                node_key(node_id),
                UpdateExpression="ADD laneCount :change",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":change": by},
            )

    def _refuse_with_lanes(self, node_id: str) -> None:
        lanes = [_lane(item) for item in self._table.all(PARTITION, prefix=LANES)]
        titles = [f"{lane.from_} to {lane.to}" for lane in lanes if node_id in {lane.from_, lane.to}]
        if titles:
            named = ", ".join(titles[:MOST_NAMED]) + (", ..." if len(titles) > MOST_NAMED else "")
            raise NodeHasLanesError(
                f"{node_title(node_id)} still has {len(titles)} lanes, remove them first: {named}"
            )


def _replacement(
    entity: Model, precondition: Precondition, at: datetime, *, reads: bool = False
) -> dict[str, Any]:
    """The arguments of an update that replaces what people define and leaves what the platform keeps."""
    fields = entity.model_dump(by_alias=True)
    stored = {name: value for name, value in fields.items() if value is not None} | {
        "updatedAt": moment_text(at)
    }
    gone = [name for name in fields if name not in stored]
    names = {f"#{name}": name for name in fields | stored}
    values = {f":{name}": value for name, value in stored.items()} | {":zero": 0, ":one": 1}
    changes = [f"#{name} = :{name}" for name in stored]
    changes.append("version = if_not_exists(version, :zero) + :one")
    if reads:
        changes += [
            "latest = if_not_exists(latest, :empty)",
            "readingCount = if_not_exists(readingCount, :zero)",
        ]
        values[":empty"] = {}
    condition = "attribute_exists(PK)"
    if precondition.creates:
        condition = "attribute_not_exists(PK)"
    elif precondition.version is not None:
        condition = "version = :expected"
        values[":expected"] = precondition.version
    return {
        "UpdateExpression": "SET "
        + ", ".join(changes)
        + (" REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _version(item: Item | None) -> int | None:
    return None if item is None else item["version"]


def _node(item: Item) -> StoredNode:
    # A node that was put into the table by other means (an import, a restore) may lack what the sensors add.
    observed = {"latest": {}, "readingCount": 0}
    return StoredNode.model_validate(
        observed | _fields(item, StoredNode) | {"id": item["SK"].partition("#")[2]}
    )


def _lane(item: Item) -> StoredLane:
    _, from_, to = item["SK"].split("#")
    return StoredLane.model_validate(_fields(item, StoredLane) | {"from": from_, "to": to})


def _fields(item: Item, model: type[Model]) -> Item:
    """The attributes that belong to the model: keys and bookkeeping stay in the table."""
    aliases = {field.alias for field in model.model_fields.values()}
    return {name: value for name, value in item.items() if name in aliases}


def _key(position: Position) -> dict[str, str]:
    return node_key(position.node) if position.to is None else lane_key(position.node, position.to)


def _position(item: Item) -> Position:
    _, node, *to = item["SK"].split("#")
    return Position(node=node, to=to[0] if to else None)
