"""Emission thresholds and snapshots in a real table."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from omnitrack.adapters.alerts import AlertsTable
from omnitrack.adapters.emissions import EmissionsTable
from omnitrack.adapters.standings import StandingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain import emission_alerts
from omnitrack.domain.actors import Actor
from omnitrack.domain.alerts import AlertFilter
from omnitrack.domain.emissions import (
    SNAPSHOT_LIFETIME,
    EmissionThresholds,
    Footprint,
    LaneEmissions,
    NodeEmissions,
    Snapshot,
)
from omnitrack.domain.errors import VersionConflictError, VersionRequiredError
from omnitrack.domain.twin import Precondition

from tests.functions.calls import NOW

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

ADA = Actor(id="user-1", name="ada")
FIRST = EmissionThresholds(network_kg=250_000, lane_kg=1.5)


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def emissions(table: Table) -> EmissionsTable:
    return EmissionsTable(table)


def snapshot(total: float, **age: float) -> Snapshot:
    return Snapshot(at=NOW - timedelta(**age), total_kg=total, lanes_kg=0, nodes_kg=total)


def test_thresholds_are_set_as_a_whole_with_their_audit_event(
    emissions: EmissionsTable, table: Table
) -> None:
    assert emissions.thresholds() is None
    assert emissions.put_thresholds(FIRST, Precondition(), NOW, ADA).version == 1
    second = emissions.put_thresholds(EmissionThresholds(node_kg=0), Precondition(version=1), NOW, ADA)
    assert emissions.thresholds() == second
    assert (second.version, second.network_kg, second.node_kg) == (2, None, 0)
    events = list(table.all("AUDIT#2026-11-24", prefix=""))
    assert [(event["action"], event["subject"]) for event in events] == [
        ("thresholds.set", "network:main")
    ] * 2
    assert sorted(event["version"] for event in events) == [1, 2]


def test_a_precondition_that_fails_changes_nothing(emissions: EmissionsTable, table: Table) -> None:
    with pytest.raises(VersionConflictError):
        emissions.put_thresholds(FIRST, Precondition(version=1), NOW, ADA)
    emissions.put_thresholds(FIRST, Precondition(), NOW, ADA)
    with pytest.raises(VersionRequiredError):
        emissions.put_thresholds(FIRST, Precondition(), NOW, ADA)
    assert len(list(table.all("AUDIT#2026-11-24", prefix=""))) == 1


def test_of_writers_with_one_version_one_wins(emissions: EmissionsTable) -> None:
    emissions.put_thresholds(FIRST, Precondition(), NOW, ADA)

    def write(number: int) -> bool:
        try:
            emissions.put_thresholds(EmissionThresholds(node_kg=number), Precondition(version=1), NOW, ADA)
        except VersionConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(8))) == 1
    stored = emissions.thresholds()
    assert stored is not None
    assert stored.version == 2


def test_an_hour_keeps_its_first_snapshot(emissions: EmissionsTable, table: Table) -> None:
    emissions.keep(snapshot(1, minutes=-5))
    emissions.keep(snapshot(2, minutes=-50))
    (item,) = table.all("SUSTAINABILITY#main", prefix="SNAPSHOT#")
    assert item["SK"] == "SNAPSHOT#2026-11-24T08"
    assert item["expiresAt"] == int((NOW + timedelta(minutes=5) + SNAPSHOT_LIFETIME).timestamp())
    assert emissions.trend(NOW) == [snapshot(1, minutes=-5)]


def test_the_trend_begins_at_its_moment_and_holds_no_thresholds(emissions: EmissionsTable) -> None:
    emissions.put_thresholds(FIRST, Precondition(), NOW, ADA)
    for hours in (0, 1, 2, 30):
        emissions.keep(snapshot(hours, hours=hours))
    assert [one.total_kg for one in emissions.trend(NOW - timedelta(hours=2))] == [2, 1, 0]
    assert [one.total_kg for one in emissions.trend(NOW - timedelta(minutes=119))] == [1, 0]


def test_a_subject_over_its_threshold_has_one_alert_until_it_recovers(table: Table) -> None:
    standings, alerts = StandingsTable(table), AlertsTable(table)
    lane = LaneEmissions(from_="a", to="b", mode="truck", tonne_km=100, emissions_kg=6.2)
    node = NodeEmissions(id="a", energy_kwh=10, emissions_kg=4.5)
    footprint = Footprint(lanes=[lane], nodes=[node], at=NOW)

    def take(hours: int, **thresholds: float) -> set[str]:
        at = NOW + timedelta(hours=hours)
        limits = EmissionThresholds.model_validate(thresholds)
        raised = emission_alerts.raised_subjects(alerts)
        judgements = emission_alerts.judge(footprint, limits, raised, at)
        with ThreadPoolExecutor(4) as threads:
            emission_alerts.follow(judgements, standings, lambda _: 0.5, threads, lambda: at)
        return emission_alerts.raised_subjects(alerts)

    everyone = {"network:main", "lane:a:b", "node:a"}
    for _ in range(2):
        assert take(0, networkKg=10, laneKg=1, nodeKg=1) == everyone
    assert take(1, networkKg=10, laneKg=1, nodeKg=1) == everyone
    page, _ = alerts.page(AlertFilter(status="open"), limit=10, after=None)
    assert sorted((alert.subject, alert.count) for alert in page) == [
        (subject, 2) for subject in sorted(everyone)
    ]
    assert take(2, networkKg=10) == {"network:main"}
    assert take(3) == set()
