"""Readings in a real table: whatever the order, the repetitions and the threads, each counts once."""

import random
import subprocess
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain.errors import TooManySensorTypesError, UnknownNodeError
from omnitrack.domain.sensors import MESSAGE_LIFETIME, MOST_SENSOR_TYPES, READING_LIFETIME, Reading
from omnitrack.domain.twin import Location, Node, Precondition

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NODE = Node(name="Port", type="port", location=Location(latitude=0, longitude=0), capacity=100)


def reading(*, age: int = 0, message: str = "", sensor: str = "stock", **metrics: float) -> Reading:
    return Reading(
        message_id=message or str(uuid.uuid4()),
        node_id="a",
        timestamp=NOW - timedelta(seconds=age),
        sensor_type=sensor,
        metrics=metrics or {"inventory": 1.5},
        source="test",
    )


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def network(table: Table) -> NetworkTable:
    network = NetworkTable(table)
    network.put_node("a", NODE, Precondition(), NOW)
    return network


@pytest.fixture
def readings(network: NetworkTable, table: Table) -> ReadingsTable:  # noqa: ARG001 - the node has to be there
    return ReadingsTable(table)


def test_a_reading_is_stored_counted_and_the_latest(
    network: NetworkTable, readings: ReadingsTable, table: Table
) -> None:
    new = reading(message="m1", temperature=21.3)
    assert readings.record(new, NOW) == "stored"
    node = network.node("a")
    assert (node.latest, node.reading_count, node.version) == ({"stock": new.latest}, 1, 1)
    (item,) = table.all("NODE#a", prefix="READING#")
    assert item["SK"] == "READING#2026-11-24T08:00:00.000000Z#m1"
    assert item["metrics"] == {"temperature": 21.3}
    assert item["expiresAt"] == int((NOW + READING_LIFETIME).timestamp())
    marker = table.get({"PK": "MESSAGE#m1", "SK": "MESSAGE"})
    assert marker is not None
    assert marker["expiresAt"] == int((NOW + MESSAGE_LIFETIME).timestamp())


def test_a_repeated_message_changes_nothing(network: NetworkTable, readings: ReadingsTable) -> None:
    readings.record(reading(message="m1", age=5), NOW)
    before = network.node("a")
    assert readings.record(reading(message="m1", inventory=99), NOW) == "repeated"
    assert network.node("a") == before


def test_an_older_reading_is_kept_and_counted_but_never_the_latest(
    network: NetworkTable, readings: ReadingsTable, table: Table
) -> None:
    newest = reading(inventory=7)
    readings.record(newest, NOW)
    assert readings.record(reading(age=1, inventory=3), NOW) == "stored"
    node = network.node("a")
    assert (node.latest["stock"], node.reading_count) == (newest.latest, 2)
    assert len(list(table.all("NODE#a", prefix="READING#"))) == 2


def test_of_two_readings_of_one_moment_the_same_wins_in_either_order(
    network: NetworkTable, readings: ReadingsTable
) -> None:
    for sensor, order in (("one", "ab"), ("two", "ba")):
        for message in order:
            readings.record(reading(message=f"{sensor}-{message}", sensor=sensor), NOW)
    assert [latest.message_id for latest in network.node("a").latest.values()] == ["one-b", "two-b"]


def test_sensor_types_do_not_disturb_each_other(network: NetworkTable, readings: ReadingsTable) -> None:
    readings.record(reading(sensor="stock"), NOW)
    readings.record(reading(sensor="climate", age=3600, temperature=4), NOW)
    assert set(network.node("a").latest) == {"stock", "climate"}


def test_a_reading_of_an_unknown_node_leaves_no_trace(table: Table) -> None:
    with pytest.raises(UnknownNodeError, match="no node 'a'"):
        ReadingsTable(table).record(reading(message="m1"), NOW)
    assert table.get({"PK": "MESSAGE#m1", "SK": "MESSAGE"}) is None
    assert list(table.all("NODE#a", prefix="READING#")) == []


