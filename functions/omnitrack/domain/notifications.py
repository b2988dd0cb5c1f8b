"""Notifications: which alerts people on call hear of, and in which words."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from omnitrack.domain.alerts import Alert, Alerts, Severity, worse
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.values import Identifier, Model, moment_text

Cause = Literal["opened", "escalated"]
Claim = Literal["ours", "busy", "sent"]
Outcome = Literal["sent", "sent_before"]

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: "less than 100 characters long", ASCII
LONGEST_SUBJECT = 99
SHORTEST_NAME = 12  # to which a node's name shrinks in a subject, so that the finding stays readable
CLAIM_LIFETIME = timedelta(seconds=60)  # longer than a publication takes, shorter than a message stays hidden
RECORD_LIFETIME = timedelta(days=400)  # longer than alerts stay unresolved, and messages wait to be replayed
REASONS: Mapping[Cause, str] = {
    "opened": "it was opened",
    "escalated": "its severity has risen",
}


class Notification(Model):
    """A message to those who notify: the alert, and the severity that it came to have."""

    alert_id: Identifier
    cause: Cause
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is published; subscriptions filter by the attributes."""

    subject: str
    text: str
    attributes: Mapping[str, str | float]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the platform is: its environment, and the address of its API (ends in `/v1`)."""

    environment: str
    api_address: str


class Outbox(Protocol):
    """The queue of those who notify."""

    def send(self, notification: Notification) -> None:
        """Keep it until somebody was notified."""
        ...


class Ledger(Protocol):
    """Who was notified of what."""

    def claim(self, alert_id: str, severity: Severity, at: datetime) -> Claim:
        """Take the notification on for CLAIM_LIFETIME, unless it was sent or another worker has it.

        One of a worse severity counts as well: whoever knows of that does not have to hear of less.
        """
        ...

    def release(self, alert_id: str, severity: Severity) -> None:
        """Give it back, as it could not be sent."""
        ...

    def settle(self, alert_id: str, severity: Severity, at: datetime) -> None:
        """Write down that it was sent."""
        ...


class Topic(Protocol):
    """What people on call subscribe to."""

    def publish(self, message: Message) -> None:
        """Tell them; raises when it is refused."""
        ...


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """Tells people on call of an alert, once for each severity that it reaches."""

    alerts: Alerts
    ledger: Ledger
    topic: Topic
    place: Place
    name_of: Callable[[str], str | None]  # of a node

    def notify(self, notification: Notification, at: datetime) -> Outcome:
        """Publish the alert as it is now, unless people know of it in this severity or a worse one already.

        Raises:
            AlertNotFoundError: There is no such alert any more.
            UnavailableError: Another worker is at it, or the topic does not answer.
        """
        alert = self.alerts.get(notification.alert_id)
        severity = worse(alert.severity, notification.severity)
        claim = self.ledger.claim(alert.id, severity, at)
        if claim == "sent":
            return "sent_before"
        if claim == "busy":
            raise UnavailableError("another worker is sending this notification: try again")
        name = self.name_of(alert.node_id) if alert.node_id else None
        try:
            self.topic.publish(compose(alert, notification.cause, name, self.place))
        except Exception:
            self.ledger.release(alert.id, severity)
            raise
        self.ledger.settle(alert.id, severity, at)
        return "sent"


def due(before: Alert | None, after: Alert | None) -> Notification | None:
    """Who has to hear of a change: of an alert that was opened, and of one that has become worse."""
    if after is None or after.status == "resolved":
        return None
    if before is None:
        return Notification(alert_id=after.id, cause="opened", severity=after.severity)
    if worse(before.severity, after.severity) == before.severity:
        return None
    return Notification(alert_id=after.id, cause="escalated", severity=after.severity)


def compose(alert: Alert, cause: Cause, name: str | None, place: Place) -> Message:
    """The words of an alert for somebody who may have been asleep."""
    return Message(
        subject=_subject(alert, name, place),
        text=_text(alert, cause, name, place),
        attributes={
            "severity": alert.severity,
            "priority": alert.priority,
            "rule": alert.rule,
            "status": alert.status,
            "environment": place.environment,
        }
        | ({"nodeId": alert.node_id} if alert.node_id else {}),
    )


def _subject(alert: Alert, name: str | None, place: Place) -> str:
    where = _ascii(name or "") or alert.node_id or alert.subject
    before, after = (
        f"[OmniTrack {place.environment}] {alert.severity.upper()}: ",
        f" - {_ascii(alert.finding)}",
    )
    room = max(LONGEST_SUBJECT - len(before) - len(after), SHORTEST_NAME)
    return _shorten(f"{before}{_shorten(where, room)}{after}", LONGEST_SUBJECT)


def _text(alert: Alert, cause: Cause, name: str | None, place: Place) -> str:
    address = f"{place.api_address}/alerts"
    listed = f"{address}?node={alert.node_id}" if alert.node_id else f"{address}?status=open"
    lines = [
        f"{alert.severity.upper()} in {place.environment}: {alert.finding}.",
        "",
        f"What:      {alert.finding} ({alert.rule})",
        f"Where:     {name} ({alert.subject})" if name else f"Where:     {alert.subject}",
        f"Measured:  {alert.value:g}, against a threshold of {alert.threshold:g}",
        f"Since:     {moment_text(alert.opened_at)}",
        f"How often: {alert.count}, last at {moment_text(alert.updated_at)}",
        f"Priority:  {alert.priority:g} of 1",
        f"Status:    {_status(alert)}",
        f"Told as:   {REASONS[cause]}",
        f"Alert:     {alert.id}",
        "",
        *_advice(alert, address),
        f"All of it: GET {listed}",
    ]
    if alert.node_id:
        lines.append(f"The node:  GET {place.api_address}/twin/nodes/{alert.node_id}")
    return "\n".join(lines) + "\n"


def _status(alert: Alert) -> str:
    if alert.status == "acknowledged" and alert.acknowledged_by and alert.acknowledged_at:
        return f"acknowledged by {alert.acknowledged_by.name} at {moment_text(alert.acknowledged_at)}"
    if alert.status == "resolved" and alert.resolved_at:
        return f"resolved at {moment_text(alert.resolved_at)}"
    return alert.status


def _advice(alert: Alert, address: str) -> list[str]:
    if alert.status != "open":
        return ["What to do: nothing, as long as the status above is what you expect."]
    return [
        "What to do: look into it, and say that you do, so that nobody else has to.",
        "With an id token, as `omnitrack token` prints it:",
        f'    curl -X PUT -H "Authorization: $ID_TOKEN" {address}/{alert.id}/acknowledge',
        "It resolves by itself once the measure has recovered.",
    ]


def _ascii(text: str) -> str:
    """The text without accents and without what has no place in a mail's subject."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3].rstrip()}..."
