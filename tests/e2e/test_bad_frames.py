"""Whatever a client sends over its socket, it is answered by a documented frame, and the socket stays."""

import json
from collections.abc import Iterator

import pytest
from omnitrack.domain.realtime import CHANNELS, Frame
from websockets.exceptions import ConnectionClosed

from tests.e2e.home import Platform
from tests.e2e.refusals import INSIDE
from tests.e2e.sockets import PATIENCE, Socket, connected

SUBSCRIBE = {"action": "subscribe", "channels": ["twin"]}
INVALID = "invalid_input"
FRAMES: dict[str, tuple[str, str]] = {
    "a word": ("hello", INVALID),
    "a half": ('{"action": "ping"', INVALID),
    "a list": ('[{"action": "ping"}]', INVALID),
    "null": ("null", INVALID),
    "a number": ("1", INVALID),
    "NaN": ('{"action": "subscribe", "channels": [NaN]}', INVALID),
    "no action": ("{}", INVALID),
    "an unknown action": ('{"action": "drop"}', INVALID),
    "a route of the gateway": ('{"action": "$connect"}', INVALID),
    "another route of the gateway": ('{"action": "$disconnect"}', INVALID),
    "an action that is no text": ('{"action": ["subscribe"], "channels": ["twin"]}', INVALID),
    "an unknown field": (json.dumps({**SUBSCRIBE, "user": "admin"}), INVALID),
    "no channels": ('{"action": "subscribe"}', INVALID),
    "channels that are none": ('{"action": "subscribe", "channels": "twin"}', INVALID),
    "too many channels": (json.dumps({**SUBSCRIBE, "channels": ["twin"] * 11}), INVALID),
    "a long channel": (json.dumps({**SUBSCRIBE, "channels": ["a" * 10_000]}), INVALID),
    "an unknown channel": (json.dumps({**SUBSCRIBE, "channels": ["scenarios"]}), "unknown_channel"),
    "a key of the table": (json.dumps({**SUBSCRIBE, "channels": ["twin#2026"]}), "unknown_channel"),
    "a channel of another script": (json.dumps({**SUBSCRIBE, "channels": ["twïn\u0000"]}), "unknown_channel"),
    "a good channel beside a bad one": (
        json.dumps({**SUBSCRIBE, "channels": ["twin", "x"]}),
        "unknown_channel",
    ),
    "a time that is none": (json.dumps({**SUBSCRIBE, "since": "yesterday"}), INVALID),
    "a time without offset": (json.dumps({**SUBSCRIBE, "since": "2026-11-24T08:00:00"}), INVALID),
    "a time that is a number": (json.dumps({**SUBSCRIBE, "since": 0}), INVALID),
    "a time outside of the calendar": (
        json.dumps({**SUBSCRIBE, "since": "9999-12-31T23:59:59-23:59"}),
        INVALID,
    ),
    "null in the place of nothing": (json.dumps({**SUBSCRIBE, "since": None}), INVALID),
    "a lone surrogate": ('{"action": "subscribe", "channels": ["\\ud800"]}', INVALID),
    "a key twice": ('{"action": "ping", "action": "drop"}', INVALID),
    "a depth": ("[" * 10_000 + "]" * 10_000, INVALID),
    "objects in objects": ('{"action":' * 2_500 + "1" + "}" * 2_500, INVALID),
    "an injection": (json.dumps({**SUBSCRIBE, "channels": ["' OR '1'='1"]}), "unknown_channel"),
    "a large frame": (json.dumps({**SUBSCRIBE, "channels": ["a" * 30_000]}), INVALID),
}


@pytest.fixture
def socket(platform: Platform) -> Iterator[Socket]:
    with connected(platform) as opened:
        yield opened


@pytest.mark.parametrize("what", FRAMES)
def test_a_frame_that_is_not_as_declared_is_answered_with_why(socket: Socket, what: str) -> None:
    text, code = FRAMES[what]
    socket.connection.send(text)
    answer = socket.wait("error", "subscribed", "unsubscribed", "pong")
    Frame.model_validate_json(json.dumps(answer))
    assert answer["type"] == "error", answer
    assert set(answer["data"]) == {"code", "message", "requestId"}
    assert answer["data"]["code"] == code, answer
    assert not INSIDE.search(answer["data"]["message"]), answer
    assert socket.ask("ping")["type"] == "pong"


# API Gateway takes frames of 32 kB, and messages of text.
ENDING: dict[str, tuple[str | bytes, set[int]]] = {
    "bytes": (b"\x00\xff", {1003, 1007}),
    "a frame that is too large": ("a" * 70_000, {1009}),
}


@pytest.mark.parametrize("what", ENDING)
def test_what_the_gateway_does_not_take_ends_its_own_socket_only(platform: Platform, what: str) -> None:
    message, codes = ENDING[what]
    with connected(platform) as other, connected(platform) as opened:
        with pytest.raises(ConnectionClosed) as closed:
            _exchange(opened, message)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in codes
        assert other.ask("ping")["type"] == "pong"


def _exchange(opened: Socket, message: str | bytes) -> None:
    opened.connection.send(message)
    opened.connection.recv(timeout=PATIENCE)


def test_a_refused_subscription_listens_to_nothing(platform: Platform) -> None:
    with connected(platform) as opened:
        refused = opened.ask("subscribe", *CHANNELS, "unknown")
        assert refused["data"]["code"] == "unknown_channel"
        assert opened.ask("subscribe", *CHANNELS)["data"]["channels"] == [*CHANNELS]
