"""The REST API: made from the published contract, traced, logged, throttled, redeployed when it changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import apigateway, lambda_

from components.openapi_import import GatewayParts, rest_import

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.function import Function
    from components.location import Location
    from components.log_keeping import LogKeeping

EXECUTION_LOGS = "API-Gateway-Execution-Logs_"  # API Gateway's own name for the group
# One JSON object a line; nothing that a client could hide a secret in. `sourceIp` is CloudFront's address:
# the edge's own log has the client's.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "traceId": "$context.xrayTraceId",
    "time": "$context.requestTimeEpoch",
    "sourceIp": "$context.identity.sourceIp",
    "userAgent": "$context.identity.userAgent",
    "user": "$context.authorizer.claims.sub",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integration.status",
    "error": "$context.error.responseType",
    "firewall": "$context.wafResponseCode",
}


@dataclass(frozen=True, kw_only=True)
class RestApiArgs:
    """What the API is made of.

    Attributes:
        name: Physical name.
        stage_name: Physical name of the stage.
        location: Account and region.
        document: The published contract.
        functions: Who answers, by the names in the contract.
        user_pool_arn: Whose id tokens are accepted.
        allowed_origins: Web origins that may call.
        tracing: Whether X-Ray traces sampled requests.
        throttle_rate: Requests per second.
        throttle_burst: Requests at once.
        logs: How its logs are kept.
        logging_ready: What must exist before API Gateway may log.
    """

    name: str
    stage_name: str
    location: Location
    document: Mapping[str, Any]
    functions: Mapping[str, Function]
    user_pool_arn: pulumi.Input[str]
    allowed_origins: Sequence[str]
    tracing: bool
    throttle_rate: int
    throttle_burst: int
    logs: LogKeeping
    logging_ready: pulumi.Resource


class RestApi(pulumi.ComponentResource):
    """The REST API with its one stage.

    Attributes:
        domain_name: Its own host, which only the edge calls.
        stage_arn: Its stage.
    """

    domain_name: pulumi.Output[str]
    stage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:rest_api:RestApi", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        body = _body(args)

        api = apigateway.RestApi(
            name,
            name=args.name,
            body=body,
            endpoint_configuration=apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            opts=child,
        )
        permissions = [
            lambda_.Permission(
                f"{name}-{function}",
                action="lambda:InvokeFunction",
                function=target.name,
                qualifier=target.alias_name,
                principal="apigateway.amazonaws.com",
                source_arn=pulumi.Output.concat(api.execution_arn, "/", args.stage_name, "/*"),
                opts=child,
            )
            for function, target in args.functions.items()
        ]
        deployment = apigateway.Deployment(
            name,
            rest_api=api.id,
            triggers={"body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            opts=child,
        )
        access_log = args.logs.group(f"{name}-access", name=f"/aws/apigateway/{args.name}-access", opts=child)
        execution_log = args.logs.group(
            f"{name}-execution",
            name=pulumi.Output.concat(EXECUTION_LOGS, api.id, "/", args.stage_name),
            opts=child,
        )
        stage = apigateway.Stage(
            name,
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=args.stage_name,
            xray_tracing_enabled=args.tracing,
            access_log_settings=apigateway.StageAccessLogSettingsArgs(
                destination_arn=access_log.arn, format=json.dumps(ACCESS_LOG)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,  # a second stage of the same name cannot be made beside the first
                depends_on=[args.logging_ready, *permissions],
            ),
        )
        apigateway.MethodSettings(
            name,
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=apigateway.MethodSettingsSettingsArgs(
                throttling_rate_limit=args.throttle_rate,
                throttling_burst_limit=args.throttle_burst,
                metrics_enabled=True,
                logging_level="ERROR",
                data_trace_enabled=False,  # bodies and tokens have no place in a log
                caching_enabled=False,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[execution_log]),
        )

        self.domain_name = pulumi.Output.concat(api.id, f".execute-api.{args.location.region}.amazonaws.com")
        self.stage_arn = stage.arn
        self.register_outputs({"domain_name": self.domain_name, "stage_arn": self.stage_arn})


def _body(args: RestApiArgs) -> pulumi.Output[str]:
    parts = GatewayParts(
        name=args.name,
        functions={name: function.alias_path for name, function in args.functions.items()},
        user_pool_arn=args.user_pool_arn,
        allowed_origins=args.allowed_origins,
    )
    return pulumi.Output.json_dumps(rest_import(args.document, parts), sort_keys=True)
