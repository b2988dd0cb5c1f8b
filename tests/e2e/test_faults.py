"""Faults in the middle of the way from a sensor to a person: nothing is lost, nothing is told twice."""

import json
import socket as tcp
import struct
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.e2e import faults, sockets
from tests.e2e.faults import FREE, FULL, NODE, Json
from tests.e2e.home import Platform

SENDER = "operations_manager"
KILLS, NODES, READINGS = 4, 4, 20  # the readings are of each node
NOTIFIER_KILLS = 3  # fewer than the deliveries after which a message is given up
# A worker that died holds its notification for a minute, one that lives for a second at most. The message
# comes again later than that, so that no delivery is spent on a claim of the dead.
CLAIM, DEAD_AFTER = timedelta(seconds=60), timedelta(seconds=5)
THROTTLED = ("TransactWriteItems", "UpdateItem", "GetItem", "Query")
MANY = 20  # refusals
NO_LINGER = struct.pack("ii", 1, 0)
Eventually = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def redelivery(platform: Platform, eventually: Eventually) -> Iterator[None]:
    """What was not finished comes again after seconds."""
    with faults.brief_redelivery(platform, eventually):
        yield


@pytest.fixture(scope="module")
def address(platform: Platform) -> str:
    """Who hears of the alerts."""
    return faults.listen(platform)


@pytest.fixture
def node(platform: Platform) -> str:
    """A node of the test's own."""
    return faults.new_node(platform)


def _are_told_once(platform: Platform, address: str, *nodes: str) -> bool:
    return all(len(faults.mails(platform, address, node)) == 1 for node in nodes)


def test_kills_of_those_who_store_and_judge_leave_every_count_exact(
    platform: Platform, address: str, eventually: Eventually
) -> None:
    nodes = [faults.new_node(platform) for _ in range(NODES)]
    readings = [
        faults.reading(node, FULL, age=float(READINGS - number))
        for number in range(READINGS)
        for node in nodes
    ]
    with faults.killing(platform, "sensor-ingest", "alert-evaluator", kills=KILLS) as met:
        faults.publish(platform, *readings)
    eventually(lambda: faults.is_idle(platform, "readings"), 60)
    assert met["sensor-ingest"] > 0
    for node in nodes:
        eventually(lambda node=node: faults.count(platform, node) == READINGS)
        eventually(lambda node=node: faults.statuses(platform, node) == ["open"])
    eventually(lambda: _are_told_once(platform, address, *nodes))
    assert not [letter for node in nodes for letter in faults.letters(platform, "readings", node)]


