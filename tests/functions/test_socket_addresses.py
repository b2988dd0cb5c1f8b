"""Where the sockets are reached, on AWS and where AWS's APIs are all in one place."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from omnitrack import wiring
from omnitrack.adapters.sockets import ManagedSockets
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.realtime import GoneError, HandshakeRefusedError

from tests.functions.realtime_world import ADDRESS

LOCAL_ADDRESS = "http://127.0.0.1:4566/_aws/execute-api/socketapi1/ws"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=ADDRESS,
        region_name="us-east-1",
        aws_access_key_id="000000000001",
        aws_secret_access_key="local",
    )


@pytest.fixture
def stub(client: Any) -> Stubber:
    return Stubber(client)


def refuse(stub: Stubber, operation: str, code: str, status: int) -> None:
    stub.add_client_error(operation, service_error_code=code, http_status_code=status)


def test_a_frame_is_sent_and_a_socket_closed(client: Any, stub: Stubber) -> None:
    stub.add_response("post_to_connection", {}, {"ConnectionId": "c=1", "Data": b"{}"})
    stub.add_response("delete_connection", {}, {"ConnectionId": "c=1"})
    with stub:
        ManagedSockets(client).post("c=1", "{}")
        ManagedSockets(client).close("c=1")
        stub.assert_no_pending_responses()


def test_a_socket_that_is_gone_is_told_from_one_that_does_not_answer(client: Any, stub: Stubber) -> None:
    refuse(stub, "post_to_connection", "GoneException", 410)
    refuse(stub, "post_to_connection", "LimitExceededException", 429)
    refuse(stub, "post_to_connection", "InternalServerError", 500)
    refuse(stub, "delete_connection", "GoneException", 410)
    sockets = ManagedSockets(client)
    with stub:
        with pytest.raises(GoneError):
            sockets.post("c1", "{}")
        for _ in range(2):
            with pytest.raises(UnavailableError):
                sockets.post("c1", "{}")
        sockets.close("c1")


@pytest.mark.parametrize(
    ("endpoint", "told", "address"),
    [
        ("", ADDRESS, ADDRESS),
        ("http://127.0.0.1:4566", ADDRESS, LOCAL_ADDRESS),
        ("http://127.0.0.1:4566", LOCAL_ADDRESS, LOCAL_ADDRESS),
    ],
)
def test_the_stage_is_reached_where_the_apis_are(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, told: str, address: str
) -> None:
    made: list[str] = []

    def client(_service: str, *, endpoint_url: str, **_: Any) -> None:
        made.append(endpoint_url)

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(boto3, "client", client)
    wiring.sockets.cache_clear()
    assert wiring.sockets(told)
    wiring.sockets.cache_clear()
    assert made == [address]


@pytest.mark.cloud
@pytest.mark.xdist_group("functions-table")
def test_the_stage_is_asked_for_its_sockets(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = aws("apigatewayv2")
    api = gateway.create_api(
        Name="sockets", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    gateway.create_stage(ApiId=api, StageName="ws")
    for name, value in {
        "AWS_ENDPOINT_URL": gateway.meta.endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "000000000001",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)
    wiring.sockets.cache_clear()
    sockets = wiring.sockets(f"https://{api}.execute-api.us-east-1.amazonaws.com/ws")
    with pytest.raises(GoneError):
        sockets.post("L0SM9cOFvHcCIhw=", "{}")
    sockets.close("L0SM9cOFvHcCIhw=")
    wiring.sockets.cache_clear()


@pytest.mark.parametrize("text", ["", "nothing", "0", "-1", "nan", "inf"])
def test_a_unit_weighs_something(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("UNIT_WEIGHT_KG", text)
    wiring.unit_weight_kg.cache_clear()
    with pytest.raises(wiring.ConfigurationError, match="UNIT_WEIGHT_KG"):
        wiring.unit_weight_kg()


@pytest.mark.cloud
@pytest.mark.xdist_group("functions-table")
def test_keys_and_issuer_are_those_of_the_pool(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    created = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    name, password = "ada@example.com", "Correct-horse-7"
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    cognito.create_group(GroupName="viewer", UserPoolId=pool)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="viewer")
    client_id = created["UserPoolClient"]["ClientId"]
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
        ClientId=client_id,
    )["AuthenticationResult"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", cognito.meta.endpoint_url)
    monkeypatch.setenv("USER_POOL_ID", pool)
    monkeypatch.setenv("USER_POOL_CLIENT_ID", client_id)
    wiring.id_tokens.cache_clear()
    session = wiring.id_tokens().session(signed_in["IdToken"])
    assert session.roles == ("viewer",)
    with pytest.raises(HandshakeRefusedError):
        wiring.id_tokens().session(signed_in["AccessToken"])
    wiring.id_tokens.cache_clear()
