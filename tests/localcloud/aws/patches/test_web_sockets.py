"""WebSocket APIs on a running local cloud: routes, who is let in, what is logged."""

import json
import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.localcloud.aws.socket_bench import ECHO, Sockets, read, send

pytestmark = pytest.mark.cloud

AUTHORIZER = """
    def handler(event, context):
        token = event["headers"]["Sec-WebSocket-Protocol"].split(", ")[1]
        if token == "broken":
            raise ValueError("secret")
        if token == "unknown":
            raise Exception("Unauthorized")
        effect = "Allow" if token == "good" else "Deny"
        statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return {"principalId": "p", "policyDocument": policy, "context": {"user": "u-1", "expiresAt": 7}}
"""
CHOOSES = """
    def handler(event, context):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "omnitrack.v1"}}
"""
SOURCE = "route.request.header.Sec-WebSocket-Protocol"


def test_a_message_reaches_the_function_of_its_route_and_only_two_way_routes_answer(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    sockets.route("$connect", echo)
    sockets.route("$disconnect", echo)
    sockets.route("ask", echo, two_way=True)
    sockets.route("tell", echo)
    with sockets.connect(query="?a=1&a=2") as socket:
        send(socket, action="tell")
        send(socket, action="ask", words="äöü")
        event = read(socket)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
    context = event["requestContext"]
    assert json.loads(event["body"])["words"] == "äöü"
    assert (context["routeKey"], context["eventType"], context["stage"]) == ("ask", "MESSAGE", "ws")
    assert context["messageId"]
    assert "headers" not in event


def test_calls_are_logged_like_any_others_of_the_function(workbench: Any, eventually: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    for key in ("$connect", "$disconnect", "$default"):
        sockets.route(key, echo)
    with sockets.connect() as socket:
        socket.send("no JSON")
    group = f"/aws/lambda/{echo.rpartition(':')[2]}"

    def lines() -> list[str]:
        events = workbench.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events]

    eventually(lambda: sum(line.startswith("REPORT") for line in lines()) == 3)
    for text in ("served CONNECT", "served MESSAGE", "served DISCONNECT"):
        assert any(line.startswith(text) for line in lines())


def test_a_route_that_nobody_serves_is_forbidden_and_the_connection_stays(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("ask", workbench.function(ECHO), two_way=True)
    with sockets.connect() as socket:
        send(socket, action="other")
        refusal = read(socket)
        assert (refusal["message"], set(refusal)) == ("Forbidden", {"message", "connectionId", "requestId"})
        send(socket, action="ask")
        assert read(socket)["requestContext"]["connectionId"] == refusal["connectionId"]


@pytest.mark.parametrize("text", ["no JSON", "[" * 20_000, "[]", ""], ids=["text", "deep", "list", "empty"])
def test_a_message_that_names_no_route_takes_the_default_one(workbench: Any, text: str) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("$default", workbench.function(ECHO), two_way=True)
    with sockets.connect() as socket:
        socket.send(text)
        assert read(socket)["requestContext"]["routeKey"] == "$default"


@pytest.mark.parametrize("key", ["$connect", "$disconnect"])
def test_a_message_cannot_choose_the_routes_of_the_connection_itself(workbench: Any, key: str) -> None:
    sockets = Sockets.make(workbench)
    sockets.route(key, workbench.function(CHOOSES), two_way=True)
    with sockets.connect() as socket:
        send(socket, action=key)
        assert read(socket)["message"] == "Forbidden"


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): raise ValueError('secret')",
        "def handler(event, context): return 'secret'",
        "def handler(event, context): pass",
        "import nothing_of_this_name",
    ],
    ids=["an exception", "another form", "nothing", "no start"],
)
def test_a_failed_function_tells_the_client_nothing_of_its_own(workbench: Any, source: str) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("ask", workbench.function(source))
    with sockets.connect() as socket:
        send(socket, action="ask")
        error = read(socket)
    assert error["message"] == "Internal server error"
    assert set(error) == {"message", "connectionId", "requestId"}


