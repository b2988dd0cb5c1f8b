"""Makes WebSocket APIs in a local cloud and connects to them, for tests."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from websockets.sync.client import connect

from tests.localcloud.aws.workbench import Workbench

FORMAT = json.dumps(
    {
        "connection": "$context.connectionId",
        "route": "$context.routeKey",
        "event": "$context.eventType",
        "status": "$context.status",
        "request": "$context.requestId",
        "user": "$context.authorizer.user",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
    }
)


ECHO = """
    import json
    def handler(event, context):
        kind = event["requestContext"]["eventType"]
        print("served", kind, event["requestContext"].get("messageId", ""))
        return {"statusCode": 200, "body": json.dumps(event)}
"""


@dataclass(kw_only=True)
class Sockets:
    """A WebSocket API of one account, with a stage `ws`."""

    bench: Workbench
    api: str
    log_group: str

    @classmethod
    def make(cls, bench: Workbench, **stage: Any) -> "Sockets":
        gateway, logs = bench.client("apigatewayv2"), bench.client("logs")
        name = f"sockets-{uuid.uuid4().hex[:8]}"
        api = gateway.create_api(
            Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        logs.create_log_group(logGroupName=f"/{name}")
        arn = f"arn:aws:logs:{bench.cloud.region}:{bench.account}:log-group:/{name}"
        gateway.create_stage(
            ApiId=api,
            StageName="ws",
            AutoDeploy=True,
            AccessLogSettings={"DestinationArn": arn, "Format": FORMAT},
            **stage,
        )
        return cls(bench=bench, api=api, log_group=f"/{name}")

    def uri(self, function: str) -> str:
        region = self.bench.cloud.region
        return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"

    def permit(self, function: str, source: str = "*") -> None:
        arn = f"arn:aws:execute-api:{self.bench.cloud.region}:{self.bench.account}:{self.api}/{source}"
        self.bench.client("lambda").add_permission(
            FunctionName=function,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=arn,
        )

    def route(
        self,
        key: str,
        function: str,
        *,
        two_way: bool = False,
        permitted: bool = True,
        patience: int = 29_000,
        **settings: Any,
    ) -> None:
        gateway = self.bench.client("apigatewayv2")
        integration = gateway.create_integration(
            ApiId=self.api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=self.uri(function),
            TimeoutInMillis=patience,
        )["IntegrationId"]
        route = gateway.create_route(
            ApiId=self.api, RouteKey=key, Target=f"integrations/{integration}", **settings
        )["RouteId"]
        if two_way:
            gateway.create_route_response(ApiId=self.api, RouteId=route, RouteResponseKey="$default")
        if permitted:
            self.permit(function, f"ws/{key}")

    def authorizer(self, function: str, source: str) -> dict[str, Any]:
        authorizer = self.bench.client("apigatewayv2").create_authorizer(
            ApiId=self.api,
            Name="users",
            AuthorizerType="REQUEST",
            AuthorizerUri=self.uri(function),
            IdentitySource=[source],
        )["AuthorizerId"]
        self.permit(function, f"authorizers/{authorizer}")
        return {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.bench.cloud.port}/_aws/execute-api/{self.api}/ws"

    def connect(self, *, query: str = "", **options: Any) -> Any:
        return connect(self.url + query, open_timeout=30, **options)

    def access_log(self) -> list[dict[str, str]]:
        logs = self.bench.client("logs")
        events = logs.filter_log_events(logGroupName=self.log_group)["events"]
        return [json.loads(event["message"]) for event in events]


def send(socket: Any, **message: Any) -> None:
    socket.send(json.dumps(message))


def read(socket: Any) -> Any:
    return json.loads(socket.recv(timeout=30))
