"""Amazon API Gateway, HTTP and WebSocket APIs: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags
from localcloud.provider.services.apigatewayv2_lists import PartResource, with_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.row import Values

HTTP_ONLY = ("body", "corsConfiguration", "credentialsArn", "failOnWarnings", "routeKey", "target")
QUICK_CREATE = ("credentialsArn", "routeKey", "target")


class ApiResource(Resource):
    """An HTTP or WebSocket API."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What HTTP APIs have and WebSocket APIs have not, and what only AWS makes."""
        if inputs.get("protocolType") == "WEBSOCKET":
            yield from ((name, "is for HTTP APIs only") for name in HTTP_ONLY if inputs.get(name))
            if not inputs.get("routeSelectionExpression"):
                yield "routeSelectionExpression", "is required for a WebSocket API: $request.body.action, say"
            return
        for name in QUICK_CREATE:
            if inputs.get(name):
                yield name, "must be left out: declare the integration, the route and the stage themselves"

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The API, and the address that AWS would give it."""
        found = super().run_read(cloud, values)
        if found is None:
            return None
        return {**found, "apiEndpoint": _address(found["id"], found["protocolType"], cloud.region)}


class AuthorizerResource(PartResource):
    """An authorizer: a function that judges requests, or the issuer of tokens."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Each kind has settings that it cannot do without."""
        kind = inputs.get("authorizerType")
        if kind == "REQUEST" and not inputs.get("authorizerUri"):
            yield "authorizerUri", "is required for a REQUEST authorizer"
        if kind == "JWT" and not inputs.get("jwtConfiguration"):
            yield "jwtConfiguration", "is required for a JWT authorizer"


