"""From the table's stream to the sockets."""

import json
import uuid
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from omnitrack.adapters.table import to_attributes
from omnitrack.domain.changes import LARGEST_DATA
from omnitrack.domain.values import moment_text
from omnitrack.handlers import realtime_push

from tests.functions.calls import CONTEXT, LANE, NODE, NOW
from tests.functions.conftest import World
from tests.functions.realtime_world import Realtime, session

SEQUENCE = count(1)
STORED = {"version": 1, "updatedAt": moment_text(NOW)}
ALERT: dict[str, Any] = {
    "PK": "ALERT#a1",
    "SK": "ALERT",
    "GSI1PK": "ALERTS#STATUS#open",
    "notified": "high",
    "id": "a1",
    "subject": "node:a",
    "nodeId": "a",
    "rule": "utilization",
    "severity": "high",
    "status": "open",
    "priority": 0.7,
    "finding": "utilization is 85 % or more",
    "value": 0.9,
    "threshold": 0.85,
    "count": 1,
    "openedAt": moment_text(NOW),
    "updatedAt": moment_text(NOW),
}


@pytest.fixture
def sockets(world: World, monkeypatch: pytest.MonkeyPatch) -> Realtime:
    assert world
    made = Realtime.new()
    made.wire(monkeypatch)
    made.connections.add("c1", session(), made.clock())
    made.connections.subscribe("c1", session(), ["twin", "alerts"], made.clock())
    return made


def node(node_id: str = "a", **changes: Any) -> dict[str, Any]:
    keys = {"PK": "NETWORK#main", "SK": f"NODE#{node_id}"}
    return {**NODE, **STORED, **keys, "latest": {}, "readingCount": 0, "laneCount": 0, **changes}


def lane(to: str = "b", **changes: Any) -> dict[str, Any]:
    return {**LANE, **STORED, "PK": "NETWORK#main#1of2", "SK": f"LANE#a#{to}", **changes}


