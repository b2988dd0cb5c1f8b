"""The twin in a real table."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.table import Table
from omnitrack.domain.errors import (
    LaneEndMissingError,
    LaneNotFoundError,
    NodeHasLanesError,
    NodeNotFoundError,
    OmniTrackError,
    VersionConflictError,
    VersionRequiredError,
)
from omnitrack.domain.twin import Lane, Location, Node, Position, Precondition, TemperatureRange

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ANY = Precondition()
NODE = Node(
    name="O'Reilly's", type="port", location=Location(latitude=51.95, longitude=-0.1), capacity=0.1 + 1
)
LANE = Lane(mode="ship", lead_time_days=0.1 + 0.2, distance_km=1e-140, capacity_per_day=1e15, cost_per_unit=0)


@pytest.fixture
def network(aws: Callable[[str], Any], table_name: str) -> NetworkTable:
    return NetworkTable(Table(aws("dynamodb"), table_name))


@pytest.fixture
def linked(network: NetworkTable) -> NetworkTable:
    """Nodes a and b with a lane from a to b."""
    for node_id in ("a", "b"):
        network.put_node(node_id, NODE, ANY, NOW)
    network.put_lane("a", "b", LANE, ANY, NOW)
    return network


def test_a_node_comes_back_exactly_as_it_was_put(network: NetworkTable) -> None:
    stored = network.put_node("a", NODE, ANY, NOW)
    assert network.node("a") == stored
    assert (stored.capacity, stored.version, stored.updated_at, stored.latest) == (1.1, 1, NOW, {})


def test_an_optional_field_left_out_of_a_replacement_is_gone(network: NetworkTable) -> None:
    cold = NODE.model_copy(update={"temperature_range": TemperatureRange(minimum=2, maximum=8)})
    network.put_node("a", cold, ANY, NOW)
    replaced = network.put_node("a", NODE, Precondition(version=1), NOW)
    assert (replaced.temperature_range, replaced.version) == (None, 2)
    assert network.node("a") == replaced


@pytest.mark.parametrize(
    ("precondition", "error"),
    [
        (Precondition(), VersionRequiredError),
        (Precondition(exists=False), VersionConflictError),
        (Precondition(version=7), VersionConflictError),
        (Precondition(version=-1), VersionConflictError),
    ],
)
def test_an_existing_entity_is_replaced_only_in_the_version_that_was_seen(
    linked: NetworkTable, precondition: Precondition, error: type[OmniTrackError]
) -> None:
    before = linked.page(limit=10, after=None)
    with pytest.raises(error, match="version 1"):
        linked.put_node("a", NODE, precondition, NOW)
    with pytest.raises(error, match="version 1"):
        linked.put_lane("a", "b", LANE, precondition, NOW)
    assert linked.page(limit=10, after=None) == before


@pytest.mark.parametrize("precondition", [Precondition(exists=True), Precondition(version=1)])
def test_what_does_not_exist_is_in_no_version(network: NetworkTable, precondition: Precondition) -> None:
    with pytest.raises(VersionConflictError, match="does not exist"):
        network.put_node("a", NODE, precondition, NOW)
    with pytest.raises(VersionConflictError, match="does not exist"):
        network.put_lane("a", "b", LANE, precondition, NOW)
    assert network.page(limit=10, after=None).nodes == []


def test_any_version_may_be_replaced_when_the_client_says_so(linked: NetworkTable) -> None:
    assert linked.put_node("a", NODE, Precondition(exists=True), NOW).version == 2
    assert linked.put_lane("a", "b", LANE, Precondition(exists=True), NOW).version == 2


def test_a_missing_node_is_not_found(network: NetworkTable) -> None:
    with pytest.raises(NodeNotFoundError, match="'a'"):
        network.node("a")
    with pytest.raises(NodeNotFoundError, match="'a'"):
        network.delete_node("a", ANY)


def test_a_lane_needs_both_its_nodes(network: NetworkTable) -> None:
    network.put_node("a", NODE, ANY, NOW)
    with pytest.raises(LaneEndMissingError, match="no node 'b'"):
        network.put_lane("a", "b", LANE, ANY, NOW)
    with pytest.raises(LaneEndMissingError, match="no node 'x' and node 'y'"):
        network.put_lane("x", "y", LANE, ANY, NOW)
    network.delete_node("a", ANY)
    assert network.page(limit=10, after=None).lanes == []


def test_a_lane_comes_back_exactly_as_it_was_put(linked: NetworkTable) -> None:
    (lane,) = linked.page(limit=10, after=None).lanes
    assert (lane.from_, lane.to, lane.lead_time_days, lane.capacity_per_day) == ("a", "b", 0.1 + 0.2, 1e15)
    assert lane.distance_km == 0, "DynamoDB knows no number between 1e-130 and zero"


def test_a_node_with_lanes_stays_until_they_are_gone(linked: NetworkTable) -> None:
    for node_id in ("a", "b"):
        with pytest.raises(NodeHasLanesError, match="a to b"):
            linked.delete_node(node_id, ANY)
    linked.delete_lane("a", "b", ANY)
    linked.delete_node("a", Precondition(version=1))
    linked.delete_node("b", ANY)
    assert linked.page(limit=10, after=None).nodes == []


def test_nothing_is_removed_in_another_version(linked: NetworkTable) -> None:
    with pytest.raises(VersionConflictError, match="version 1"):
        linked.delete_lane("a", "b", Precondition(version=2))
    linked.delete_lane("a", "b", Precondition(version=1))
    with pytest.raises(LaneNotFoundError):
        linked.delete_lane("a", "b", ANY)
    with pytest.raises(VersionConflictError, match="version 1"):
        linked.delete_node("a", Precondition(version=2))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_show_everything_once_and_end(linked: NetworkTable, limit: int) -> None:
    linked.put_node("c", NODE, ANY, NOW)
    linked.put_lane("b", "c", LANE, ANY, NOW)
    seen: list[str] = []
    after: Position | None = None
    for _ in range(5):
        page = linked.page(limit=limit, after=after)
        assert 1 <= len(page.nodes) + len(page.lanes) <= limit
        seen += [f"{lane.from_}-{lane.to}" for lane in page.lanes] + [node.id for node in page.nodes]
        after = page.end
        if after is None:
            break
    assert seen == ["a-b", "b-c", "a", "b", "c"]
    assert after is None


def test_a_page_stops_at_one_megabyte_and_the_next_goes_on(
    aws: Callable[[str], Any], table_name: str, network: NetworkTable
) -> None:
    for number in range(4):
        network.put_node(f"n{number}", NODE, ANY, NOW)
        aws("dynamodb").update_item(
            TableName=table_name,
            Key={"PK": {"S": "NETWORK#main"}, "SK": {"S": f"NODE#n{number}"}},
            UpdateExpression="SET ballast = :ballast",
            ExpressionAttributeValues={":ballast": {"S": "x" * 390_000}},
        )
    first = network.page(limit=1000, after=None)
    assert 0 < len(first.nodes) < 4
    second = network.page(limit=1000, after=first.end)
    assert [node.id for node in first.nodes + second.nodes] == ["n0", "n1", "n2", "n3"]
    assert second.end is None


def test_an_imported_node_without_the_fields_of_the_sensors_reads(
    aws: Callable[[str], Any], table_name: str, network: NetworkTable
) -> None:
    network.put_node("a", NODE, ANY, NOW)
    aws("dynamodb").update_item(
        TableName=table_name,
        Key={"PK": {"S": "NETWORK#main"}, "SK": {"S": "NODE#a"}},
        UpdateExpression="REMOVE latest, readingCount",
    )
    assert (network.node("a").latest, network.node("a").reading_count) == ({}, 0)


def test_of_eight_writers_of_one_version_exactly_one_wins(linked: NetworkTable) -> None:
    def write(_number: int) -> int:
        try:
            return linked.put_node("a", NODE, Precondition(version=1), NOW).version
        except VersionConflictError:
            return 0

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(write, range(8)))
    assert sorted(outcomes) == [0] * 7 + [2]


def test_lanes_and_removals_of_nodes_at_the_same_moment_leave_no_lane_without_its_ends(
    network: NetworkTable,
) -> None:
    for node_id in ("hub", *(f"n{number}" for number in range(8))):
        network.put_node(node_id, NODE, ANY, NOW)
    start = threading.Barrier(16)

    def quietly(action: Callable[[], object]) -> None:
        start.wait()
        with suppress(OmniTrackError):
            action()

    with ThreadPoolExecutor(16) as threads:
        for number in range(8):
            threads.submit(quietly, partial(network.put_lane, "hub", f"n{number}", LANE, ANY, NOW))
            threads.submit(quietly, partial(network.delete_node, f"n{number}", ANY))
    page = network.page(limit=100, after=None)
    nodes = {node.id for node in page.nodes}
    assert {end for lane in page.lanes for end in (lane.from_, lane.to)} <= nodes
    for lane in page.lanes:
        network.delete_lane(lane.from_, lane.to, ANY)
    for node_id in nodes:
        network.delete_node(node_id, ANY)
    assert network.page(limit=100, after=None).nodes == [], "the lanes of each node were counted exactly"
