"""The ingest function on batches as SQS delivers them."""

import json
from typing import Any

import pytest
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.sensors import Outcome, Reading
from omnitrack.handlers import queue, sensor_ingest

from components.queues import MAX_RECEIVE_COUNT
from tests.functions.calls import CONTEXT, NODE, message, record
from tests.functions.conftest import World
from tests.functions.test_sensors import MALFORMED, network_with


@pytest.fixture(autouse=True)
def with_nodes(world: World) -> None:
    world.network.nodes.update(network_with("a", "b").nodes)


def take(*records: dict[str, Any]) -> list[str]:
    """The ids of the records that the queue is to deliver again."""
    answer = sensor_ingest.handler({"Records": list(records)}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_good_batch_is_taken(world: World) -> None:
    assert take(record(message("a")), record(message("b"), "b")) == []
    assert [node.reading_count for node in world.network.nodes.values()] == [1, 1]
    assert world.dead_letters.letters == []


def test_every_kind_of_bad_message_becomes_a_dead_letter_and_the_rest_goes_through(world: World) -> None:
    bad = {
        "unknown_node": record(message("x"), "x"),
        "foreign_node": record(message("b"), "a"),
        "future": record(message(timestamp="2126-11-24T08:00:00Z")),
        "malformed": record(b"not JSON"),
    }
    batch = [part for letter in bad.values() for part in (record(message("a")), letter)]
    assert take(*batch) == []
    assert world.network.nodes["a"].reading_count == len(bad)
    assert [body for body, _ in world.dead_letters.letters] == [letter["body"] for letter in bad.values()]
    assert [reason.partition(":")[0] for _, reason in world.dead_letters.letters] == list(bad)


def test_a_dead_letter_can_be_replayed_as_it_is(world: World) -> None:
    take(record(message("x"), "x"))
    ((body, _),) = world.dead_letters.letters
    world.network.nodes.update(network_with("x").nodes)
    assert take({"messageId": "again", "body": body}) == []
    assert world.network.nodes["x"].reading_count == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "7",
        "{}",
        "[" * 100_000,
        json.dumps({"payload": "e30="}),
        json.dumps({"topicNodeId": "a"}),
        json.dumps({"payload": 7, "topicNodeId": "a"}),
        json.dumps({"payload": None, "topicNodeId": "a"}),
        json.dumps({"payload": "!!!", "topicNodeId": "a"}),
        json.dumps({"payload": "é", "topicNodeId": "a"}),
        json.dumps({"payload": "e30=", "topicNodeId": None}),
    ],
)
def test_a_body_that_the_topic_rule_did_not_write_becomes_a_dead_letter(world: World, body: str) -> None:
    assert take({"messageId": "m", "body": body}, record(message("a"))) == []
    assert [letter for letter, _ in world.dead_letters.letters] == [body]
    assert world.network.nodes["a"].reading_count == 1


def test_a_reading_that_may_succeed_later_is_delivered_again_and_harms_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_it = world.readings.record

    def sometimes(reading: Reading, at: Any) -> Outcome:
        if reading.source == "unlucky":
            raise ConnectionError("the table is out of reach")
        return take_it(reading, at)

    monkeypatch.setattr(world.readings, "record", sometimes)
    unlucky = record(message("a", source="unlucky"))
    assert take(record(message("a")), unlucky, record(message("b"), "b")) == [unlucky["messageId"]]
    assert [node.reading_count for node in world.network.nodes.values()] == [1, 1]
    assert world.dead_letters.letters == []


def test_a_dead_letter_that_cannot_be_sent_is_delivered_again(world: World) -> None:
    world.dead_letters.broken = True
    bad = record(b"not JSON")
    assert take(bad, record(message("a"))) == [bad["messageId"]]
    assert world.network.nodes["a"].reading_count == 1


def test_all_malformed_messages_in_one_batch_are_dead_letters(world: World) -> None:
    batch = [
        record(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        for payload, _ in MALFORMED
    ]
    assert take(*batch) == []
    assert len(world.dead_letters.letters) == len(MALFORMED)


def test_the_log_is_structured_and_has_no_values_of_messages(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "value-of-a-message"
    records = [record(message("a", source=secret)), record(message("a", metrics={"m": secret}))]

    def fail(reading: Reading, at: Any) -> Outcome:
        raise ConnectionError(f"{at} {reading.message_id}")

    take(*records)
    monkeypatch.setattr(world.readings, "record", fail)
    take(records[0])
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["level"], line["correlation_id"]) for line in lines if "level" in line] == [
        ("INFO", records[0]["messageId"]),
        ("WARNING", records[1]["messageId"]),
        ("ERROR", records[0]["messageId"]),
    ]
    assert secret not in text
    assert NODE["name"] not in text


def test_what_is_stored_and_what_is_rejected_is_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    good = record(message("a"))
    take(good, good, record(message("b"), "b"), record(b"not JSON"))
    counts = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert sum(line.get("ReadingsStored", 0) for line in counts) == 2
    assert sum(line.get("ReadingsRejected", 0) for line in counts) == 1
    assert world.network.nodes["a"].reading_count == 1


def test_on_its_last_delivery_a_message_becomes_a_dead_letter_that_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_reading: Reading, _at: Any) -> Outcome:
        raise UnavailableError("the table does not answer at the moment: try again")

    monkeypatch.setattr(world.readings, "record", fail)
    first, last = ({**record(message("a")), "attributes": {"ApproximateReceiveCount": n}} for n in "45")
    assert take(first, last) == [first["messageId"]]
    assert world.dead_letters.letters == [
        (last["body"], "unavailable: the table does not answer at the moment: try again")
    ]
    world.dead_letters.broken = True
    assert take(last) == [last["messageId"]]


def test_the_functions_give_up_just_before_the_queues_do() -> None:
    assert queue.MOST_DELIVERIES == MAX_RECEIVE_COUNT


def test_the_reason_of_a_dead_letter_repeats_nothing_of_an_error_that_is_not_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_reading: Reading, _at: Any) -> Outcome:
        raise ConnectionError("of ada@example.com")

    monkeypatch.setattr(world.readings, "record", fail)
    take({**record(message("a")), "attributes": {"ApproximateReceiveCount": "5"}})
    ((_, reason),) = world.dead_letters.letters
    assert reason == "failed: ConnectionError, see the log of the function"
