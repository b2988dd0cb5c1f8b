"""Readings from the device to the table: what platform rules say about each kind, and exactly once under kills."""

import json
import os
import signal
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

NETWORK = "NETWORK#main"
Eventually = Callable[..., None]


def _node(platform: Any) -> str:
    """A node of its own for each test, so that counts are exact."""
    node = f"e2e-{uuid.uuid4().hex[:12]}"
    body = {
        "name": "Reading test",
        "type": "warehouse",
        "location": {"latitude": 1.3, "longitude": 103.8},
        "capacity": 1000,
    }
    created = platform.request("PUT", f"/twin/nodes/{node}", role="operations_manager", json=body)
    assert created.status_code in {200, 201}, created.text
    return node


def _reading(node: str, *, age: float = 0.0, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    time = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": time.isoformat().replace("+00:00", "Z"),
        "sensorType": "environment",
        "metrics": {"temperature": 4.5},
        "source": "e2e",
        **changes,
    }


def _publish(platform: Any, node: str, payload: dict[str, Any] | bytes) -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    platform.client("iot-data").publish(topic=f"omnitrack/sensors/{node}/data", qos=1, payload=data)


def _item(platform: Any, node: str) -> dict[str, Any]:
    item: dict[str, Any] = platform.client("dynamodb").get_item(
        TableName=platform.outputs["MainTableName"],
        Key={"PK": {"S": NETWORK}, "SK": {"S": f"NODE#{node}"}},
        ConsistentRead=True,
    )["Item"]
    return item


def _count(platform: Any, node: str) -> int:
    return int(_item(platform, node).get("readingCount", {"N": "0"})["N"])


def _stored(platform: Any, node: str) -> int:
    answer = platform.client("dynamodb").query(
        TableName=platform.outputs["MainTableName"],
        KeyConditionExpression="PK = :node AND begins_with(SK, :reading)",
        ExpressionAttributeValues={":node": {"S": f"NODE#{node}"}, ":reading": {"S": "READING#"}},
        Select="COUNT",
    )
    return int(answer["Count"])


def _dead_letters(platform: Any) -> list[dict[str, Any]]:
    """The dead letters without taking them: they stay visible."""
    sqs = platform.client("sqs")
    found: dict[str, dict[str, Any]] = {}
    for _ in range(20):
        answer = sqs.receive_message(
            QueueUrl=platform.outputs["DeadLetterQueueUrl"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=0,
        )
        found.update({m["MessageId"]: m for m in answer.get("Messages", [])})
    return list(found.values())


def test_a_repeated_message_changes_nothing(platform: Any, eventually: Eventually) -> None:
    node = _node(platform)
    first = _reading(node)
    for payload in (first, first, {**first, "metrics": {"temperature": 99.0}}, _reading(node, age=5)):
        _publish(platform, node, payload)
    eventually(lambda: _count(platform, node) == 2)
    assert _stored(platform, node) == 2
    assert "99" not in json.dumps(_item(platform, node))


def test_an_older_reading_never_overwrites_the_newer(platform: Any, eventually: Eventually) -> None:
    node = _node(platform)
    newer = _reading(node, metrics={"temperature": 7.5})
    _publish(platform, node, newer)
    eventually(lambda: _count(platform, node) == 1)
    _publish(platform, node, _reading(node, age=60, metrics={"temperature": 3.5}))
    eventually(lambda: _count(platform, node) == 2)
    latest = json.dumps(_item(platform, node)["latest"])
    assert newer["messageId"] in latest
    assert "3.5" not in latest


@pytest.mark.parametrize(
    "fault", ["unknown node", "malformed", "not JSON", "future", "payload node differs from topic node"]
)
def test_a_bad_reading_becomes_a_dead_letter_with_its_reason_and_the_rest_goes_through(
    platform: Any, eventually: Eventually, fault: str
) -> None:
    node = _node(platform)
    marker = f"fault-{uuid.uuid4().hex}"
    bad: dict[str, Any] | bytes = _reading(node, source=marker)
    topic = node
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

    def letter() -> dict[str, Any] | None:
        import base64

        for message in _dead_letters(platform):
            payload = base64.b64decode(json.loads(message["Body"])["payload"]).decode()
            if marker in payload:
                return message
        return None

    eventually(lambda: letter() is not None)
    found = letter()
    assert found is not None
    assert found["MessageAttributes"]["reason"]["StringValue"]
    assert _stored(platform, node) == 2


def test_kills_of_the_worker_lose_nothing_and_count_nothing_twice(platform: Any, eventually: Eventually) -> None:
    node = _node(platform)
    total, kills = 200, 10
    for number in range(total):
        _publish(platform, node, _reading(node, age=float(total - number)))
        if number % (total // kills) == total // kills // 2:
            _kill_a_worker(platform.cloud)
    eventually(lambda: _count(platform, node) == total, 240.0)
    assert _stored(platform, node) == total


def _kill_a_worker(cloud: Any) -> None:
    """SIGKILL the ingest function's processes, if one is at work just now."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"AWS_LAMBDA_FUNCTION_NAME=omnitrack-development-sensor-ingest" in environment and (
            str(cloud.port).encode() in environment
        ):
            os.kill(int(entry.name), signal.SIGKILL)
