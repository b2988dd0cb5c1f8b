"""Alerts and standings in a real table: one of each, however many workers there are."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from omnitrack.adapters.alerts import AlertsTable, alert_item, alert_key, pointer_key
from omnitrack.adapters.standings import STANDING_LIFETIME, StandingsTable, standing_key
from omnitrack.adapters.table import Cancellation, Table
from omnitrack.domain.actors import Actor
from omnitrack.domain.alerts import LIFETIME, SEVERITIES, STATUSES, Alert, AlertFilter
from omnitrack.domain.errors import (
    AlertNotFoundError,
    AlertResolvedError,
    AlreadyAcknowledgedError,
    UnavailableError,
)
from omnitrack.domain.evaluation import Judgement, Tally, evaluate

from tests.functions.alert_fakes import ADA, alert, finding, gone, judgement
from tests.functions.alert_fakes import acknowledged as taken_on
from tests.functions.calls import NOW

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def alerts(table: Table) -> AlertsTable:
    return AlertsTable(table)


@pytest.fixture
def standings(table: Table) -> StandingsTable:
    return StandingsTable(table)


def judge(standings: StandingsTable, *judgements: Judgement, at: Any = NOW) -> Tally:
    return evaluate(judgements, standings, lambda _subject: 0.5, at)


def listed(alerts: AlertsTable, *, limit: int = 1000, **wanted: Any) -> list[Alert]:
    """All pages in a row, each of them full but the last."""
    found: list[Alert] = []
    after: Mapping[str, str] | None = None
    while True:
        page, after = alerts.page(AlertFilter(**wanted), limit=limit, after=after)
        found += page
        if after is None:
            return found
        assert len(page) == limit


def the_one(alerts: AlertsTable) -> Alert:
    (found,) = listed(alerts)
    assert alerts.get(found.id) == found
    return found


def test_an_alert_is_opened_repeated_and_resolved(
    alerts: AlertsTable, standings: StandingsTable, table: Table
) -> None:
    assert judge(standings, judgement(1, finding("medium"))) == Tally(opened=1)
    opened = the_one(alerts)
    assert (opened.status, opened.count, opened.priority, opened.opened_at) == ("open", 1, 0.5, NOW)
    judge(standings, judgement(2, finding("critical", "m2")), at=LATER)
    worse = the_one(alerts)
    assert (worse.count, worse.severity, worse.finding, worse.value) == (2, "critical", "it is critical", 3.5)
    assert (worse.opened_at, worse.updated_at, worse.priority) == (NOW, LATER, 0.85)
    assert (listed(alerts, severity="medium"), listed(alerts, severity="critical")) == ([], [worse])
    assert judge(standings, judgement(3), at=LATER) == Tally(resolved=1)
    resolved = the_one(alerts)
    assert (resolved.status, resolved.resolved_at, resolved.severity) == ("resolved", LATER, "critical")
    assert (listed(alerts, status="open"), listed(alerts, status="resolved")) == ([], [resolved])
    expires_at = int((LATER + LIFETIME).timestamp())
    pointer = table.get(pointer_key("a", NOW, resolved.id))
    item = table.get(alert_key(resolved.id))
    assert item is not None
    assert pointer is not None
    assert item["expiresAt"] == pointer["expiresAt"] == expires_at


def test_an_alert_of_the_network_has_no_node_to_point_to_it(
    alerts: AlertsTable, standings: StandingsTable
) -> None:
    said = {"subject": "network:main", "judge": "emissions"}
    judge(standings, judgement(1, finding(rule="emissions"), **said))  # type: ignore[arg-type] # they are
    assert the_one(alerts).node_id is None
    judge(standings, judgement(2, **said))  # type: ignore[arg-type] # as above
    assert the_one(alerts).status == "resolved"


def test_a_standing_lives_as_long_as_its_subject(standings: StandingsTable, table: Table) -> None:
    key = standing_key("node:a", "state")
    judge(standings, judgement(1, finding()))
    assert "expiresAt" not in (table.get(key) or {})
    judge(standings, Judgement(subject="node:a", judge="state", revision=gone().revision))
    assert (table.get(key) or {})["expiresAt"] == int((NOW + STANDING_LIFETIME).timestamp())
    judge(standings, Judgement(subject="node:a", judge="state", revision="2027#1"))
    assert "expiresAt" not in (table.get(key) or {})


def test_what_a_standing_says_reads_back_exactly(standings: StandingsTable) -> None:
    judge(standings, judgement(1, finding(), finding("low", "m2", rule="inventory")))
    standing = standings.standing("node:a", "state")
    assert {rule: raised.finding for rule, raised in standing.raised.items()} == {
        "utilization": finding(),
        "inventory": finding("low", "m2", rule="inventory"),
    }
    assert {raised.opened_at for raised in standing.raised.values()} == {NOW}


def test_eight_workers_with_the_same_images_open_one_alert_with_the_exact_count(
    alerts: AlertsTable, standings: StandingsTable
) -> None:
    images = [judgement(number, finding(evidence=f"m{number}")) for number in range(1, 11)]
    batches = [images[:4], images[:1], images[2:7], images, images[5:], images[:2]] * 2
    with ThreadPoolExecutor(8) as workers:
        tallies = list(workers.map(lambda batch: judge(standings, *batch), batches))
    assert the_one(alerts).count <= 10
    assert sum(tally.opened for tally in tallies) == 1
    in_order = standings.standing("node:a", "state")
    assert in_order.revision.endswith("10")


def test_batches_that_come_again_and_again_to_many_workers_count_exactly(
    alerts: AlertsTable, standings: StandingsTable
) -> None:
    images = [judgement(number, finding(evidence=f"m{number}")) for number in range(1, 11)]
    for end in (3, 6, 10):
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(lambda _, end=end: judge(standings, *images[:end]), range(8)))
    assert the_one(alerts).count == 10


def test_a_write_whose_answer_got_lost_is_not_done_twice(
    alerts: AlertsTable, standings: StandingsTable, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    transact = table.transact

    def lose_the_answer(*writes: Any) -> None:
        transact(*writes)
        raise UnavailableError("the table is out of reach at the moment: try again")

    with monkeypatch.context() as broken:
        broken.setattr(table, "transact", lose_the_answer)
        with pytest.raises(UnavailableError):
            judge(standings, judgement(1, finding()))
    assert judge(standings, judgement(1, finding()), judgement(2, finding(evidence="m2"))) == Tally()
    assert the_one(alerts).count == 2


def test_a_standing_whose_alert_somebody_removed_says_so(
    alerts: AlertsTable, standings: StandingsTable, table: Table
) -> None:
    judge(standings, judgement(1, finding()))
    table.delete(alert_key(the_one(alerts).id))
    with pytest.raises(RuntimeError, match="an alert of node:a is not as its standing says"):
        judge(standings, judgement(2))


def test_a_step_that_another_worker_did_in_between_is_left_to_it(
    alerts: AlertsTable, standings: StandingsTable, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(standings, judgement(1, finding()))
    transact = table.transact

    def be_late(*writes: Any) -> None:
        monkeypatch.setattr(table, "transact", transact)
        assert judge(standings, judgement(2)) == Tally(resolved=1)
        raise Cancellation(failed=[False, True, False], items=[None] * len(writes))

    monkeypatch.setattr(table, "transact", be_late)
    assert judge(standings, judgement(2)) == Tally()
    assert the_one(alerts).status == "resolved"


def test_of_fifty_who_acknowledge_at_once_one_succeeds_and_the_others_hear_who(
    alerts: AlertsTable, table: Table
) -> None:
    table.transact(table.creating(alert_item(alert())))
    people = [Actor(id=f"user-{number}", name=f"person-{number}") for number in range(50)]

    def acknowledge(actor: Actor) -> str:
        try:
            return str(alerts.acknowledge("alert-1", actor, LATER).acknowledged_by)
        except AlreadyAcknowledgedError as error:
            return str(error)

    with ThreadPoolExecutor(16) as crowd:
        outcomes = Counter(crowd.map(acknowledge, people))
    found = alerts.get("alert-1")
    assert found.acknowledged_by is not None
    assert outcomes == {
        str(found.acknowledged_by): 1,
        f"{found.acknowledged_by.name} acknowledged the alert at 2026-11-24T08:05:00.000000Z already": 49,
    }
    (event,) = table.all("AUDIT#2026-11-24", prefix="2026")
    assert (event["actor"]["id"], event["action"]) == (found.acknowledged_by.id, "alert.acknowledged")
    assert event["subject"] == "alert:alert-1"
    assert [one.status for one in listed(alerts, status="acknowledged")] == ["acknowledged"]


def test_an_alert_that_cannot_be_acknowledged_leaves_no_audit_event(
    alerts: AlertsTable, table: Table
) -> None:
    table.transact(table.creating(alert_item(alert(status="resolved", resolved_at=NOW))))
    with pytest.raises(AlertResolvedError):
        alerts.acknowledge("alert-1", ADA, NOW)
    with pytest.raises(AlertNotFoundError):
        alerts.acknowledge("alert-2", ADA, NOW)
    assert list(table.all("AUDIT#2026-11-24", prefix="2026")) == []


def test_an_alert_that_is_resolved_just_before_is_not_acknowledged(
    alerts: AlertsTable, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.transact(table.creating(alert_item(alert(status="resolved", resolved_at=NOW))))
    monkeypatch.setattr(alerts, "get", lambda _alert_id: alert())  # as it was when it was read
    with pytest.raises(AlertResolvedError):
        alerts.acknowledge("alert-1", ADA, NOW)
    with pytest.raises(AlertNotFoundError):
        alerts.acknowledge("alert-2", ADA, NOW)


def test_an_acknowledged_alert_keeps_who_took_it_on_while_it_goes_on(
    alerts: AlertsTable, standings: StandingsTable
) -> None:
    judge(standings, judgement(1, finding()))
    alerts.acknowledge(the_one(alerts).id, ADA, NOW)
    judge(standings, judgement(2, finding(evidence="m2")))
    judge(standings, judgement(3), at=LATER)
    found = the_one(alerts)
    assert (found.status, found.count, found.acknowledged_by) == ("resolved", 2, ADA)


@pytest.fixture
def many(table: Table) -> list[Alert]:
    """Alerts of three nodes in all statuses and severities, some of the same moment, newest first."""
    made = [
        alert(
            id=f"alert-{number:02d}",
            opened_at=NOW + timedelta(seconds=number // 2),
            status=status,
            severity=severity,
            node_id=f"n{number % 3}",
            subject=f"node:n{number % 3}",
        )
        for number, (status, severity) in enumerate(list(product(STATUSES, SEVERITIES)) * 2)
    ]
    for one in made:
        assert one.node_id is not None
        pointer = pointer_key(one.node_id, one.opened_at, one.id) | {"alertId": one.id}
        table.transact(table.creating(alert_item(one)), table.creating(pointer))
    return sorted(made, key=lambda one: (one.opened_at, one.id), reverse=True)


@pytest.mark.parametrize("limit", [1, 3, 24])
@pytest.mark.parametrize("node", [None, "n1", "nowhere"])
def test_every_combination_of_filters_lists_exactly_what_it_admits_newest_first(
    alerts: AlertsTable, many: list[Alert], limit: int, node: str | None
) -> None:
    for status, severity in product([None, "open", "resolved"], [None, "low", "critical"]):
        wanted: dict[str, Any] = {"status": status, "severity": severity, "node": node}
        expected = [one for one in many if AlertFilter(**wanted).admits(one)]
        assert listed(alerts, limit=limit, **wanted) == expected


def test_a_page_through_a_filter_that_finds_little_ends_before_it_takes_long(
    alerts: AlertsTable, many: list[Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnitrack.adapters.alerts.MOST_READ", 2)
    monkeypatch.setattr("omnitrack.adapters.alerts.SMALLEST_READ", 2)
    found: list[Alert] = []
    after: Mapping[str, str] | None = None
    pages = 0
    while pages == 0 or after is not None:
        page, after = alerts.page(AlertFilter(severity="low", status="open"), limit=1, after=after)
        found, pages = found + page, pages + 1
    assert found == [one for one in many if (one.severity, one.status) == ("low", "open")]
    assert pages > len(found)


def test_an_alert_that_moves_between_two_lists_while_they_are_read_is_shown_once(
    alerts: AlertsTable, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = {"open": [alert_item(alert())], "acknowledged": [alert_item(taken_on())], "resolved": []}
    monkeypatch.setattr(
        table, "newest", lambda partition, **_: lists[partition.removeprefix("ALERTS#STATUS#")]
    )
    assert [one.id for one in listed(alerts)] == ["alert-1"]


def test_a_node_that_points_to_an_alert_that_has_expired_lists_the_others(
    alerts: AlertsTable, many: list[Alert], table: Table
) -> None:
    mine = [one for one in many if one.node_id == "n1"]
    table.delete(alert_key(mine[0].id))
    assert listed(alerts, node="n1") == mine[1:]


def test_reading_alerts_needs_no_scan(
    table: Table, alerts: AlertsTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(operation: str, _parameters: Any) -> Any:
        asked.append(operation)
        raise LookupError("this is enough")

    monkeypatch.setattr(table.client, "_make_api_call", note)
    for wanted in (
        AlertFilter(),
        AlertFilter(status="open"),
        AlertFilter(severity="low"),
        AlertFilter(node="a"),
    ):
        with pytest.raises(LookupError):
            alerts.page(wanted, limit=1, after=None)
    assert set(asked) == {"Query"}


def test_an_alert_reads_back_as_it_was_written(alerts: AlertsTable, table: Table) -> None:
    table.transact(table.creating(alert_item(taken_on(value=0.1 + 0.2, threshold=1e15))))
    assert alerts.get("alert-1") == taken_on(value=0.1 + 0.2, threshold=1e15)
