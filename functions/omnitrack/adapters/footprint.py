"""The network's emissions from the main table: only what they follow from is read, all partitions at once.

A network of thousands of entities is read for one answer. So the items are taken as DynamoDB sends them, with
neither its exact decimals nor the checks of the twin's models: that halves the work.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from omnitrack.adapters.network_items import LANES, NODES, partitions
from omnitrack.adapters.table import Table, available, to_attributes
from omnitrack.domain.emissions import Footprint, LaneLoad, NodeLoad, measure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

    Attributes = Mapping[str, Attribute]

LIFETIME = 60.0  # seconds
AT_ONCE = 8  # below the connections that a client of AWS keeps open
# What is read of nodes and lanes; SK tells their ids.
READ = (
    "SK",
    *("utilization", "energyKwhPerDay", "energySource", "latest"),
    *("mode", "capacityPerDay", "distanceKm"),
)


class TableFootprints:
    """The emissions of the network `main`; the last ones are remembered for a minute."""

    def __init__(
        self,
        table: Table,
        *,
        unit_weight_kg: float,
        now: Callable[[], datetime],
        shards: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._unit_weight_kg = unit_weight_kg
        self._now = now
        self._shards = shards
        self._clock = clock
        self._known: tuple[float, Footprint] | None = None

    def now(self) -> Footprint:
        """See the port."""
        start, at = self._clock(), self._now()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            parts = threads.map(lambda part: list(self._items(part)), partitions(self._shards))
            items = list(chain.from_iterable(parts))
        footprint = measure(
            (_node(item) for item in items if not item["SK"]["S"].startswith(LANES)),
            (_lane(item) for item in items if item["SK"]["S"].startswith(LANES)),
            unit_weight_kg=self._unit_weight_kg,
            at=at,
        )
        self._known = (start, footprint)
        return footprint

    def lately(self) -> Footprint:
        """See the port."""
        if self._known is None or self._clock() - self._known[0] >= LIFETIME:
            return self.now()
        return self._known[1]

    def _items(self, partition: str) -> "Iterator[Attributes]":
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "ConsistentRead": True,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": to_attributes({":pk": partition}),
            "ProjectionExpression": ", ".join(f"#{name}" for name in READ),
            "ExpressionAttributeNames": {f"#{name}": name for name in READ},
        }
        while True:
            with available("the table"):
                answer = self._table.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _node(item: "Attributes") -> NodeLoad:
    latest = item["latest"]["M"].values() if "latest" in item else ()
    readings = [reading["M"] for reading in latest]
    source: Any = item["energySource"]["S"] if "energySource" in item else "gas"
    return NodeLoad(
        id=item["SK"]["S"].removeprefix(NODES),
        in_use=_observed(readings, "utilization", item.get("utilization")),
        energy_kwh=_observed(readings, "energyKwh", item.get("energyKwhPerDay")),
        energy_source=source,
    )


def _lane(item: "Attributes") -> LaneLoad:
    _, from_, to = item["SK"]["S"].split("#")
    mode: Any = item["mode"]["S"]
    return LaneLoad(
        from_=from_,
        to=to,
        mode=mode,
        capacity_per_day=float(item["capacityPerDay"]["N"]),
        distance_km=float(item["distanceKm"]["N"]),
    )


def _observed(readings: "Sequence[Attributes]", metric: str, declared: "Attribute | None") -> float:
    """What `StoredNode.observed` says: the newest value, where a sensor reports one."""
    seen = [reading for reading in readings if metric in reading["metrics"]["M"]]
    if seen:
        newest = max(seen, key=lambda reading: (reading["timestamp"]["S"], reading["messageId"]["S"]))
        return float(newest["metrics"]["M"][metric]["N"])
    return float(declared["N"]) if declared else 0.0
