"""Nodes and lanes as items of the main table: their keys, what a write changes, and how they are read."""

from datetime import datetime
from typing import Any
from zlib import crc32

from omnitrack.adapters.table import Item
from omnitrack.domain.twin import Node, Position, StoredLane, StoredNode
from omnitrack.domain.values import Model, moment_text

NETWORK = "main"
PARTITION = f"NETWORK#{NETWORK}"
LANES = "LANE#"
NODES = "NODE#"


def partition(node_id: str, shards: int) -> str:
    """The partition of a node, and of the lanes that begin there."""
    return PARTITION if shards == 1 else _shard(crc32(node_id.encode()) % shards, shards)


def partitions(shards: int) -> list[str]:
    """All partitions of the network, in the order in which its pages go through them."""
    return [PARTITION] if shards == 1 else [_shard(number, shards) for number in range(shards)]


def _shard(number: int, shards: int) -> str:
    return f"{PARTITION}#{number}of{shards}"


def node_key(node_id: str, shards: int = 1) -> dict[str, str]:
    """The key of a node's item."""
    return {"PK": partition(node_id, shards), "SK": f"{NODES}{node_id}"}


def lane_key(from_: str, to: str, shards: int = 1) -> dict[str, str]:
    """The key of a lane's item."""
    return {"PK": partition(from_, shards), "SK": f"{LANES}{from_}#{to}"}


def key(position: Position, shards: int) -> dict[str, str]:
    """The key of what stands at a position."""
    if position.to is None:
        return node_key(position.node, shards)
    return lane_key(position.node, position.to, shards)


def position(item: Item) -> Position:
    """Where an item stands."""
    _, node, *to = item["SK"].split("#")
    return Position(node=node, to=to[0] if to else None)


def version(item: Item | None) -> int | None:
    """The version of what was found; None when nothing was."""
    return None if item is None else item["version"]


def replacement(entity: Model, current: int | None, at: datetime) -> dict[str, Any]:
    """The arguments of an update that replaces what people define and leaves what the platform keeps.

    It makes the version after `current`, and fails when that is not the version that it meets.
    """
    fields = entity.model_dump(by_alias=True)
    kept = {name: value for name, value in fields.items() if value is not None}
    stored = kept | {"updatedAt": moment_text(at), "version": (current or 0) + 1}
    gone = [name for name in fields if name not in stored]
    changes = [f"#{name} = :{name}" for name in stored]
    values: Item = {f":{name}": value for name, value in stored.items()}
    if isinstance(entity, Node):
        values |= {":created": moment_text(at), ":empty": {}, ":zero": 0}
        changes += [
            "createdAt = if_not_exists(createdAt, :created)",
            "latest = if_not_exists(latest, :empty)",
            "readingCount = if_not_exists(readingCount, :zero)",
        ]
        if current is None:  # later it counts, and an import may have left it out
            changes.append("laneCount = :zero")
    condition = "attribute_not_exists(PK)"
    if current is not None:
        condition = "#version = :expected"
        values[":expected"] = current
    return {
        "UpdateExpression": "SET "
        + ", ".join(changes)
        + (" REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in fields | stored},
        "ExpressionAttributeValues": values,
    }


def node(item: Item) -> StoredNode:
    """The node of an item, as of a stream's image too."""
    # A node that was put into the table by other means (an import, a restore) may lack what the sensors add.
    observed = {"latest": {}, "readingCount": 0}
    return StoredNode.model_validate(
        observed | _fields(item, StoredNode) | {"id": item["SK"].partition("#")[2]}
    )


def lane(item: Item) -> StoredLane:
    """The lane of an item, as of a stream's image too."""
    _, from_, to = item["SK"].split("#")
    return StoredLane.model_validate(_fields(item, StoredLane) | {"from": from_, "to": to})


def _fields(item: Item, model: type[Model]) -> Item:
    """The attributes that belong to the model: keys and bookkeeping stay in the table."""
    aliases = {field.alias for field in model.model_fields.values()}
    return {name: value for name, value in item.items() if name in aliases}