class DeploymentResource(PartResource):
    """A deployment of an API; its triggers are the program's own and unknown to AWS."""

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Only a deployment that a stage made by itself says so."""
        return super().from_cloud({"autoDeployed": False, **found}, values)


class StageResource(PartResource):
    """A stage: where and how a deployment of an API is served."""

    KEYED: ClassVar = {"routeSettings": ("routeKey", "")}

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A stage that deploys by itself has no deployment of the program's."""
        if inputs.get("autoDeploy") is True and inputs.get("deploymentId"):
            yield "deploymentId", "must be left out beside autoDeploy"

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The stage, and the address that AWS would serve it at."""
        found = super().run_read(cloud, values)
        if found is None:
            return None
        try:
            api = cloud.call(self.service, "GetApi", {"ApiId": values["apiId"]})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        base = _address(values["apiId"], api["ProtocolType"], cloud.region)
        name = "" if found["name"] == "$default" else found["name"]
        return {**found, "invokeUrl": f"{base}/{name}"}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """AWS merges variables and settings of routes: what is no longer wanted is removed."""
        ids = {"ApiId": values["apiId"], "StageName": values["name"]}
        now = (
            cloud.call(self.service, "GetStage", ids) if changed & {"routeSettings", "stageVariables"} else {}
        )
        if "stageVariables" in changed:
            wanted = with_removals(now.get("StageVariables") or {}, values.get("stageVariables") or {})
            values = {**values, "stageVariables": wanted}
        if "routeSettings" in changed:
            kept = {item["routeKey"] for item in values.get("routeSettings") or ()}
            for key in sorted((now.get("RouteSettings") or {}).keys() - kept):
                cloud.call(self.service, "DeleteRouteSettings", {**ids, "RouteKey": key})
        super().run_update(cloud, values, changed)


def _address(api: str, protocol: str, region: str) -> str:
    scheme = "wss" if protocol == "WEBSOCKET" else "https"
    return f"{scheme}://{api}.execute-api.{region}.amazonaws.com"


RESOURCES: tuple[Resource, ...] = (
    ApiResource(
        type="aws:apigatewayv2/api:Api",
        service="apigatewayv2",
        create="CreateApi",
        reads=(Read(operation="GetApi"),),
        updates=(
            Call(
                operation="UpdateApi",
                properties=(
                    "apiKeySelectionExpression",
                    "description",
                    "disableExecuteApiEndpoint",
                    "ipAddressType",
                    "name",
                    "routeSelectionExpression",
                    "version",
                ),
                only_changed=True,
            ),
            Call(
                operation="UpdateApi",
                properties=("corsConfiguration",),
                otherwise="DeleteCorsConfiguration",
                only_changed=True,
            ),
        ),
        delete="DeleteApi",
        id="{id}",
        name=Name(longest=128),
        names={"id": "ApiId"},
        replace=("protocolType",),
        kept=("version",),
        defaults={
            "apiKeySelectionExpression": "$request.header.x-api-key",
            "description": "",
            "disableExecuteApiEndpoint": False,
            "ipAddressType": "ipv4",
            "routeSelectionExpression": "$request.method $request.path",
        },
        computed={
            "arn": "arn:{partition}:apigateway:{region}::/apis/{id}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        },
        tags=Tags(read="GetTags"),
        limits={
            "description": Limit(longest=1024),
            "version": Limit(longest=64),
        },
    ),
    AuthorizerResource(
        type="aws:apigatewayv2/authorizer:Authorizer",
        service="apigatewayv2",
        create="CreateAuthorizer",
        reads=(Read(operation="GetAuthorizer"),),
        updates=(Call(operation="UpdateAuthorizer", only_changed=True),),
        delete="DeleteAuthorizer",
        id="{id}",
        imports="{apiId}/{id}",
        name=Name(longest=128),
        names={"id": "AuthorizerId"},
        replace=("apiId",),
        cleared={"authorizerCredentialsArn": "", "enableSimpleResponses": False},
        limits={"authorizerResultTtlInSeconds": Limit(low=0, high=3600)},
    ),
    DeploymentResource(
        type="aws:apigatewayv2/deployment:Deployment",
        service="apigatewayv2",
        create="CreateDeployment",
        reads=(Read(operation="GetDeployment"),),
        updates=(Call(operation="UpdateDeployment", properties=("description",), only_changed=True),),
        delete="DeleteDeployment",
        id="{id}",
        imports="{apiId}/{id}",
        names={"id": "DeploymentId"},
        replace=("apiId", "triggers"),
        handled={"triggers": ""},
        write_only=("triggers",),
        defaults={"description": ""},
        # The engine removes a deployment after the stage has left it.
        retry=("Active stages pointing to this deployment",),
        limits={"description": Limit(longest=1024)},
    ),
    StageResource(
        type="aws:apigatewayv2/stage:Stage",
        service="apigatewayv2",
        create="CreateStage",
        reads=(Read(operation="GetStage"),),
        updates=(
            Call(
                operation="UpdateStage",
                properties=(
                    "autoDeploy",
                    "clientCertificateId",
                    "defaultRouteSettings",
                    "deploymentId",
                    "description",
                    "routeSettings",
                    "stageVariables",
                ),
                only_changed=True,
            ),
            Call(
                operation="UpdateStage",
                properties=("accessLogSettings",),
                otherwise="DeleteAccessLogSettings",
                only_changed=True,
            ),
        ),
        delete="DeleteStage",
        id="{name}",
        imports="{apiId}/{name}",
        name=Name(longest=128),
        names={"name": "StageName"},
        replace=("apiId", "name"),
        kept=("deploymentId",),
        defaults={"autoDeploy": False, "description": ""},
        cleared={"clientCertificateId": "", "defaultRouteSettings": {"detailedMetricsEnabled": False}},
        computed={
            "arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{apiId}/{name}",
        },
        tags=Tags(read="GetTags"),
        limits={
            "description": Limit(longest=1024),
            "name": Limit(longest=128, pattern=r"\$default|[\w-]+"),
            "defaultRouteSettings.throttlingBurstLimit": Limit(low=0),
            "defaultRouteSettings.throttlingRateLimit": Limit(low=0),
        },
    ),
)