def record(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """A record of the stream, with the item as it was and as it is."""
    keys = {name: (after or before or {})[name] for name in ("PK", "SK")}
    images = {"OldImage": before, "NewImage": after}
    return {
        "eventID": uuid.uuid4().hex,
        "dynamodb": {
            "Keys": to_attributes(keys),
            "SequenceNumber": f"{next(SEQUENCE):021d}",
            **{name: to_attributes(image) for name, image in images.items() if image is not None},
        },
    }


def push(*records: dict[str, Any]) -> list[str]:
    answer = realtime_push.handler({"Records": list(records)}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def frames(world: Realtime) -> list[dict[str, Any]]:
    return world.sockets.received["c1"]


def test_a_batch_is_one_frame_with_the_last_state_of_each(sockets: Realtime) -> None:
    busy = node(utilization=0.9, readingCount=2)
    assert (
        push(
            record(None, node()),
            record(None, lane()),
            record(node(), busy),
            record(node("old"), None),
            record(lane("old"), None),
        )
        == []
    )
    (frame,) = frames(sockets)
    assert (frame["type"], frame["channel"]) == ("twin.changed", "twin")
    data = frame["data"]
    assert [(n["id"], n["readingCount"], n["risk"]["level"]) for n in data["nodes"]] == [("a", 2, "high")]
    assert [(told["from"], told["to"]) for told in data["lanes"]] == [("a", "b")]
    assert (data["removedNodes"], data["removedLanes"]) == (["old"], [{"from": "a", "to": "old"}])
    assert "PK" not in json.dumps(data)
    assert "laneCount" not in json.dumps(data)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (node(), node(laneCount=1)),
        (ALERT, ALERT | {"notified": "critical"}),
        (ALERT, None),
        (None, {"PK": "NODE#a", "SK": "READING#1"}),
        (None, {"PK": "NODE#a", "SK": "ALERT#1"}),
        (None, {"PK": "STANDING#node:a", "SK": "JUDGE#state"}),
    ],
)
def test_what_nobody_sees_is_not_told(
    sockets: Realtime, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert push(record(before, after)) == []
    assert frames(sockets) == []


def test_what_came_and_went_in_one_batch_is_not_told(sockets: Realtime) -> None:
    assert push(record(None, node()), record(node(), None)) == []
    assert frames(sockets) == []


def test_each_change_of_an_alert_is_a_frame(sockets: Realtime) -> None:
    actor = {"id": "user-1", "name": "ada"}
    repeated = ALERT | {"count": 2}
    taken = repeated | {"status": "acknowledged", "acknowledgedBy": actor}
    done = taken | {"status": "resolved", "expiresAt": 1}
    push(record(None, ALERT), record(ALERT, repeated), record(repeated, taken), record(taken, done))
    kinds = ["alert.opened", "alert.updated", "alert.acknowledged", "alert.resolved"]
    assert sockets.types("c1") == kinds
    assert frames(sockets)[2]["data"]["acknowledgedBy"] == actor
    assert "GSI1PK" not in json.dumps(frames(sockets))


def test_many_changes_are_split_so_that_each_frame_fits(sockets: Realtime) -> None:
    reading = {
        "messageId": "m" * 128,
        "timestamp": moment_text(NOW),
        "metrics": {"m" * 60 + str(number): 1.5 for number in range(32)},
    }
    large = {f"sensor{number}": reading for number in range(16)}
    ids = [f"n{number}" for number in range(8)]
    push(*(record(None, node(node_id, latest=large)) for node_id in ids))
    told = frames(sockets)
    assert len(told) > 1
    assert all(len(json.dumps(frame)) < LARGEST_DATA * 1.1 for frame in told)
    assert [n["id"] for frame in told for n in frame["data"]["nodes"]] == ids


def test_an_item_that_is_not_understood_harms_no_other(sockets: Realtime) -> None:
    foreign = {"PK": "NETWORK#main", "SK": "NODE#x", "type": "castle"}
    assert push(record(None, foreign), record(None, node())) == []
    assert [n["id"] for n in frames(sockets)[0]["data"]["nodes"]] == ["a"]


@pytest.mark.parametrize(("before", "after"), [(node(), node(inventory=7)), (ALERT, ALERT | {"count": 2})])
def test_what_an_item_was_is_not_needed_to_tell_what_it_became(
    sockets: Realtime, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert push(record(before | {"status": "castle"}, after)) == []
    assert len(frames(sockets)) == 1


def test_a_removed_item_that_was_not_understood_harms_no_other(sockets: Realtime) -> None:
    assert push(record(node("x", type="castle"), None), record(None, node())) == []
    (frame,) = frames(sockets)
    assert frame["data"]["removedNodes"] == []


def test_a_batch_that_cannot_be_logged_is_delivered_again(sockets: Realtime) -> None:
    sockets.log.broken = True
    first, second = record(None, node()), record(None, node("b"))
    assert push(first, second) == [first["dynamodb"]["SequenceNumber"]]
    sockets.log.broken = False
    assert push(first, second) == []
    assert sockets.types("c1") == ["twin.changed"]


def test_a_socket_that_is_gone_fails_no_batch(sockets: Realtime) -> None:
    sockets.sockets.gone.add("c1")
    assert push(record(None, node())) == []
    assert sockets.connections.sessions == {}


def test_an_empty_batch_is_nothing(sockets: Realtime) -> None:
    assert sockets
    assert push() == []


def test_what_was_pushed_is_counted_and_the_log_has_no_personal_data(
    sockets: Realtime, capsys: pytest.CaptureFixture[str]
) -> None:
    sockets.clock.moment += timedelta(minutes=1)
    actor = {"id": "user-1", "name": "ada@example.com"}
    push(record(ALERT, ALERT | {"status": "acknowledged", "acknowledgedBy": actor}))
    text = capsys.readouterr().out
    metric, line = (json.loads(line) for line in text.splitlines())
    assert metric["FramesPushed"] == 1
    assert (line["records"], line["events"], line["sent"]) == (1, 1, 1)
    assert "ada@example.com" not in text
