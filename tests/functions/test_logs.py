"""What the functions' logs say, and what they must not: no person, no token, no value that somebody sent."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from omnitrack import api, wiring
from omnitrack.adapters.table import to_attributes
from omnitrack.contract import Route
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.notifications import Notifier, Place
from omnitrack.handlers import (
    alert_evaluator,
    alert_notifier,
    realtime,
    realtime_push,
    sensor_ingest,
    socket_authorizer,
    twin,
)

from tests.functions import calls
from tests.functions.alert_fakes import Alarm, InMemoryLedger, InMemoryTopic, acknowledged, alert
from tests.functions.calls import CONTEXT, NODE, NOW
from tests.functions.conftest import World
from tests.functions.realtime_world import Realtime, socket_event

EMAIL, NAME, TOKEN, ADDRESS, PROOF = (
    "ada.lovelace@example.com",
    "Ada Lovelace",
    "eyJraWQiOiJhIn0.eyJzdWIiOiJ1In0.c2lnbmF0dXJl",
    "203.0.113.77",
    "edge-secret-value",
)
VALUE, KEY = "Value of a client", "key-of-a-client"
PRIVATE = (EMAIL, NAME, TOKEN, ADDRESS, PROOF, VALUE, KEY)
CLAIMS = {
    "sub": "user-1",
    "token_use": "id",
    "cognito:groups": "[admin]",
    "email": EMAIL,
    "name": NAME,
    "cognito:username": EMAIL,
}
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Sec-WebSocket-Protocol": f"omnitrack.v1, {TOKEN}",
    "x-omnitrack-edge": PROOF,
    "X-Forwarded-For": ADDRESS,
    "User-Agent": VALUE,
    "Cookie": TOKEN,
    "x-amz-cf-id": "edge-request-1==",
}


class Watch:
    """Reads what was logged, and finds nothing private in it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[dict[str, Any]]:
        output = self._capsys.readouterr()
        for secret in PRIVATE:
            assert secret not in output.out + output.err
        return [json.loads(line) for line in output.out.splitlines()]


@pytest.fixture
def watch(capsys: pytest.CaptureFixture[str]) -> Watch:
    return Watch(capsys)


def ask(route: Route, **options: Any) -> calls.Reply:
    private = {"headers": {**HEADERS, "Idempotency-Key": KEY}, "query": {"q": VALUE}, "claims": CLAIMS}
    return calls.ask(route, **private | options)


@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
def test_no_request_leaves_anything_private(world: World, watch: Watch, route: Route) -> None:
    world.alerts.alerts["a"] = alert(id="a")
    ask(route, body={**NODE, "name": VALUE} if route.operation == "put_node" else route.body_example)
    ask(route, body=json.dumps({"name": VALUE, VALUE: [VALUE]}))
    ask(route, body=VALUE)
    ask(route, query={"cursor": VALUE, "user": EMAIL, "from": VALUE, "limit": VALUE, "status": VALUE})
    ask(route, claims={**CLAIMS, "cognito:groups": VALUE})
    answered = [line for line in watch.lines() if line.get("message") == "request answered"]
    assert len(answered) == 5
    for line in answered:
        assert line["correlation_id"] == "edge-request-1=="
        assert line["gateway_request_id"] == "request-1"
        assert line["function_request_id"] == CONTEXT.aws_request_id
        assert (line["route"], line["method"], line["user"]) == (route.path, route.method, "user-1")


