"""How events reach the sockets."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.fan_out import LONGEST_MARK, SLOWEST_LOG, Report
from omnitrack.domain.realtime import MOST_REPLAYED, Session

from tests.functions.realtime_world import Realtime, event, session

SOCKETS = ("c1", "c2", "c3")


@pytest.fixture
def world() -> Realtime:
    world = Realtime.new()
    for connection in SOCKETS:
        join(world, connection)
    return world


def join(world: Realtime, connection: str, who: Session | None = None, channel: str = "twin") -> None:
    someone = who or session()
    world.connections.add(connection, someone, world.clock())
    world.connections.subscribe(connection, someone, [channel], world.clock())


def test_everyone_who_listens_gets_each_frame_in_order(world: Realtime) -> None:
    join(world, "c4", channel="alerts")
    report = world.publish(event("1"), event("2", "alerts"), event("3"))
    assert report == Report(sent=7)
    times = [frame["timestamp"] for frame in world.sockets.received["c1"]]
    assert times == sorted(set(times))
    assert world.types("c4") == ["alerts.changed"]
    assert [frame.text for _, frame in world.log.frames if frame.channel == "alerts"] == [
        frame.text for _, frame in world.log.frames[1:2]
    ]


def test_nothing_is_pushed_that_is_not_in_the_log(world: Realtime) -> None:
    world.log.broken = True
    with pytest.raises(UnavailableError):
        world.publish(event("1"))
    assert not any(world.sockets.received.values())


def test_a_log_that_took_too_long_is_repeated(world: Realtime) -> None:
    def slow() -> None:
        world.clock.moment += SLOWEST_LOG

    world.log.step = slow
    with pytest.raises(UnavailableError):
        world.publish(event("1"))
    assert not any(world.sockets.received.values())


def test_a_gone_socket_is_forgotten_and_the_rest_served(world: Realtime) -> None:
    world.sockets.gone.add("c1")
    assert world.publish(event("1")) == Report(sent=2, gone=1)
    assert set(world.connections.sessions) == {"c2", "c3"}
    assert world.publish(event("2")) == Report(sent=2)


def test_pushes_stop_when_the_token_expires(world: Realtime) -> None:
    join(world, "c4", session(minutes=1))
    assert world.publish(event("1")).sent == 4
    world.clock.moment += timedelta(minutes=1)
    assert world.publish(event("2")) == Report(sent=3, closed=1)
    assert world.sockets.closed == ["c4"]
    assert "c4" not in world.connections.sessions
    assert len(world.sockets.received["c4"]) == 1


def test_a_socket_that_may_not_see_a_channel_gets_nothing(world: Realtime) -> None:
    join(world, "c4", session("stranger"))
    assert world.publish(event("1")) == Report(sent=3)


def test_a_socket_that_fails_is_tried_again_at_once(world: Realtime) -> None:
    failures = iter([True, False])
    post = world.sockets.post

    def sometimes(connection: str, text: str) -> None:
        if connection == "c1" and next(failures):
            raise UnavailableError("the socket does not answer")
        post(connection, text)

    world.sockets.post = sometimes  # type: ignore[method-assign] # a fake
    assert world.publish(event("1")) == Report(sent=3)


def test_a_socket_that_fails_gets_what_it_missed_before_anything_newer(world: Realtime) -> None:
    world.sockets.failing.add("c1")
    first = world.publish(event("1", number=1))
    assert (first.sent, first.missed, len(first.causes)) == (2, 1, 1)
    assert world.publish(event("2", number=2)).missed == 1
    world.sockets.failing.clear()
    assert world.publish(event("3", number=3)) == Report(sent=5)
    assert [frame["data"]["number"] for frame in world.sockets.received["c1"]] == [1, 2, 3]
    assert world.publish(event("4")) == Report(sent=3)


def test_a_socket_that_missed_too_much_is_told_to_read_again(world: Realtime) -> None:
    world.sockets.failing.add("c1")
    world.publish(*(event(str(number)) for number in range(MOST_REPLAYED + 1)))
    world.sockets.failing.clear()
    world.publish(event("last"))
    assert world.types("c1") == ["resync"]


def test_a_socket_that_keeps_failing_is_closed(world: Realtime) -> None:
    world.sockets.failing.add("c1")
    world.publish(event("1"))
    world.clock.moment += LONGEST_MARK
    report = world.publish(event("2"))
    assert (report.closed, report.missed) == (1, 0)
    assert world.sockets.closed == ["c1"]
    assert "c1" not in world.connections.sessions


def test_a_mark_that_came_in_between_is_kept(world: Realtime) -> None:
    world.sockets.failing.add("c1")
    world.publish(event("1"))
    world.sockets.failing.clear()
    subscription = world.connections.lists["twin"]["c1"]
    world.connections.mark("c1", "twin", world.clock())
    world.fan_out.catch_up(subscription, "twin")
    assert world.connections.lists["twin"]["c1"].missed == subscription.missed


def test_a_slow_socket_holds_up_no_other(world: Realtime) -> None:
    arrived, others = threading.Event(), []
    post = world.sockets.post

    def slow(connection: str, text: str) -> None:
        if connection == "c1":
            assert arrived.wait(10), "the others wait for the slow one"
        post(connection, text)
        others.append(connection)
        if len(others) == len(SOCKETS) - 1:
            arrived.set()

    world.sockets.post = slow  # type: ignore[method-assign] # a fake
    with ThreadPoolExecutor(2) as executor:
        assert replace(world.fan_out, executor=executor).publish([event("1")]) == Report(sent=3)
    assert others[-1] == "c1"
