"""Whatever a client or a queue sends, it is no fault of ours, and the answer is one that is documented."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omnitrack import api, wiring
from omnitrack.contract import Route
from omnitrack.handlers import (
    alert_evaluator,
    alert_notifier,
    realtime,
    sensor_ingest,
    socket_authorizer,
    twin,
)

from functions import openapi
from tests.functions import calls
from tests.functions.alert_fakes import Alarm, alert
from tests.functions.calls import CONTEXT, LANE, NODE, call
from tests.functions.conftest import World
from tests.functions.realtime_world import Realtime, say, socket_event

shared_world = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
rather_few = settings(shared_world, max_examples=40)

values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
# Surrogates as well: a gateway passes on what a client sent, and that need not be text.
texts = st.text(st.characters(codec=None), max_size=80) | st.sampled_from(
    ["", "*", "a", "null", "NaN", "1e999", "../..", "%2e", "x" * 10_000, "<script>", "' OR 1=1 --", "\x00"]
)
HEADERS = [
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Origin",
    "Content-Type",
    "X-Amz-Cf-Id",
]
DOCUMENT = yaml.safe_load(openapi.text())


def changed(sample: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The sample with some of its fields, or further ones, set to anything."""
    names = st.sampled_from(list(sample)) | st.text(max_size=8)
    return st.dictionaries(names, values, max_size=3).map(lambda change: {**sample, **change}) | values


def documented(route: Route) -> set[int]:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    return {int(status) for status in operation["responses"]} - {500, 502, 503, 504}


@shared_world
@given(node=changed(NODE), lane=changed(LANE), raw=st.none() | st.text(max_size=50))
def test_any_body_is_taken_or_refused(world: World, node: Any, lane: Any, raw: str | None) -> None:
    world.network.nodes.clear()
    world.network.lanes.clear()
    for path, body in (("/v1/twin/nodes/{id}", node), ("/v1/twin/lanes/{from}/{to}", lane)):
        content = raw if raw is not None else json.dumps(body)
        reply = call(twin.handler, "PUT", path, path={"id": "a", "from": "a", "to": "b"}, body=content)
        assert reply.status in {201, 400}
        assert json.loads(reply.text)


@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
@rather_few
@given(data=st.data())
def test_any_request_gets_an_answer_that_its_route_documents(world: World, route: Route, data: Any) -> None:
    world.alerts.alerts["a"] = alert(id="a")
    names = [p.name for p in route.parameters if p.place == "query"] or ["q"]
    reply = calls.ask(
        route,
        groups=data.draw(st.just("[admin]") | st.just("[admin]") | texts | st.lists(values, max_size=3)),
        path=data.draw(st.just(calls.PATH) | st.fixed_dictionaries(dict.fromkeys(calls.PATH, texts))),
        query=data.draw(st.none() | st.dictionaries(st.sampled_from([*names, "q"]), texts)),
        headers=data.draw(st.dictionaries(st.sampled_from(HEADERS), texts, max_size=3)),
        body=data.draw(st.just(route.body_example) | st.none() | texts | values),
        base64_encoded=data.draw(st.booleans()),
    )
    assert reply.status in documented(route)
    assert len(reply.text) < 10_000
    if reply.status >= 400:
        assert set(reply.json["error"]) == {"code", "message", "requestId"}


@rather_few
@given(
    claims=st.dictionaries(st.sampled_from(["sub", "email", "token_use", "cognito:groups", "exp"]), values)
)
def test_any_claims_are_taken_or_refused(world: World, claims: dict[str, Any]) -> None:
    assert world.checks
    assert call(twin.handler, "GET", "/v1/twin", claims=claims or {"x": 1}).status in {200, 401, 403}


@rather_few
@given(body=values | texts, changes=st.sampled_from([{}, {"isBase64Encoded": True}]))
def test_any_message_on_a_socket_is_answered_by_a_frame(
    monkeypatch: pytest.MonkeyPatch, world: World, body: Any, changes: dict[str, Any]
) -> None:
    assert world.checks
    Realtime.new().wire(monkeypatch)
    frame = say(realtime.handler, body, **changes)
    assert frame["type"] in {"error", "subscribed", "unsubscribed", "pong"}
    assert frame["data"].get("code") != "internal_error"


@rather_few
@given(
    headers=st.dictionaries(
        st.sampled_from(["x-omnitrack-edge", "Sec-WebSocket-Protocol", "x-amz-cf-id"]), texts
    )
)
def test_any_handshake_without_edge_and_token_is_refused(
    monkeypatch: pytest.MonkeyPatch, world: World, headers: dict[str, str]
) -> None:
    class Edge:
        def is_proven_by(self, text: str) -> bool:
            return text == "proof"

    assert world.checks
    monkeypatch.setattr(wiring, "edge_secret", Edge)
    event = {**socket_event("CONNECT", headers=headers), "methodArn": "arn:aws:execute-api:x"}
    policy = socket_authorizer.handler(event, CONTEXT)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"


@pytest.mark.parametrize("function", [sensor_ingest, alert_evaluator, alert_notifier])
@rather_few
@given(bodies=st.lists(texts | values.map(json.dumps), max_size=4))
def test_any_message_of_a_queue_is_taken_or_goes_to_the_dead_letters(
    monkeypatch: pytest.MonkeyPatch, world: World, function: Any, bodies: list[str]
) -> None:
    monkeypatch.setattr(wiring, "evaluator", lambda: Alarm().evaluator)
    world.dead_letters.letters.clear()
    records = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
    assert function.handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    assert [body for body, _ in world.dead_letters.letters] == bodies
