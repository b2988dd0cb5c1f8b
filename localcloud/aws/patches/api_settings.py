"""Keeps settings of REST APIs and stages that MiniStack drops or writes to the wrong place.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

import copy
import json
from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

CREATED = ("securityPolicy", "endpointAccessMode")

Answer = Any


def apply() -> None:
    """Wrap the creation of both, and the update of an API.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("api_settings", "services.apigateway_v1")
    for name in ("_rest_apis", "_stages_v1"):
        gateway.require(name)
    gateway.require("_rest_api_view", "api")
    gateway.require("_v1_response", "data", "status")
    gateway.require("_v1_error", "code", "message", "status")
    settings = _Settings(gateway.module)
    gateway.wrap("_create_rest_api", "data", by=settings.on_creation_of_api)
    gateway.wrap("_update_rest_api", "api_id", "data", by=settings.on_update_of_api)
    gateway.wrap("_create_stage", "api_id", "data", by=settings.on_creation_of_stage)


class _PatchRefusedError(ValueError):
    """A patch operation does not fit the API."""


class _Settings:
    """Writes the settings into upstream's records."""

    def __init__(self, gateway: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._gateway = gateway

    def on_creation_of_api(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(data: dict[str, Any]) -> Answer:
            answer = original(data)
            if answer[0] >= 400:  # noqa: PLR2004 - the first status of an error
                return answer
            api = self._gateway._rest_apis[json.loads(answer[2])["id"]]
            api.update({name: data[name] for name in CREATED if data.get(name)})
            return self._gateway._v1_response(self._gateway._rest_api_view(api), answer[0])

        return create

    def on_creation_of_stage(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(api_id: str, data: dict[str, Any]) -> Answer:
            answer = original(api_id, data)
            if answer[0] >= 400 or not data.get("canarySettings"):  # noqa: PLR2004 - the first status of an error
                return answer
            stage = self._gateway._stages_v1[api_id][data["stageName"]]
            stage["canarySettings"] = dict(data["canarySettings"])
            return self._gateway._v1_response(stage, answer[0])

        return create

    def on_update_of_api(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def update(api_id: str, data: dict[str, Any]) -> Answer:
            api = self._gateway._rest_apis.get(api_id)
            if api is None:
                return original(api_id, data)
            changed = copy.deepcopy(api)
            operations = data.get("patchOperations") or []
            try:
                left = [operation for operation in operations if not _patched(changed, operation)]
            except _PatchRefusedError as error:
                return self._gateway._v1_error("BadRequestException", str(error), 400)
            api.update(changed)
            return original(api_id, {**data, "patchOperations": left})

        return update


def _patched(api: dict[str, Any], operation: dict[str, Any]) -> bool:
    """Carry an operation out, if it is one that upstream gets wrong."""
    verb, path, value = operation.get("op"), str(operation.get("path", "")), operation.get("value")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.removeprefix("/").split("/")]
    endpoint = api.setdefault("endpointConfiguration", {})
    match steps:
        case ["disableExecuteApiEndpoint"]:
            api["disableExecuteApiEndpoint"] = str(value).lower() == "true"
        case ["minimumCompressionSize"] if value not in {None, ""}:
            api["minimumCompressionSize"] = int(str(value))
        case ["binaryMediaTypes", kind]:
            api["binaryMediaTypes"] = _changed(api.get("binaryMediaTypes") or [], verb, kind, value, path)
        case ["endpointConfiguration", "types", kind]:
            endpoint["types"] = _changed(endpoint.get("types") or ["EDGE"], verb, kind, value, path)
        case ["endpointConfiguration", "vpcEndpointIds"] if value:
            before = endpoint.get("vpcEndpointIds") or []
            endpoint["vpcEndpointIds"] = _changed(before, verb, str(value), value, path)
        case _:
            return False
    return True


def _changed(items: list[str], verb: str | None, item: str, value: Any, path: str) -> list[str]:  # noqa: ANN401
    """A list with one member added, removed or replaced by `value`."""
    if verb == "add":
        return [*items, *([] if item in items else [item])]
    if item not in items:
        raise _PatchRefusedError(f"Invalid patch path '{path}' specified for op '{verb}'. No such member.")
    if verb == "replace":
        return [str(value) if kept == item else kept for kept in items]
    return [kept for kept in items if kept != item]
