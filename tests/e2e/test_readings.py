"""Readings from the device to the table: each kind as the platform's rules say, exactly once under kills."""

import json
import os
import random
import signal
import ssl
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e import faults
from tests.e2e.home import Platform

NETWORK = "NETWORK#main"
INTERRUPTED = "Runtime exited without providing a reason"
READINGS, KILLS = 400, 10
NODE = {
    "name": "Reading test",
    "type": "warehouse",
    "location": {"latitude": 1.3, "longitude": 103.8},
    "capacity": 1000,
}
Eventually = Callable[..., Any]


def _node(platform: Platform) -> str:
    """A node of its own for each test, so that counts are exact."""
    node = f"e2e-{uuid.uuid4().hex[:12]}"
    created = platform.request("PUT", f"/twin/nodes/{node}", role="operations_manager", json=NODE)
    assert created.status_code == 201, created.text
    return node


def _reading(node: str, *, age: float = 0.0, **changes: Any) -> dict[str, Any]:
    taken = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": taken.isoformat().replace("+00:00", "Z"),
        "sensorType": "environment",
        "metrics": {"temperature": 4.5},
        "source": "e2e",
        **changes,
    }


def _publish(platform: Platform, node: str, payload: dict[str, Any] | bytes) -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    platform.client("iot-data").publish(topic=f"omnitrack/sensors/{node}/data", qos=1, payload=data)


def _item(platform: Platform, node: str) -> dict[str, Any]:
    item: dict[str, Any] = platform.client("dynamodb").get_item(
        TableName=platform.outputs["MainTableName"],
        Key={"PK": {"S": NETWORK}, "SK": {"S": f"NODE#{node}"}},
        ConsistentRead=True,
    )["Item"]
    return item


def _count(platform: Platform, node: str) -> int:
    return int(_item(platform, node).get("readingCount", {"N": "0"})["N"])


def _stored(platform: Platform, node: str) -> int:
    pages = (
        platform.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=platform.outputs["MainTableName"],
            KeyConditionExpression="PK = :node AND begins_with(SK, :reading)",
            ExpressionAttributeValues={":node": {"S": f"NODE#{node}"}, ":reading": {"S": "READING#"}},
            Select="COUNT",
        )
    )
    return sum(page["Count"] for page in pages)


def _dead_letters(platform: Platform) -> list[dict[str, Any]]:
    text = platform.home.omnitrack("dead-letters", "list", "--json", "--limit", "1000").stdout
    letters: list[dict[str, Any]] = json.loads(text)
    return letters


def test_a_repeated_message_changes_nothing(platform: Platform, eventually: Eventually) -> None:
    node = _node(platform)
    first = _reading(node)
    for payload in (first, first, {**first, "metrics": {"temperature": 99.0}}, _reading(node, age=5)):
        _publish(platform, node, payload)
    eventually(lambda: _count(platform, node) == 2)
    _publish(platform, node, first)
    _publish(platform, node, _reading(node, age=6))
    eventually(lambda: _count(platform, node) == 3)
    assert _stored(platform, node) == 3


def test_an_older_reading_never_overwrites_the_newer(platform: Platform, eventually: Eventually) -> None:
    node = _node(platform)
    newer = _reading(node, metrics={"temperature": 7.5})
    _publish(platform, node, newer)
    eventually(lambda: _count(platform, node) == 1)
    _publish(platform, node, _reading(node, age=60, metrics={"temperature": 3.5}))
    eventually(lambda: _count(platform, node) == 2)
    latest = platform.request("GET", f"/twin/nodes/{node}", role="viewer").json()["latest"]["environment"]
    assert latest["messageId"] == newer["messageId"]
    assert latest["metrics"] == {"temperature": 7.5}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("unknown node", "unknown_node"),
        ("malformed", "malformed"),
        ("not JSON", "malformed"),
        ("future", "future"),
        ("payload node differs from topic node", "foreign_node"),
    ],
)
def test_a_bad_reading_becomes_a_dead_letter_with_its_reason_and_the_rest_goes_through(
    platform: Platform, eventually: Eventually, fault: str, reason: str
) -> None:
    node = topic = _node(platform)
    marker = f"fault-{uuid.uuid4().hex}"
    bad: dict[str, Any] | bytes
    match fault:
        case "unknown node":
            topic = f"unknown-{uuid.uuid4().hex[:8]}"
            bad = _reading(topic, source=marker)
        case "malformed":
            bad = {"messageId": marker, "nodeId": node}
        case "not JSON":
            bad = f"{marker} is not JSON {{".encode()
        case "future":
            bad = _reading(node, age=-3600, source=marker)
        case _:
            bad = _reading("another-node", source=marker)
    _publish(platform, node, _reading(node, age=2))
    _publish(platform, topic, bad)
    _publish(platform, node, _reading(node, age=1))
    eventually(lambda: _count(platform, node) == 2)
    letters = eventually(lambda: [one for one in _dead_letters(platform) if marker in one["payload"]])
    assert [one["reason"].partition(":")[0] for one in letters] == [reason]
    assert _stored(platform, node) == 2


