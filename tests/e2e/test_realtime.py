"""Sockets of signed-in people: what they are told, what they are not, and what becomes of those that go."""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.e2e.home import Platform
from tests.e2e.sockets import PATIENCE, PROTOCOL, address, connected, refusal

log = logging.getLogger(__name__)

NODE = {
    "name": "Realtime test",
    "type": "warehouse",
    "location": {"latitude": 1.3, "longitude": 103.8},
    "capacity": 1000,
    "inventory": 600,
}
AUDIENCE = 200
AT_ONCE = 8  # as many handshakes as the authorizer of a laptop has workers for
Eventually = Callable[..., Any]


def _put(platform: Platform, node: str, **changes: Any) -> None:
    path = f"/twin/nodes/{node}"
    answer = platform.request(
        "PUT", path, role="operations_manager", json={**NODE, **changes}, headers={"If-Match": "*"}
    )
    if answer.status_code != 200:
        answer = platform.request("PUT", path, role="operations_manager", json={**NODE, **changes})
    assert answer.status_code in {200, 201}, answer.text


@pytest.fixture
def node() -> str:
    """The name of a node that no other test has."""
    return f"e2e-{uuid.uuid4().hex[:12]}"


def _listeners(platform: Platform, channel: str = "alerts") -> dict[str, dict[str, Any]]:
    """The rows of a channel's subscribers, by connection."""
    pages = (
        platform.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=platform.outputs["ConnectionsTableName"],
            KeyConditionExpression="PK = :channel",
            ExpressionAttributeValues={":channel": {"S": f"CHANNEL#{channel}"}},
            ConsistentRead=True,
        )
    )
    return {item["SK"]["S"]: item for page in pages for item in page["Items"]}


def _rows(platform: Platform, connection: str) -> list[dict[str, Any]]:
    """What is kept of a connection, its place among the listeners to alerts as well."""
    found = platform.client("dynamodb").query(
        TableName=platform.outputs["ConnectionsTableName"],
        KeyConditionExpression="PK = :connection",
        ExpressionAttributeValues={":connection": {"S": f"CONNECTION#{connection}"}},
        ConsistentRead=True,
    )["Items"]
    listener = _listeners(platform).get(connection)
    return [*found, *([listener] if listener else [])]


def test_a_change_by_a_person_and_a_reading_are_told_on_the_twin(platform: Platform, node: str) -> None:
    with connected(platform, "twin") as viewer:
        _put(platform, node)
        shown = viewer.of_node(node)
        assert shown == platform.request("GET", f"/twin/nodes/{node}", role="viewer").json()
        reading = {
            "messageId": str(uuid.uuid4()),
            "nodeId": node,
            "timestamp": "2026-01-01T00:00:00Z",
            "sensorType": "environment",
            "metrics": {"temperature": 4.5},
            "source": "e2e",
        }
        topic = f"omnitrack/sensors/{node}/data"
        platform.client("iot-data").publish(topic=topic, qos=1, payload=json.dumps(reading).encode())
        told = viewer.of_node(node)
        assert told["latest"]["environment"]["metrics"] == {"temperature": 4.5}
        removed = platform.request(
            "DELETE", f"/twin/nodes/{node}", role="operations_manager", headers={"If-Match": "*"}
        )
        assert removed.status_code == 204, removed.text
        viewer.wait("twin.changed", removedNodes=[node])


def test_who_listens_to_one_channel_or_no_longer_is_told_nothing_of_another(
    platform: Platform, node: str
) -> None:
    with (
        connected(platform, "twin", "alerts") as all_ears,
        connected(platform, "alerts") as alerts_only,
        connected(platform, "twin") as gone_quiet,
    ):
        answer = gone_quiet.ask("unsubscribe", "twin")
        assert (answer["type"], answer["data"]) == ("unsubscribed", {"channels": ["twin"]})
        _put(platform, node, status="disrupted")
        all_ears.of_node(node)
        alerts_only.wait("alert.opened", nodeId=node)
        assert gone_quiet.ask("ping")["type"] == "pong"
        assert alerts_only.ask("ping")["type"] == "pong"
        assert {frame["type"] for frame in gone_quiet.frames} == {"subscribed", "unsubscribed", "pong"}
        assert "twin.changed" not in {frame["type"] for frame in alerts_only.frames}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"action": "dance"}', "invalid_input"),
        ('{"action": "subscribe", "channels": ["scenarios"]}', "unknown_channel"),
        ('{"action": "subscribe", "channels": ["twin", "secrets"]}', "unknown_channel"),
        ('{"action": "subscribe"}', "invalid_input"),
        ('{"action": "subscribe", "channels": ["twin"], "since": "yesterday"}', "invalid_input"),
        ('{"action": "ping", "more": 1}', "invalid_input"),
        ("{", "invalid_input"),
        ("[]", "invalid_input"),
        ("[" * 20_000, "invalid_input"),
        ('{"action": {}}', "invalid_input"),
    ],
    ids=range(10),
)
def test_a_frame_that_is_not_understood_is_answered_and_the_socket_stays(
    platform: Platform, text: str, code: str
) -> None:
    with connected(platform) as viewer:
        viewer.connection.send(text)
        answer = viewer.wait("error")
        assert answer["data"]["code"] == code
        assert set(answer["data"]) == {"code", "message", "requestId"}
        assert viewer.ask("ping")["type"] == "pong"


