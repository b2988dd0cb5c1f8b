"""Alerts as a client of the API meets them."""

from datetime import timedelta
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.domain.access import ROLES
from omnitrack.domain.alerts import Alert
from omnitrack.handlers import alerts

from tests.functions.alert_fakes import InMemoryAlerts, alert
from tests.functions.calls import NOW, Reply, call
from tests.functions.conftest import World


@pytest.fixture
def kept(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Alert]:  # noqa: ARG001 - the other wiring
    made = InMemoryAlerts()
    monkeypatch.setattr(wiring, "alerts", lambda: made)
    return made.alerts


def listed(groups: str = "[viewer]", **query: str) -> Reply:
    return call(alerts.handler, "GET", "/v1/alerts", groups=groups, query=query or None)


def acknowledge(alert_id: str = "alert-1", **options: Any) -> Reply:
    return call(alerts.handler, "PUT", "/v1/alerts/{id}/acknowledge", path={"id": alert_id}, **options)


def several(kept: dict[str, Alert]) -> None:
    for number, (status, severity, node) in enumerate(
        [
            ("open", "high", "a"),
            ("resolved", "critical", "a"),
            ("open", "critical", "b"),
            ("open", "low", "a"),
        ]
    ):
        name = f"alert-{number}"
        kept[name] = alert(
            id=name,
            status=status,
            severity=severity,
            node_id=node,
            subject=f"node:{node}",
            opened_at=NOW + timedelta(minutes=number),
        )


def ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [one["id"] for one in reply.json["alerts"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "3210"),
        ({"status": "open"}, "320"),
        ({"severity": "critical"}, "21"),
        ({"node": "a"}, "310"),
        ({"status": "open", "severity": "critical"}, "2"),
        ({"status": "open", "node": "a"}, "30"),
        ({"severity": "high", "node": "a", "status": "open"}, "0"),
        ({"node": "nowhere"}, ""),
    ],
)
def test_alerts_are_listed_newest_first_by_any_filters(
    kept: dict[str, Alert], query: dict[str, str], expected: str
) -> None:
    several(kept)
    assert ids(listed(**query)) == [f"alert-{number}" for number in expected]


def test_pages_follow_each_other_by_cursor(kept: dict[str, Alert]) -> None:
    several(kept)
    first = listed(limit="3")
    second = listed(limit="3", cursor=first.json["cursor"])
    assert ids(first) + ids(second) == ["alert-3", "alert-2", "alert-1", "alert-0"]
    assert "cursor" not in second.json


def test_a_cursor_of_other_filters_or_changed_by_hand_is_refused(kept: dict[str, Alert]) -> None:
    several(kept)
    cursor = listed(limit="1").json["cursor"]
    for query in ({"cursor": cursor, "status": "open"}, {"cursor": cursor[:-1] + "x"}, {"cursor": ""}):
        assert (listed(**query).status, listed(**query).code) == (400, "invalid_input")


@pytest.mark.parametrize(
    "query",
    [
        {"status": "closed"},
        {"status": ""},
        {"severity": "HIGH"},
        {"node": "../a"},
        {"node": ""},
        {"node": "x" * 10_000},
        {"limit": "0"},
        {"limit": "1001"},
    ],
)
def test_a_filter_that_is_not_in_the_contract_is_refused(
    kept: dict[str, Alert], query: dict[str, str]
) -> None:
    reply = listed(**query)
    assert (reply.status, reply.code, kept) == (400, "invalid_input", {})
    assert reply.message.startswith(next(iter(query)))


def test_an_alert_is_acknowledged_once_and_the_next_one_hears_by_whom(kept: dict[str, Alert]) -> None:
    kept["alert-1"] = alert()
    claims = {"sub": "user-7", "token_use": "id", "cognito:groups": "director", "email": "ada@example.com"}
    taken = acknowledge(claims=claims)
    assert (taken.status, taken.json["status"]) == (200, "acknowledged")
    assert taken.json["acknowledgedBy"] == {"id": "user-7", "name": "ada@example.com"}
    again = acknowledge()
    assert (again.status, again.code) == (409, "already_acknowledged")
    assert again.message == "ada@example.com acknowledged the alert at 2026-11-24T08:00:00.000000Z already"


def test_what_is_resolved_or_unknown_or_no_id_cannot_be_acknowledged(kept: dict[str, Alert]) -> None:
    kept["alert-1"] = alert(status="resolved", resolved_at=NOW)
    assert (acknowledge().status, acknowledge().code) == (409, "alert_resolved")
    assert (acknowledge("other").status, acknowledge("other").code) == (404, "alert_not_found")
    for bad in ("..", "a/b", "x" * 10_000, "é", ""):
        assert (acknowledge(bad).status, acknowledge(bad).code) == (400, "invalid_input")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_alerts_and_some_take_them_on(kept: dict[str, Alert], role: str) -> None:
    kept["alert-1"] = alert()
    able = role in {"operations_manager", "director", "admin"}
    assert listed(groups=role).status == 200
    assert acknowledge(groups=role).status == (200 if able else 403)
    assert acknowledge("unknown", groups=role).status == (404 if able else 403)
    assert acknowledge(groups=None).status == 401
