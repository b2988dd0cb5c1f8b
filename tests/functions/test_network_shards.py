"""A network over several partitions of the table."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.network_items import lane_key, node_key, partitions
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.table import Table, to_attributes
from omnitrack.domain import sensors
from omnitrack.domain.errors import NodeHasLanesError
from omnitrack.domain.twin import Lane, Location, Node, Position, Precondition

from tests.functions.calls import message

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
AT = "2026-11-24T08:00:00.000000Z"
ANY = Precondition()
NODE = Node(name="Rotterdam", type="port", location=Location(latitude=51.95, longitude=-0.1), capacity=10)
LANE = Lane(mode="ship", lead_time_days=25, distance_km=12150, capacity_per_day=1800, cost_per_unit=6.5)


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


def test_one_shard_is_the_partition_that_networks_have_always_had() -> None:
    assert partitions(1) == ["NETWORK#main"]
    assert (node_key("a"), lane_key("a", "b")) == (
        {"PK": "NETWORK#main", "SK": "NODE#a"},
        {"PK": "NETWORK#main", "SK": "LANE#a#b"},
    )


def test_the_partition_of_a_node_never_changes() -> None:
    # Written out, so that another hash would be noticed: the data of deployed stacks depends on it.
    ids = ("a", "b", "port-rotterdam", "plant-chennai", "x" * 64)
    assert [node_key(node_id, 4)["PK"].partition("main#")[2] for node_id in ids] == [
        "3of4",
        "1of4",
        "1of4",
        "0of4",
        "2of4",
    ]
    assert {node_key(f"n{number}", 4)["PK"] for number in range(50)} == set(partitions(4))
    assert lane_key("a", "b", 4)["PK"] == node_key("a", 4)["PK"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 13, 100])
@pytest.mark.parametrize("shards", [1, 2, 3, 16])
def test_a_network_over_several_partitions_reads_page_by_page(table: Table, shards: int, limit: int) -> None:
    network = NetworkTable(table, shards=shards)
    ids = [f"n{number}" for number in range(6)]
    for node_id in ids:
        network.put_node(node_id, NODE, ANY, NOW)
    ends = list(itertools.pairwise(ids))
    for from_, to in ends:
        network.put_lane(from_, to, LANE, ANY, NOW)
    nodes: list[str] = []
    lanes: list[tuple[str, str]] = []
    after: Position | None = None
    for _ in range(12):
        page = network.page(limit=limit, after=after)
        assert 1 <= len(page.nodes) + len(page.lanes) <= limit
        nodes += [node.id for node in page.nodes]
        lanes += [(lane.from_, lane.to) for lane in page.lanes]
        after = page.end
        if after is None:
            break
    assert after is None
    assert (sorted(nodes), sorted(lanes)) == (ids, ends)
    assert sorted((lane.from_, lane.to) for lane in network.all_lanes()) == ends
    with pytest.raises(NodeHasLanesError, match="2 lanes"):
        network.delete_node("n1", ANY, NOW)
    assert network.put_node("n1", NODE, Precondition(version=1), NOW).version == 2


def test_a_page_ends_before_its_partitions_are_too_much_for_one_answer(table: Table) -> None:
    shards, each = 8, 2
    ids: dict[str, list[str]] = {partition: [] for partition in partitions(shards)}
    for number in range(200):
        known = ids[node_key(f"n{number}", shards)["PK"]]
        if len(known) < each:
            known.append(f"n{number}")
    # Larger than a node of ours gets; what counts is the sum.
    fields = {**NODE.model_dump(by_alias=True, exclude_none=True), "version": 1, "updatedAt": AT}
    for node_id in itertools.chain(*ids.values()):
        item = node_key(node_id, shards) | fields | {"filler": "x" * 350_000}
        table.client.put_item(TableName=table.name, Item=to_attributes(item))
    network = NetworkTable(table, shards=shards)
    sizes: list[int] = []
    after: Position | None = None
    while True:
        page = network.page(limit=1000, after=after)
        sizes.append(len(page.nodes))
        after = page.end
        if after is None:
            break
    assert sum(sizes) == each * shards
    assert max(sizes) == 4, "the partition that passes 1 MB is the last of its page"


def test_readings_find_the_node_in_its_partition(table: Table) -> None:
    network, readings = NetworkTable(table, shards=5), ReadingsTable(table, shards=5)
    ids = [f"n{number}" for number in range(8)]
    for node_id in ids:
        network.put_node(node_id, NODE, ANY, NOW)
        reading = sensors.Reading.model_validate_json(json.dumps(message(node_id)))
        assert readings.record(reading, NOW) == "stored"
    assert [network.node(node_id).reading_count for node_id in ids] == [1] * 8