def test_a_dead_letter_whose_cause_is_mended_enters_by_a_replay(
    platform: Platform, eventually: Eventually
) -> None:
    node, marker = f"late-{uuid.uuid4().hex[:8]}", f"replayed-{uuid.uuid4().hex}"
    _publish(platform, node, _reading(node, source=marker))
    eventually(lambda: [one for one in _dead_letters(platform) if marker in one["payload"]])
    created = platform.request("PUT", f"/twin/nodes/{node}", role="operations_manager", json=NODE)
    assert created.status_code == 201, created.text
    platform.home.omnitrack("dead-letters", "replay", "--reason", "unknown_node")
    eventually(lambda: _count(platform, node) == 1)
    assert not [one for one in _dead_letters(platform) if marker in one["payload"]]


def test_simulated_sensors_reach_the_twin_over_mqtt(platform: Platform, eventually: Eventually) -> None:
    def latest() -> dict[str, Any]:
        nodes = platform.request("GET", "/twin", role="viewer").json()["nodes"]
        return {node["id"]: node["latest"] for node in nodes if node.get("latest")}

    def things() -> set[str]:
        return {thing["thingName"] for thing in platform.client("iot").list_things()["things"]}

    before, devices = latest(), things()
    said = platform.home.omnitrack(
        "sensors", "simulate", "--nodes", "5", "--rate", "20", "--duration", "1s", "--seed", "7"
    ).stdout
    assert "20 readings sent" in said
    assert "20 acknowledged" in said
    eventually(lambda: sum(1 for node, seen in latest().items() if seen != before.get(node)) == 5)
    assert things() == devices, "devices of a simulation go with it"


def test_a_device_may_publish_to_its_own_topic_only(platform: Platform, eventually: Eventually) -> None:
    own, foreign = _node(platform), _node(platform)
    platform.home.omnitrack("sensors", "register", own)
    with _connected(platform, own) as device:
        device.publish(f"omnitrack/sensors/{foreign}/data", json.dumps(_reading(foreign)), qos=1)
    with _connected(platform, own) as device:
        sent = device.publish(f"omnitrack/sensors/{own}/data", json.dumps(_reading(own)), qos=1)
        sent.wait_for_publish(10)
        assert sent.is_published()
    eventually(lambda: _count(platform, own) == 1)
    assert _count(platform, foreign) == 0


def test_kills_of_the_worker_lose_nothing_and_count_nothing_twice(
    platform: Platform, eventually: Eventually
) -> None:
    node = _node(platform)
    before = _interruptions(platform)
    with faults.quick_redelivery(platform, "readings", seconds=faults.REDELIVERY_SECONDS):
        sender = threading.Thread(target=_send_load, args=(platform, node))
        sender.start()
        for _ in range(KILLS):
            _kill_a_worker(platform)
        sender.join()
        eventually(lambda: faults.is_idle(platform, "readings"), 120.0)
    assert _interruptions(platform) - before >= KILLS // 2, "kills met workers in the middle of a batch"
    lost = [letter for letter in _dead_letters(platform) if node in letter["payload"]]
    assert (_count(platform, node), _stored(platform, node), lost) == (READINGS, READINGS, [])


def _send_load(platform: Platform, node: str) -> None:
    for number in range(READINGS):
        _publish(platform, node, _reading(node, age=float(READINGS - number)))


def _kill_a_worker(platform: Platform) -> None:
    """SIGKILL a process of the ingest function that is at work, at a random moment of the load."""
    chance = random.SystemRandom()
    moment = time.monotonic() + chance.uniform(0.0, 0.4)
    while True:
        assert time.monotonic() < moment + 60, "no worker of the function came to work"
        busy = faults.busy_workers(platform, "sensor-ingest")
        if busy and time.monotonic() >= moment:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(busy), signal.SIGKILL)
                return


def _interruptions(platform: Platform) -> int:
    return (platform.home.folder / "logs" / "cloud.log").read_text().count(INTERRUPTED)


@contextmanager
def _connected(platform: Platform, node: str) -> Iterator[Client]:
    """An MQTT connection with the certificate of a registered device."""
    authority = f"{platform.cloud.endpoint}/_ministack/iot/ca.pem"
    with urllib.request.urlopen(authority, timeout=10) as answer:  # noqa: S310 - loopback
        context = ssl.create_default_context(cadata=answer.read().decode())
    keys = platform.home.folder / "devices" / platform.stack / node
    context.load_cert_chain(keys / "certificate.pem", keys / "private.key")
    client = Client(CallbackAPIVersion.VERSION2, client_id=node, protocol=MQTTv311)
    client.tls_set_context(context)
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("127.0.0.1", platform.cloud.mqtt_port)
    client.loop_start()
    try:
        assert connected.wait(10), "the broker answers"
        yield client
    finally:
        client.disconnect()
        client.loop_stop()
