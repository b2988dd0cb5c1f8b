"""Dead letters are shown without being taken, and replayed without loss."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from runbook.dead_letters import KINDS, NO_REASON, RULE_FAILED, STREAM_FAILED, DeadLetters, of
from runbook.errors import RunbookError, UsageError

NOW = 1_800_000_000.0
DEAD, INGEST = "https://sqs/dead-letters", "https://sqs/ingest"


def envelope(text: str, node: str = "port-shanghai") -> str:
    payload = base64.b64encode(text.encode()).decode()
    return json.dumps({"payload": payload, "topicNodeId": node, "receivedAt": 1})


@dataclass
class Message:
    body: str
    reason: str | None
    sent_at: float
    visible: bool = True


@dataclass
class FakeQueues:
    """The dead-letter queue as a list with visibility, the ingest queue as a list of bodies."""

    dead: dict[str, Message] = field(default_factory=dict)
    ingested: list[str] = field(default_factory=list)
    refuses: str | None = None
    calls: list[str] = field(default_factory=list)

    def put(self, body: str, reason: str | None = "unknown_node: no node", age: float = 60) -> None:
        self.dead[f"m{len(self.dead)}"] = Message(body=body, reason=reason, sent_at=NOW - age)

    def receive_message(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == DEAD
        assert request["VisibilityTimeout"] > 0
        found = [(name, message) for name, message in self.dead.items() if message.visible]
        answer = []
        for name, message in found[: request["MaxNumberOfMessages"]]:
            message.visible = False
            reason = (
                {"reason": {"StringValue": message.reason, "DataType": "String"}} if message.reason else {}
            )
            answer.append(
                {
                    "MessageId": name,
                    "ReceiptHandle": name,
                    "Body": message.body,
                    "Attributes": {"SentTimestamp": str(int(message.sent_at * 1000))},
                    **({"MessageAttributes": reason} if reason else {}),
                }
            )
        return {"Messages": answer} if answer else {}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == INGEST
        self.calls.append("send")
        done, failed = [], []
        for entry in request["Entries"]:
            if self.refuses and self.refuses in entry["MessageBody"]:
                failed.append({"Id": entry["Id"], "Message": "too big"})
            else:
                self.ingested.append(entry["MessageBody"])
                done.append({"Id": entry["Id"]})
        return {"Successful": done, **({"Failed": failed} if failed else {})}

    def delete_message_batch(self, **request: Any) -> None:
        assert request["QueueUrl"] == DEAD
        self.calls.append("delete")
        for entry in request["Entries"]:
            del self.dead[entry["ReceiptHandle"]]

    def change_message_visibility_batch(self, **request: Any) -> None:
        assert len(request["Entries"]) <= 10
        for entry in request["Entries"]:
            self.dead[entry["ReceiptHandle"]].visible = entry["VisibilityTimeout"] == 0


@pytest.fixture
def queues() -> FakeQueues:
    return FakeQueues()


@pytest.fixture
def letters(queues: FakeQueues) -> DeadLetters:
    return DeadLetters(client=queues, queue=DEAD, source=INGEST, clock=lambda: NOW)  # type: ignore[arg-type]


def test_looking_shows_reason_age_and_payload_oldest_first(queues: FakeQueues, letters: DeadLetters) -> None:
    queues.put(envelope("young"), age=90)
    queues.put(envelope("old"), age=7_300)
    old, young = letters.look(reason=None, limit=10)
    assert (old.summary(), old.age_text(), old.reason) == ("old", "2 h", "unknown_node: no node")
    assert (young.summary(), young.age_text()) == ("young", "1 min")


def test_looking_takes_nothing_away_and_hides_nothing(queues: FakeQueues, letters: DeadLetters) -> None:
    for number in range(25):
        queues.put(envelope(str(number)))
    assert len(letters.look(reason=None, limit=100)) == 25
    assert len(queues.dead) == 25
    assert all(message.visible for message in queues.dead.values())


def test_looking_answers_no_more_than_the_limit(queues: FakeQueues, letters: DeadLetters) -> None:
    for number in range(25):
        queues.put(envelope(str(number)))
    assert len(letters.look(reason=None, limit=7)) == 7
    assert all(message.visible for message in queues.dead.values())


def test_replaying_sends_every_message_as_it_came_and_then_deletes_it(
    queues: FakeQueues, letters: DeadLetters
) -> None:
    bodies = [envelope(str(number)) for number in range(25)]
    for body in bodies:
        queues.put(body)
    assert letters.replay(reason=None, limit=1000) == 25
    assert queues.ingested == bodies
    assert queues.dead == {}
    assert queues.calls == ["send", "delete"] * 3


def test_replaying_by_reason_leaves_the_others_visible(queues: FakeQueues, letters: DeadLetters) -> None:
    queues.put(envelope("a"), "unknown_node: x")
    queues.put(envelope("b"), "malformed: y")
    queues.put(envelope("c"), "unknown_node: z")
    assert letters.replay(reason="unknown_node", limit=1000) == 2
    assert [message.body for message in queues.dead.values()] == [envelope("b")]
    assert all(message.visible for message in queues.dead.values())


def test_replaying_stops_at_the_limit(queues: FakeQueues, letters: DeadLetters) -> None:
    for number in range(15):
        queues.put(envelope(str(number)))
    assert letters.replay(reason=None, limit=12) == 12
    assert len(queues.dead) == 3
    assert all(message.visible for message in queues.dead.values())


def test_a_refused_message_stays_and_is_reported(queues: FakeQueues, letters: DeadLetters) -> None:
    queues.put("good")
    queues.put("bad")
    queues.refuses = "bad"
    with pytest.raises(
        RunbookError, match="refused 1 messages, which are still in the dead letters: too big"
    ):
        letters.replay(reason=None, limit=10)
    assert [message.body for message in queues.dead.values()] == ["bad"]
    assert queues.ingested == ["good"]
    assert all(message.visible for message in queues.dead.values())


def test_nothing_is_deleted_when_sending_fails(
    queues: FakeQueues, letters: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_request: Any) -> None:
        raise ConnectionError("gone")

    queues.put(envelope("a"))
    monkeypatch.setattr(queues, "send_message_batch", fail)
    with pytest.raises(ConnectionError):
        letters.replay(reason=None, limit=10)
    assert len(queues.dead) == 1


def test_a_message_that_comes_back_while_replaying_is_not_sent_again(queues: FakeQueues) -> None:
    clock = iter([NOW, *[NOW + 5] * 100])
    letters = DeadLetters(client=queues, queue=DEAD, source=INGEST, clock=lambda: next(clock))  # type: ignore[arg-type]
    queues.put(envelope("old"), age=60)
    queues.put(envelope("came back"), age=-2)
    assert letters.replay(reason=None, limit=10) == 1
    assert [message.body for message in queues.dead.values()] == [envelope("came back")]


def test_a_message_of_the_error_action_is_sent_as_the_rule_would_have(
    queues: FakeQueues, letters: DeadLetters
) -> None:
    failure = {
        "ruleName": "omnitrack_development_readings",
        "topic": "omnitrack/sensors/port-busan/data",
        "base64OriginalPayload": base64.b64encode(b'{"nodeId": "port-busan"}').decode(),
        "failures": [{"failedAction": "SqsAction"}],
    }
    queues.put(json.dumps(failure), reason=None)
    (shown,) = letters.look(reason=None, limit=1)
    assert (shown.reason, shown.summary()) == (RULE_FAILED, '{"nodeId": "port-busan"}')
    letters.replay(reason=None, limit=1)
    sent = json.loads(queues.ingested[0])
    assert (sent["topicNodeId"], base64.b64decode(sent["payload"])) == (
        "port-busan",
        b'{"nodeId": "port-busan"}',
    )


def test_changes_that_the_stream_gave_up_say_so(letters: DeadLetters, queues: FakeQueues) -> None:
    body = json.dumps({"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": {}})
    queues.put(body, reason=None)
    (shown,) = letters.look(reason=None, limit=1)
    assert shown.reason == STREAM_FAILED
    letters.replay(reason=None, limit=1)
    assert queues.ingested == [body]


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_of_queues_is_found_by_its_outputs(kind: str) -> None:
    outputs = {KINDS[kind].dead_letters: "https://sqs/dead", KINDS[kind].source: "https://sqs/source"}
    target: Any = SimpleNamespace(client=lambda _: None, output=outputs.__getitem__)
    found = of(target, kind)
    assert (found.queue, found.source) == ("https://sqs/dead", "https://sqs/source")


def test_an_unknown_kind_names_those_there_are() -> None:
    target: Any = SimpleNamespace()
    with pytest.raises(UsageError, match="choose one of readings, evaluations, notifications"):
        of(target, "letters")


@pytest.mark.parametrize("body", ["", "no JSON", "[1]", '{"payload": "no base64!"}', '{"payload": 7}'])
def test_a_body_of_any_kind_is_shown_and_sent_as_it_is(
    queues: FakeQueues, letters: DeadLetters, body: str
) -> None:
    queues.put(body, reason=None)
    (shown,) = letters.look(reason=None, limit=1)
    assert shown.reason == NO_REASON
    letters.replay(reason=None, limit=1)
    assert queues.ingested == [body]