def test_pushes_end_with_the_token_and_the_socket_is_closed(
    platform: Platform, node: str, eventually: Eventually
) -> None:
    with connected(platform, "alerts") as before, connected(platform) as viewer:
        known = set(_listeners(platform))
        assert viewer.ask("subscribe", "alerts")["type"] == "subscribed"
        (connection,) = set(_listeners(platform)) - known
        # A token lives for minutes: the row is made to say that they are over.
        platform.client("dynamodb").update_item(
            TableName=platform.outputs["ConnectionsTableName"],
            Key={"PK": {"S": "CHANNEL#alerts"}, "SK": {"S": connection}},
            UpdateExpression="SET tokenExpiresAt = :past",
            ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
        )
        _put(platform, node, status="disrupted")
        before.wait("alert.opened", nodeId=node)
        with pytest.raises(ConnectionClosed):
            viewer.wait("alert.opened")
        eventually(lambda: not _rows(platform, connection))


def test_of_a_socket_that_breaks_off_nothing_is_kept(platform: Platform, eventually: Eventually) -> None:
    with connected(platform) as viewer:
        known = set(_listeners(platform))
        assert viewer.ask("subscribe", "alerts")["type"] == "subscribed"
        (connection,) = set(_listeners(platform)) - known
        assert len(_rows(platform, connection)) == 3
        viewer.connection.socket.close()
    eventually(lambda: not _rows(platform, connection))


def test_of_a_socket_that_went_unnoticed_the_next_push_removes_all(
    platform: Platform, node: str, eventually: Eventually
) -> None:
    gone = f"{uuid.uuid4().hex[:15]}="
    later = {"N": str(int(time.time()) + 3600)}
    session = {"user": {"S": "e2e"}, "roles": {"L": [{"S": "viewer"}]}, "tokenExpiresAt": later}
    for key in (
        {"PK": {"S": f"CONNECTION#{gone}"}, "SK": {"S": "CONNECTION"}},
        {"PK": {"S": f"CONNECTION#{gone}"}, "SK": {"S": "CHANNEL#alerts"}},
        {"PK": {"S": "CHANNEL#alerts"}, "SK": {"S": gone}},
    ):
        platform.client("dynamodb").put_item(
            TableName=platform.outputs["ConnectionsTableName"], Item={**key, **session, "expiresAt": later}
        )
    assert len(_rows(platform, gone)) == 3
    _put(platform, node, status="disrupted")
    eventually(lambda: not _rows(platform, gone))


def test_who_comes_back_gets_what_they_missed_in_its_order(platform: Platform, node: str) -> None:
    with connected(platform, "alerts") as steady:
        with connected(platform, "alerts") as viewer:
            _put(platform, node, status="disrupted")
            last = viewer.wait("alert.opened", nodeId=node)["timestamp"]
        for status in ("offline", "operational", "disrupted"):
            _put(platform, node, status=status)
        steady.wait("alert.resolved", nodeId=node)
        steady.wait("alert.opened", nodeId=node)
        with connected(platform, "alerts", since=last) as back:
            missed = back.frames[-1]["data"]["missed"]
            got = [frame for frame in back.frames if frame.get("channel")]
            assert missed == len(got)
            seen = [frame for frame in steady.frames if frame.get("channel")]
            assert [f for f in got if f["timestamp"] > last] == [f for f in seen if f["timestamp"] > last]
            assert [f["type"] for f in got if f["timestamp"] > last and f["data"]["nodeId"] == node] == [
                "alert.updated",
                "alert.resolved",
                "alert.opened",
            ]


def test_who_was_away_for_too_long_is_told_to_read_anew(platform: Platform) -> None:
    with connected(platform, "twin", since="2026-01-01T00:00:00Z") as viewer:
        assert [frame["type"] for frame in viewer.frames] == ["resync", "subscribed"]
        assert viewer.frames[0]["channel"] == "twin"


def test_a_role_that_was_taken_away_closes_the_door_to_the_next_token(
    platform: Platform, tmp_path: Any
) -> None:
    user, password = "socketless@example.com", tmp_path / "password"
    password.write_text("A-password-of-24-letters!\n")
    platform.home.omnitrack("users", "add", user, "--role", "viewer", "--password-file", str(password))

    def token() -> str:
        text = platform.home.omnitrack("token", "--user", user, "--password-file", str(password)).stdout
        return text.strip()

    with connected(platform, "twin", token=token()):
        platform.client("cognito-idp").admin_remove_user_from_group(
            UserPoolId=platform.outputs["UserPoolId"], Username=user, GroupName="viewer"
        )
    assert refusal(platform, token()) == 403


def test_a_large_audience_is_told_at_once(platform: Platform, node: str) -> None:
    connecting, telling = asyncio.run(_tell(platform, node))
    log.info("%d sockets: connected in %.1f s, told in %.2f s", AUDIENCE, connecting, telling)


async def _tell(platform: Platform, node: str) -> tuple[float, float]:
    gate, token, start = asyncio.Semaphore(AT_ONCE), platform.token("viewer"), time.monotonic()

    async def join() -> ClientConnection:
        async with gate:
            socket = await connect(
                address(platform),
                subprotocols=[Subprotocol(PROTOCOL), Subprotocol(token)],
                proxy=None,
                open_timeout=PATIENCE,
                close_timeout=1,
            )
            await socket.send(json.dumps({"action": "subscribe", "channels": ["alerts"]}))
            assert json.loads(await socket.recv())["type"] == "subscribed"
            return socket

    async def hear(socket: ClientConnection) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads(await socket.recv())
                if frame["type"] == "alert.opened" and frame["data"]["nodeId"] == node:
                    return

    sockets = await asyncio.gather(*(join() for _ in range(AUDIENCE)))
    connected_at = time.monotonic()
    await asyncio.to_thread(_put, platform, node, status="disrupted")
    await asyncio.gather(*(hear(socket) for socket in sockets))
    told_at = time.monotonic()
    await asyncio.gather(*(socket.close() for socket in sockets))
    return connected_at - start, told_at - connected_at
