"""Amazon API Gateway, REST APIs: https://docs.aws.amazon.com/apigateway/latest/api/."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.row import Call, Limit, Name, Read, Tags
from localcloud.provider.services.apigateway_patches import (
    Operation,
    PatchedResource,
    map_changes,
    replaced,
    set_changes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request

# What an OpenAPI document says too; the program's own word counts, so it is set again after an import.
OWN_WORD = frozenset(
    {
        "apiKeySource",
        "binaryMediaTypes",
        "description",
        "disableExecuteApiEndpoint",
        "minimumCompressionSize",
        "name",
        "policy",
    }
)


NOT_COMPRESSED = {"op": "replace", "path": "/minimumCompressionSize"}


class RestApiResource(PatchedResource):
    """A REST API, made of an OpenAPI document where the program gives one."""

    PATCH = "UpdateRestApi"
    PATHS: ClassVar = {
        "apiKeySource": "/apiKeySource",
        "description": "/description",
        "disableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
        "minimumCompressionSize": "/minimumCompressionSize",
        "name": "/name",
        "policy": "/policy",
        "securityPolicy": "/securityPolicy",
        "endpointAccessMode": "/endpointAccessMode",
    }

    def request(self, operation: str, values: Values) -> Request:
        """A size of -1 means that nothing is compressed, which the create call says by silence."""
        request = super().request(operation, values)
        if request.members.get("minimumCompressionSize") == -1:
            del request.members["minimumCompressionSize"]
        return request

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """An import may have changed what the program says itself."""
        imports = values.get("body") and changed & self.concerns(self.updates[0])
        imported = {name for name in OWN_WORD if values.get(name)} if imports else set()
        super().run_update(cloud, values, changed | imported)

    def operations(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> Iterator[Operation]:
        """Single values, and the two lists."""
        for operation in super().operations(cloud, values, changed):
            yield NOT_COMPRESSED if operation == {**NOT_COMPRESSED, "value": "-1"} else operation
        if not changed & {"binaryMediaTypes", "endpointConfiguration"}:
            return
        now = cloud.call("apigateway", "GetRestApi", {"restApiId": values["__id"]})
        if "binaryMediaTypes" in changed:
            yield from set_changes(
                "/binaryMediaTypes", now.get("binaryMediaTypes", []), values.get("binaryMediaTypes") or []
            )
        if "endpointConfiguration" in changed:
            wanted, is_now = values.get("endpointConfiguration") or {}, now.get("endpointConfiguration", {})
            kind = (is_now.get("types") or ["EDGE"])[0]
            if wanted.get("types", kind) != kind:
                yield replaced(f"/endpointConfiguration/types/{kind}", wanted["types"])
            if wanted.get("ipAddressType"):
                yield replaced("/endpointConfiguration/ipAddressType", wanted["ipAddressType"])
            before, after = is_now.get("vpcEndpointIds", []), wanted.get("vpcEndpointIds") or []
            for operation in set_changes("/endpointConfiguration/vpcEndpointIds", before, after):
                step = operation["path"].rpartition("/")[2]
                yield {"op": operation["op"], "path": "/endpointConfiguration/vpcEndpointIds", "value": step}

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """API Gateway answers the policy with its quotes escaped."""
        policy = found.get("policy")
        if isinstance(policy, str) and policy.startswith("{\\"):
            found["policy"] = json.loads(f'"{policy}"')
        return super().from_cloud(found, values)


class DeploymentResource(PatchedResource):
    """A deployment of an API; its triggers are the program's own and unknown to AWS."""

    PATCH = "UpdateDeployment"
    PATHS: ClassVar = {"description": "/description"}

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The id alone; an import names `api/deployment`."""
        api, _, deployment = resource_id.rpartition("/")
        return {"restApi": api, "__id": deployment} if api else {"__id": deployment}

    def id_of(self, values: Values) -> str:
        """The id of the deployment."""
        return str(values["__id"])


class StageResource(PatchedResource):
    """A stage; where the local cloud serves it is what a request to `invokeUrl` needs."""

    PATCH = "UpdateStage"
    PATHS: ClassVar = {
        "cacheClusterEnabled": "/cacheClusterEnabled",
        "cacheClusterSize": "/cacheClusterSize",
        "clientCertificateId": "/clientCertificateId",
        "deployment": "/deploymentId",
        "description": "/description",
        "documentationVersion": "/documentationVersion",
        "xrayTracingEnabled": "/tracingEnabled",
    }
    BLOCKS = ("accessLogSettings", "canarySettings", "variables")

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The id is `ags-api-stage`; an import names `api/stage`."""
        if "/" in resource_id:
            api, _, stage = resource_id.partition("/")
            return {"restApi": api, "stageName": stage}
        return super().from_id(resource_id)

    def operations(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> Iterator[Operation]:
        """Single values, the access log, the variables and the canary."""
        yield from super().operations(cloud, values, changed)
        ids = {"restApiId": values["restApi"], "stageName": values["stageName"]}
        now = cloud.call("apigateway", "GetStage", ids) if changed & {"canarySettings", "variables"} else {}
        if "accessLogSettings" in changed:
            yield from _block(
                "/accessLogSettings", values.get("accessLogSettings"), ("destinationArn", "format")
            )
        if "canarySettings" in changed:
            names = ("deploymentId", "percentTraffic", "useStageCache")
            canary = values.get("canarySettings") or {}
            yield from _block("/canarySettings", canary, names)
            if canary:
                before = now.get("canarySettings", {}).get("stageVariableOverrides", {})
                after = canary.get("stageVariableOverrides") or {}
                yield from map_changes("/canarySettings/stageVariableOverrides", before, after)
        if "variables" in changed:
            yield from map_changes("/variables", now.get("variables", {}), values.get("variables") or {})

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The stage is served below the local cloud's own address."""
        found = super().run_read(cloud, values)
        address = f"{cloud.endpoint}/_aws/execute-api/{values['restApi']}/{values['stageName']}"
        return None if found is None else {**found, "invokeUrl": address}

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """A stage without an access log answers an empty one, and a web ACL only where there is one."""
        if not (found.get("accessLogSettings") or {}).get("destinationArn"):
            found.pop("accessLogSettings", None)
        return super().from_cloud({"webAclArn": "", **found}, values)


def _block(path: str, block: Any, names: tuple[str, ...]) -> Iterator[Operation]:  # noqa: ANN401 - a property
    if not block:
        yield {"op": "remove", "path": path}
        return
    yield from (replaced(f"{path}/{name}", block[name]) for name in names if block.get(name) is not None)


class AccountResource(PatchedResource):
    """The account's settings: they are always there, so deleting them clears the role."""

    PATCH = "UpdateAccount"
    PATHS: ClassVar = {"cloudwatchRoleArn": "/cloudwatchRoleArn"}

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Set the role."""
        self.run_update(cloud, values, frozenset({"cloudwatchRoleArn"}))
        return {}

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Forget the role."""
        self.run_update(cloud, {**values, "cloudwatchRoleArn": None}, frozenset({"cloudwatchRoleArn"}))

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Without a role there is no such resource, unless the program wants none."""
        found = super().run_read(cloud, values)
        role = (found or {}).get("cloudwatchRoleArn")
        return found if role or not values.get("cloudwatchRoleArn") else None


RESOURCES: tuple[Resource, ...] = (
    RestApiResource(
        type="aws:apigateway/restApi:RestApi",
        service="apigateway",
        create="CreateRestApi",
        reads=(Read(operation="GetRestApi"),),
        updates=(
            Call(
                operation="PutRestApi", properties=("body", "failOnWarnings", "parameters", "putRestApiMode")
            ),
        ),
        delete="DeleteRestApi",
        id="{__id}",
        name=Name(longest=255),
        names={"__id": "restApiId", "putRestApiMode": "mode"},
        write_only=("body", "failOnWarnings", "parameters", "putRestApiMode"),
        json=("body", "policy"),
        defaults={
            "apiKeySource": "HEADER",
            "disableExecuteApiEndpoint": False,
            "minimumCompressionSize": "-1",
            "failOnWarnings": False,
            "putRestApiMode": "overwrite",
        },
        computed={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{__id}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{__id}",
        },
        volatile=("rootResourceId",),
        tags=Tags(read="GetTags"),
        limits={"putRestApiMode": Limit(values=("overwrite", "merge"))},
    ),
    DeploymentResource(
        type="aws:apigateway/deployment:Deployment",
        service="apigateway",
        create="CreateDeployment",
        reads=(Read(operation="GetDeployment"),),
        delete="DeleteDeployment",
        id="{restApi}/{__id}",
        imports="{restApi}/{__id}",
        names={"__id": "deploymentId", "restApi": "restApiId"},
        replace=("restApi", "triggers", "variables"),
        handled={"triggers": ""},
        write_only=("triggers", "variables"),
        defaults={"description": ""},
        # The engine removes a deployment after the stage has left it.
        retry=("Active stages pointing to this deployment",),
    ),
    StageResource(
        type="aws:apigateway/stage:Stage",
        service="apigateway",
        create="CreateStage",
        reads=(Read(operation="GetStage"),),
        delete="DeleteStage",
        id="ags-{restApi}-{stageName}",
        names={
            "deployment": "deploymentId",
            "restApi": "restApiId",
            "xrayTracingEnabled": "tracingEnabled",
        },
        replace=("restApi", "stageName"),
        updates=(
            Call(
                operation="UpdateStage",
                properties=("accessLogSettings", "canarySettings", "clientCertificateId"),
            ),
        ),
        defaults={"description": "", "cacheClusterEnabled": False, "xrayTracingEnabled": False},
        computed={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{restApi}/{stageName}",
        },
        tags=Tags(read="GetTags"),
    ),
    AccountResource(
        type="aws:apigateway/account:Account",
        service="apigateway",
        create="UpdateAccount",
        reads=(Read(operation="GetAccount"),),
        delete="UpdateAccount",
        id="{__account}",
        computed={"__account": "{account}"},
        # A new role settles for a while: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        retry=("The role ARN does not have required permissions",),
    ),
)
