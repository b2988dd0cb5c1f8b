"""Readings in the main table, each stored, counted and compared once.

One transaction holds the marker of the message, the reading and the node's update. A process that dies before
it leaves nothing behind, one that dies after it has done all: the message that the queue then delivers again
meets its marker. So counts are exact, whatever is repeated and whoever is killed.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from omnitrack.adapters.network_items import node_key
from omnitrack.adapters.table import Cancellation, Item, Table
from omnitrack.domain.errors import TooManySensorTypesError, UnavailableError, UnknownNodeError
from omnitrack.domain.sensors import MESSAGE_LIFETIME, MOST_SENSOR_TYPES, READING_LIFETIME, Outcome, Reading
from omnitrack.domain.twin import node_title
from omnitrack.domain.values import moment_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# Each turn answers to what the last one met: no `latest` yet, a newer reading, a node made anew.
MOST_TURNS = 4

_IS_NEWER = (
    "(attribute_not_exists(latest.#type) OR latest.#type.#timestamp < :timestamp"
    " OR (latest.#type.#timestamp = :timestamp AND latest.#type.messageId < :message))"
)
_HAS_ROOM = "(attribute_exists(latest.#type) OR size(latest) < :most)"


class ReadingsTable:
    """Readings and the markers of their messages, kept in the table."""

    def __init__(self, table: Table, *, shards: int = 1) -> None:
        self._table = table
        self._shards = shards

    def record(self, reading: Reading, at: datetime) -> Outcome:
        """See the port."""
        newest = True
        for _ in range(MOST_TURNS):
            try:
                self._table.transact(*self._records(reading, at), self._node_update(reading, newest=newest))
            except Cancellation as cancellation:
                if any(cancellation.failed[:-1]):
                    return "repeated"
                newest = self._settle(reading, cancellation.items[-1])
            else:
                return "stored"
        raise UnavailableError(f"{node_title(reading.node_id)} changes too fast: try again")

    def _records(self, reading: Reading, at: datetime) -> "list[TransactWriteItemTypeDef]":
        message, moment = reading.message_id, moment_text(reading.timestamp)
        marker = {
            "PK": f"MESSAGE#{message}",
            "SK": "MESSAGE",
            "nodeId": reading.node_id,
            "expiresAt": int((at + MESSAGE_LIFETIME).timestamp()),
        }
        kept = reading.model_dump(by_alias=True) | {
            "PK": f"NODE#{reading.node_id}",
            "SK": f"READING#{moment}#{message}",
            "expiresAt": int((at + READING_LIFETIME).timestamp()),
        }
        return [self._table.creating(marker), self._table.creating(kept)]

    def _node_update(self, reading: Reading, *, newest: bool) -> "TransactWriteItemTypeDef":
        """Count the reading, and make it the latest under the condition that it is."""
        if not newest:
            return self._table.updating(
                node_key(reading.node_id, self._shards),
                UpdateExpression="ADD readingCount :one",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":one": 1},
            )
        return self._table.updating(
            node_key(reading.node_id, self._shards),
            UpdateExpression="SET latest.#type = :latest ADD readingCount :one",
            ConditionExpression=f"attribute_exists(latest) AND {_IS_NEWER} AND {_HAS_ROOM}",
            ExpressionAttributeNames={"#type": reading.sensor_type, "#timestamp": "timestamp"},
            ExpressionAttributeValues={
                ":latest": reading.latest.model_dump(by_alias=True),
                ":timestamp": moment_text(reading.timestamp),
                ":message": reading.message_id,
                ":most": MOST_SENSOR_TYPES,
                ":one": 1,
            },
        )

    def _settle(self, reading: Reading, node: Item | None) -> bool:
        """Whether the reading is the node's newest, judged from the node as the failed transaction met it."""
        if node is None:
            raise UnknownNodeError(
                f"the network has no {node_title(reading.node_id)}: put it, then replay this"
            )
        if "latest" not in node:
            self._table.update(
                node_key(reading.node_id, self._shards),
                UpdateExpression="SET latest = if_not_exists(latest, :empty)",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":empty": {}},
            )
            return True
        known = node["latest"].get(reading.sensor_type)
        if known is None and len(node["latest"]) >= MOST_SENSOR_TYPES:
            raise TooManySensorTypesError(
                f"{node_title(reading.node_id)} has {MOST_SENSOR_TYPES} sensor types, which is the most"
            )
        order = (moment_text(reading.timestamp), reading.message_id)
        return known is None or order > (known["timestamp"], known["messageId"])
