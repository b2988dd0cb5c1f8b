"""Notifications: who hears of an alert, how often, and in which words."""

from datetime import timedelta
from typing import Any

import pytest
from omnitrack.domain.alerts import Alert, Severity
from omnitrack.domain.errors import AlertNotFoundError, UnavailableError
from omnitrack.domain.notifications import (
    CLAIM_LIFETIME,
    LONGEST_SUBJECT,
    Cause,
    Message,
    Notification,
    Notifier,
    Place,
    compose,
    due,
)

from tests.functions.alert_fakes import (
    InMemoryAlerts,
    InMemoryLedger,
    InMemoryTopic,
    acknowledged,
    alert,
)
from tests.functions.calls import NOW

PLACE = Place(environment="staging", api_address="https://staging-api.omnitrack.ai/v1")


def notifier(*alerts: Alert) -> Notifier:
    return Notifier(
        alerts=InMemoryAlerts({one.id: one for one in alerts}),
        ledger=InMemoryLedger(),
        topic=InMemoryTopic(),
        place=PLACE,
        name_of={"a": "Port of Rotterdam"}.get,
    )


def published(of: Notifier) -> list[Message]:
    assert isinstance(of.topic, InMemoryTopic)
    return of.topic.published


def notification(severity: Severity = "high", cause: Cause = "opened") -> Notification:
    return Notification(alert_id="alert-1", cause=cause, severity=severity)


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (None, alert(), "opened"),
        (alert(severity="medium"), alert(), "escalated"),
        (alert(severity="medium"), acknowledged(severity="critical"), "escalated"),
        (alert(), alert(count=2), None),
        (alert(), acknowledged(), None),
        (alert(severity="critical"), alert(), None),
        (alert(severity="medium"), alert(status="resolved"), None),
        (alert(status="resolved"), None, None),
    ],
)
def test_people_hear_of_what_is_opened_and_of_what_becomes_worse(
    before: Alert | None, after: Alert | None, cause: str | None
) -> None:
    found = due(before, after)
    assert (found.cause if found else None) == cause
    assert found is None or (
        after is not None and (found.alert_id, found.severity) == (after.id, after.severity)
    )


def test_a_notification_is_published_once_however_often_it_is_asked_for() -> None:
    notify = notifier(alert())
    outcomes = [notify.notify(notification(), NOW) for _ in range(3)]
    assert outcomes == ["sent", "sent_before", "sent_before"]
    assert len(published(notify)) == 1


def test_an_escalation_is_told_again_and_a_late_opening_is_not() -> None:
    notify = notifier(alert(severity="medium"))
    notify.notify(notification("medium"), NOW)
    assert isinstance(notify.alerts, InMemoryAlerts)
    notify.alerts.alerts["alert-1"] = alert(severity="critical")
    assert notify.notify(notification("critical", "escalated"), NOW) == "sent"
    assert notify.notify(notification("medium"), NOW) == "sent_before"
    assert [message.attributes["severity"] for message in published(notify)] == ["medium", "critical"]


def test_people_who_know_of_the_worst_do_not_hear_of_less_when_it_has_become_better() -> None:
    notify = notifier(alert(severity="critical"))
    assert notify.notify(notification("critical"), NOW) == "sent"
    assert isinstance(notify.alerts, InMemoryAlerts)
    for severity in ("medium", "high"):
        notify.alerts.alerts["alert-1"] = alert(severity=severity)
        assert notify.notify(notification("medium", "escalated"), NOW) == "sent_before"
    assert len(published(notify)) == 1


def test_two_messages_of_an_alert_that_is_worse_by_now_are_one_publication() -> None:
    notify = notifier(alert(severity="critical"))
    assert notify.notify(notification("medium"), NOW) == "sent"
    assert notify.notify(notification("critical", "escalated"), NOW) == "sent_before"
    assert published(notify)[0].subject.startswith("[OmniTrack staging] CRITICAL: ")


def test_what_the_topic_refuses_is_told_when_it_takes_it() -> None:
    notify = notifier(alert())
    assert isinstance(notify.topic, InMemoryTopic)
    notify.topic.refuses = True
    with pytest.raises(UnavailableError):
        notify.notify(notification(), NOW)
    notify.topic.refuses = False
    assert notify.notify(notification(), NOW) == "sent"


