"""Amazon API Gateway, HTTP and WebSocket APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
CALLED = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
LISTENER = CALLED.format("arn:aws:lambda:us-east-1:000000000000:function:listen")
OTHER_LISTENER = CALLED.format("arn:aws:lambda:us-east-1:000000000000:function:hear")
ACTION = "$request.body.action"


def an_api(it: Scene, name: str = "orders") -> str:
    api = it.make(
        "aws:apigatewayv2/api:Api", name=name, protocolType="WEBSOCKET", routeSelectionExpression=ACTION
    )
    return str(api["id"])


def two_apis(it: Scene) -> dict[str, str]:
    return {"apiId": an_api(it), "other": an_api(it, "parcels")}


def of_an_api(it: Scene, **inputs: Any) -> dict[str, Any]:
    return {"apiId": it.needs["apiId"], **inputs}


def a_deployment(it: Scene, api: str) -> str:
    return str(it.make("aws:apigatewayv2/deployment:Deployment", apiId=api)["id"])


def deployed(it: Scene) -> dict[str, str]:
    api = an_api(it)
    group = it.make("aws:cloudwatch/logGroup:LogGroup", name="/aws/apigateway/orders")["arn"]
    return {
        "apiId": api,
        "deploymentId": a_deployment(it, api),
        "next": a_deployment(it, api),
        "group": group,
    }


def asked(it: Scene, operation: str, **names: str) -> Any:
    """What API Gateway says of a part of the API."""
    found = getattr(it.aws("apigatewayv2"), operation)(ApiId=it.needs["apiId"], **names)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def chosen(found: Any, *names: str) -> list[Any]:
    return [found.get(name) for name in names]


CASES = [
    Case(
        type="aws:apigatewayv2/api:Api",
        inputs={
            "name": "orders",
            "protocolType": "HTTP",
            "routeSelectionExpression": "$request.method $request.path",
            "ipAddressType": "dualstack",
            "version": "1",
            "tags": {"owner": "us"},
        },
        update={
            "description": "all orders",
            "corsConfiguration": {"allowOrigins": ["https://parcels.example"]},
            "disableExecuteApiEndpoint": True,
            "ipAddressType": "ipv4",
        },
        seen=lambda it: chosen(
            it.aws("apigatewayv2").get_api(ApiId=it.id),
            "Description",
            "CorsConfiguration",
            "DisableExecuteApiEndpoint",
            "IpAddressType",
        ),
        expected=["all orders", {"AllowOrigins": ["https://parcels.example"]}, True, "ipv4"],
        replace={"protocolType": "WEBSOCKET"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-api.html",
        drift=lambda it: it.aws("apigatewayv2").update_api(ApiId=it.id, Version="2", Name="by hand"),
        drifted={"name", "version"},
        vanish=lambda it: it.aws("apigatewayv2").delete_api(ApiId=it.id),
    ),
    Case(
        type="aws:apigatewayv2/authorizer:Authorizer",
        needs=two_apis,
        inputs=lambda it: of_an_api(
            it,
            name="people",
            authorizerType="REQUEST",
            authorizerUri=LISTENER,
            authorizerCredentialsArn=f"arn:aws:iam::{it.account}:role/caller",
            identitySources=["route.request.header.Auth"],
        ),
        update={
            "authorizerUri": OTHER_LISTENER,
            "identitySources": ["route.request.querystring.token"],
            "authorizerCredentialsArn": None,
        },
        seen=lambda it: chosen(
            asked(it, "get_authorizer", AuthorizerId=it.id),
            "AuthorizerUri",
            "IdentitySource",
            "AuthorizerCredentialsArn",
        ),
        expected=[OTHER_LISTENER, ["route.request.querystring.token"], ""],
        replace=lambda it: {"apiId": it.needs["other"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-authorizer.html",
        drift=lambda it: it.aws("apigatewayv2").update_authorizer(
            ApiId=it.needs["apiId"], AuthorizerId=it.id, AuthorizerUri=OTHER_LISTENER
        ),
        drifted={"authorizerUri"},
        vanish=lambda it: it.aws("apigatewayv2").delete_authorizer(
            ApiId=it.needs["apiId"], AuthorizerId=it.id
        ),
        import_id=lambda it: f"{it.needs['apiId']}/{it.id}",
    ),
    Case(
        type="aws:apigatewayv2/deployment:Deployment",
        needs=two_apis,
        inputs=lambda it: of_an_api(it, triggers={"routes": "1"}),
        update={"description": "with parcels"},
        seen=lambda it: asked(it, "get_deployment", DeploymentId=it.id)["Description"],
        expected="with parcels",
        replace=lambda it: {"apiId": it.needs["other"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-deployment.html",
        drift=lambda it: it.aws("apigatewayv2").update_deployment(
            ApiId=it.needs["apiId"], DeploymentId=it.id, Description="by hand"
        ),
        drifted={"description"},
        vanish=lambda it: it.aws("apigatewayv2").delete_deployment(
            ApiId=it.needs["apiId"], DeploymentId=it.id
        ),
        import_id=lambda it: f"{it.needs['apiId']}/{it.id}",
        unread={"triggers"},
    ),
    Case(
        type="aws:apigatewayv2/stage:Stage",
        needs=deployed,
        inputs=lambda it: of_an_api(
            it,
            name="ws",
            deploymentId=it.needs["deploymentId"],
            accessLogSettings={"destinationArn": it.needs["group"], "format": "$context.requestId"},
            defaultRouteSettings={
                "throttlingBurstLimit": 50,
                "throttlingRateLimit": 100,
                "loggingLevel": "ERROR",
            },
            routeSettings=[
                {"routeKey": "ping", "throttlingRateLimit": 5},
                {"routeKey": "$connect", "throttlingRateLimit": 10},
            ],
            stageVariables={"alias": "live", "mode": "all"},
            tags={"owner": "us"},
        ),
        update=lambda it: {
            "deploymentId": it.needs["next"],
            "accessLogSettings": None,
            "defaultRouteSettings": {"throttlingBurstLimit": 5, "throttlingRateLimit": 2.5},
            "routeSettings": [{"routeKey": "ping", "throttlingRateLimit": 7}],
            "stageVariables": {"mode": "read"},
        },
        seen=lambda it: [
            (
                found["DeploymentId"] == it.needs["next"],
                found["DefaultRouteSettings"]["ThrottlingRateLimit"],
                *chosen(found, "AccessLogSettings", "RouteSettings", "StageVariables"),
            )
            for found in [asked(it, "get_stage", StageName="ws")]
        ],
        expected=[(True, 2.5, None, {"ping": {"ThrottlingRateLimit": 7.0}}, {"mode": "read"})],
        replace={"name": "next"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-stage.html",
        drift=lambda it: it.aws("apigatewayv2").update_stage(
            ApiId=it.needs["apiId"],
            StageName="ws",
            AutoDeploy=True,
            RouteSettings={"ping": {"ThrottlingRateLimit": 500}},
        ),
        drifted={"autoDeploy", "routeSettings"},
        vanish=lambda it: it.aws("apigatewayv2").delete_stage(ApiId=it.needs["apiId"], StageName="ws"),
        import_id=lambda it: f"{it.needs['apiId']}/ws",
    ),
]
