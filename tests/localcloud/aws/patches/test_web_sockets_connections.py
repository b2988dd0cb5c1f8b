"""Posting to the connections of a WebSocket API, on a running local cloud."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from websockets.exceptions import ConnectionClosed

from tests.localcloud.aws.socket_bench import ECHO, Sockets, read, send
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud


def test_connections_are_posted_to_described_and_ended_by_those_who_may(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    sockets.route("ask", echo, two_way=True)
    management = _management(workbench, sockets.api)
    with sockets.connect(user_agent_header="tests") as socket:
        send(socket, action="ask")
        identity = read(socket)["requestContext"]["connectionId"]
        management.post_to_connection(ConnectionId=identity, Data="pushed äöü".encode())
        assert socket.recv(timeout=30) == "pushed äöü"
        described = management.get_connection(ConnectionId=identity)
        assert described["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "tests"}
        assert described["ConnectedAt"] <= described["LastActiveAt"]
        with pytest.raises(management.exceptions.PayloadTooLargeException):
            management.post_to_connection(ConnectionId=identity, Data=b"x" * (128 * 1024 + 1))
        management.post_to_connection(ConnectionId=identity, Data=b"last words")
        management.delete_connection(ConnectionId=identity)
        assert socket.recv(timeout=30) == "last words"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=30)
    for call in (management.get_connection, management.delete_connection):
        with pytest.raises(management.exceptions.GoneException):
            call(ConnectionId=identity)


def _management(bench: Any, api: str) -> Any:
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{bench.cloud.endpoint}/_aws/execute-api/{api}/ws",
        region_name=bench.cloud.region,
        aws_access_key_id=bench.account,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 0}),
    )


def test_another_account_reaches_no_connection(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("ask", workbench.function(ECHO), two_way=True)
    stranger = Workbench(cloud=workbench.cloud, account=f"{(int(workbench.account) + 1) % 10**12:012d}")
    management = _management(stranger, sockets.api)
    with sockets.connect() as socket:
        send(socket, action="ask")
        identity = read(socket)["requestContext"]["connectionId"]
        with pytest.raises(management.exceptions.ForbiddenException):
            management.delete_connection(ConnectionId=identity)
        send(socket, action="ask")
        assert read(socket)["requestContext"]["connectionId"] == identity


@pytest.mark.parametrize(
    ("granted", "outcome"), [("{api}/ws/POST/@connections/*", "sent"), ("{api}/ws/GET/*", "AccessDenied")]
)
def test_a_function_pushes_with_its_own_rights(workbench: Any, granted: str, outcome: str) -> None:
    sockets = Sockets.make(workbench)
    arn = f"arn:aws:execute-api:{workbench.cloud.region}:{workbench.account}:" + granted.format(
        api=sockets.api
    )
    statement = {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": arn}
    source = """
        import os
        import boto3
        from botocore.exceptions import ClientError
        def handler(event, context):
            client = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["SOCKETS"])
            try:
                client.post_to_connection(
                    ConnectionId=event["requestContext"]["connectionId"], Data=b"pushed"
                )
            except ClientError as error:
                return {"statusCode": 200, "body": error.response["Error"]["Code"]}
            return {"statusCode": 200, "body": "sent"}
    """
    function = workbench.function(source, statements=[statement])
    address = f"https://{sockets.api}.execute-api.{workbench.cloud.region}.amazonaws.com/ws"
    functions = workbench.client("lambda")
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"SOCKETS": address}}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    sockets.route("push", function, two_way=True)
    with sockets.connect() as socket:
        send(socket, action="push")
        heard = {socket.recv(timeout=30) for _ in range(2 if outcome == "sent" else 1)}
    assert any(outcome in str(each) for each in heard)
    assert ("pushed" in heard) == (outcome == "sent")
