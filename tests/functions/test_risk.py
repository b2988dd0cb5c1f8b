"""A node's risk at and around each threshold."""

from typing import Any

import pytest
from omnitrack.domain.risk import assess
from omnitrack.domain.sensors import LatestReading
from omnitrack.domain.twin import Location, StoredNode, TemperatureRange

from tests.functions.calls import NOW


def node(latest: dict[str, float] | None = None, **changes: Any) -> StoredNode:
    reading = {"s": LatestReading(message_id="m", timestamp=NOW, metrics=latest)} if latest else {}
    fields: dict[str, Any] = {
        "id": "a",
        "name": "A",
        "type": "port",
        "location": Location(latitude=0, longitude=0),
        "capacity": 100,
        "inventory": 50,
        "utilization": 0.5,
        "version": 1,
        "updated_at": NOW,
        "latest": reading,
        "reading_count": 0,
    }
    return StoredNode(**fields | changes)


COLD = TemperatureRange(minimum=2, maximum=8)


@pytest.mark.parametrize(
    ("endangered", "level", "findings"),
    [
        (node(), "low", 0),
        (node(status="offline"), "critical", 1),
        (node(status="disrupted"), "high", 1),
        (node(status="maintenance"), "low", 0),
        (node(utilization=0.849), "low", 0),
        (node(utilization=0.85), "high", 1),
        (node(utilization=0.95), "critical", 1),
        (node(inventory=20.1), "low", 0),
        (node(inventory=20), "medium", 1),
        (node(inventory=10), "critical", 1),
        (node(inventory=0), "critical", 1),
        (node(inventory=None), "low", 0),
        (node({"inventory": 0}, inventory=None), "critical", 1),
        (node({"utilization": 0.97}), "critical", 1),
        (node({"inventory": 90}, inventory=1), "low", 0),
        (node({"delayHours": 23.9}), "low", 0),
        (node({"delayHours": 24}), "high", 1),
        (node({"temperature": 40}), "low", 0),
        (node(temperature_range=COLD), "low", 0),
        (node({"temperature": 8}, temperature_range=COLD), "low", 0),
        (node({"temperature": 8.1}, temperature_range=COLD), "high", 1),
        (node({"temperature": 1.9}, temperature_range=COLD), "high", 1),
        (node({"inventory": 15, "utilization": 0.9}, status="offline"), "critical", 3),
    ],
)
def test_a_node_is_judged_by_its_worst_finding(endangered: StoredNode, level: str, findings: int) -> None:
    risk = assess(endangered)
    assert (risk.level, len(risk.findings)) == (level, findings)
    assert 0 <= risk.score <= 1


def test_more_findings_mean_more_risk() -> None:
    one, two = assess(node(utilization=0.9)), assess(node(utilization=0.9, inventory=15))
    assert (one.score, two.score) == (0.7, 0.82)


def test_the_newest_of_several_sensors_is_believed() -> None:
    old, new = NOW.replace(hour=1), NOW
    latest = {
        "x": LatestReading(message_id="1", timestamp=new, metrics={"utilization": 0.1}),
        "y": LatestReading(message_id="2", timestamp=old, metrics={"utilization": 0.99}),
    }
    assert assess(node().model_copy(update={"latest": latest})).level == "low"