def test_a_rejected_message_can_be_taken_once_the_node_is_there(table: Table) -> None:
    new = reading()
    with pytest.raises(UnknownNodeError):
        ReadingsTable(table).record(new, NOW)
    NetworkTable(table).put_node("a", NODE, Precondition(), NOW)
    assert ReadingsTable(table).record(new, NOW) == "stored"


def test_a_node_keeps_a_bounded_number_of_sensor_types(
    network: NetworkTable, readings: ReadingsTable
) -> None:
    for number in range(MOST_SENSOR_TYPES):
        readings.record(reading(sensor=f"s{number}"), NOW)
    with pytest.raises(TooManySensorTypesError):
        readings.record(reading(sensor="further"), NOW)
    assert readings.record(reading(sensor="s0"), NOW + timedelta(seconds=1)) == "stored"
    assert network.node("a").reading_count == MOST_SENSOR_TYPES + 1


def test_a_node_without_the_fields_of_the_sensors_takes_readings(
    network: NetworkTable, readings: ReadingsTable, table: Table
) -> None:
    table.update(
        {"PK": "NETWORK#main", "SK": "NODE#a"},
        UpdateExpression="REMOVE latest, readingCount",
        ConditionExpression="attribute_exists(PK)",
    )
    readings.record(reading(), NOW)
    assert (network.node("a").reading_count, set(network.node("a").latest)) == (1, {"stock"})


def test_a_replacement_of_the_node_keeps_what_its_sensors_said(
    network: NetworkTable, readings: ReadingsTable
) -> None:
    readings.record(reading(), NOW)
    replaced = network.put_node("a", NODE, Precondition(version=1), NOW)
    assert (replaced.reading_count, set(replaced.latest)) == (1, {"stock"})


WORKER = """
import sys, json, boto3
from datetime import datetime
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain.sensors import Reading

client = boto3.client("dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="000000000001", aws_secret_access_key="local")
readings = ReadingsTable(Table(client, sys.argv[2]))
for line in sys.stdin:
    reading = Reading.model_validate_json(line)
    readings.record(reading, reading.timestamp)
    print(reading.message_id, flush=True)
"""


def test_a_worker_killed_at_ten_random_points_loses_nothing_and_counts_nothing_twice(
    network: NetworkTable, table: Table
) -> None:
    chance = random.Random()  # noqa: S311 - moments to kill at, no secret
    waiting = {message.message_id: message for message in (reading(age=number) for number in range(120))}
    newest = next(iter(waiting.values()))
    arguments = [sys.executable, "-c", WORKER, table.client.meta.endpoint_url, table.name]
    for _ in range(10):
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            messages = list(waiting.values())
            worker.stdin.write("".join(message.model_dump_json(by_alias=True) + "\n" for message in messages))
            worker.stdin.flush()
            for _ in range(chance.randint(1, 8)):
                waiting.pop(worker.stdout.readline().strip())
            worker.kill()
    assert waiting, "the last worker was killed in the middle of the load"
    for message in waiting.values():
        ReadingsTable(table).record(message, NOW)
    node = network.node("a")
    assert (node.reading_count, node.latest["stock"]) == (120, newest.latest)
    assert len(list(table.all("NODE#a", prefix="READING#"))) == 120


def test_eight_threads_that_repeat_and_mix_messages_count_each_once(
    network: NetworkTable, readings: ReadingsTable, table: Table
) -> None:
    messages = [reading(age=number) for number in range(24)]
    deliveries = messages * 3
    random.Random(4).shuffle(deliveries)  # noqa: S311 - an order, no secret
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda message: readings.record(message, NOW), deliveries))
    node = network.node("a")
    assert (outcomes.count("stored"), node.reading_count) == (24, 24)
    assert node.latest["stock"] == messages[0].latest
    assert len(list(table.all("NODE#a", prefix="READING#"))) == 24
