"""The network's emissions, read from a real table."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from omnitrack.adapters.footprint import LIFETIME, TableFootprints
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.network_items import lane, lane_key, node, node_key
from omnitrack.adapters.table import Table, to_attributes
from omnitrack.domain.emissions import Footprint
from omnitrack.domain.twin import Lane, Node, Precondition

from tests.functions.calls import LANE, NODE, NOW
from tests.functions.fakes import InMemoryNetwork, NetworkFootprints

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

ANY = Precondition()
STORED = {"version": 1, "updatedAt": "2026-11-24T08:00:00.000000Z"}


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


def footprints(table: Table, **options: Any) -> TableFootprints:
    return TableFootprints(table, unit_weight_kg=25.0, now=lambda: NOW, **options)


def reading(second: int, message: str = "m", **metrics: float) -> dict[str, Any]:
    return {"messageId": message, "timestamp": f"2026-11-24T08:00:{second:02}.000000Z", "metrics": metrics}


LATEST: dict[str, dict[str, Any]] = {
    "none": {},
    "other": {"stock": reading(1, inventory=7)},
    "one": {"stock": reading(1, utilization=0.3, energyKwh=40.5)},
    "newest": {"a": reading(2, utilization=0.2), "b": reading(3, utilization=0.9), "c": reading(4, delay=1)},
    "tie": {"a": reading(2, "m2", energyKwh=2), "b": reading(2, "m1", energyKwh=1)},
    "beyond": {"a": reading(1, utilization=1.5, energyKwh=-3)},
}


@pytest.mark.parametrize("shards", [1, 4])
def test_what_is_read_is_what_the_twin_says(table: Table, shards: int) -> None:
    items = {name: node_key(name, shards) | NODE | STORED | {"latest": told} for name, told in LATEST.items()}
    items["coal"] = items["none"] | node_key("coal", shards)
    items["coal"] |= {"energySource": "coal", "energyKwhPerDay": 12.5, "utilization": 0.75}
    items["imported"] = node_key("imported", shards) | NODE | STORED
    lanes = {
        (from_, to): lane_key(from_, to, shards) | LANE | STORED | {"mode": mode, "distanceKm": 10.25}
        for from_, to, mode in (
            ("one", "none", "air"),
            ("newest", "tie", "ship"),
            ("beyond", "one", "rail"),
            ("coal", "one", "truck"),
            ("gone", "one", "truck"),
        )
    }
    for item in (*items.values(), *lanes.values()):
        table.client.put_item(TableName=table.name, Item=to_attributes(item))
    twin = InMemoryNetwork(
        nodes={name: node(item) for name, item in items.items()},
        lanes={ends: lane(item) for ends, item in lanes.items()},
    )
    assert in_order(footprints(table, shards=shards).now()) == in_order(
        NetworkFootprints(twin, lambda: NOW).now()
    )


def in_order(found: Footprint) -> tuple[Any, ...]:
    lanes = sorted(found.lanes, key=lambda lane: (lane.from_, lane.to))
    return lanes, sorted(found.nodes, key=lambda node: node.id), found.at


def test_a_network_of_many_answers_is_counted_whole(table: Table) -> None:
    long = {f"sensor{number}": reading(1, "m", **{"m" * 60: 1.5}) for number in range(16)}
    item = to_attributes(NODE | STORED | {"latest": long, "energyKwhPerDay": 1, "energySource": "coal"})

    def write(start: int) -> None:
        keys = [to_attributes(node_key(f"n{number:04}")) for number in range(start, start + 25)]
        table.client.batch_write_item(
            RequestItems={table.name: [{"PutRequest": {"Item": key | item}} for key in keys]}
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(0, 1000, 25)))
    assert footprints(table).now().snapshot(NOW).nodes_kg == 950


def test_it_is_remembered_for_a_minute_and_says_since_when(table: Table) -> None:
    clock = [0.0]
    found = TableFootprints(
        table,
        unit_weight_kg=25.0,
        now=lambda: NOW + timedelta(seconds=clock[0]),
        clock=lambda: clock[0],
    )
    network = NetworkTable(table)
    network.put_node("a", Node.model_validate(NODE), ANY, NOW)
    assert [node.id for node in found.lately().nodes] == ["a"]
    network.put_node("b", Node.model_validate(NODE), ANY, NOW)
    clock[0] = LIFETIME - 1
    assert (len(found.lately().nodes), found.lately().at) == (1, NOW)
    assert len(found.now().nodes) == 2
    network.put_lane("a", "b", Lane.model_validate(LANE), ANY, NOW)
    clock[0] += LIFETIME
    assert (len(found.lately().lanes), found.lately().at) == (1, NOW + timedelta(seconds=clock[0]))
