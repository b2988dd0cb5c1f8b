"""The evaluator on batches as the stream and the queue deliver them."""

import json
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.domain.errors import UnavailableError
from omnitrack.handlers import alert_evaluator

from tests.functions.alert_fakes import Alarm, alert, gone, state
from tests.functions.calls import CONTEXT
from tests.functions.conftest import World
from tests.functions.stream_records import alert_record, node_item, node_record, queue_record, stream_record
from tests.functions.test_table import fault

# As Lambda writes it: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
LOST_BATCH = json.dumps(
    {
        "requestContext": {"requestId": "r", "condition": "RetryAttemptsExhausted"},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-24T08:00:00Z",
        "DDBStreamBatchInfo": {"shardId": "shardId-1", "batchSize": 1, "startSequenceNumber": "1"},
    }
)


@pytest.fixture
def alarm(world: World, monkeypatch: pytest.MonkeyPatch) -> Alarm:  # noqa: ARG001 - the rest of the wiring
    made = Alarm()
    monkeypatch.setattr(wiring, "evaluator", lambda: made.evaluator)
    monkeypatch.setattr(wiring, "outbox", lambda: made.outbox)
    return made


def take(*records: dict[str, Any]) -> list[str]:
    """What is to be delivered again."""
    answer = alert_evaluator.handler({"Records": list(records)}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def sequence(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def test_images_of_nodes_open_repeat_and_resolve_alerts(alarm: Alarm) -> None:
    offline, again = state(2, status="offline"), state(3, status="offline", version=2)
    records = [
        node_record(state(1)),
        node_record(offline, state(1)),
        node_record(state(1, node_id="b", status="disrupted")),
        node_record(again, offline),
    ]
    assert take(*records) == []
    assert {(one.node_id, one.severity, one.count) for one in alarm.alerts.unresolved} == {
        ("a", "critical", 2),
        ("b", "high", 1),
    }
    assert take(node_record(state(4), again), node_record(gone("b"), state(1, node_id="b"))) == []
    assert alarm.alerts.unresolved == []


def test_a_batch_that_comes_again_changes_nothing(alarm: Alarm) -> None:
    records = [node_record(state(1, status="offline")), node_record(state(2))]
    take(*records)
    before = dict(alarm.alerts.alerts)
    assert take(*records) == []
    assert alarm.alerts.alerts == before


def test_what_is_opened_and_what_becomes_worse_is_sent_to_the_notifier(alarm: Alarm) -> None:
    low, high = alert(severity="medium"), alert(severity="critical", count=2)
    take(alert_record(None, low), alert_record(low, high), alert_record(high, None))
    assert [(sent.cause, sent.severity) for sent in alarm.outbox.sent] == [
        ("opened", "medium"),
        ("escalated", "critical"),
    ]


def test_other_items_are_left_alone(alarm: Alarm) -> None:
    others = [
        {"PK": "NETWORK#main", "SK": "LANE#a#b"},
        {"PK": "NODE#a", "SK": "READING#2026#m"},
        {"PK": "ALERT#x", "SK": "NOTIFICATION#high"},
        {"PK": "STANDING#node:a", "SK": "JUDGE#state"},
    ]
    assert take(*(stream_record(None, item) for item in others)) == []
    assert (alarm.alerts.alerts, alarm.outbox.sent) == ({}, [])


def test_the_stream_goes_on_from_the_first_image_that_may_succeed_later(alarm: Alarm) -> None:
    alarm.outbox.broken = True
    before, failing, after = (
        node_record(state(1, status="offline")),
        alert_record(None, alert()),
        node_record(state(1, node_id="b", status="offline")),
    )
    assert take(before, failing, after) == [sequence(failing)]
    assert [one.node_id for one in alarm.alerts.unresolved] == ["a"]
    alarm.outbox.broken = False
    assert take(failing, after) == []
    assert [one.node_id for one in alarm.alerts.unresolved] == ["a", "b"]


def test_a_node_that_fails_comes_again_with_all_its_images(alarm: Alarm) -> None:
    alarm.alerts.failures = ["before", ""]
    records = [
        node_record(state(1, status="offline")),
        node_record(state(2)),
        node_record(state(3, status="offline")),
    ]
    assert take(*records) == [sequence(records[0])]
    assert take(*records) == []
    assert [one.status for one in alarm.alerts.alerts.values()] == ["resolved", "open"]


def test_an_image_that_cannot_be_read_becomes_a_dead_letter_and_the_rest_goes_on(
    alarm: Alarm, world: World
) -> None:
    poison = node_item(state(2)) | {"capacity": "much"}
    records = [
        node_record(state(1, status="offline")),
        stream_record(None, poison),
        stream_record(None, {"PK": "ALERT#alert-9", "SK": "ALERT", "severity": "bad"}),
        node_record(state(1, node_id="b", status="offline")),
    ]
    assert take(*records) == []
    assert [one.node_id for one in alarm.alerts.unresolved] == ["a", "b"]
    assert world.dead_letters.letters == [
        ('{"nodeId": "a"}', "failed: ValidationError, see the log of the function"),
        ('{"alertId": "alert-9"}', "failed: ValidationError, see the log of the function"),
    ]


def test_what_aws_forbids_for_now_comes_again_and_is_no_dead_letter(
    alarm: Alarm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_: Any) -> None:
        raise fault("AccessDeniedException")

    failing = node_record(state(1, status="offline"))
    with monkeypatch.context() as forbidden:
        forbidden.setattr(alarm.alerts, "standing", forbid)
        assert take(failing) == [sequence(failing)]
    assert world.dead_letters.letters == []
    assert take(failing) == []
    assert len(alarm.alerts.unresolved) == 1


def test_a_standing_that_is_not_as_its_alerts_becomes_a_dead_letter(
    alarm: Alarm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("an alert of node:a is not as its standing says")

    monkeypatch.setattr(alarm.alerts, "save", refuse)
    assert take(node_record(state(1, status="offline"))) == []
    assert world.dead_letters.letters == [
        ('{"nodeId": "a"}', "failed: RuntimeError, see the log of the function")
    ]


def test_a_dead_letter_that_cannot_be_sent_makes_the_image_come_again(alarm: Alarm, world: World) -> None:
    world.dead_letters.broken = True
    poison = stream_record(None, node_item(state(2)) | {"capacity": "much"})
    assert take(poison) == [sequence(poison)]
    assert alarm.alerts.alerts == {}


def test_a_function_that_is_set_up_wrongly_fails_as_a_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise wiring.ConfigurationError("environment variable TABLE_NAME is not set")

    monkeypatch.setattr(wiring, "evaluator", fail)
    with pytest.raises(wiring.ConfigurationError):
        take(node_record(state(1)))
    assert world.dead_letters.letters == []


def test_the_dead_letters_can_be_replayed(alarm: Alarm) -> None:
    alarm.nodes.states["a"] = state(5, status="offline")
    assert take(queue_record('{"nodeId": "a"}')) == []
    (opened,) = alarm.alerts.unresolved
    assert take(queue_record(json.dumps({"alertId": opened.id})), queue_record('{"alertId": "gone"}')) == []
    assert [sent.alert_id for sent in alarm.outbox.sent] == [opened.id]


def test_nobody_is_reminded_of_an_alert_that_is_resolved(alarm: Alarm) -> None:
    alarm.alerts.alerts["alert-1"] = alert(status="resolved")
    assert take(queue_record('{"alertId": "alert-1"}')) == []
    assert alarm.outbox.sent == []


def test_what_the_stream_lost_is_made_good_by_looking_at_everything(alarm: Alarm) -> None:
    alarm.nodes.states = {name: state(1, node_id=name, status="offline") for name in "abc"}
    assert take(queue_record(LOST_BATCH)) == []
    assert len(alarm.alerts.unresolved) == len(alarm.outbox.sent) == 3


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "7",
        "[]",
        "{}",
        '"nodeId"',
        '{"nodeId": 7}',
        '{"nodeId": "a", "alertId": "b"}',
        "[" * 100_000,
    ],
)
def test_a_message_that_nobody_understands_becomes_a_dead_letter(
    alarm: Alarm, world: World, body: str
) -> None:
    assert take(queue_record(body)) == []
    ((letter, reason),) = world.dead_letters.letters
    assert letter == body
    assert reason.startswith("malformed_message: ")
    assert alarm.alerts.alerts == {}


def test_a_message_that_fails_is_delivered_again_and_at_last_becomes_a_dead_letter(
    alarm: Alarm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_node_id: str) -> None:
        raise UnavailableError("the table does not answer at the moment: try again")

    monkeypatch.setattr(alarm.nodes, "current", fail)
    first, last = queue_record('{"nodeId": "a"}'), queue_record('{"nodeId": "a"}', deliveries=5)
    assert take(first, last) == [first["messageId"]]
    ((_, reason),) = world.dead_letters.letters
    assert reason == "unavailable: the table does not answer at the moment: try again"


def test_what_comes_and_goes_is_counted(alarm: Alarm, capsys: pytest.CaptureFixture[str]) -> None:
    assert alarm.alerts.alerts == {}
    take(
        node_record(state(1, status="offline")), node_record(state(2)), node_record(state(3, utilization=0.9))
    )
    counts = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert sum(line.get("AlertsOpened", 0) for line in counts) == 2
    assert sum(line.get("AlertsResolved", 0) for line in counts) == 1


def test_the_log_names_nodes_and_alerts_and_no_values(
    alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = state(1, name="value-of-a-node", status="offline")
    take(node_record(secret), alert_record(None, alert(finding="value-of-a-node")))
    take(stream_record(None, node_item(secret) | {"capacity": "value-of-a-node"}))
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["correlation_id"] for line in lines if "level" in line} == {"a", "alert-1"}
    assert "value-of-a-node" not in text
    assert len(alarm.outbox.sent) == 1
