"""What the evaluation of alerts reads of nodes and lanes, and who was notified, in a real table."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from omnitrack.adapters.criticality import LaneCriticality
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.network_items import node_key
from omnitrack.adapters.node_states import NodeStatesTable
from omnitrack.adapters.notifications import NotificationLedger
from omnitrack.adapters.table import Table
from omnitrack.domain.notifications import CLAIM_LIFETIME
from omnitrack.domain.twin import Lane, Location, Node, Precondition

from tests.functions.alert_fakes import gone, state
from tests.functions.calls import NOW
from tests.functions.lost_answers import write_twice

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

LATER = NOW + timedelta(minutes=5)
NODE = Node(name="Port", type="port", location=Location(latitude=0, longitude=0), capacity=100, inventory=50)


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.mark.parametrize("shards", [1, 3])
def test_criticality_is_the_share_of_lane_capacity_and_is_kept_for_a_minute(
    table: Table, shards: int
) -> None:
    network = NetworkTable(table, shards=shards)
    for node_id in "abcd":
        network.put_node(node_id, NODE, Precondition(), NOW)
    clock = [0.0]
    criticality = LaneCriticality(table, shards=shards, clock=lambda: clock[0])
    assert criticality("node:a") == 0

    def put_lane(from_: str, to: str, capacity: float) -> None:
        lane = Lane(mode="rail", lead_time_days=1, distance_km=1, capacity_per_day=capacity, cost_per_unit=1)
        network.put_lane(from_, to, lane, Precondition(), NOW)

    put_lane("a", "b", 100)
    put_lane("b", "c", 300)
    assert criticality("node:b") == 0
    clock[0] = 60.0
    weights = {name: criticality(f"node:{name}") for name in "abcd"}
    assert weights == {"a": 0.25, "b": 1, "c": 0.75, "d": 0}
    assert (criticality("lane:a:c"), criticality("network:main")) == (0.75, 1)


@pytest.mark.parametrize("shards", [1, 3])
def test_nodes_are_looked_up_at_their_revision(table: Table, shards: int) -> None:
    network = NetworkTable(table, shards=shards)
    for node_id in "abc":
        network.put_node(node_id, NODE, Precondition(), NOW)
    states = NodeStatesTable(table, shards=shards)
    first = states.current("a")
    assert first is not None
    assert (first.node, first.created_at) == (network.node("a"), "2026-11-24T08:00:00.000000Z")
    network.put_node("a", NODE, Precondition(version=1), LATER)
    second = states.current("a")
    assert second is not None
    assert first.revision < second.revision < gone(born=first.created_at).revision
    assert sorted(one.id for one in states.everyone()) == ["a", "b", "c"]
    network.delete_node("a", Precondition(), LATER)
    assert states.current("a") is None
    network.put_node("a", NODE, Precondition(), LATER)
    third = states.current("a")
    assert third is not None
    assert gone(born=first.created_at).revision < third.revision


def test_a_node_that_was_made_by_other_means_has_a_revision_below_all_others(table: Table) -> None:
    NetworkTable(table).put_node("a", NODE, Precondition(), NOW)
    table.update(node_key("a"), UpdateExpression="REMOVE createdAt, readingCount, latest")
    found = NodeStatesTable(table).current("a")
    assert found is not None
    assert found.revision < state(1).revision


def test_the_ledger_lets_one_worker_send_until_it_dies_or_has_sent(table: Table) -> None:
    ledger = NotificationLedger(table)
    with ThreadPoolExecutor(8) as workers:
        claims = Counter(workers.map(lambda _: ledger.claim("alert-1", "high", NOW), range(8)))
    assert claims == {"ours": 1, "busy": 7}
    assert ledger.claim("alert-1", "critical", NOW) == "ours"
    ledger.release("alert-1", "critical")
    assert ledger.claim("alert-1", "high", NOW + CLAIM_LIFETIME) == "ours"
    ledger.release("alert-1", "high")
    assert ledger.claim("alert-1", "high", NOW) == "ours"
    ledger.settle("alert-1", "high", NOW)
    assert ledger.claim("alert-1", "high", LATER + CLAIM_LIFETIME) == "sent"


def test_the_ledger_lets_nobody_tell_less_than_what_is_told_or_being_told(table: Table) -> None:
    ledger = NotificationLedger(table)
    assert ledger.claim("alert-1", "medium", NOW) == "ours"
    ledger.release("alert-1", "medium")
    assert ledger.claim("alert-1", "high", NOW) == "ours"
    assert ledger.claim("alert-1", "medium", NOW) == "busy"
    assert ledger.claim("alert-1", "medium", NOW + CLAIM_LIFETIME) == "ours"
    ledger.settle("alert-1", "critical", NOW)
    assert ledger.claim("alert-1", "medium", NOW) == ledger.claim("alert-1", "high", NOW) == "sent"
    assert ledger.claim("alert-2", "medium", NOW) == "ours"


def test_a_claim_whose_answer_got_lost_is_still_a_claim(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_twice(table, monkeypatch)
    ledger = NotificationLedger(table)
    assert [ledger.claim("alert-1", "high", NOW) for _ in range(2)] == ["ours", "busy"]
