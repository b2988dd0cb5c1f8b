"""The audit trail as a client of the API meets it."""

from datetime import timedelta
from typing import Any

import pytest
from omnitrack.domain import audit
from omnitrack.domain.actors import Actor
from omnitrack.domain.audit import LONGEST_VIEW
from omnitrack.handlers import audit as handlers

from tests.functions.calls import NOW, Reply, call
from tests.functions.conftest import World

ADA, BOB = Actor(id="user-ada", name="ada@example.com"), Actor(id="user-bob", name="bob")


def listing(groups: Any = "[director]", **query: str) -> Reply:
    return call(handlers.handler, "GET", "/v1/audit", groups=groups, query=query or None)


def fill(world: World, number: int = 5) -> None:
    world.network.events += [
        audit.record((ADA, BOB)[n % 2], "node.created", f"node:n{n}", NOW - timedelta(hours=number - n))
        for n in range(number)
    ]


def test_events_are_listed_newest_first_page_by_page(world: World) -> None:
    fill(world)
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = listing(limit="2", **query).json
        seen += [event["subject"] for event in page["events"]]
        if "cursor" not in page:
            break
        query = {"cursor": page["cursor"]}
    assert seen == ["node:n4", "node:n3", "node:n2", "node:n1", "node:n0"]


def test_an_event_says_who_did_what_when(world: World) -> None:
    fill(world, 1)
    (event,) = listing().json["events"]
    assert event.pop("id")
    assert event == {
        "at": "2026-11-24T07:00:00.000000Z",
        "actor": {"id": "user-ada", "name": "ada@example.com"},
        "action": "node.created",
        "subject": "node:n0",
    }


def test_events_of_one_user_are_asked_for_by_their_id(world: World) -> None:
    fill(world)
    assert {e["actor"]["id"] for e in listing(user="user-bob").json["events"]} == {"user-bob"}
    assert listing(user="ada@example.com").json["events"] == []


def test_only_the_last_ninety_days_are_shown_whatever_is_asked_for(world: World) -> None:
    listing()
    listing(**{"from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"})
    for asked in world.audit.asked:
        assert asked.start == NOW - LONGEST_VIEW
        assert NOW < asked.end <= NOW + timedelta(minutes=1)
    listing(**{"from": "2026-11-23T00:00:00+02:00", "to": "2026-11-23T12:00:00Z"})
    narrow = world.audit.asked[-1]
    assert (narrow.start.isoformat(), narrow.end.isoformat()) == (
        "2026-11-22T22:00:00+00:00",
        "2026-11-23T12:00:00+00:00",
    )


@pytest.mark.parametrize(
    "query", [{"to": "2020-01-01T00:00:00Z"}, {"from": "2099-01-01T00:00:00Z"}], ids=["past", "future"]
)
def test_a_time_of_which_nothing_is_kept_is_empty(world: World, query: dict[str, str]) -> None:
    fill(world)
    assert listing(**query).json == {"events": []}
    assert world.audit.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[
            (name, value)
            for name in ("from", "to")
            for value in (
                "",
                "yesterday",
                "2026-11-24",
                "2026-11-24T08:00:00",
                "1795507200",
                "\ud800",
                "9" * 99,
            )
        ],
        ("from", "0001-01-01T00:00:00+23:00"),
        ("user", ""),
        ("user", "x" * 129),
        ("user", "a\nb"),
        ("user", "a b"),
        ("user", "\u00fc"),
        ("user", "\ud800"),
        ("limit", "0"),
        ("cursor", "e30.AAAA"),
    ],
)
def test_a_query_that_the_contract_does_not_know_is_refused(world: World, name: str, value: str) -> None:
    reply = listing(**{name: value})
    assert (reply.status, reply.message.partition(":")[0]) == (400, name)
    assert world.audit.asked == []


def test_a_time_has_to_end_after_it_begins(world: World) -> None:
    moment = "2026-11-24T00:00:00Z"
    assert listing(**{"from": moment, "to": moment}).message == "from: must be before to"
    assert world.audit.asked == []


def test_a_cursor_of_another_list_or_user_is_refused(world: World) -> None:
    fill(world)
    cursor = listing(limit="1").json["cursor"]
    assert listing(cursor=cursor, limit="3").status == 200
    assert listing(cursor=cursor, user="user-bob").status == 400
    other = {"sub": "user-2", "cognito:groups": "[admin]"}
    reply = call(handlers.handler, "GET", "/v1/audit", claims=other, query={"cursor": cursor})
    assert (reply.status, reply.code) == (400, "invalid_input")
