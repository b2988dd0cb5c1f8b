"""Connections, subscriptions and the log of frames in a real table."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from omnitrack.adapters.connections import ConnectionsTable, EventLogTable, connection_key
from omnitrack.adapters.table import Table
from omnitrack.domain.realtime import (
    CONNECTION_LIFETIME,
    LOG_LIFETIME,
    MOST_REPLAYED,
    MOST_REPLAYED_BYTES,
    Event,
    GoneError,
    Subscription,
)

from tests.functions.calls import NOW
from tests.functions.realtime_world import event, session

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

VIEWER = session("viewer", "analyst")
CHANNELS = ("twin", "alerts")


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def connections(table: Table) -> ConnectionsTable:
    made = ConnectionsTable(table)
    made.add("c1", VIEWER, NOW)
    return made


@pytest.fixture
def log(table: Table) -> EventLogTable:
    return EventLogTable(table)


def append(log: EventLogTable, told: Event, *, seconds: float = 0) -> None:
    log.append(told, told.at(NOW + timedelta(seconds=seconds)))


def numbers(log: EventLogTable, *, seconds: float, until: float = 10) -> list[int] | None:
    found = log.since("twin", NOW + timedelta(seconds=seconds), NOW + timedelta(seconds=until))
    return (
        None
        if found is None
        else [int(frame.text.partition('"number":')[2].partition("}")[0]) for frame in found]
    )


def test_a_connection_carries_what_its_token_said_for_a_day(
    connections: ConnectionsTable, table: Table
) -> None:
    assert connections
    item = table.get(connection_key("c1"))
    assert item is not None
    assert (item["user"], item["roles"]) == ("user-1", ["viewer", "analyst"])
    assert item["tokenExpiresAt"] == VIEWER.expires_at
    assert item["expiresAt"] == int((NOW + CONNECTION_LIFETIME).timestamp())


def test_a_channel_knows_its_subscribers_until_they_leave(connections: ConnectionsTable) -> None:
    connections.add("c2", VIEWER, NOW)
    connections.subscribe("c1", VIEWER, CHANNELS, NOW)
    connections.subscribe("c2", VIEWER, ["twin"], NOW)
    assert connections.subscriptions("twin") == [
        Subscription(connection=connection, session=VIEWER) for connection in ("c1", "c2")
    ]
    assert set(connections.subscribed("c1")) == set(CHANNELS)
    connections.unsubscribe("c1", ["twin", "never"])
    assert [one.connection for one in connections.subscriptions("twin")] == ["c2"]
    assert [one.connection for one in connections.subscriptions("alerts")] == ["c1"]


def test_a_removed_connection_leaves_nothing_and_cannot_subscribe(
    connections: ConnectionsTable, table: Table
) -> None:
    connections.subscribe("c1", VIEWER, CHANNELS, NOW)
    for _ in range(2):
        connections.remove("c1")
    with pytest.raises(GoneError):
        connections.subscribe("c1", VIEWER, ["twin"], NOW)
    for partition in ("CONNECTION#c1", "CHANNEL#twin", "CHANNEL#alerts"):
        assert list(table.all(partition, prefix="")) == []


def test_whoever_subscribes_while_being_removed_is_not_left_in_a_list(
    connections: ConnectionsTable,
) -> None:
    ids = [uuid.uuid4().hex for _ in range(12)]
    for connection in ids:
        connections.add(connection, VIEWER, NOW)

    def join(connection: str) -> None:
        try:
            connections.subscribe(connection, VIEWER, CHANNELS, NOW)
        except GoneError:
            return

    with ThreadPoolExecutor(8) as threads:
        for connection in ids:
            threads.submit(join, connection)
            threads.submit(connections.remove, connection)
    assert connections.subscriptions("twin") == []
    assert connections.subscriptions("alerts") == []


def test_a_mark_keeps_the_first_moment_and_goes_only_as_it_was_counted(
    connections: ConnectionsTable,
) -> None:
    connections.subscribe("c1", VIEWER, ["twin"], NOW)
    for seconds in (0, 1):
        connections.mark("c1", "twin", NOW + timedelta(seconds=seconds))
    (known,) = connections.subscriptions("twin")
    assert (known.missed, known.marks) == (NOW, 2)
    connections.subscribe("c1", VIEWER, ["twin"], NOW)
    connections.unmark("c1", "twin", 1)
    assert connections.subscribed("c1")["twin"] == known
    connections.unmark("c1", "twin", 2)
    assert connections.subscribed("c1")["twin"] == Subscription(connection="c1", session=VIEWER)


def test_nobody_is_marked_who_does_not_listen(connections: ConnectionsTable) -> None:
    connections.mark("c1", "twin", NOW)
    connections.unmark("c1", "twin", 1)
    assert connections.subscriptions("twin") == []


def test_the_log_answers_in_order_and_from_the_moment_on(log: EventLogTable, table: Table) -> None:
    for number in (2, 0, 1, 3):
        append(log, event(f"k{number}", number=number), seconds=number)
    append(log, event("other", "alerts", number=9), seconds=2)
    assert numbers(log, seconds=1) == [1, 2, 3]
    (first, *_) = table.all("EVENTS#twin#2026-11-24T08", prefix="")
    assert first["expiresAt"] == int((NOW + LOG_LIFETIME).timestamp())


def test_the_log_goes_over_the_hours(log: EventLogTable) -> None:
    hours = range(-23, 1)
    for hour in hours:
        append(log, event(f"k{hour}", number=hour), seconds=hour * 3600 - 1)
    assert numbers(log, seconds=-24 * 3600, until=0) == list(hours)
    # A frame of a worker whose clock runs ahead lies in the hour that begins for us only later.
    append(log, event("ahead", number=1), seconds=3600)
    assert numbers(log, seconds=0, until=3597) == [1]


def test_what_was_logged_twice_is_answered_once_and_in_its_later_place(log: EventLogTable) -> None:
    append(log, event("a", number=1), seconds=0)
    append(log, event("b", number=2), seconds=1)
    append(log, event("a", number=1), seconds=2)
    assert numbers(log, seconds=0) == [2, 1]


def test_more_than_is_replayed_is_said_instead_of_read(log: EventLogTable) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(MOST_REPLAYED + 1):
            threads.submit(append, log, event(f"k{number}", number=number), seconds=number / 1000)
    assert numbers(log, seconds=0) is None
    assert numbers(log, seconds=0.001) == list(range(1, MOST_REPLAYED + 1))


def test_more_bytes_than_are_replayed_are_not_read_to_the_end(log: EventLogTable, table: Table) -> None:
    long = "ü" * 150_000  # two bytes each
    number = MOST_REPLAYED_BYTES // 300_000 + 1
    with ThreadPoolExecutor(8) as threads:
        for place in range(3 * number):
            threads.submit(append, log, event(f"k{place:03}", text=long), seconds=place / 1000)
    pages: list[Any] = []
    table.client.meta.events.register("after-call.dynamodb.Query", lambda parsed, **_: pages.append(parsed))
    assert log.since("twin", NOW, NOW + timedelta(seconds=10)) is None
    assert sum(len(page["Items"]) for page in pages) < 2 * number


def test_a_frame_that_was_logged_again_counts_its_bytes_once(log: EventLogTable) -> None:
    long = "x" * 300_000
    for place in range(MOST_REPLAYED_BYTES // 300_000 + 2):
        append(log, event("again", text=long), seconds=place / 1000)
    found = log.since("twin", NOW, NOW + timedelta(seconds=10))
    assert found is not None
    assert len(found) == 1
