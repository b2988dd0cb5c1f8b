"""The edge: the one way in, what it refuses, what it logs, and the exchange of what it proves itself with."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pycognito.aws_srp import AWSSRP

from tests.e2e.home import Home, Platform
from tests.e2e.sockets import connected, refusal
from tests.support import checkout

Eventually = Callable[..., Any]
LET_IN = 101
ERROR_MEMBERS = {"code", "message", "requestId"}
ATTACK = "<script>alert(1)</script>"
HEADER = "x-omnitrack-edge"
SECURITY_HEADERS = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
PAUSE = 0.3  # seconds
LOW_LIMIT = 20
WHOLE = ("DefaultAction", "Rules", "VisibilityConfig", "CustomResponseBodies")  # of a web ACL


def _tokens(platform: Platform) -> dict[str, str]:
    """All tokens of the demo viewer."""
    user = "viewer@demo.omnitrack.ai"
    password = json.loads((platform.home.folder / "demo-users.json").read_text())[user]
    sign_in = AWSSRP(
        username=user,
        password=password,
        pool_id=platform.outputs["UserPoolId"],
        client_id=platform.outputs["UserPoolClientId"],
        client=platform.client("cognito-idp"),
    )
    tokens: dict[str, str] = sign_in.authenticate_user()["AuthenticationResult"]
    return tokens


@contextmanager
def _short_tokens(platform: Platform) -> Iterator[None]:
    """Id tokens live for a second, which AWS would not allow: nobody wants to wait for minutes."""
    users = platform.client("cognito-idp")
    client = users.describe_user_pool_client(
        UserPoolId=platform.outputs["UserPoolId"], ClientId=platform.outputs["UserPoolClientId"]
    )["UserPoolClient"]
    usual = {name: value for name, value in client.items() if value and not name.endswith("Date")}
    units = usual["TokenValidityUnits"] | {"IdToken": "seconds"}
    users.update_user_pool_client(**usual | {"IdTokenValidity": 1, "TokenValidityUnits": units})
    try:
        yield
    finally:
        users.update_user_pool_client(**usual)


def _foreign_token(platform: Platform) -> str:
    """An id token of a user of another pool, with the same name and the same role."""
    users, name, password = (
        platform.client("cognito-idp"),
        "viewer@demo.omnitrack.ai",
        "A-password-of-24-letters!",
    )
    pool = users.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    try:
        client = users.create_user_pool_client(
            UserPoolId=pool, ClientName="foreign", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        users.create_group(UserPoolId=pool, GroupName="viewer")
        users.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        users.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        users.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="viewer")
        answer = users.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["IdToken"])
    finally:
        users.delete_user_pool(UserPoolId=pool)


def _tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[::-1]}"


def _secret(platform: Platform) -> str:
    """What the edge proves itself with at present."""
    found = platform.client("secretsmanager").get_secret_value(SecretId=platform.outputs["EdgeSecretArn"])
    return str(found["SecretString"])


def _rest_past_the_edge(platform: Platform, value: str | None = None) -> int:
    """The status of a signed-in request to the REST API's own address, with a value in the edge's header."""
    apis = platform.client("apigateway").get_rest_apis()["items"]
    (api,) = [one["id"] for one in apis if one["name"] == f"omnitrack-{platform.stack}"]
    headers = {
        "Host": f"{api}.execute-api.{platform.cloud.region}.amazonaws.com",
        "Authorization": platform.token("viewer"),
    } | ({HEADER: value} if value else {})
    url = f"{platform.cloud.endpoint}/{platform.stack}/v1/twin?limit=1"
    return httpx2.get(url, headers=headers).status_code


def _socket_past_the_edge(platform: Platform, value: str | None = None) -> int:
    """The same of the sockets."""
    apis = platform.client("apigatewayv2").get_apis()["Items"]
    (api,) = [one["ApiId"] for one in apis if one["ProtocolType"] == "WEBSOCKET"]
    host = f"{api}.execute-api.{platform.cloud.region}.amazonaws.com/ws"
    return refusal(platform, platform.token("viewer"), host=host, headers={HEADER: value} if value else None)


def _log(platform: Platform, group: str) -> list[str]:
    pages = platform.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def test_a_socket_needs_a_token_and_no_other_thing_will_do(platform: Platform) -> None:
    tokens = _tokens(platform)
    assert refusal(platform, tokens["IdToken"]) == LET_IN
    assert refusal(platform, None) == 401
    for token in (
        "made.up.token",
        "omnitrack.v1",
        _tampered(tokens["IdToken"]),
        tokens["AccessToken"],
        _foreign_token(platform),
    ):
        assert refusal(platform, token) == 403


def test_a_token_that_has_expired_opens_nothing(platform: Platform, eventually: Eventually) -> None:
    with _short_tokens(platform):
        token = _tokens(platform)["IdToken"]
    assert refusal(platform, token) == LET_IN
    eventually(lambda: refusal(platform, token) == 403)
    answer = platform.request("GET", "/twin?limit=1", headers={"Authorization": token})
    assert answer.status_code == 401


def test_there_is_no_way_past_the_edge(platform: Platform) -> None:
    for value in (None, "guess"):
        assert _rest_past_the_edge(platform, value) == 403
        assert _socket_past_the_edge(platform, value) == 403


def test_what_a_client_sends_in_the_name_of_the_edge_is_replaced(platform: Platform) -> None:
    headers = {HEADER: "guess"}
    assert platform.request("GET", "/twin?limit=1", role="viewer", headers=headers).status_code == 200
    assert refusal(platform, platform.token("viewer"), headers=headers) == LET_IN


@pytest.mark.parametrize("query", [f"?q={ATTACK}", "?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"])
def test_an_attack_in_the_query_is_blocked_on_both_paths(platform: Platform, query: str) -> None:
    answer = platform.request("GET", f"/twin{query}", role="viewer")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "blocked")
    assert refusal(platform, platform.token("viewer"), query=query) == 403


@pytest.mark.parametrize("path", ["/", "/v2/twin", "/v1", "/index.html", "/ws/more", "/.env"])
def test_all_else_is_not_found_in_the_form_of_the_platforms_errors(platform: Platform, path: str) -> None:
    host = platform.outputs["ApiEndpoint"].split("/")[2]
    answer = httpx2.get(f"{platform.cloud.endpoint}{path}", headers={"Host": host})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert set(error) == ERROR_MEMBERS
    assert error["code"] == "not_found"
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/twin", 401), ("/nothing", 404)])
def test_every_answer_carries_the_headers_of_security(platform: Platform, path: str, status: int) -> None:
    answer = platform.request("GET", path)
    assert answer.status_code == status
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


def test_one_id_leads_from_the_answer_through_the_edges_log_to_the_functions(
    platform: Platform, eventually: Eventually
) -> None:
    known = platform.request("GET", "/twin?limit=1", role="viewer").headers["x-amz-cf-id"]
    for group, field in (
        ("/aws/cloudfront/omnitrack-development-edge", "x-edge-request-id"),
        ("/aws/lambda/omnitrack-development-twin", "correlation_id"),
    ):
        (line,) = eventually(lambda: [text for text in _log(platform, group) if known in text])  # noqa: B023
        assert json.loads(line)[field] == known


def test_no_log_holds_a_token_a_person_or_a_secret(platform: Platform, eventually: Eventually) -> None:
    platform.request("GET", "/audit?limit=1", role="director")
    with connected(platform, "twin", "alerts", role="director") as socket:
        socket.ask("ping")
    assert refusal(platform, _tampered(platform.token("director"))) == 403
    platform.request("GET", f"/twin?q={ATTACK}", role="director")
    assert refusal(platform, platform.token("director"), query=f"?q={ATTACK}") == 403
    end = platform.request("GET", "/twin?limit=1", role="director").headers["x-amz-cf-id"]
    groups = [group["logGroupName"] for group in platform.client("logs").describe_log_groups()["logGroups"]]
    eventually(lambda: end in "".join(_log(platform, "/aws/lambda/omnitrack-development-twin")))
    secrets = {
        "a token": platform.token("director").split(".")[2],
        "the claims of a token": platform.token("director").split(".")[1],
        "an address": "@demo.omnitrack.ai",
        "another address": "@example.com",
        "the edge's secret": _secret(platform),
    }
    found = [
        (group, kind)
        for group in groups
        for text in ["\n".join(_log(platform, group))]
        for kind, secret in secrets.items()
        if secret in text
    ]
    assert not found
    assert len(groups) > len(platform.outputs["FunctionNames"])


@contextmanager
def _lower_limit(platform: Platform) -> Iterator[int]:
    """The edge admits a few requests of an address only; answers how many it did before."""
    firewall = platform.client("wafv2")
    acls = firewall.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    (place,) = [acl for acl in acls if acl["Name"] == f"omnitrack-{platform.stack}-edge"]
    name = {"Name": place["Name"], "Id": place["Id"], "Scope": "CLOUDFRONT"}

    def set_limit(limit: int) -> int:
        found = firewall.get_web_acl(**name)
        acl = found["WebACL"]
        (rule,) = [one for one in acl["Rules"] if "RateBasedStatement" in one["Statement"]]
        counted = rule["Statement"]["RateBasedStatement"]
        before, counted["Limit"] = counted["Limit"], limit
        kept = {key: acl[key] for key in WHOLE}
        firewall.update_web_acl(**name, **kept, LockToken=found["LockToken"])
        return int(before)

    usual = set_limit(LOW_LIMIT)
    try:
        yield usual
    finally:
        set_limit(usual)


def test_who_asks_too_often_is_blocked_and_nobody_else(platform: Platform) -> None:
    def ask(client: httpx2.Client) -> str:
        return str(client.get(f"{platform.cloud.endpoint}/v1/twin").json()["error"]["code"])

    def client(source: str) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.HTTPTransport(local_address=source))

    with client("127.0.0.77") as busy, client("127.0.0.78") as other:
        with _lower_limit(platform) as usual:
            assert usual == 10_000, "as Pulumi.development.yaml says"
            told = [ask(busy) for _ in range(LOW_LIMIT + 5)]
            assert told == ["unauthenticated"] * LOW_LIMIT + ["throttled"] * 5
            assert ask(other) == "unauthenticated"
        assert ask(busy) == "unauthenticated", "below the limit again"


def test_the_edges_secret_is_exchanged_while_people_go_in_and_out(
    platform: Platform, tmp_path: Path, eventually: Eventually
) -> None:
    project = checkout.copy_project(tmp_path / "project")
    place = Home(folder=platform.home.folder, project=project)
    first = _secret(platform)
    with connected(platform, "twin") as lasting:
        statuses = _statuses_meanwhile(
            platform, place.begin("secrets", "rotate", "edge", "-s", platform.stack)
        )
        assert lasting.ask("ping")["type"] == "pong"
    assert statuses == {("GET", 200), ("socket", LET_IN)}
    second = _secret(platform)
    assert second != first
    for value in (first, second):
        assert _rest_past_the_edge(platform, value) == 200, "both hold"
        assert _socket_past_the_edge(platform, value) == LET_IN
    statuses = _statuses_meanwhile(platform, place.begin("secrets", "rotate", "edge", "-s", platform.stack))
    assert statuses == {("GET", 200), ("socket", LET_IN)}
    assert _rest_past_the_edge(platform, first) == 403
    assert _rest_past_the_edge(platform, second) == 200

    def first_is_forgotten() -> bool:
        # A worker learns of the third value when somebody comes with it.
        assert refusal(platform, platform.token("viewer")) == LET_IN
        return _socket_past_the_edge(platform, first) == 403

    eventually(first_is_forgotten)
    assert _socket_past_the_edge(platform, second) == LET_IN


def _statuses_meanwhile(platform: Platform, command: subprocess.Popen[str]) -> set[tuple[str, int]]:
    """What requests and handshakes are answered while a command runs, which must succeed."""
    seen: set[tuple[str, int]] = set()
    running = True
    while running:
        seen.add(("GET", platform.request("GET", "/twin?limit=1", role="viewer").status_code))
        seen.add(("socket", refusal(platform, platform.token("viewer"))))
        with suppress(subprocess.TimeoutExpired):  # a deployment needs the processor too
            said, _ = command.communicate(timeout=PAUSE)
            running = False
    assert command.returncode == 0, said
    return seen
