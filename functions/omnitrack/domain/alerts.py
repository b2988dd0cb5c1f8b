"""Alerts: what one is, what it rests on, and where it is listed and acknowledged.

How it comes, changes and goes is in `evaluation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol, get_args

from omnitrack.domain.actors import Actor
from omnitrack.domain.errors import (
    AlertNotFoundError,
    AlertResolvedError,
    AlreadyAcknowledgedError,
    OmniTrackError,
)
from omnitrack.domain.values import Identifier, Maybe, Model, Moment, moment_text
from pydantic import Field

LIFETIME = timedelta(days=90)  # of a resolved alert

Severity = Literal["low", "medium", "high", "critical"]
AlertStatus = Literal["open", "acknowledged", "resolved"]
Rule = Literal["status", "utilization", "inventory", "temperature", "delay", "emissions"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the worst is the last
STATUSES: tuple[AlertStatus, ...] = get_args(AlertStatus)
NODE_SUBJECT = "node:"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong with a subject, at most one for each rule.

    `evidence` names what it rests on (a message, a version, an hour): the same evidence counts once.
    """

    rule: Rule
    severity: Severity
    text: str
    value: float
    threshold: float
    evidence: str


class Alert(Model):
    """Something at a subject that a person should know of; one is unresolved per subject and rule.

    `subject` is `node:ID`, `lane:FROM:TO` or `network:main`; `node_id` is there when it is a node.
    """

    id: Identifier
    subject: str
    node_id: Maybe[Identifier] = None
    rule: Rule
    severity: Severity
    status: AlertStatus
    priority: Annotated[
        float, Field(ge=0, le=1, description="0.7 severity + 0.3 criticality of the node in the network.")
    ]
    finding: Annotated[str, Field(description="What is wrong, in words.")]
    value: Annotated[float, Field(description="What was measured last; 1 for a state that holds.")]
    threshold: Annotated[float, Field(description="What was crossed.")]
    count: Annotated[int, Field(ge=1, description="How often it was found while unresolved.")]
    opened_at: Moment
    updated_at: Moment
    acknowledged_at: Maybe[Moment] = None
    acknowledged_by: Maybe[Actor] = None
    resolved_at: Maybe[Moment] = None


class AlertPage(Model):
    """Alerts, newest first; `cursor` is there when more follows."""

    alerts: list[Alert]
    cursor: Maybe[str] = None


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts are asked for; None admits all."""

    status: AlertStatus | None = None
    severity: Severity | None = None
    node: str | None = None

    def admits(self, alert: Alert) -> bool:
        """Whether the alert is one of them."""
        return (
            self.status in {None, alert.status}
            and self.severity in {None, alert.severity}
            and self.node in {None, alert.node_id}
        )


class Alerts(Protocol):
    """Where alerts are listed and taken on."""

    def get(self, alert_id: str) -> Alert:
        """One alert, as of now; raises AlertNotFoundError."""
        ...

    def page(
        self, wanted: AlertFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[Alert], Mapping[str, str] | None]:
        """At most `limit` alerts, newest first, after a position; and the position when more follow."""
        ...

    def acknowledge(self, alert_id: str, actor: Actor, at: datetime) -> Alert:
        """Take an open alert on, together with its audit event; raises as `refusal` says."""
        ...


def alert_missing(alert_id: str) -> AlertNotFoundError:
    """The error for an alert that is not there."""
    return AlertNotFoundError(f"there is no alert {alert_id!r}")


def refusal(alert: Alert) -> OmniTrackError:
    """The error to raise when an alert that is not open is to be acknowledged."""
    if alert.status == "resolved":
        when = f" at {moment_text(alert.resolved_at)}" if alert.resolved_at else ""
        return AlertResolvedError(f"the alert was resolved{when}: nobody has to look after it any more")
    who = alert.acknowledged_by.name if alert.acknowledged_by else "someone"
    when = f" at {moment_text(alert.acknowledged_at)}" if alert.acknowledged_at else ""
    return AlreadyAcknowledgedError(f"{who} acknowledged the alert{when} already")


def worse(one: Severity, other: Severity) -> Severity:
    """The worse of two severities."""
    return max(one, other, key=SEVERITIES.index)
