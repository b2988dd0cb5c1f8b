"""Routes of HTTP and WebSocket APIs and what answers them: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from localcloud.provider.row import Call, Limit, Read
from localcloud.provider.services.apigatewayv2_lists import PartResource, with_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource
    from localcloud.provider.row import Values


class IntegrationResource(PartResource):
    """What answers the requests of a route."""

    KEYED: ClassVar = {"responseParameters": ("statusCode", "mappings")}

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """All but a mock is called somewhere."""
        if inputs.get("integrationType") not in {"MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS", "HTTP"}:
            return  # botocore's model says so
        if inputs["integrationType"] != "MOCK" and not inputs.keys() & {
            "integrationUri",
            "integrationSubtype",
        }:
            yield "integrationUri", "is required for every integration but a mock"

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """AWS merges request parameters: one that is no longer wanted is removed by an empty value."""
        if "requestParameters" in changed:
            ids = {"ApiId": values["apiId"], "IntegrationId": values["id"]}
            now = cloud.call(self.service, "GetIntegration", ids).get("RequestParameters") or {}
            wanted = with_removals(now, values.get("requestParameters") or {})
            values = {**values, "requestParameters": wanted}
        super().run_update(cloud, values, changed)


class RouteResource(PartResource):
    """Which requests go to which integration."""

    KEYED: ClassVar = {"requestParameters": ("requestParameterKey", "")}

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """An authorizer needs a route that asks for one, and the other way round."""
        kind, authorizer = inputs.get("authorizationType", "NONE"), inputs.get("authorizerId")
        if kind in {"CUSTOM", "JWT"} and not authorizer:
            yield "authorizerId", f"is required for authorizationType {kind}"
        if kind in {"NONE", "AWS_IAM"} and authorizer:
            yield "authorizerId", f"must be left out for authorizationType {kind}"

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """AWS merges request parameters: those that are no longer wanted are removed one by one."""
        if "requestParameters" in changed:
            ids = {"ApiId": values["apiId"], "RouteId": values["id"]}
            now = cloud.call(self.service, "GetRoute", ids).get("RequestParameters") or {}
            wanted = {item["requestParameterKey"] for item in values.get("requestParameters") or ()}
            for key in sorted(now.keys() - wanted):
                request = {**ids, "RequestParameterKey": key}
                cloud.call(self.service, "DeleteRouteRequestParameter", request)
        super().run_update(cloud, values, changed)


RESOURCES: tuple[Resource, ...] = (
    IntegrationResource(
        type="aws:apigatewayv2/integration:Integration",
        service="apigatewayv2",
        create="CreateIntegration",
        reads=(Read(operation="GetIntegration"),),
        updates=(Call(operation="UpdateIntegration", only_changed=True),),
        delete="DeleteIntegration",
        id="{id}",
        imports="{apiId}/{id}",
        names={"id": "IntegrationId", "timeoutMilliseconds": "TimeoutInMillis"},
        replace=("apiId", "integrationType"),
        kept=("integrationMethod", "timeoutMilliseconds"),
        defaults={
            "connectionType": "INTERNET",
            "description": "",
            "passthroughBehavior": "WHEN_NO_MATCH",
            "payloadFormatVersion": "1.0",
        },
        cleared={
            "connectionId": "",
            "contentHandlingStrategy": "",
            "credentialsArn": "",
            "requestTemplates": {},
            "responseParameters": [],
            "templateSelectionExpression": "",
            "tlsConfig": {},
        },
        limits={
            "payloadFormatVersion": Limit(values=("1.0", "2.0")),
            "timeoutMilliseconds": Limit(low=50, high=30_000),
        },
    ),
    RouteResource(
        type="aws:apigatewayv2/route:Route",
        service="apigatewayv2",
        create="CreateRoute",
        reads=(Read(operation="GetRoute"),),
        updates=(Call(operation="UpdateRoute", only_changed=True),),
        delete="DeleteRoute",
        id="{id}",
        imports="{apiId}/{id}",
        names={"id": "RouteId"},
        replace=("apiId",),
        defaults={"apiKeyRequired": False, "authorizationType": "NONE"},
        cleared={
            "authorizationScopes": [],
            "authorizerId": "",
            "modelSelectionExpression": "",
            "operationName": "",
            "requestModels": {},
            "routeResponseSelectionExpression": "",
            "target": "",
        },
        limits={"target": Limit(longest=128), "operationName": Limit(longest=64)},
    ),
    PartResource(
        type="aws:apigatewayv2/routeResponse:RouteResponse",
        service="apigatewayv2",
        create="CreateRouteResponse",
        reads=(Read(operation="GetRouteResponse"),),
        updates=(Call(operation="UpdateRouteResponse", only_changed=True),),
        delete="DeleteRouteResponse",
        id="{id}",
        imports="{apiId}/{routeId}/{id}",
        names={"id": "RouteResponseId"},
        replace=("apiId", "routeId"),
        cleared={"modelSelectionExpression": "", "responseModels": {}},
    ),
    PartResource(
        type="aws:apigatewayv2/integrationResponse:IntegrationResponse",
        service="apigatewayv2",
        create="CreateIntegrationResponse",
        reads=(Read(operation="GetIntegrationResponse"),),
        updates=(Call(operation="UpdateIntegrationResponse", only_changed=True),),
        delete="DeleteIntegrationResponse",
        id="{id}",
        imports="{apiId}/{integrationId}/{id}",
        names={"id": "IntegrationResponseId"},
        replace=("apiId", "integrationId"),
        kept=("contentHandlingStrategy",),
        cleared={"responseTemplates": {}, "templateSelectionExpression": ""},
    ),
)
