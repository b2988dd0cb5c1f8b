"""Routes of HTTP and WebSocket APIs and what answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.localcloud.provider.types.case import Case
from tests.localcloud.provider.types.cases_apigatewayv2 import (
    CLOUDFORMATION,
    LISTENER,
    OTHER_LISTENER,
    an_api,
    asked,
    chosen,
    of_an_api,
    two_apis,
)

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene


def an_integration(it: Scene, api: str) -> str:
    made = it.make("aws:apigatewayv2/integration:Integration", apiId=api, integrationType="MOCK")
    return str(made["id"])


def a_route(it: Scene, api: str, key: str = "subscribe") -> str:
    return str(it.make("aws:apigatewayv2/route:Route", apiId=api, routeKey=key)["id"])


def routed(it: Scene) -> dict[str, str]:
    apis = two_apis(it)
    authorizer = it.make(
        "aws:apigatewayv2/authorizer:Authorizer",
        apiId=apis["apiId"],
        name="people",
        authorizerType="REQUEST",
        authorizerUri=LISTENER,
        identitySources=["route.request.header.Auth"],
    )
    return {
        **apis,
        "target": f"integrations/{an_integration(it, apis['apiId'])}",
        "authorizerId": authorizer["id"],
    }


def answered(it: Scene) -> dict[str, str]:
    api = an_api(it)
    return {
        "apiId": api,
        "routeId": a_route(it, api),
        "otherRoute": a_route(it, api, "ping"),
        "integrationId": an_integration(it, api),
        "otherIntegration": an_integration(it, api),
    }


CASES = [
    Case(
        type="aws:apigatewayv2/integration:Integration",
        needs=two_apis,
        inputs=lambda it: of_an_api(
            it,
            integrationType="AWS",
            integrationMethod="POST",
            integrationUri=LISTENER,
            contentHandlingStrategy="CONVERT_TO_TEXT",
            credentialsArn=f"arn:aws:iam::{it.account}:role/caller",
            passthroughBehavior="NEVER",
            requestParameters={
                "integration.request.header.X-Kind": "'order'",
                "integration.request.path.a": "'1'",
            },
            requestTemplates={"$default": "{}"},
            responseParameters=[{"statusCode": "500", "mappings": {"overwrite:statuscode": "503"}}],
            templateSelectionExpression="$default",
            timeoutMilliseconds=5000,
        ),
        update={
            "integrationUri": OTHER_LISTENER,
            "passthroughBehavior": "WHEN_NO_TEMPLATES",
            "requestParameters": {"integration.request.header.X-Kind": "'parcel'"},
            "responseParameters": None,
            "timeoutMilliseconds": 29000,
        },
        seen=lambda it: chosen(
            asked(it, "get_integration", IntegrationId=it.id),
            "IntegrationUri",
            "PassthroughBehavior",
            "RequestParameters",
            "ResponseParameters",
            "TimeoutInMillis",
        ),
        expected=[
            OTHER_LISTENER,
            "WHEN_NO_TEMPLATES",
            {"integration.request.header.X-Kind": "'parcel'"},
            None,
            29000,
        ],
        replace={"integrationType": "HTTP"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-integration.html",
        drift=lambda it: it.aws("apigatewayv2").update_integration(
            ApiId=it.needs["apiId"],
            IntegrationId=it.id,
            CredentialsArn="",
            ResponseParameters={"500": {"overwrite:statuscode": "502"}},
        ),
        drifted={"credentialsArn", "responseParameters"},
        vanish=lambda it: it.aws("apigatewayv2").delete_integration(
            ApiId=it.needs["apiId"], IntegrationId=it.id
        ),
        import_id=lambda it: f"{it.needs['apiId']}/{it.id}",
    ),
    Case(
        type="aws:apigatewayv2/route:Route",
        needs=routed,
        inputs=lambda it: of_an_api(
            it,
            routeKey="$connect",
            target=it.needs["target"],
            authorizationType="CUSTOM",
            authorizerId=it.needs["authorizerId"],
            requestParameters=[
                {"requestParameterKey": "route.request.header.Auth", "required": True},
                {"requestParameterKey": "route.request.querystring.since", "required": False},
            ],
            routeResponseSelectionExpression="$default",
        ),
        update={
            "authorizationType": "NONE",
            "authorizerId": None,
            "operationName": "Connect",
            "requestParameters": [
                {"requestParameterKey": "route.request.querystring.since", "required": True}
            ],
            "routeResponseSelectionExpression": None,
        },
        seen=lambda it: chosen(
            asked(it, "get_route", RouteId=it.id),
            "AuthorizationType",
            "AuthorizerId",
            "OperationName",
            "RequestParameters",
            "RouteResponseSelectionExpression",
        ),
        expected=["NONE", None, "Connect", {"route.request.querystring.since": {"Required": True}}, None],
        replace=lambda it: {"apiId": it.needs["other"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-route.html",
        drift=lambda it: it.aws("apigatewayv2").update_route(
            ApiId=it.needs["apiId"], RouteId=it.id, AuthorizationType="NONE", ApiKeyRequired=True
        ),
        drifted={"authorizationType", "apiKeyRequired"},
        vanish=lambda it: it.aws("apigatewayv2").delete_route(ApiId=it.needs["apiId"], RouteId=it.id),
        import_id=lambda it: f"{it.needs['apiId']}/{it.id}",
    ),
    Case(
        type="aws:apigatewayv2/routeResponse:RouteResponse",
        needs=answered,
        inputs=lambda it: of_an_api(
            it, routeId=it.needs["routeId"], routeResponseKey="$default", responseModels={"$default": "reply"}
        ),
        update={"responseModels": {"$default": "answer"}},
        seen=lambda it: asked(it, "get_route_response", RouteId=it.needs["routeId"], RouteResponseId=it.id)[
            "ResponseModels"
        ],
        expected={"$default": "answer"},
        replace=lambda it: {"routeId": it.needs["otherRoute"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-routeresponse.html",
        drift=lambda it: it.aws("apigatewayv2").update_route_response(
            ApiId=it.needs["apiId"],
            RouteId=it.needs["routeId"],
            RouteResponseId=it.id,
            ResponseModels={"$default": "other"},
        ),
        drifted={"responseModels"},
        vanish=lambda it: it.aws("apigatewayv2").delete_route_response(
            ApiId=it.needs["apiId"], RouteId=it.needs["routeId"], RouteResponseId=it.id
        ),
        import_id=lambda it: f"{it.needs['apiId']}/{it.needs['routeId']}/{it.id}",
    ),
    Case(
        type="aws:apigatewayv2/integrationResponse:IntegrationResponse",
        needs=answered,
        inputs=lambda it: of_an_api(
            it,
            integrationId=it.needs["integrationId"],
            integrationResponseKey="/200/",
            responseTemplates={"$default": "{}"},
        ),
        update={"integrationResponseKey": "$default", "templateSelectionExpression": "$default"},
        seen=lambda it: chosen(
            asked(
                it,
                "get_integration_response",
                IntegrationId=it.needs["integrationId"],
                IntegrationResponseId=it.id,
            ),
            "IntegrationResponseKey",
            "TemplateSelectionExpression",
        ),
        expected=["$default", "$default"],
        replace=lambda it: {"integrationId": it.needs["otherIntegration"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigatewayv2-integrationresponse.html",
        drift=lambda it: it.aws("apigatewayv2").update_integration_response(
            ApiId=it.needs["apiId"],
            IntegrationId=it.needs["integrationId"],
            IntegrationResponseId=it.id,
            ResponseTemplates={"$default": "[]"},
        ),
        drifted={"responseTemplates"},
        vanish=lambda it: it.aws("apigatewayv2").delete_integration_response(
            ApiId=it.needs["apiId"], IntegrationId=it.needs["integrationId"], IntegrationResponseId=it.id
        ),
        import_id=lambda it: f"{it.needs['apiId']}/{it.needs['integrationId']}/{it.id}",
    ),
]
