"""The audit trail in a real table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from omnitrack.adapters.audit import AuditTable, audit_item
from omnitrack.adapters.table import Table
from omnitrack.domain import audit
from omnitrack.domain.actors import Actor
from omnitrack.domain.audit import AuditEvent, AuditFilter

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ADA, BOB = Actor(id="user-ada", name="ada@example.com"), Actor(id="user-bob", name="bob")
QUARTER = AuditFilter(start=NOW - timedelta(days=90), end=NOW + timedelta(minutes=1))


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


def write(table: Table, *events: AuditEvent) -> None:
    for event in events:
        table.transact(table.creating(audit_item(event)))


def event(actor: Actor, at: datetime, number: int = 1) -> AuditEvent:
    return audit.record(actor, "node.replaced", f"node:n{number}", at, version=number)


def read(table: Table, wanted: AuditFilter, limit: int) -> list[AuditEvent]:
    """All pages; each is full but the last, which is not empty unless it is the only one."""
    found: list[AuditEvent] = []
    after = None
    while True:
        events, after = AuditTable(table).page(wanted, limit=limit, after=after)
        found += events
        if after is None:
            return found
        assert len(events) == limit


def test_an_event_comes_back_as_it_was_written(table: Table) -> None:
    written = event(ADA, NOW)
    detailed = audit.record(BOB, "user.role_given", "user:ada", NOW, detail="admin")
    write(table, written, detailed)
    assert {found.id: found for found in read(table, QUARTER, 10)} == {
        written.id: written,
        detailed.id: detailed,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("user", [None, "user-ada", "user-bob"])
def test_pages_show_every_event_once_newest_first(table: Table, user: str | None, limit: int) -> None:
    days = [0, 0, 0, 1, 1, 6, 30, 31, 89]
    events = [
        event((ADA, BOB)[number % 2], NOW - timedelta(days=day, seconds=number), number + 1)
        for number, day in enumerate(days)
    ]
    write(table, *events, event(ADA, NOW - timedelta(days=91)))
    wanted = AuditFilter(start=QUARTER.start, end=QUARTER.end, user=user)
    assert read(table, wanted, limit) == [e for e in events if user in {None, e.actor.id}]


@pytest.mark.parametrize("user", [None, "user-ada"])
def test_the_start_belongs_to_a_time_and_the_end_does_not(table: Table, user: str | None) -> None:
    hours = [event(ADA, NOW - timedelta(hours=hour), hour + 1) for hour in range(40)]
    write(table, *hours)
    wanted = AuditFilter(start=NOW - timedelta(hours=30), end=NOW - timedelta(hours=5), user=user)
    assert read(table, wanted, 7) == hours[6:31]


def test_events_of_one_moment_are_all_shown(table: Table) -> None:
    same = [event(ADA, NOW, number) for number in range(1, 8)]
    write(table, *same)
    assert sorted(read(table, QUARTER, 2), key=lambda e: e.version or 0) == same


@pytest.mark.parametrize("user", [None, "user-ada"])
def test_a_cursor_that_the_start_has_overtaken_is_the_end(table: Table, user: str | None) -> None:
    events = [event(ADA, NOW - timedelta(days=days), days) for days in (1, 2, 3)]
    write(table, *events)
    wanted = AuditFilter(start=NOW - timedelta(days=3), end=QUARTER.end, user=user)
    found, after = AuditTable(table).page(wanted, limit=2, after=None)
    assert (found, after is None) == (events[:2], False)
    asked: list[dict[str, Any]] = []
    table.client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    # A key outside of the bounds is refused by DynamoDB, though not by every copy of it.
    later = AuditFilter(start=NOW - timedelta(days=1), end=QUARTER.end, user=user)
    assert AuditTable(table).page(later, limit=2, after=after) == ([], None)
    assert asked == []


def test_ninety_empty_days_read_fast(table: Table) -> None:
    started = datetime.now(UTC)
    assert read(table, QUARTER, 100) == []
    assert datetime.now(UTC) - started < timedelta(seconds=2)
