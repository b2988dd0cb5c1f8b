"""Many writers of the twin at once."""

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
from omnitrack.domain.errors import OmniTrackError, VersionConflictError, VersionRequiredError
from omnitrack.domain.twin import Lane, Location, Node, Precondition

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ANY = Precondition()
NODE = Node(
    name="Rotterdam",
    type="port",
    location=Location(latitude=51.95, longitude=-0.1),
    capacity=10,
    inventory=0,
)
LANE = Lane(mode="ship", lead_time_days=25, distance_km=12150, capacity_per_day=1800, cost_per_unit=6.5)


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


def test_of_eight_writers_of_one_version_exactly_one_wins(linked: NetworkTable) -> None:
    def write(_number: int) -> int:
        try:
            return linked.put_node("a", NODE, Precondition(version=1), NOW).version
        except VersionConflictError:
            return 0

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(write, range(8)))
    assert sorted(outcomes) == [0] * 7 + [2]


def test_twenty_writers_of_any_version_each_answer_the_version_that_they_made(linked: NetworkTable) -> None:
    def write(number: int) -> tuple[int, float]:
        node = NODE.model_copy(update={"capacity": float(number)})
        return linked.put_node("a", node, Precondition(exists=True), NOW).version, number

    with ThreadPoolExecutor(20) as threads:
        written = sorted(threads.map(write, range(1, 21)))
    assert [version for version, _ in written] == list(range(2, 22))
    final = linked.node("a")
    assert (final.version, final.capacity) == written[-1]


def test_twenty_writers_who_read_before_they_write_lose_nothing(linked: NetworkTable) -> None:
    def add_one(_number: int) -> None:
        while True:
            known = linked.node("a")
            node = NODE.model_copy(update={"inventory": (known.inventory or 0) + 1})
            with suppress(VersionConflictError):
                linked.put_node("a", node, Precondition(version=known.version), NOW)
                return

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(add_one, range(20)))
    assert (linked.node("a").inventory, linked.node("a").version) == (20, 21)


def test_of_many_creations_at_once_one_succeeds_and_the_lane_is_counted_once(linked: NetworkTable) -> None:
    def create(_number: int) -> bool:
        with suppress(VersionRequiredError):
            linked.put_lane("b", "a", LANE, ANY, NOW)
            return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(8))) == 1
    linked.delete_lane("b", "a", ANY, NOW)
    linked.delete_lane("a", "b", ANY, NOW)
    linked.delete_node("a", ANY, NOW)


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
            threads.submit(quietly, partial(network.delete_node, f"n{number}", ANY, NOW))
    page = network.page(limit=100, after=None)
    nodes = {node.id for node in page.nodes}
    assert {end for lane in page.lanes for end in (lane.from_, lane.to)} <= nodes
    for lane in page.lanes:
        network.delete_lane(lane.from_, lane.to, ANY, NOW)
    for node_id in nodes:
        network.delete_node(node_id, ANY, NOW)
    assert network.page(limit=100, after=None).nodes == [], "the lanes of each node were counted exactly"
