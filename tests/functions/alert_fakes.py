"""The ports of alerts in memory, and nodes to judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from omnitrack.domain.actors import Actor
from omnitrack.domain.alerts import (
    SEVERITIES,
    Alert,
    AlertFilter,
    Finding,
    Rule,
    Severity,
    alert_missing,
    refusal,
)
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.evaluation import Criticality, Judge, Judgement, Standing, Step, alert_of, priority
from omnitrack.domain.evaluator import Evaluator, NodeState
from omnitrack.domain.notifications import CLAIM_LIFETIME, Claim, Message, Notification
from omnitrack.domain.sensors import LatestReading
from omnitrack.domain.thresholds import USUAL

from tests.functions.calls import NOW
from tests.functions.test_risk import node

ADA = Actor(id="user-1", name="ada@example.com")
BORN = "2026-11-24T08:00:00.000000Z"


def finding(severity: Severity = "high", evidence: str = "m1", rule: Rule = "utilization") -> Finding:
    value = SEVERITIES.index(severity) + 0.5
    return Finding(
        rule=rule, severity=severity, text=f"it is {severity}", value=value, threshold=0.5, evidence=evidence
    )


def judgement(number: int, *findings: Finding, subject: str = "node:a", judge: Judge = "state") -> Judgement:
    return Judgement(subject=subject, judge=judge, revision=f"{BORN}#{number:015d}", findings=findings)


def state(number: int, *, node_id: str = "a", born: str = BORN, **changes: Any) -> NodeState:
    """A node at its revision `number`; its inventory is fine unless it is said."""
    metrics, message = changes.pop("latest", None), changes.pop("message", "m")
    latest = {"s": LatestReading(message_id=message, timestamp=NOW, metrics=metrics)} if metrics else {}
    made = node(**changes)
    update = {"id": node_id, "reading_count": number - made.version, "latest": latest}
    made = made.model_copy(update=update)
    return NodeState(id=node_id, created_at=born, node=made)


def gone(node_id: str = "a", born: str = BORN) -> NodeState:
    return NodeState(id=node_id, created_at=born, node=None)


@dataclass
class InMemoryAlerts:
    """Alerts and standings; `failures` are raised by the next writes, before or after they are done."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    standings: dict[tuple[str, str], Standing] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    def standing(self, subject: str, judge: Judge) -> Standing:
        return self.standings.get((subject, judge), Standing(subject=subject, judge=judge))

    def save(self, step: Step, criticality: Criticality, at: datetime) -> bool:
        failure = self.failures.pop() if self.failures else ""
        if failure == "before":
            raise UnavailableError("the table does not answer at the moment: try again")
        with self.lock:
            key = (step.after.subject, step.after.judge)
            if self.standing(*key) != step.before:
                return False
            self.standings[key] = step.after
            self._apply(step, criticality(step.after.subject), at)
        if failure == "after":
            raise UnavailableError("the table does not answer at the moment: try again")
        return True

    def _apply(self, step: Step, weight: float, at: datetime) -> None:
        self.steps.append(step)
        for raised in step.opened:
            assert raised.alert_id not in self.alerts
            self.alerts[raised.alert_id] = alert_of(raised, step.after.subject, weight)
        for repeat in step.repeated:
            known, found = self._unresolved(repeat.alert_id), repeat.finding
            changes = {
                "severity": found.severity,
                "priority": priority(found.severity, weight),
                "finding": found.text,
                "value": found.value,
                "threshold": found.threshold,
                "count": known.count + repeat.times,
                "updated_at": at,
            }
            self.alerts[known.id] = known.model_copy(update=changes)
        for raised in step.resolved:
            known = self._unresolved(raised.alert_id)
            changes = {"status": "resolved", "resolved_at": at, "updated_at": at}
            self.alerts[known.id] = known.model_copy(update=changes)

    def _unresolved(self, alert_id: str) -> Alert:
        assert self.alerts[alert_id].status != "resolved"
        return self.alerts[alert_id]

    @property
    def unresolved(self) -> list[Alert]:
        return [alert for alert in self.alerts.values() if alert.status != "resolved"]

    def get(self, alert_id: str) -> Alert:
        if alert_id not in self.alerts:
            raise alert_missing(alert_id)
        return self.alerts[alert_id]

    def page(
        self, wanted: AlertFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[Alert], Mapping[str, str] | None]:
        found = sorted(filter(wanted.admits, self.alerts.values()), key=_order, reverse=True)
        rest = [alert for alert in found if after is None or _order(alert) < after["after"]]
        page = rest[:limit]
        return page, {"after": _order(page[-1])} if len(rest) > limit else None

    def acknowledge(self, alert_id: str, actor: Actor, at: datetime) -> Alert:
        alert = self.get(alert_id)
        if alert.status != "open":
            raise refusal(alert)
        changes = {"status": "acknowledged", "acknowledged_at": at, "acknowledged_by": actor}
        self.alerts[alert_id] = alert.model_copy(update=changes)
        return self.alerts[alert_id]


