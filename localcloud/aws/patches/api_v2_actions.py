"""Adds actions of HTTP and WebSocket APIs that MiniStack lacks; it takes some of them for larger deletions.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
IN_USE = "Active stages pointing to this deployment must be moved or deleted"

Answer = tuple[int, dict[str, str], bytes]


def apply() -> None:
    """Wrap the router of the APIs, and the calls that refuse more on AWS.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("api_v2_actions", "services.apigateway")
    for name in ("_apis", "_deployments", "_routes", "_stages"):
        gateway.require(name)
    gateway.require("_apigw_response", "data", "status")
    gateway.require("_apigw_error", "code", "message", "status")
    actions = _Actions(gateway.module)
    gateway.wrap("handle_request", *PARAMETERS, by=actions.on_request)
    gateway.wrap("_delete_deployment", "api_id", "deployment_id", by=actions.on_deletion_of_deployment)
    gateway.wrap("_create_stage", "api_id", "data", by=actions.on_creation_of_stage)
    gateway.wrap("_create_route", "api_id", "data", by=actions.on_creation_of_route)


class _Actions:
    """The actions, on upstream's records."""

    def __init__(self, gateway: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._gateway = gateway

    def on_request(self, original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(
            method: str,
            path: str,
            headers: Any,  # noqa: ANN401
            body: bytes,
            query_params: Any,  # noqa: ANN401
        ) -> Answer:
            steps = [unquote(step) for step in path.strip("/").split("/")]
            match (method, *steps):
                case ("PATCH", "v2", "apis", api, "deployments", deployment):
                    return self._update_deployment(api, deployment, json.loads(body or b"{}"))
                case ("DELETE", "v2", "apis", api, "stages", stage, "accesslogsettings"):
                    return self._delete_entry("_stages", api, stage, "accessLogSettings")
                case ("DELETE", "v2", "apis", api, "stages", stage, "routesettings", *key):
                    return self._delete_entry("_stages", api, stage, "routeSettings", "/".join(key))
                case ("DELETE", "v2", "apis", api, "routes", route, "requestparameters", *key):
                    return self._delete_entry("_routes", api, route, "requestParameters", "/".join(key))
            return await original(method, path, headers, body, query_params)

        return handle

    def on_deletion_of_deployment(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(api_id: str, deployment_id: str) -> Answer:
            stages = (self._gateway._stages.get(api_id) or {}).values()
            if any(stage.get("deploymentId") == deployment_id for stage in stages):
                return self._refused("BadRequestException", IN_USE, 400)
            return original(api_id, deployment_id)

        return delete

    def on_creation_of_stage(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(api_id: str, data: dict[str, Any]) -> Answer:
            if data.get("stageName") in (self._gateway._stages.get(api_id) or {}):
                return self._refused("ConflictException", "Stage already exists", 409)
            return original(api_id, data)

        return create

    def on_creation_of_route(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(api_id: str, data: dict[str, Any]) -> Answer:
            routes = (self._gateway._routes.get(api_id) or {}).values()
            if any(route["routeKey"] == data.get("routeKey") for route in routes):
                message = f"Route with key {data['routeKey']} already exists for this API"
                return self._refused("ConflictException", message, 409)
            return original(api_id, data)

        return create

    def _update_deployment(self, api: str, deployment: str, data: dict[str, Any]) -> Answer:
        record = (self._gateway._deployments.get(api) or {}).get(deployment)
        if record is None:
            return self._missing(deployment)
        if "description" in data:
            record["description"] = data["description"]
        shown: Answer = self._gateway._apigw_response(record, 200)
        return shown

    def _delete_entry(self, store: str, api: str, part: str, setting: str, key: str = "") -> Answer:
        record = (getattr(self._gateway, store).get(api) or {}).get(part)
        if record is None:
            return self._missing(part)
        if not key:
            record.pop(setting, None)
        elif (record.get(setting) or {}).pop(key, None) is None:
            return self._missing(key)
        return 204, {}, b""

    def _missing(self, what: str) -> Answer:
        return self._refused("NotFoundException", f"Unable to find {what}", 404)

    def _refused(self, code: str, message: str, status: int) -> Answer:
        refused: Answer = self._gateway._apigw_error(code, message, status)
        return refused