def test_while_one_worker_publishes_another_waits_and_takes_over_if_that_one_died() -> None:
    notify = notifier(alert())
    assert notify.ledger.claim("alert-1", "high", NOW) == "ours"
    with pytest.raises(UnavailableError, match="another worker"):
        notify.notify(notification(), NOW)
    assert published(notify) == []
    assert notify.notify(notification(), NOW + CLAIM_LIFETIME) == "sent"


def test_an_alert_that_is_gone_cannot_be_told() -> None:
    with pytest.raises(AlertNotFoundError):
        notifier().notify(notification(), NOW)


def test_an_alert_that_was_resolved_before_anyone_heard_of_it_is_told_as_resolved() -> None:
    resolved = alert(status="resolved", resolved_at=NOW + timedelta(minutes=2))
    notify = notifier(resolved)
    assert notify.notify(notification(), NOW) == "sent"
    (message,) = published(notify)
    assert message.attributes["status"] == "resolved"
    assert "resolved at 2026-11-24T08:02:00" in message.text
    assert "curl" not in message.text


def test_the_attributes_are_what_subscriptions_filter_by() -> None:
    assert compose(alert(), "opened", None, PLACE).attributes == {
        "severity": "high",
        "priority": 0.675,
        "rule": "utilization",
        "status": "open",
        "environment": "staging",
        "nodeId": "a",
    }
    assert "nodeId" not in compose(alert(node_id=None), "opened", None, PLACE).attributes


@pytest.mark.parametrize(
    ("name", "changes", "subject"),
    [
        (
            "Port of Rotterdam",
            {},
            "[OmniTrack staging] HIGH: Port of Rotterdam - utilization is 85 % or more",
        ),
        ("Zürich Depôt", {}, "[OmniTrack staging] HIGH: Zurich Depot - utilization is 85 % or more"),
        ("東京", {}, "[OmniTrack staging] HIGH: a - utilization is 85 % or more"),
        (None, {}, "[OmniTrack staging] HIGH: a - utilization is 85 % or more"),
        (
            None,
            {"node_id": None, "subject": "network:main"},
            "[OmniTrack staging] HIGH: network:main - utilization is 85 % or more",
        ),
        (
            "x" * 120,
            {"severity": "critical"},
            f"[OmniTrack staging] CRITICAL: {'x' * 36}... - utilization is 85 % or more",
        ),
        (
            "x" * 120,
            {"severity": "critical", "finding": "y" * 200},
            f"[OmniTrack staging] CRITICAL: {'x' * 9}... - {'y' * 51}...",
        ),
        (
            "a\r\nb\tc \u2028d",
            {"finding": "one\ntwo"},
            "[OmniTrack staging] HIGH: a b c d - one two",
        ),
    ],
)
def test_a_subject_is_short_plain_and_says_how_bad_what_and_where(
    name: str | None, changes: dict[str, Any], subject: str
) -> None:
    found = compose(alert(**changes), "opened", name, PLACE).subject
    assert found == subject
    assert len(found) <= LONGEST_SUBJECT
    assert found.isascii()
    assert found.isprintable()


def test_the_text_says_what_where_since_when_how_often_and_what_to_do() -> None:
    text = compose(alert(count=3), "escalated", "Port of Rotterdam", PLACE).text
    for part in (
        "HIGH in staging: utilization is 85 % or more.",
        "Port of Rotterdam (node:a)",
        "0.9, against a threshold of 0.85",
        "Since:     2026-11-24T08:00:00",
        "How often: 3",
        "Priority:  0.675 of 1",
        "its severity has risen",
        "-X PUT",
        "https://staging-api.omnitrack.ai/v1/alerts/alert-1/acknowledge",
        "GET https://staging-api.omnitrack.ai/v1/alerts?node=a",
        "GET https://staging-api.omnitrack.ai/v1/twin/nodes/a",
    ):
        assert part in text


def test_the_text_of_an_alert_that_someone_took_on_says_who() -> None:
    text = compose(acknowledged(node_id=None, subject="network:main"), "opened", None, PLACE).text
    assert "acknowledged by ada@example.com at 2026-11-24T08:01:00" in text
    assert "Where:     network:main\n" in text
    assert "alerts?status=open" in text
    assert "twin/nodes" not in text
    assert "curl" not in text
