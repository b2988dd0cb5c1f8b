"""What clients send over a socket, and what they are answered."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omnitrack.domain.realtime import LOG_LIFETIME, MOST_REPLAYED, OVERLAP
from omnitrack.domain.values import moment_text
from omnitrack.handlers import realtime

from tests.functions.calls import CONTEXT, NOW
from tests.functions.conftest import World
from tests.functions.realtime_world import Realtime, event, say, session, socket_event


@pytest.fixture
def sockets(world: World, monkeypatch: pytest.MonkeyPatch) -> Realtime:
    assert world
    made = Realtime.new()
    made.wire(monkeypatch)
    return made


def connect(connection: str = "c1", roles: str = "viewer") -> dict[str, Any]:
    answer: dict[str, Any] = realtime.handler(
        socket_event("CONNECT", connection=connection, roles=roles), CONTEXT
    )
    return answer


def test_a_connection_is_kept_and_the_protocol_is_chosen(sockets: Realtime) -> None:
    answer = connect(roles="viewer,director")
    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "omnitrack.v1"}}
    assert sockets.connections.sessions == {"c1": session("viewer", "director")}


def test_a_connection_that_cannot_be_kept_is_refused(
    sockets: Realtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError("the table is out of reach")

    monkeypatch.setattr(sockets.connections, "add", fail)
    assert connect() == {"statusCode": 500}


def test_after_a_disconnection_nothing_is_left(sockets: Realtime) -> None:
    connect()
    say(realtime.handler, {"action": "subscribe", "channels": ["twin", "alerts"]})
    assert realtime.handler(socket_event("DISCONNECT"), CONTEXT) == {"statusCode": 200}
    assert sockets.connections.sessions == {}
    assert not any(sockets.connections.lists.values())


def test_a_subscriber_gets_what_is_published_until_it_unsubscribes(sockets: Realtime) -> None:
    connect()
    frame = say(realtime.handler, {"action": "subscribe", "channels": ["twin", "twin"]})
    assert (frame["type"], frame["data"]) == ("subscribed", {"channels": ["twin"], "missed": 0})
    sockets.publish(event("1"), event("2", "alerts"))
    frame = say(realtime.handler, {"action": "unsubscribe", "channels": ["twin"]})
    assert (frame["type"], frame["data"]) == ("unsubscribed", {"channels": ["twin"]})
    sockets.publish(event("3"))
    assert sockets.types("c1") == ["twin.changed"]


def test_a_ping_is_answered(sockets: Realtime) -> None:
    connect()
    assert say(realtime.handler, {"action": "ping"})["type"] == "pong"
    assert sockets.types("c1") == []


def test_a_ping_brings_what_a_push_could_not_deliver(sockets: Realtime) -> None:
    connect()
    say(realtime.handler, {"action": "subscribe", "channels": ["twin"]})
    sockets.sockets.failing.add("c1")
    assert sockets.publish(event("1")).missed == 1
    assert say(realtime.handler, {"action": "ping"})["data"]["code"] == "unavailable"
    sockets.sockets.failing.clear()
    assert say(realtime.handler, {"action": "ping"})["type"] == "pong"
    assert say(realtime.handler, {"action": "ping"})["type"] == "pong"
    assert sockets.types("c1") == ["twin.changed"]


def test_who_comes_back_gets_what_was_missed_oldest_first(sockets: Realtime) -> None:
    since = moment_text(sockets.clock())
    for number in range(3):
        sockets.publish(event(str(number), number=number))
    connect("c2")
    body = {"action": "subscribe", "channels": ["twin", "alerts"], "since": since}
    frame = say(realtime.handler, body, connection="c2")
    assert frame["data"] == {"channels": ["twin", "alerts"], "missed": 3}
    assert [told["data"]["number"] for told in sockets.sockets.received["c2"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("seconds", "types"),
    [
        (OVERLAP.total_seconds() - 1, ["twin.changed"]),
        (OVERLAP.total_seconds() + 1, []),
        (-1, ["twin.changed"]),
    ],
)
def test_what_was_under_way_about_that_time_is_told_again(
    sockets: Realtime, seconds: float, types: list[str]
) -> None:
    sockets.publish(event("1"))
    (_, frame) = sockets.log.frames[0]
    since = frame.timestamp + timedelta(seconds=seconds)
    sockets.clock.moment += timedelta(minutes=1)
    connect()
    body = {"action": "subscribe", "channels": ["twin"], "since": moment_text(since)}
    assert say(realtime.handler, body)["data"]["missed"] == len(types)
    assert sockets.types("c1") == types


@pytest.mark.parametrize(
    ("frames", "age"), [(MOST_REPLAYED + 1, timedelta(0)), (1, LOG_LIFETIME), (0, timedelta(days=400))]
)
def test_who_missed_too_much_is_told_to_read_again(sockets: Realtime, frames: int, age: timedelta) -> None:
    since = moment_text(sockets.clock() - age)
    sockets.publish(*(event(str(number)) for number in range(frames)))
    connect()
    body = {"action": "subscribe", "channels": ["twin"], "since": since}
    assert say(realtime.handler, body)["data"] == {"channels": ["twin"], "missed": 0}
    (frame,) = sockets.sockets.received["c1"]
    assert (frame["type"], frame["channel"]) == ("resync", "twin")


def test_a_socket_that_goes_during_the_replay_is_forgotten(sockets: Realtime) -> None:
    since = moment_text(sockets.clock())
    sockets.publish(event("1"))
    connect()
    sockets.sockets.gone.add("c1")
    body = {"action": "subscribe", "channels": ["twin"], "since": since}
    assert say(realtime.handler, body)["data"]["code"] == "gone"
    assert sockets.connections.sessions == {}


REFUSED = [
    ({"action": "subscribe", "channels": ["scenarios"]}, "unknown_channel"),
    ({"action": "subscribe", "channels": ["\ud800"]}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin", "TWIN"]}, "unknown_channel"),
    ({"action": "unsubscribe", "channels": ["nothing"]}, "unknown_channel"),
    ({"action": "subscribe", "channels": []}, "invalid_input"),
    ({"action": "subscribe"}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"] * 11}, "invalid_input"),
    ({"action": "subscribe", "channels": ["x" * 65]}, "invalid_input"),
    ({"action": "subscribe", "channels": "twin"}, "invalid_input"),
    ({"action": "subscribe", "channels": [7]}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"], "since": "yesterday"}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"], "since": 1764000000}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"], "since": None}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"], "since": "0001-01-01T00:00:00+23:59"}, "invalid_input"),
    ({"action": "subscribe", "channels": ["twin"], "more": 1}, "invalid_input"),
    ({"action": "shout"}, "invalid_input"),
    ({}, "invalid_input"),
    ("", "invalid_input"),
    ("no JSON", "invalid_input"),
    ("\ud800", "invalid_input"),
    ("null", "invalid_input"),
    ("[" * 100_000, "invalid_input"),
    ('{"action":' * 20_000, "invalid_input"),
    ('{"action": NaN}', "invalid_input"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_served_is_answered_by_an_error(sockets: Realtime, body: Any, code: str) -> None:
    connect()
    frame = say(realtime.handler, body)
    assert (frame["type"], frame["data"]["code"]) == ("error", code)
    assert frame["data"]["requestId"] == "request-1"
    assert not any(sockets.connections.lists.values())


def test_the_earliest_moment_there_is_is_no_fault_of_ours(sockets: Realtime) -> None:
    connect()
    body = {"action": "subscribe", "channels": ["twin"], "since": "0001-01-01T00:00:00Z"}
    assert say(realtime.handler, body)["type"] == "subscribed"
    assert sockets.types("c1") == ["resync"]


def test_binary_frames_are_refused(sockets: Realtime) -> None:
    assert sockets
    frame = say(realtime.handler, "e30=", isBase64Encoded=True)
    assert frame["data"]["code"] == "invalid_input"


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe", "ping"])
def test_an_expired_token_serves_nothing(sockets: Realtime, action: str) -> None:
    connect()
    body = {"action": action, "channels": ["twin"]}
    frame = say(realtime.handler, body, expires_at=int(NOW.timestamp()))
    assert frame["data"]["code"] == "unauthenticated"
    assert not any(sockets.connections.lists.values())


def test_a_role_without_the_permission_is_refused(sockets: Realtime) -> None:
    connect()
    for roles in ("", "stranger"):
        frame = say(realtime.handler, {"action": "subscribe", "channels": ["twin"]}, roles=roles)
        assert frame["data"]["code"] == "forbidden"
    assert not any(sockets.connections.lists.values())


def test_who_is_not_connected_any_more_cannot_subscribe(sockets: Realtime) -> None:
    frame = say(realtime.handler, {"action": "subscribe", "channels": ["twin"]})
    assert frame["data"]["code"] == "gone"
    assert not any(sockets.connections.lists.values())


def test_a_fault_of_ours_tells_nothing_of_the_inside(
    sockets: Realtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(sockets.connections, "subscribe", fail)
    frame = say(realtime.handler, {"action": "subscribe", "channels": ["twin"]})
    assert frame["data"]["code"] == "internal_error"
    assert "secret" not in json.dumps(frame)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text(max_size=50)
    | values.map(json.dumps)
    | st.fixed_dictionaries(
        {"action": st.sampled_from(["subscribe", "unsubscribe", "ping"]) | values},
        optional={"channels": st.lists(st.sampled_from(["twin", "alerts"])) | values, "since": values},
    ).map(json.dumps)
)
def test_any_message_is_answered_and_never_by_a_fault_of_ours(sockets: Realtime, body: str) -> None:
    assert sockets
    frame = say(realtime.handler, body)
    assert frame["type"] in {"error", "subscribed", "unsubscribed", "pong"}
    assert frame["data"].get("code") != "internal_error"


def test_the_log_has_one_correlation_and_nothing_of_the_message(
    sockets: Realtime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sockets
    headers = {"X-Amz-Cf-Id": "edge-1", "Sec-WebSocket-Protocol": "omnitrack.v1, a.token.b"}
    realtime.handler(socket_event("CONNECT", headers=headers), CONTEXT)
    say(realtime.handler, {"action": "subscribe", "channels": ["my-secret"]})
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["correlation_id"], line["gateway_request_id"], line["connection"]) for line in lines] == [
        ("edge-1", "request-1", "c1"),
        ("request-1", "request-1", "c1"),
    ]
    assert "my-secret" not in text
    assert "token" not in text
