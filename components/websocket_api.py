"""The WebSocket API: who may connect, which function answers, logged, throttled, redeployed when it changes.

It comes in two parts: functions that push need the API's address, and the API's routes need functions.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
from pulumi_aws import apigatewayv2, lambda_

from components.permissions import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.function import Function
    from components.location import Location
    from components.log_keeping import LogKeeping

# API Gateway answers 403 to any path behind the stage: the edge passes the public path /ws on as it is.
STAGE: Final = "ws"
EXECUTION_LOGS: Final = f"/aws/apigateway/*/{STAGE}"  # API Gateway's own names for the groups
PROTOCOL_HEADER: Final = "Sec-WebSocket-Protocol"  # the one header that a browser lets a page fill
# Route -> whether its function's answer goes back to the client.
ROUTES: Final[Mapping[str, bool]] = {
    "$connect": False,
    "$disconnect": False,
    "$default": True,
    "subscribe": True,
    "unsubscribe": True,
    "ping": True,
}
# One JSON object a line; the token stands in none of these. `sourceIp` is CloudFront's address: the edge's
# own log has the client's.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "connectionId": "$context.connectionId",
    "connectedAt": "$context.connectedAt",
    "event": "$context.eventType",
    "route": "$context.routeKey",
    "messageId": "$context.messageId",
    "sourceIp": "$context.identity.sourceIp",
    "userAgent": "$context.identity.userAgent",
    "user": "$context.authorizer.user",
    "status": "$context.status",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integration.status",
    "error": "$context.error.responseType",
}


@dataclass(frozen=True, kw_only=True)
class WebsocketApiArgs:
    """What the API is called, and where it is.

    Attributes:
        name: Physical name.
        location: Account and region.
    """

    name: str
    location: Location


class WebsocketApi(pulumi.ComponentResource):
    """The API as functions know it, before it has routes.

    Attributes:
        id: What AWS knows it by.
        execution_arn: Start of the ARNs of its routes and connections.
        domain_name: Its own host, which only the edge and the functions call.
        endpoint: Where functions reach connections.
        posting: What a role needs to send to a connection.
        closing: What a role needs to close one.
    """

    id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    posting: tuple[Grant, ...]
    closing: tuple[Grant, ...]

    def __init__(self, name: str, args: WebsocketApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:websocket_api:WebsocketApi", name, {}, opts)
        api = apigatewayv2.Api(
            name,
            name=args.name,
            protocol_type="WEBSOCKET",
            route_selection_expression="$request.body.action",
            opts=pulumi.ResourceOptions(parent=self),
        )
        host = f".execute-api.{args.location.region}.amazonaws.com"
        self.id = api.id
        self.execution_arn = api.execution_arn
        self.domain_name = pulumi.Output.concat(api.id, host)
        self.endpoint = pulumi.Output.concat("https://", self.domain_name, "/", STAGE)
        self.posting = (self._managing("POST", "sends frames to connected clients"),)
        self.closing = (self._managing("DELETE", "closes the sockets of expired tokens"),)
        self.register_outputs({"endpoint": self.endpoint})

    def _managing(self, method: str, reason: str) -> Grant:
        connections = pulumi.Output.concat(self.execution_arn, f"/{STAGE}/{method}/@connections/*")
        return Grant(actions=("execute-api:ManageConnections",), resources=(connections,), reason=reason)


@dataclass(frozen=True, kw_only=True)
class WebsocketRoutesArgs:
    """Who answers, and within which limits.

    Attributes:
        api: The API.
        name: Its physical name.
        authorizer: Proves who connects.
        consumer: Answers every route.
        throttle_rate: Frames and connections per second.
        throttle_burst: Frames and connections at once.
        logs: How its logs are kept.
        logging_ready: What must exist before API Gateway may log.
    """

    api: WebsocketApi
    name: str
    authorizer: Function
    consumer: Function
    throttle_rate: int
    throttle_burst: int
    logs: LogKeeping
    logging_ready: pulumi.Resource


class WebsocketRoutes(pulumi.ComponentResource):
    """The routes of the API and its one stage.

    Attributes:
        stage_arn: The stage.
    """

    stage_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: WebsocketRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:websocket_api:WebsocketRoutes", name, {}, opts)
        self._title, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        authorizer = apigatewayv2.Authorizer(
            name,
            name=f"{args.name}-sockets",
            api_id=args.api.id,
            authorizer_type="REQUEST",
            authorizer_uri=args.authorizer.alias_path,
            identity_sources=[f"route.request.header.{PROTOCOL_HEADER}"],
            # The function is named by an ARN that is known beforehand: wait for it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.authorizer]),
        )
        integration = apigatewayv2.Integration(
            name,
            api_id=args.api.id,
            integration_type="AWS_PROXY",
            integration_uri=args.consumer.alias_path,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.consumer]),
        )
        routes = [
            part
            for key, answers in ROUTES.items()
            for part in self._route(key, answers, authorizer, integration)
        ]
        deployment = self._deployment(authorizer, integration, routes)
        self.stage_arn = self._stage(deployment, self._permissions(authorizer))
        self.register_outputs({"stage_arn": self.stage_arn})

    def _route(
        self,
        key: str,
        answers: bool,  # noqa: FBT001 - of the table
        authorizer: apigatewayv2.Authorizer,
        integration: apigatewayv2.Integration,
    ) -> Sequence[pulumi.Resource]:
        resource_name, api = f"{self._title}-{key.removeprefix('$')}", self._args.api
        asks = key == "$connect"  # who may connect may also send: an authorizer stands nowhere else
        route = apigatewayv2.Route(
            resource_name,
            api_id=api.id,
            route_key=key,
            target=pulumi.Output.concat("integrations/", integration.id),
            authorization_type="CUSTOM" if asks else None,
            authorizer_id=authorizer.id if asks else None,
            route_response_selection_expression="$default" if answers else None,
            opts=self._child,
        )
        if not answers:
            return (route,)
        response = apigatewayv2.RouteResponse(
            resource_name,
            api_id=api.id,
            route_id=route.id,
            route_response_key="$default",
            opts=self._child,
        )
        return (route, response)

    def _deployment(
        self,
        authorizer: apigatewayv2.Authorizer,
        integration: apigatewayv2.Integration,
        routes: Sequence[pulumi.Resource],
    ) -> apigatewayv2.Deployment:
        args = self._args
        parts = pulumi.Output.json_dumps(
            {
                "authorizer": [authorizer.id, args.authorizer.alias_path, PROTOCOL_HEADER],
                "integration": [integration.id, args.consumer.alias_path],
                "routes": dict(ROUTES),
            },
            sort_keys=True,
        )
        return apigatewayv2.Deployment(
            self._title,
            api_id=args.api.id,
            triggers={"parts": parts.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            # A deployment is a picture of what there is, and an API without routes has none.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[authorizer, integration, *routes]),
        )

    def _permissions(self, authorizer: apigatewayv2.Authorizer) -> list[pulumi.Resource]:
        args = self._args
        arn = args.api.execution_arn
        sources = {
            "authorizer": (args.authorizer, pulumi.Output.concat(arn, "/authorizers/", authorizer.id)),
            "routes": (args.consumer, pulumi.Output.concat(arn, f"/{STAGE}/*")),
        }
        return [
            lambda_.Permission(
                f"{self._title}-{purpose}",
                action="lambda:InvokeFunction",
                function=target.name,
                qualifier=target.alias_name,
                principal="apigateway.amazonaws.com",
                source_arn=source,
                opts=self._child,
            )
            for purpose, (target, source) in sources.items()
        ]

    def _stage(
        self, deployment: apigatewayv2.Deployment, permissions: list[pulumi.Resource]
    ) -> pulumi.Output[str]:
        args = self._args
        access_log = args.logs.group(
            f"{self._title}-access", name=f"/aws/apigateway/{args.name}-{STAGE}", opts=self._child
        )
        execution_log = args.logs.group(
            f"{self._title}-execution",
            name=pulumi.Output.concat("/aws/apigateway/", args.api.id, f"/{STAGE}"),
            opts=self._child,
        )
        stage = apigatewayv2.Stage(
            self._title,
            api_id=args.api.id,
            name=STAGE,
            deployment_id=deployment.id,
            access_log_settings=apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=access_log.arn, format=json.dumps(ACCESS_LOG)
            ),
            default_route_settings=apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=args.throttle_rate,
                throttling_burst_limit=args.throttle_burst,
                detailed_metrics_enabled=True,
                logging_level="ERROR",
                data_trace_enabled=False,  # frames and tokens have no place in a log
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,  # a second stage of the same name cannot be made beside the first
                depends_on=[args.logging_ready, execution_log, *permissions],
            ),
        )
        return stage.arn
