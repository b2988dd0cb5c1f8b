"""Calls of the functions as API Gateway and SQS make them."""

import base64
import json
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from omnitrack import api
from omnitrack.contract import Route

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CONTEXT = SimpleNamespace(aws_request_id="11111111-2222-3333-4444-555555555555")
ORIGIN = "https://app.omnitrack.ai"

NODE: dict[str, Any] = {
    "name": "Test warehouse",
    "type": "warehouse",
    "location": {"latitude": 52.3, "longitude": 4.9},
    "capacity": 1000,
    "inventory": 500,
}
LANE: dict[str, Any] = {
    "mode": "truck",
    "leadTimeDays": 2.5,
    "distanceKm": 640,
    "capacityPerDay": 300,
    "costPerUnit": 1.25,
}


THRESHOLDS: dict[str, Any] = {"networkKg": 1000, "laneKg": 10}
# What serves the API's routes, by the functions' names.
HANDLERS: dict[str, Any] = {
    name: import_module(f"omnitrack.handlers.{name}").handler
    for name in sorted({route.function for route in api.ROUTES})
}
PATH = {"id": "a", "from": "a", "to": "b"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


def call(
    handler: Any,
    method: str,
    resource: str,
    *,
    groups: Any = "[operations_manager]",
    claims: dict[str, Any] | None = None,
    body: Any = None,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    base64_encoded: bool = False,
    path: dict[str, str] | None = None,
) -> Reply:
    """One request through API Gateway's proxy format 1.0; `groups` None leaves the claims out."""
    if claims is None and groups is not None:
        claims = {"sub": "user-1", "token_use": "id", "cognito:groups": groups}
    event = {
        "resource": resource,
        "path": resource.format_map(defaultdict(str, path or {})),
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "multiValueHeaders": None,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": None,
        "pathParameters": path,
        "stageVariables": None,
        "requestContext": {"requestId": "request-1", "authorizer": {"claims": claims} if claims else None},
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": base64_encoded,
    }
    answer = handler(event, CONTEXT)
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    return Reply(status=answer["statusCode"], headers=answer["headers"], text=answer["body"])


def ask(route: Route, **options: Any) -> Reply:
    """A request to a route as the contract shows it, whatever function serves it."""
    sent = {"path": PATH, "body": route.body_example, **options}
    return call(HANDLERS[route.function], route.method, route.path, **sent)


def message(node: str = "a", **changes: Any) -> dict[str, Any]:
    """A sensor's message; a change to None leaves the field out."""
    fields = {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": NOW.isoformat(),
        "sensorType": "stock",
        "metrics": {"inventory": 12.5},
        "source": "test",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def record(payload: bytes | dict[str, Any], topic: str = "a") -> dict[str, Any]:
    """The SQS record that the topic rule makes of a message."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    body = {
        "payload": base64.b64encode(content).decode(),
        "topicNodeId": topic,
        "receivedAt": 1_795_507_200_000,
    }
    return {"messageId": f"sqs-{uuid.uuid4()}", "body": json.dumps(body), "eventSource": "aws:sqs"}
