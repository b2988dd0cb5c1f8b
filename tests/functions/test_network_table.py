"""The twin in a real table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from omnitrack.adapters.audit import AuditTable
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.network_items import lane_key, node_key
from omnitrack.adapters.table import Table
from omnitrack.domain.actors import Actor
from omnitrack.domain.audit import AuditEvent, AuditFilter
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
LATER = NOW + timedelta(seconds=1)
ANY = Precondition()
ADA = Actor(id="user-ada", name="ada@example.com")
NODE = Node(
    name="O'Reilly's", type="port", location=Location(latitude=51.95, longitude=-0.1), capacity=0.1 + 1
)
LANE = Lane(mode="ship", lead_time_days=0.1 + 0.2, distance_km=1e-140, capacity_per_day=1e15, cost_per_unit=0)


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def network(table: Table) -> NetworkTable:
    return NetworkTable(table)


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
        network.delete_node("a", ANY, NOW)


def test_a_lane_needs_both_its_nodes(network: NetworkTable) -> None:
    network.put_node("a", NODE, ANY, NOW)
    with pytest.raises(LaneEndMissingError, match="no node 'b'"):
        network.put_lane("a", "b", LANE, ANY, NOW)
    with pytest.raises(LaneEndMissingError, match="no node 'x' and node 'y'"):
        network.put_lane("x", "y", LANE, ANY, NOW)
    network.delete_node("a", ANY, NOW)
    assert network.page(limit=10, after=None).lanes == []


def test_a_lane_comes_back_exactly_as_it_was_put(linked: NetworkTable) -> None:
    (lane,) = linked.page(limit=10, after=None).lanes
    assert (lane.from_, lane.to, lane.lead_time_days, lane.capacity_per_day) == ("a", "b", 0.1 + 0.2, 1e15)
    assert lane.distance_km == 0, "DynamoDB knows no number between 1e-130 and zero"


def test_a_node_with_lanes_stays_until_they_are_gone(linked: NetworkTable) -> None:
    for node_id in ("a", "b"):
        with pytest.raises(NodeHasLanesError, match="a to b"):
            linked.delete_node(node_id, ANY, NOW)
    linked.delete_lane("a", "b", ANY, NOW)
    linked.delete_node("a", Precondition(version=1), NOW)
    linked.delete_node("b", ANY, NOW)
    assert linked.page(limit=10, after=None).nodes == []


def test_all_lanes_are_read_only_for_a_node_that_may_have_some(linked: NetworkTable, table: Table) -> None:
    linked.put_node("c", NODE, ANY, NOW)
    asked: list[Any] = []
    table.client.meta.events.register("before-call.dynamodb.Query", lambda **_: asked.append(1))
    with pytest.raises(NodeNotFoundError):
        linked.delete_node("missing", ANY, NOW)
    with pytest.raises(VersionConflictError):
        linked.delete_node("a", Precondition(version=2), NOW)
    linked.delete_node("c", ANY, NOW)
    assert asked == []
    with pytest.raises(NodeHasLanesError):
        linked.delete_node("a", ANY, NOW)
    assert asked


def test_a_node_that_counts_no_lanes_stays_while_it_has_some(linked: NetworkTable, table: Table) -> None:
    table.update(node_key("a"), UpdateExpression="REMOVE laneCount")
    with pytest.raises(NodeHasLanesError, match="a to b"):
        linked.delete_node("a", ANY, NOW)
    table.delete(lane_key("a", "b"))
    linked.delete_node("a", Precondition(version=1), NOW)
    with pytest.raises(NodeNotFoundError):
        linked.node("a")


def test_nothing_is_removed_in_another_version(linked: NetworkTable) -> None:
    with pytest.raises(VersionConflictError, match="version 1"):
        linked.delete_lane("a", "b", Precondition(version=2), NOW)
    linked.delete_lane("a", "b", Precondition(version=1), NOW)
    with pytest.raises(LaneNotFoundError):
        linked.delete_lane("a", "b", ANY, NOW)
    with pytest.raises(VersionConflictError, match="version 1"):
        linked.delete_node("a", Precondition(version=2), NOW)


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


def recorded(table: Table) -> list[AuditEvent]:
    wanted = AuditFilter(start=NOW, end=LATER)
    events, end = AuditTable(table).page(wanted, limit=100, after=None)
    assert end is None
    return events


def test_each_change_leaves_one_event_and_a_refused_one_leaves_none(
    network: NetworkTable, table: Table
) -> None:
    network.put_node("a", NODE, ANY, NOW, by=ADA)
    network.put_node("b", NODE, ANY, NOW)
    network.put_node("a", NODE, Precondition(version=1), NOW, by=ADA)
    network.put_lane("a", "b", LANE, ANY, NOW, by=ADA)
    network.put_lane("a", "b", LANE, Precondition(exists=True), NOW, by=ADA)
    refused: list[Callable[[], object]] = [
        partial(network.put_node, "a", NODE, ANY, NOW),
        partial(network.put_lane, "a", "b", LANE, Precondition(version=1), NOW),
        partial(network.put_lane, "a", "c", LANE, ANY, NOW),
        partial(network.delete_node, "a", ANY, NOW),
        partial(network.delete_node, "c", ANY, NOW),
        partial(network.delete_lane, "a", "b", Precondition(version=1), NOW),
        partial(network.delete_lane, "b", "a", ANY, NOW),
    ]
    for change in refused:
        with pytest.raises(OmniTrackError):
            change()
    network.delete_lane("a", "b", Precondition(version=2), NOW, by=ADA)
    network.delete_node("a", ANY, NOW, by=ADA)
    assert {(e.actor.id, e.action, e.subject, e.version) for e in recorded(table)} == {
        ("user-ada", "node.created", "node:a", 1),
        ("platform", "node.created", "node:b", 1),
        ("user-ada", "node.replaced", "node:a", 2),
        ("user-ada", "lane.created", "lane:a:b", 1),
        ("user-ada", "lane.replaced", "lane:a:b", 2),
        ("user-ada", "lane.removed", "lane:a:b", None),
        ("user-ada", "node.removed", "node:a", None),
    }
    assert len(recorded(table)) == 7


def test_a_node_keeps_the_moment_of_its_creation_until_it_is_made_anew(
    network: NetworkTable, table: Table
) -> None:
    def created_at() -> str:
        return str((table.get(node_key("a")) or {})["createdAt"])

    network.put_node("a", NODE, ANY, NOW)
    network.put_node("a", NODE, Precondition(version=1), LATER)
    assert created_at() == "2026-11-24T08:00:00.000000Z"
    network.delete_node("a", ANY, LATER)
    network.put_node("a", NODE, ANY, LATER)
    assert created_at() == "2026-11-24T08:00:01.000000Z"
