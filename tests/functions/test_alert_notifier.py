"""The notifier on batches as its queue delivers them."""

import json
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.handlers import alert_notifier

from tests.functions.alert_fakes import InMemoryTopic, alert
from tests.functions.calls import CONTEXT
from tests.functions.conftest import World
from tests.functions.stream_records import queue_record
from tests.functions.test_alert_notifications import notification, notifier

GOOD = notification().model_dump_json(by_alias=True)


@pytest.fixture
def topic(world: World, monkeypatch: pytest.MonkeyPatch) -> InMemoryTopic:  # noqa: ARG001 - the other wiring
    made = notifier(alert(finding="words-of-an-alert"))
    monkeypatch.setattr(wiring, "notifier", lambda: made)
    assert isinstance(made.topic, InMemoryTopic)
    return made.topic


def take(*records: dict[str, Any]) -> list[str]:
    answer = alert_notifier.handler({"Records": list(records)}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_message_is_published_once_however_often_it_comes(
    topic: InMemoryTopic, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(queue_record(GOOD), queue_record(GOOD)) == []
    assert take(queue_record(GOOD)) == []
    assert len(topic.published) == 1
    counts = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [line["NotificationsSent"] for line in counts] == [1]


def test_what_the_topic_refuses_comes_again_and_at_last_becomes_a_dead_letter_that_can_be_replayed(
    topic: InMemoryTopic, world: World
) -> None:
    topic.refuses = True
    first, last = queue_record(GOOD, deliveries=4), queue_record(GOOD, deliveries=5)
    assert take(first) == [first["messageId"]]
    assert take(last) == []
    ((body, reason),) = world.dead_letters.letters
    assert reason == "unavailable: the alert topic does not answer at the moment: try again"
    topic.refuses = False
    assert take(queue_record(body)) == []
    assert len(topic.published) == 1


def test_an_alert_that_is_gone_is_passed_over(topic: InMemoryTopic, world: World) -> None:
    gone = notification().model_copy(update={"alert_id": "gone"}).model_dump_json(by_alias=True)
    assert take(queue_record(gone)) == []
    assert (topic.published, world.dead_letters.letters) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"alertId": "a", "cause": "opened"}',
        GOOD.replace("high", "bad"),
        "[" * 100_000,
    ],
)
def test_a_message_that_the_evaluator_did_not_write_becomes_a_dead_letter(
    topic: InMemoryTopic, world: World, body: str
) -> None:
    assert take(queue_record(body), queue_record(GOOD)) == []
    ((letter, reason),) = world.dead_letters.letters
    assert letter == body
    assert reason.startswith("malformed_message: ")
    assert len(topic.published) == 1


def test_the_log_names_the_alert_and_none_of_its_words(
    topic: InMemoryTopic, capsys: pytest.CaptureFixture[str]
) -> None:
    topic.refuses = True
    take(queue_record(GOOD))
    topic.refuses = False
    record = queue_record(GOOD)
    take(record)
    text = capsys.readouterr().out
    (line,) = (json.loads(line) for line in text.splitlines() if "notification taken" in line)
    assert (line["alert_id"], line["correlation_id"]) == ("alert-1", record["messageId"])
    assert "words-of-an-alert" not in text
