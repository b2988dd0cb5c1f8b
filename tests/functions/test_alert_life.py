"""The life of alerts as a machine: readings, deliveries, repetitions, people, removals, in any order."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from omnitrack.domain.alerts import AlertStatus
from omnitrack.domain.errors import AlertResolvedError, AlreadyAcknowledgedError, UnavailableError
from omnitrack.domain.thresholds import USUAL

from tests.functions.alert_fakes import ADA, Alarm, gone, state
from tests.functions.calls import NOW

if TYPE_CHECKING:
    from omnitrack.domain.evaluator import NodeState

# To each status the ones that it may have come from; an alert begins as open.
CAME_FROM: dict[AlertStatus, set[AlertStatus]] = {
    "open": {"open"},
    "acknowledged": {"open", "acknowledged"},
    "resolved": {"open", "acknowledged", "resolved"},
}


class AlertLife(RuleBasedStateMachine):
    """A node whose images reach the evaluator late, in part, twice, or by the queue before the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.alarm = Alarm()
        self.images: list[NodeState] = []
        self.delivered = 0
        self.lives = 0
        self.seen: dict[str, tuple[AlertStatus, int]] = {}

    @rule(
        used=st.sampled_from([0.5, 0.87, 0.97]),
        held=st.sampled_from([50.0, 15.0, 5.0]),
        status=st.sampled_from(["operational", "disrupted", "offline"]),
    )
    def change(self, used: float, held: float, status: str) -> None:
        number = len(self.images) + 1
        metrics, born = {"utilization": used, "inventory": held}, f"2026-11-24T08:00:{self.lives:02d}.000000Z"
        made = state(number, born=born, latest=metrics, message=f"m{number}", status=status)
        self.images.append(made)
        self.alarm.nodes.states["a"] = made

    @precondition(lambda self: self.images and self.images[-1].node)
    @rule()
    def remove(self) -> None:
        self.images.append(gone(born=self.images[-1].created_at))
        del self.alarm.nodes.states["a"]
        self.lives += 1

    @rule(
        size=st.integers(1, 4),
        back=st.integers(0, 5),
        failures=st.lists(st.sampled_from(["before", "after", ""]), max_size=2),
    )
    def deliver(self, size: int, back: int, failures: list[str]) -> None:
        batch = self.images[max(0, self.delivered - back) : self.delivered + size]
        self.alarm.alerts.failures = failures
        if batch:
            try:
                self.alarm.evaluator.take(batch, NOW)
            except UnavailableError:
                return
        self.delivered = min(self.delivered + size, len(self.images))

    @rule(failures=st.lists(st.sampled_from(["before", "after", ""]), max_size=2))
    def reconsider(self, failures: list[str]) -> None:
        self.alarm.alerts.failures = failures
        try:
            self.alarm.evaluator.reconsider("a", NOW)
        except UnavailableError:
            return

    @precondition(lambda self: self.alarm.alerts.alerts)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        alert_id = data.draw(st.sampled_from(sorted(self.alarm.alerts.alerts)))
        before = self.alarm.alerts.get(alert_id).status
        if before == "open":
            self.alarm.alerts.acknowledge(alert_id, ADA, NOW)
        else:
            with pytest.raises((AlreadyAcknowledgedError, AlertResolvedError)):
                self.alarm.alerts.acknowledge(alert_id, ADA, NOW)

    @invariant()
    def one_alert_at_most_is_unresolved_of_each_rule(self) -> None:
        rules = [alert.rule for alert in self.alarm.alerts.unresolved]
        assert len(rules) == len(set(rules))

    @invariant()
    def the_standing_knows_exactly_the_unresolved(self) -> None:
        raised = self.alarm.alerts.standing("node:a", "state").raised.values()
        assert {one.alert_id for one in raised} == {alert.id for alert in self.alarm.alerts.unresolved}

    @invariant()
    def statuses_only_go_forward_and_counts_only_grow(self) -> None:
        for alert in self.alarm.alerts.alerts.values():
            status, count = self.seen.get(alert.id, ("open", 1))
            assert status in CAME_FROM[alert.status]
            assert alert.count >= count
            assert status != "resolved" or alert.count == count
            self.seen[alert.id] = (alert.status, alert.count)

    def teardown(self) -> None:
        """Once all has arrived, the alerts are those of the newest image."""
        self.alarm.alerts.failures = []
        if not self.images:
            return
        self.alarm.evaluator.take(self.images[self.delivered :] or self.images[-1:], NOW)
        newest = self.images[-1].judgement(USUAL).findings
        assert sorted((alert.rule, alert.severity) for alert in self.alarm.alerts.unresolved) == sorted(
            (finding.rule, finding.severity) for finding in newest
        )


TestAlertLife = AlertLife.TestCase
TestAlertLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