def test_kills_of_the_evaluator_open_no_alert_twice(
    platform: Platform, address: str, eventually: Eventually
) -> None:
    nodes = [faults.new_node(platform) for _ in range(NODES)]
    with faults.killing(platform, "alert-evaluator", kills=KILLS) as met:
        with faults.held_back(platform, "alert-evaluator", ":dynamodb:", eventually):
            for number in range(READINGS):
                for node in nodes:
                    _measure(platform, node, FREE if number == READINGS // 2 else FULL)
        eventually(lambda: all(_is_judged(platform, node) for node in nodes), 60)
    assert met["alert-evaluator"] > 0
    for node in nodes:
        # Two lives of an alert, with a measure that had recovered between them.
        eventually(lambda node=node: len(faults.mails(platform, address, node)) == 2)
    assert faults.letters(platform, "evaluations", "fault-") == []


def _measure(platform: Platform, node: str, metrics: Json) -> None:
    """Write what the ingest writes of a reading: over the queue they would come in any order."""
    latest = {
        "messageId": {"S": str(uuid.uuid4())},
        "timestamp": {"S": datetime.now(UTC).isoformat().replace("+00:00", "Z")},
        "metrics": {"M": {name: {"N": str(value)} for name, value in metrics.items()}},
    }
    platform.client("dynamodb").update_item(
        TableName=platform.outputs["MainTableName"],
        Key=faults.node_key(node),
        UpdateExpression="SET latest = :latest ADD readingCount :one",
        ExpressionAttributeValues={":latest": {"M": {"load": {"M": latest}}}, ":one": {"N": "1"}},
    )


def _is_judged(platform: Platform, node: str) -> bool:
    found = faults.alerts(platform, node)
    return (
        faults.statuses(platform, node) == ["open", "resolved"]
        and sum(one["count"] for one in found) == READINGS - 1
    )


def test_a_killed_notifier_leaves_nobody_untold(
    platform: Platform, address: str, eventually: Eventually
) -> None:
    nodes = [faults.new_node(platform) for _ in range(NODES)]
    with faults.killing(platform, "alert-notifier", kills=NOTIFIER_KILLS) as met:
        for node in nodes:
            faults.publish(platform, faults.reading(node, FULL))
        eventually(lambda: all(faults.alerts(platform, node) for node in nodes))
        eventually(lambda: met["alert-notifier"] > 0)

    def are_told() -> bool:
        _age_claims(platform, nodes)
        return all(faults.mails(platform, address, node) for node in nodes)

    eventually(are_told, 60)
    # SNS has no way to be told that something was published before: who dies between publishing and writing
    # it down leaves one mail too many, and no kill more than that.
    more = sum(len(faults.mails(platform, address, node)) - 1 for node in nodes)
    assert 0 <= more <= met["alert-notifier"]


def _age_claims(platform: Platform, nodes: list[str]) -> None:
    """Let the claims of dead workers end at once: a minute is long."""
    table, now = platform.client("dynamodb"), datetime.now(UTC)
    for alert in [alert for node in nodes for alert in faults.alerts(platform, node)]:
        key = {"PK": {"S": f"ALERT#{alert['id']}"}, "SK": {"S": f"NOTIFICATION#{alert['severity']}"}}
        name = platform.outputs["MainTableName"]
        until = table.get_item(TableName=name, Key=key).get("Item", {}).get("claimedUntil", {}).get("S")
        if until and datetime.fromisoformat(until) < now + CLAIM - DEAD_AFTER:
            table.update_item(
                TableName=name,
                Key=key,
                UpdateExpression="SET claimedUntil = :past",
                ConditionExpression="claimedUntil = :until",
                ExpressionAttributeValues={":past": {"S": "2000-01-01T00:00:00Z"}, ":until": {"S": until}},
            )


def test_tables_that_refuse_some_calls_delay_and_lose_nothing(
    platform: Platform, address: str, eventually: Eventually, node: str
) -> None:
    before = faults.refusals(platform)
    with faults.throttled(platform, *THROTTLED, share=0.3):
        faults.publish(platform, *_decreasing(node))
        eventually(lambda: faults.stored(platform, node) == READINGS, 90)
        eventually(lambda: _are_told_once(platform, address, node), 60)
    assert faults.refusals(platform) > before
    assert [alert["status"] for alert in faults.alerts(platform, node)] == ["open"]
    assert faults.letters(platform, "readings", node) == []


def test_tables_that_refuse_everything_for_a_while_delay_and_lose_nothing(
    platform: Platform, address: str, eventually: Eventually, node: str
) -> None:
    before = faults.refusals(platform)
    with faults.throttled(platform, *THROTTLED):
        faults.publish(platform, *_decreasing(node))
        eventually(lambda: faults.refusals(platform) > before + MANY)
        assert faults.stored(platform, node) == 0
    eventually(lambda: faults.stored(platform, node) == READINGS, 90)
    eventually(lambda: _are_told_once(platform, address, node), 60)
    assert [alert["status"] for alert in faults.alerts(platform, node)] == ["open"]
    assert faults.letters(platform, "readings", node) == []


def _decreasing(node: str) -> list[Json]:
    """Readings of which the one that is sent first is the newest."""
    return [faults.reading(node, FULL, age=float(number)) for number in range(READINGS)]


def test_a_stream_that_is_late_brings_everything_in_order(
    platform: Platform, address: str, eventually: Eventually, node: str
) -> None:
    measures = (FULL, FULL, FREE, FULL)
    with faults.held_back(platform, "alert-evaluator", ":dynamodb:", eventually):
        for number, metrics in enumerate(measures):
            faults.publish(platform, faults.reading(node, metrics, age=float(len(measures) - number)))
            eventually(lambda number=number: faults.count(platform, node) == number + 1)
        assert faults.alerts(platform, node) == []
    eventually(lambda: faults.statuses(platform, node) == ["open", "resolved"])
    assert {one["status"]: one["count"] for one in faults.alerts(platform, node)} == {
        "open": 1,
        "resolved": 2,
    }
    eventually(lambda: len(faults.mails(platform, address, node)) == 2)


def test_what_the_topic_refuses_waits_in_the_dead_letters_and_is_told_once_by_a_replay(
    platform: Platform, address: str, eventually: Eventually, node: str
) -> None:
    with (
        faults.quick_redelivery(platform, "notifications", seconds=1),
        faults.denied(platform, "alert-notifier", "sns:Publish"),
    ):
        faults.publish(platform, faults.reading(node, FULL))
        (alert,) = eventually(lambda: faults.alerts(platform, node))
        (letter,) = eventually(lambda: faults.letters(platform, "notifications", alert["id"]), 60)
    assert letter["reason"].startswith("failed: ")
    assert faults.mails(platform, address, node) == []
    for _ in range(2):  # the second one finds nothing of it any more
        platform.home.omnitrack("dead-letters", "replay", "--queue", "notifications")
        eventually(lambda: faults.mails(platform, address, node))
    eventually(lambda: faults.is_idle(platform, "notifications"))
    assert _are_told_once(platform, address, node)
    assert faults.letters(platform, "notifications", alert["id"]) == []


def test_a_socket_that_is_gone_without_a_word_is_forgotten_and_holds_up_nobody(
    platform: Platform, eventually: Eventually, node: str
) -> None:
    number = count(1)

    def change() -> float:
        used = round(next(number) / 1000, 3)
        faults.publish(platform, faults.reading(node, {"utilization": used}))
        return used

    earlier = _listeners(platform)  # of tests before, whose sockets may still be closing
    with sockets.connected(platform, "twin") as stays:
        staying = _listeners(platform) - earlier
        with sockets.connected(platform, "twin") as goes:
            going = _listeners(platform) - earlier - staying
            assert (len(staying), len(going)) == (1, 1)
            change()
            goes.of_node(node)
            wire = goes.connection.socket
            wire.setsockopt(tcp.SOL_SOCKET, tcp.SO_LINGER, NO_LINGER)
            wire.shutdown(tcp.SHUT_RDWR)
            used = change()
            while stays.of_node(node)["latest"]["load"]["metrics"]["utilization"] != used:
                pass
            eventually(lambda: _listeners(platform) - earlier == staying)


def _listeners(platform: Platform) -> set[str]:
    answer = platform.client("dynamodb").query(
        TableName=platform.outputs["ConnectionsTableName"],
        KeyConditionExpression="PK = :channel",
        ExpressionAttributeValues={":channel": {"S": "CHANNEL#twin"}},
        ConsistentRead=True,
    )
    return {item["SK"]["S"] for item in answer["Items"]}


@pytest.fixture
def poison(platform: Platform) -> Iterator[Callable[[], str]]:
    """Call it to spoil the item of a new node, so that nobody understands it; in the end it is gone."""
    table, name = platform.client("dynamodb"), platform.outputs["MainTableName"]
    keys: list[Json] = []

    def spoil() -> str:
        node = faults.new_node(platform)
        keys.append(faults.node_key(node))
        table.update_item(
            TableName=name,
            Key=keys[-1],
            UpdateExpression="SET #capacity = :wrong",
            ExpressionAttributeNames={"#capacity": "capacity"},
            ExpressionAttributeValues={":wrong": {"S": "nobody knows"}},
        )
        return node

    yield spoil
    for key in keys:
        table.delete_item(TableName=name, Key=key)


def test_an_item_that_nobody_understands_is_named_in_the_dead_letters_and_holds_up_nobody(
    platform: Platform, eventually: Eventually, poison: Callable[[], str]
) -> None:
    before, after = faults.new_node(platform), faults.new_node(platform)
    with (
        sockets.connected(platform, "twin") as listener,
        faults.held_back(platform, "alert-evaluator", ":dynamodb:", eventually),
    ):
        faults.publish(platform, faults.reading(before, FULL))
        eventually(lambda: faults.count(platform, before) == 1)
        spoilt = poison()
        faults.publish(platform, faults.reading(after, FULL))
        eventually(lambda: faults.count(platform, after) == 1)
        listener.of_node(after)
    for node in (before, after):
        eventually(lambda node=node: faults.statuses(platform, node) == ["open"])
    (letter,) = eventually(lambda: faults.letters(platform, "evaluations", spoilt))
    assert letter["reason"].partition(":")[0] == "failed"
    assert json.loads(letter["payload"]) == {"nodeId": spoilt}

    _mend(platform, spoilt)
    eventually(lambda: faults.statuses(platform, spoilt) == ["open"])
    platform.home.omnitrack("dead-letters", "replay", "--queue", "evaluations")
    eventually(lambda: faults.is_idle(platform, "evaluations"))
    assert faults.statuses(platform, spoilt) == ["open"]
    assert faults.letters(platform, "evaluations", spoilt) == []


def _mend(platform: Platform, node: str) -> None:
    """Give the node a capacity again, of which it has nothing left."""
    platform.client("dynamodb").update_item(
        TableName=platform.outputs["MainTableName"],
        Key=faults.node_key(node),
        UpdateExpression="SET #capacity = :right, inventory = :none, version = version + :one",
        ExpressionAttributeNames={"#capacity": "capacity"},
        ExpressionAttributeValues={
            ":right": {"N": str(NODE["capacity"])},
            ":none": {"N": "0"},
            ":one": {"N": "1"},
        },
    )