def test_an_api_without_permission_cannot_call_the_function(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    sockets.route("ask", echo, two_way=True, permitted=False)
    with sockets.connect() as socket:
        send(socket, action="ask")
        assert read(socket)["message"] == "Internal server error"
        sockets.permit(echo, "ws/other")
        send(socket, action="ask")
        assert read(socket)["message"] == "Internal server error"
        sockets.permit(echo, "*/ask")
        send(socket, action="ask")
        assert read(socket)["requestContext"]["routeKey"] == "ask"


@pytest.mark.parametrize(("token", "status"), [("bad", 403), ("unknown", 401), ("broken", 500)])
def test_who_is_not_let_in_gets_an_http_answer(workbench: Any, token: str, status: int) -> None:
    sockets = Sockets.make(workbench)
    settings = sockets.authorizer(workbench.function(AUTHORIZER), SOURCE)
    sockets.route("$connect", workbench.function(CHOOSES), **settings)
    with pytest.raises(InvalidStatus) as refused:
        sockets.connect(subprotocols=["omnitrack.v1", token])
    assert refused.value.response.status_code == status
    assert b"secret" not in refused.value.response.body
    with pytest.raises(InvalidStatus) as refused:
        sockets.connect()
    assert refused.value.response.status_code == 401


def test_the_subprotocol_is_that_of_connect_and_its_context_goes_along(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    settings = sockets.authorizer(workbench.function(AUTHORIZER), SOURCE)
    sockets.route("$connect", workbench.function(CHOOSES), **settings)
    sockets.route("ask", workbench.function(ECHO), two_way=True)
    with sockets.connect(subprotocols=["omnitrack.v1", "good"]) as socket:
        assert socket.subprotocol == "omnitrack.v1"
        send(socket, action="ask")
        authorizer = read(socket)["requestContext"]["authorizer"]
    assert authorizer == {"user": "u-1", "expiresAt": "7", "principalId": "p"}
    assert [line["user"] for line in sockets.access_log()][:2] == ["u-1", "u-1"]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def handler(event, context): return {'statusCode': 418}", 418),
        ("def handler(event, context): raise ValueError('secret')", 500),
    ],
)
def test_connect_can_refuse(workbench: Any, source: str, status: int) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("$connect", workbench.function(source))
    with pytest.raises(InvalidStatus) as refused:
        sockets.connect()
    assert refused.value.response.status_code == status
    assert b"secret" not in refused.value.response.body


def test_the_disconnect_tells_with_which_status_the_client_left(workbench: Any, eventually: Any) -> None:
    sockets = Sockets.make(workbench)
    source = """
        def handler(event, context):
            told = event["requestContext"]
            print("left", told["disconnectStatusCode"], told["disconnectReason"], sorted(event["headers"]))
            return {"statusCode": 200}
    """
    last = workbench.function(source)
    sockets.route("$disconnect", last)
    with sockets.connect(subprotocols=["a-token"]) as socket:
        socket.close(4001, "enough")
    group = f"/aws/lambda/{last.rpartition(':')[2]}"

    def left() -> bool:
        events = workbench.client("logs").filter_log_events(logGroupName=group)["events"]
        text = "left 4001 enough ['Host', 'X-Forwarded-For']"
        return any(event["message"] == text for event in events)

    workbench.client("logs").create_log_group(logGroupName=group)
    eventually(left)


def test_the_access_log_and_the_metrics_tell_of_every_request(workbench: Any, eventually: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    for key in ("$connect", "$disconnect", "ask"):
        sockets.route(key, echo)
    with sockets.connect() as socket:
        send(socket, action="ask")
        send(socket, action="nothing")
        assert read(socket)["message"] == "Forbidden"
    eventually(lambda: len(sockets.access_log()) == 4)
    lines = sockets.access_log()
    assert sorted((line["route"], line["event"], line["status"]) for line in lines) == [
        ("$connect", "CONNECT", "200"),
        ("$disconnect", "DISCONNECT", "200"),
        ("ask", "MESSAGE", "200"),
        ("nothing", "MESSAGE", "403"),
    ]
    assert len({line["connection"] for line in lines}) == 1
    assert len({line["request"] for line in lines}) == 4

    def total(name: str) -> float:
        found = workbench.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": "ApiId", "Value": sockets.api}, {"Name": "Stage", "Value": "ws"}],
            StartTime=time.time() - 300,
            EndTime=time.time() + 60,
            Period=60,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    assert (total("ConnectCount"), total("MessageCount"), total("ClientError")) == (1, 2, 1)
    assert total("IntegrationLatency") > 0
