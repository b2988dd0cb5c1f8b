"""WebSockets through a distribution, and the distribution behind the plain port of the local cloud."""

import json
import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from localcloud import control
from localcloud.control import LocalCloud
from tests.localcloud.aws.delivery import SECRET, Delivered, api_host, behavior, calls, deliver, edge_function
from tests.localcloud.aws.socket_bench import Sockets
from tests.localcloud.aws.test_distribution_firewall import logged, rule, scripts, visible
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud

ECHO = """
    import json
    def handler(event, context):
        return {"statusCode": 200, "body": json.dumps(event)}
"""
GUARDED = """
    def handler(event, context):
        headers = {name.lower(): value for name, value in event["headers"].items()}
        allowed = headers.get("x-omnitrack-edge") == "%s" and "good" in headers["sec-websocket-protocol"]
        statement = {"Effect": "Allow" if allowed else "Deny", "Action": "execute-api:Invoke",
            "Resource": event["methodArn"]}
        context = {"via": headers.get("via", "-"), "id": headers.get("x-amz-cf-id", "-"),
            "forwarded": headers.get("x-forwarded-for", "-"), "host": headers["host"]}
        return {"principalId": "p", "context": context,
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
CHOOSES = """
    def handler(event, context):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "omnitrack.v1"}}
"""
PROTOCOLS = ["omnitrack.v1", "good"]
SOURCE = "route.request.header.Sec-WebSocket-Protocol"


def api_of_sockets(bench: Workbench) -> Sockets:
    sockets = Sockets.make(bench)
    settings = sockets.authorizer(bench.function(GUARDED % SECRET), SOURCE)
    sockets.route("$connect", bench.function(CHOOSES), **settings)
    sockets.route("ask", bench.function(ECHO), two_way=True)
    return sockets


@pytest.fixture(scope="module")
def sockets(cloud: LocalCloud) -> Sockets:
    return api_of_sockets(Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}"))


def delivered(sockets: Sockets, **more: Any) -> Delivered:
    origins = {"sockets": (api_host(sockets.bench, sockets.api), "")}
    paths = [behavior("sockets", PathPattern="/ws")]
    return deliver(sockets.bench, origins, more.pop("default", behavior("sockets")), paths, **more)


def opened(bench: Workbench, host: str | None, path: str = "/ws", **options: Any) -> Any:
    # The address names the distribution; the connection goes to the port of the cloud.
    line = socket.create_connection(("127.0.0.1", bench.cloud.port))
    chosen: dict[str, Any] = {"subprotocols": PROTOCOLS, "open_timeout": 30} | options
    return connect(f"ws://{host or 'localhost'}{path}", sock=line, **chosen)


def asked(connection: Any) -> Any:
    connection.send(json.dumps({"action": "ask"}))
    return json.loads(connection.recv(timeout=30))


def refused(bench: Workbench, host: str | None, path: str = "/ws", **options: Any) -> Any:
    with pytest.raises(InvalidStatus) as error:
        opened(bench, host, path, **options)
    return error.value.response


def test_a_socket_goes_through_with_the_distributions_headers(sockets: Sockets) -> None:
    edge = delivered(sockets)
    forged = {"x-omnitrack-edge": "guessed", "X-Forwarded-For": "203.0.113.9"}
    with opened(sockets.bench, edge.host, additional_headers=forged) as connection:
        assert connection.subprotocol == "omnitrack.v1"
        headers = connection.response.headers
        told = asked(connection)["requestContext"]["authorizer"]
    assert told["host"] == api_host(sockets.bench, sockets.api)
    assert told["forwarded"].startswith("203.0.113.9, 127.0.0.1")
    assert told["via"].endswith("(CloudFront)")
    assert headers["X-Amz-Cf-Id"] == told["id"]
    assert headers["Via"].endswith("(CloudFront)")


def test_a_socket_past_the_edge_or_without_a_good_token_is_refused(sockets: Sockets) -> None:
    edge = delivered(sockets)
    with pytest.raises(InvalidStatus) as error:
        sockets.connect(subprotocols=PROTOCOLS, additional_headers={"x-omnitrack-edge": "guessed"})
    assert error.value.response.status_code == 403
    answer = refused(sockets.bench, edge.host, subprotocols=["omnitrack.v1", "bad"])
    assert (answer.status_code, answer.headers["X-Cache"]) == (403, "Error from cloudfront")
    assert refused(sockets.bench, edge.host, subprotocols=None).status_code == 401


def test_other_paths_have_no_sockets(sockets: Sockets) -> None:
    source = "function handler(event) { return { statusCode: 404 }; }"
    function = edge_function(sockets.bench, source)
    edge = delivered(sockets, default=behavior("sockets", **calls(function)))
    answer = refused(sockets.bench, edge.host, "/else")
    assert answer.status_code == 404
    assert answer.headers["X-Cache"] == "FunctionGeneratedResponse from cloudfront"


def test_a_handshake_is_judged_by_the_firewall(sockets: Sockets) -> None:
    acl = sockets.bench.client("wafv2").create_web_acl(
        Name="sockets",
        Scope="CLOUDFRONT",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visible("sockets"),
        Rules=[rule("scripts", scripts({"AllQueryArguments": {}}))],
    )["Summary"]["ARN"]
    edge = delivered(sockets, WebACLId=acl)
    attack = refused(sockets.bench, edge.host, "/ws?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert (attack.status_code, b"Request blocked" in attack.body) == (403, True)
    with opened(sockets.bench, edge.host) as connection:
        assert asked(connection)


def test_a_connection_is_logged_when_it_ends_without_its_token(sockets: Sockets, eventually: Any) -> None:
    edge = delivered(sockets)
    log = logged(sockets.bench, edge)
    with opened(sockets.bench, edge.host) as connection:
        asked(connection)
        assert not list(log.messages())
    (message,) = eventually(lambda: list(log.messages()))
    line = json.loads(message)
    assert (line["sc-status"], line["cs-protocol"], line["cs-uri-stem"]) == ("101", "wss", "/ws")
    assert int(line["sc-bytes"]) > 500
    assert float(line["time-taken"]) >= float(line["time-to-first-byte"]) > 0
    assert "good" not in message


def test_the_plain_port_leads_to_the_distribution_of_the_environment(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    bench = workbench_of(control.start(home))
    function = bench.function(ECHO)
    sockets = api_of_sockets(bench)
    apis = {
        name: bench.api(function, name=f"omnitrack-{name}", stage=name) for name in ("development", "staging")
    }
    assert "x-cache" not in bench.call("/v1/x").headers
    paths = [behavior("rest", PathPattern="/v1/*"), behavior("sockets", PathPattern="/ws")]
    for name, api in apis.items():
        origins = {
            "rest": (api_host(bench, api), f"/{name}"),
            "sockets": (api_host(bench, sockets.api), ""),
        }
        deliver(bench, origins, behavior("rest"), paths)
    for host, stage in ((None, "development"), ("staging-api.omnitrack.ai", "staging")):
        answer = bench.call("/v1/x", host=host)
        assert answer.document["requestContext"]["stage"] == stage
        assert answer.headers["x-cache"] == "Miss from cloudfront"
        with opened(bench, host) as connection:
            assert asked(connection)["requestContext"]["stage"] == "ws"
    assert bench.client("pipes").list_pipes()["Pipes"] == []  # signed, below /v1
