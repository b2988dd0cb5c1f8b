"""The life of alerts, in memory: whatever comes twice, late or at the same time, each is opened once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from omnitrack.domain.errors import AlertResolvedError, AlreadyAcknowledgedError, UnavailableError
from omnitrack.domain.evaluation import Judgement, Standing, Tally, close, evaluate, plan, priority
from omnitrack.domain.evaluator import Evaluator
from omnitrack.domain.thresholds import Thresholds

from tests.functions.alert_fakes import ADA, Alarm, InMemoryAlerts, finding, gone, judgement, state
from tests.functions.calls import NOW

LATER = NOW + timedelta(minutes=5)


def judge(alerts: InMemoryAlerts, *judgements: Judgement, at: Any = NOW) -> Tally:
    return evaluate(judgements, alerts, lambda _subject: 0.5, at)


def test_a_crossing_opens_an_alert_that_says_what_was_found() -> None:
    alerts = InMemoryAlerts()
    assert judge(alerts, judgement(1, finding())) == Tally(opened=1)
    (alert,) = alerts.alerts.values()
    assert (alert.status, alert.count, alert.severity, alert.node_id) == ("open", 1, "high", "a")
    assert (alert.finding, alert.value, alert.threshold, alert.opened_at) == ("it is high", 2.5, 0.5, NOW)
    assert alert.priority == 0.675


def test_an_alert_of_something_else_than_a_node_names_no_node() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding(rule="emissions"), subject="lane:a:b", judge="emissions"))
    (alert,) = alerts.alerts.values()
    assert (alert.subject, alert.node_id) == ("lane:a:b", None)


def test_only_new_evidence_counts_as_a_repeat() -> None:
    alerts = InMemoryAlerts()
    for number, evidence in enumerate(["m1", "m1", "m2", "m2", "m3"], start=1):
        judge(alerts, judgement(number, finding(evidence=evidence)), at=NOW + timedelta(seconds=number))
    (alert,) = alerts.alerts.values()
    assert (alert.count, alert.updated_at) == (3, NOW + timedelta(seconds=5))


def test_evidence_that_is_seen_in_another_light_changes_the_alert_and_does_not_count_again() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding("medium")), judgement(2, finding("critical")))
    (alert,) = alerts.alerts.values()
    assert (alert.count, alert.severity, alert.finding) == (1, "critical", "it is critical")


def test_repeats_of_one_batch_are_one_write_and_all_count() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding()))
    judge(alerts, *(judgement(number, finding(evidence=f"m{number}")) for number in range(2, 52)))
    (alert,) = alerts.alerts.values()
    assert (alert.count, len(alerts.steps)) == (51, 2)


def test_a_batch_without_any_finding_is_one_write() -> None:
    alerts = InMemoryAlerts()
    assert judge(alerts, *map(judgement, range(1, 51))) == Tally()
    assert len(alerts.steps) == 1
    assert alerts.standing("node:a", "state").revision.endswith("000050")


def test_the_end_of_a_subject_stays_the_end_in_a_batch() -> None:
    batch = [judgement(1), Judgement(subject="node:a", judge="state", revision=gone().revision)]
    steps = plan(InMemoryAlerts().standing("node:a", "state"), batch, NOW)
    assert [step.is_last for step in steps] == [False, True]


def test_a_severity_that_was_reached_in_between_is_a_write_of_its_own() -> None:
    alerts = InMemoryAlerts()
    severities = ["medium", "critical", "critical", "medium", "medium"]
    judge(alerts, *(judgement(n, finding(severity)) for n, severity in enumerate(severities, 1)))  # type: ignore[arg-type] # they are
    seen = [step.after.raised["utilization"].finding.severity for step in alerts.steps]
    assert seen == ["medium", "critical", "medium"]


def test_recovery_resolves_and_the_next_crossing_is_another_alert() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding()))
    assert judge(alerts, judgement(2), at=LATER) == Tally(resolved=1)
    assert judge(alerts, judgement(3, finding(evidence="m3"))) == Tally(opened=1)
    first, second = alerts.alerts.values()
    assert (first.status, first.resolved_at, second.status) == ("resolved", LATER, "open")


def test_a_crossing_that_recovers_within_a_batch_is_told_all_the_same() -> None:
    alerts = InMemoryAlerts()
    tally = judge(alerts, judgement(1), judgement(2, finding()), judgement(3), judgement(4, finding()))
    assert tally == Tally(opened=2, resolved=1)
    assert [alert.status for alert in alerts.alerts.values()] == ["resolved", "open"]


def test_each_rule_and_each_subject_has_an_alert_of_its_own() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding(), finding(rule="inventory")))
    judge(alerts, judgement(1, finding(), subject="node:b"))
    judge(alerts, judgement(2, finding(rule="inventory")))
    assert [(alert.subject, alert.rule) for alert in alerts.unresolved] == [
        ("node:a", "inventory"),
        ("node:b", "utilization"),
    ]


@pytest.mark.parametrize("number", [1, 2])
def test_a_judgement_that_is_not_newer_changes_nothing(number: int) -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding()), judgement(2))
    before = dict(alerts.alerts)
    assert judge(alerts, judgement(number, finding("critical", "m9"))) == Tally()
    assert alerts.alerts == before


def test_an_acknowledged_alert_goes_on_and_is_resolved() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding()))
    (alert_id,) = alerts.alerts
    alerts.acknowledge(alert_id, ADA, NOW)
    judge(alerts, judgement(2, finding("critical", "m2")))
    again = alerts.get(alert_id)
    assert (again.status, again.count, again.severity, again.priority) == (
        "acknowledged",
        2,
        "critical",
        0.85,
    )
    with pytest.raises(AlreadyAcknowledgedError, match=r"ada@example\.com acknowledged the alert at 2026"):
        alerts.acknowledge(alert_id, ADA, NOW)
    judge(alerts, judgement(3))
    with pytest.raises(AlertResolvedError, match="resolved at 2026"):
        alerts.acknowledge(alert_id, ADA, NOW)


def test_the_removal_of_a_node_resolves_its_alerts_and_those_of_its_emissions() -> None:
    alarm = Alarm()
    alarm.evaluator.take([state(1, status="offline")], NOW)
    judge(alarm.alerts, judgement(1, finding(rule="emissions"), judge="emissions"))
    assert alarm.evaluator.take([gone()], NOW) == Tally(resolved=2)
    assert alarm.alerts.unresolved == []
    assert alarm.evaluator.take([state(9, status="offline")], NOW) == Tally()


def test_a_node_that_was_removed_and_made_anew_is_judged_anew() -> None:
    alarm, later = Alarm(), "2026-11-24T08:00:01.000000Z"
    alarm.evaluator.take([state(7, status="offline"), gone(), state(1, born=later, status="offline")], NOW)
    assert [alert.status for alert in alarm.alerts.alerts.values()] == ["resolved", "open"]
    alarm.evaluator.take([gone()], NOW)  # comes late, and is of the first life
    assert len(alarm.alerts.unresolved) == 1


def test_a_node_that_is_gone_when_it_is_looked_up_is_closed() -> None:
    alarm = Alarm()
    alarm.evaluator.take([state(3, status="offline")], NOW)
    assert alarm.evaluator.reconsider("a", NOW) == Tally(resolved=1)
    assert alarm.evaluator.take([state(4, status="offline"), gone()], NOW) == Tally()
    assert alarm.evaluator.reconsider("a", NOW) == Tally()
    assert alarm.evaluator.reconsider("never-there", NOW) == Tally()


def test_a_node_that_appears_while_it_is_looked_up_is_not_closed() -> None:
    alerts = InMemoryAlerts()
    judge(alerts, judgement(1, finding()))

    answers = iter([True, False])

    def is_gone() -> bool:
        if answer := next(answers):  # and just then it is there again
            judge(alerts, judgement(2, finding(evidence="m2")))
        return answer

    assert close("node:a", "state", alerts, lambda _subject: 0, NOW, is_gone=is_gone) == Tally()
    assert len(alerts.unresolved) == 1


def with_thresholds(alarm: Alarm, said: dict[str, Any]) -> Evaluator:
    return replace(alarm.evaluator, thresholds=Thresholds.parse({"default": said}))


@pytest.mark.parametrize(
    "look",
    [lambda evaluator, at: evaluator.reconsider("a", at), lambda evaluator, at: evaluator.repair(at)],
    ids=["reconsider", "repair"],
)
def test_changed_thresholds_are_applied_to_a_node_that_has_not_changed(
    look: Callable[[Evaluator, datetime], Tally],
) -> None:
    alarm = Alarm()
    alarm.nodes.states["a"] = state(1, utilization=0.7)
    alarm.evaluator.take([state(1, utilization=0.7)], NOW)
    stricter = with_thresholds(alarm, {"utilization": {"high": 0.6}})
    assert look(stricter, NOW) == Tally(opened=1)
    worse = with_thresholds(alarm, {"utilization": {"critical": 0.6}})
    assert look(worse, LATER) == Tally()
    (alert,) = alarm.alerts.unresolved
    assert (alert.severity, alert.count) == ("critical", 1)
    assert alarm.evaluator.take([state(1, utilization=0.7)], LATER) == Tally()  # comes late
    assert look(alarm.evaluator, LATER + timedelta(seconds=1)) == Tally(resolved=1)
    assert alarm.evaluator.take([state(2, utilization=0.97)], NOW) == Tally(opened=1)


def test_a_second_look_that_finds_the_same_changes_nothing() -> None:
    alarm = Alarm()
    alarm.nodes.states["a"] = state(1, status="offline")
    assert alarm.evaluator.reconsider("a", NOW) == Tally(opened=1)
    before = alarm.alerts.standing("node:a", "state")
    assert before.revision == state(1).revision
    assert alarm.evaluator.reconsider("a", LATER) == Tally()
    assert (alarm.alerts.standing("node:a", "state"), len(alarm.alerts.steps)) == (before, 1)


def test_a_node_that_was_looked_at_again_can_be_removed_and_come_back() -> None:
    alarm, later = Alarm(), "2026-11-24T08:00:01.000000Z"
    alarm.nodes.states["a"] = state(1, utilization=0.7)
    alarm.evaluator.take([state(1, utilization=0.7)], NOW)
    with_thresholds(alarm, {"utilization": {"high": 0.6}}).reconsider("a", NOW)
    del alarm.nodes.states["a"]
    assert alarm.evaluator.reconsider("a", LATER) == Tally(resolved=1)
    assert alarm.evaluator.take([state(2, status="offline"), gone()], LATER) == Tally()
    assert alarm.evaluator.take([state(1, born=later, status="offline")], LATER) == Tally(opened=1)


def test_a_removal_that_comes_again_leaves_the_emissions_of_the_next_life_alone() -> None:
    alarm, later = Alarm(), "2026-11-24T08:00:01.000000Z"
    alarm.evaluator.take([state(1), gone()], NOW)
    alarm.nodes.states["a"] = state(1, born=later)
    alarm.evaluator.take([state(1, born=later)], NOW)
    judge(alarm.alerts, judgement(1, finding(rule="emissions"), judge="emissions"))
    assert alarm.evaluator.take([gone()], LATER) == Tally()
    assert [alert.rule for alert in alarm.alerts.unresolved] == ["emissions"]


def test_repair_brings_every_node_and_every_alert_up_to_date() -> None:
    alarm = Alarm()
    alarm.evaluator.take([state(1, node_id="recovered", status="offline")], NOW)
    alarm.evaluator.take([state(1, node_id="removed", status="offline")], NOW)
    alarm.nodes.states = {
        "recovered": state(2, node_id="recovered"),
        "endangered": state(1, node_id="endangered", status="disrupted"),
    }
    assert alarm.evaluator.repair(NOW) == Tally(opened=1, resolved=2)
    (alert,) = alarm.alerts.unresolved
    assert alert.node_id == "endangered"
    assert [sent.alert_id for sent in alarm.outbox.sent if sent.alert_id == alert.id] == [alert.id]


def test_repair_reads_all_pages_of_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    alarm = Alarm()
    monkeypatch.setattr("omnitrack.domain.evaluator.ALERTS_AT_ONCE", 2)
    for number in range(5):
        name = f"n{number}"
        alarm.nodes.states[name] = state(1, node_id=name, status="offline")
    alarm.evaluator.repair(NOW)
    assert len(alarm.outbox.sent) == len(alarm.alerts.unresolved) == 5


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_at_a_write_leaves_nothing_half_done(moment: str) -> None:
    alerts = InMemoryAlerts(failures=[moment])
    batch = (judgement(1, finding()), judgement(2), judgement(3, finding(evidence="m3")))
    with pytest.raises(UnavailableError):
        judge(alerts, *batch)
    judge(alerts, *batch)
    assert [alert.status for alert in alerts.alerts.values()] == ["resolved", "open"]
    assert [alert.count for alert in alerts.alerts.values()] == [1, 1]


def test_workers_that_judge_the_same_images_at_once_open_one_alert() -> None:
    alerts = InMemoryAlerts()
    batch = [judgement(number, finding(evidence=f"m{number}")) for number in range(1, 21)]
    with ThreadPoolExecutor(8) as workers:
        tallies = list(workers.map(lambda _: judge(alerts, *batch), range(16)))
    (alert,) = alerts.alerts.values()
    assert (alert.count, sum(tally.opened for tally in tallies)) == (20, 1)


def test_a_standing_that_others_keep_changing_is_left_for_later() -> None:
    class Busy(InMemoryAlerts):
        def save(self, *_: Any) -> bool:
            return False

    with pytest.raises(UnavailableError, match="node:a change too fast"):
        judge(Busy(), judgement(1, finding()))
    busy = Busy(standings={("node:a", "state"): Standing(subject="node:a", judge="state", revision="1#1")})
    with pytest.raises(UnavailableError, match="node:a change too fast"):
        close("node:a", "state", busy, lambda _subject: 0, NOW)


@pytest.mark.parametrize(
    ("severity", "criticality", "expected"),
    [("low", 0, 0.175), ("medium", 0, 0.35), ("high", 0.5, 0.675), ("critical", 1, 1)],
)
def test_priority_is_seven_parts_severity_and_three_parts_criticality(
    severity: Any, criticality: float, expected: float
) -> None:
    assert priority(severity, criticality) == expected