@pytest.mark.parametrize("fault", [RuntimeError("broken"), UnavailableError("the table does not answer")])
@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
def test_no_fault_leaves_anything_private(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch, route: Route, fault: Exception
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise fault

    for port in (world.network, world.alerts, world.emissions, world.audit):
        for name in dir(port):
            if not name.startswith("_") and callable(getattr(port, name)):
                monkeypatch.setattr(port, name, fail)
    reply = ask(route)
    assert (reply.status >= 500) == (route.permission is not None)
    assert watch.lines()


@pytest.mark.parametrize(
    ("sent", "known_as"),
    [
        ("edge-1_+/=", "edge-1_+/="),
        (None, "request-1"),
        ("", "request-1"),
        (EMAIL, "request-1"),
        ("x" * 129, "request-1"),
        ("a\nb", "request-1"),
    ],
)
def test_a_request_is_known_by_the_edges_id_or_else_by_the_gateways(
    world: World, watch: Watch, sent: str | None, known_as: str
) -> None:
    assert world.checks
    headers = {} if sent is None else {"X-Amz-Cf-Id": sent}
    calls.call(twin.handler, "GET", "/v1/twin", headers=headers)
    (line,) = watch.lines()
    assert line["correlation_id"] == known_as


@pytest.mark.parametrize(("sent", "known_as"), [("Edge-1==", "Edge-1=="), (EMAIL, "request-1")])
def test_a_socket_is_known_by_the_edges_id_only_if_it_looks_like_one(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch, sent: str, known_as: str
) -> None:
    assert world.checks
    Realtime.new().wire(monkeypatch)
    unproven = SimpleNamespace(is_proven_by=lambda _text: False)
    monkeypatch.setattr(wiring, "edge_secret", lambda: unproven)
    event = {**socket_event("CONNECT", headers={"X-Amz-Cf-Id": sent}), "methodArn": "arn:aws:execute-api:x"}
    socket_authorizer.handler(event, CONTEXT)
    realtime.handler(event, CONTEXT)
    assert {line["correlation_id"] for line in watch.lines()} == {known_as}


def test_a_socket_leaves_nothing_private(world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.checks
    Realtime.new().wire(monkeypatch)
    bodies = [
        {"action": "subscribe", "channels": ["twin"]},
        {"action": VALUE},
        {"action": "subscribe", "channels": [VALUE]},
        VALUE,
    ]
    for kind, body in [("CONNECT", None), *(("MESSAGE", body) for body in bodies), ("DISCONNECT", None)]:
        realtime.handler(socket_event(kind, body=body, headers=HEADERS), CONTEXT)
    assert len(watch.lines()) >= 6


def test_a_handshake_leaves_nothing_private(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Edge:
        proven = False

        def is_proven_by(self, _text: str) -> bool:
            return self.proven

    edge = Edge()
    assert world.checks
    monkeypatch.setattr(wiring, "edge_secret", lambda: edge)
    monkeypatch.setenv("USER_POOL_ID", "us-east-1_Pool")
    monkeypatch.setenv("USER_POOL_CLIENT_ID", "client")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    wiring.id_tokens.cache_clear()
    event = {**socket_event("CONNECT", headers=HEADERS), "methodArn": "arn:aws:execute-api:x"}
    for edge.proven in (False, True):
        try:
            socket_authorizer.handler(event, CONTEXT)
        except UnavailableError:
            continue
    wiring.id_tokens.cache_clear()
    assert watch.lines()


def queued(body: str) -> dict[str, Any]:
    return {"Records": [{"messageId": str(uuid.uuid4()), "body": body}]}


@pytest.mark.parametrize(
    "body", [VALUE, json.dumps({"nodeId": VALUE, "alertId": VALUE}), f'{{"{VALUE}": 1}}']
)
@pytest.mark.parametrize("function", [sensor_ingest, alert_evaluator, alert_notifier])
def test_a_message_that_is_refused_leaves_nothing_private(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch, function: Any, body: str
) -> None:
    monkeypatch.setattr(wiring, "evaluator", lambda: Alarm().evaluator)
    function.handler(queued(body), CONTEXT)
    assert len(world.dead_letters.letters) == 1
    assert watch.lines()


def test_a_reading_leaves_nothing_private(world: World, watch: Watch) -> None:
    assert world.network.nodes == {}
    records = [calls.record(calls.message(source=VALUE)), calls.record({"messageId": VALUE})]
    sensor_ingest.handler({"Records": records}, CONTEXT)
    assert watch.lines()


def test_a_notification_leaves_nothing_private(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.alerts.alerts["alert-1"] = alert(finding=VALUE)
    topic = InMemoryTopic()
    notifier = Notifier(
        alerts=world.alerts,
        ledger=InMemoryLedger(),
        topic=topic,
        place=Place(environment="staging", api_address="https://api.example"),
        name_of=lambda _node: VALUE,
    )
    monkeypatch.setattr(wiring, "notifier", lambda: notifier)
    body = json.dumps({"alertId": "alert-1", "cause": "opened", "severity": "high"})
    for refuses in (True, False):
        topic.refuses = refuses
        alert_notifier.handler(queued(body), CONTEXT)
    assert len(topic.published) == 1
    assert watch.lines()


def test_the_tables_stream_leaves_nothing_private(
    world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = acknowledged().acknowledged_by
    assert who is not None
    person = who.model_copy(update={"name": EMAIL})
    taken = acknowledged().model_copy(update={"acknowledged_by": person, "finding": VALUE})
    node = {**NODE, "name": VALUE, "version": 1, "updatedAt": NOW.isoformat()}
    items = [
        {"PK": "NETWORK#main", "SK": "NODE#a", **node},
        {"PK": "NETWORK#main", "SK": "NODE#b", "name": VALUE, "version": VALUE},
        {"PK": "ALERT#alert-1", "SK": "ALERT", **taken.model_dump(by_alias=True, exclude_none=True)},
    ]
    records = [
        {
            "eventID": f"event-{number}",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "SequenceNumber": str(number),
                "Keys": to_attributes({name: item[name] for name in ("PK", "SK")}),
                "NewImage": to_attributes(item),
            },
        }
        for number, item in enumerate(items)
    ]
    alarm = Alarm()
    monkeypatch.setattr(wiring, "evaluator", lambda: alarm.evaluator)
    monkeypatch.setattr(wiring, "outbox", lambda: alarm.outbox)
    assert world.checks
    alert_evaluator.handler({"Records": records}, CONTEXT)
    Realtime.new().wire(monkeypatch)
    realtime_push.handler({"Records": records}, CONTEXT)
    assert watch.lines()