def _order(alert: Alert) -> str:
    return f"{alert.opened_at.isoformat()}#{alert.id}"


@dataclass
class InMemoryNodes:
    states: dict[str, NodeState] = field(default_factory=dict)

    def current(self, node_id: str) -> NodeState | None:
        return self.states.get(node_id)

    def everyone(self) -> Iterator[NodeState]:
        return iter(list(self.states.values()))


@dataclass
class InMemoryOutbox:
    sent: list[Notification] = field(default_factory=list)
    broken: bool = False

    def send(self, notification: Notification) -> None:
        if self.broken:
            raise UnavailableError("the notification queue does not answer at the moment: try again")
        self.sent.append(notification)


@dataclass
class InMemoryLedger:
    claims: dict[tuple[str, Severity], datetime] = field(default_factory=dict)
    sent: set[tuple[str, Severity]] = field(default_factory=set)

    def claim(self, alert_id: str, severity: Severity, at: datetime) -> Claim:
        as_bad = [(alert_id, one) for one in SEVERITIES[SEVERITIES.index(severity) :]]
        if self.sent.intersection(as_bad):
            return "sent"
        if any(self.claims.get(one, at) > at for one in as_bad):
            return "busy"
        self.claims[alert_id, severity] = at + CLAIM_LIFETIME
        return "ours"

    def release(self, alert_id: str, severity: Severity) -> None:
        self.claims.pop((alert_id, severity), None)

    def settle(self, alert_id: str, severity: Severity, at: datetime) -> None:  # noqa: ARG002 - kept by sets
        self.release(alert_id, severity)
        self.sent.add((alert_id, severity))


@dataclass
class InMemoryTopic:
    published: list[Message] = field(default_factory=list)
    refuses: bool = False

    def publish(self, message: Message) -> None:
        if self.refuses:
            raise UnavailableError("the alert topic does not answer at the moment: try again")
        self.published.append(message)


@dataclass
class Alarm:
    """An evaluator with all that it writes to."""

    alerts: InMemoryAlerts = field(default_factory=InMemoryAlerts)
    nodes: InMemoryNodes = field(default_factory=InMemoryNodes)
    outbox: InMemoryOutbox = field(default_factory=InMemoryOutbox)

    @property
    def evaluator(self) -> Evaluator:
        return Evaluator(
            states=self.nodes,
            standings=self.alerts,
            alerts=self.alerts,
            outbox=self.outbox,
            criticality=lambda _subject: 0.5,
            thresholds=USUAL,
        )


def alert(**changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": "alert-1",
        "subject": "node:a",
        "node_id": "a",
        "rule": "utilization",
        "severity": "high",
        "status": "open",
        "priority": 0.675,
        "finding": "utilization is 85 % or more",
        "value": 0.9,
        "threshold": 0.85,
        "count": 1,
        "opened_at": NOW,
        "updated_at": NOW,
    }
    return Alert(**fields | changes)


def acknowledged(**changes: Any) -> Alert:
    at = NOW + timedelta(minutes=1)
    return alert(status="acknowledged", acknowledged_at=at, acknowledged_by=ADA, **changes)
