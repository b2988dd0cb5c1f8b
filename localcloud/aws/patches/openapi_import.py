"""Adds PutRestApi and ImportRestApi: a REST API made from an OpenAPI 3.0 document.

What keeps its name keeps its id: resources by path; models, authorizers and validators by name.
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from localcloud.aws.patches.openapi_document import Definition, Operation, read
from localcloud.aws.patches.openapi_models import ImportRefusedError
from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
USED = {
    "_create_rest_api": ("data",),
    "_delete_rest_api": ("api_id",),
    "_create_resource": ("api_id", "parent_id", "data"),
    "_put_method": ("api_id", "resource_id", "http_method", "data"),
    "_put_method_response": ("api_id", "resource_id", "http_method", "status_code", "data"),
    "_put_integration": ("api_id", "resource_id", "http_method", "data"),
    "_put_integration_response": ("api_id", "resource_id", "http_method", "status_code", "data"),
    "_create_authorizer": ("api_id", "data"),
    "_create_request_validator": ("api_id", "data"),
    "_create_model": ("api_id", "data"),
    "_put_gateway_response": ("api_id", "response_type", "data"),
    "_v1_error": ("code", "message", "status"),
    "_v1_response": ("data", "status"),
    "_rest_api_view": ("api",),
    "_rest_api_arn": ("api_id",),
    "_rest_apis": (),
    "_resources": (),
    "_models": (),
    "_authorizers_v1": (),
    "_request_validators": (),
    "_gateway_responses": (),
    "_v1_tags": (),
}
Answer = Any


def apply() -> None:
    """Answer the two actions in front of the service.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("openapi_import", "services.apigateway_v1")
    for name, parameters in USED.items():
        gateway.require(name, *parameters)

    def importing(original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Answer:  # noqa: ANN401
            parts = path.strip("/").split("/")
            mode = _first(query_params, "mode")
            if method == "POST" and parts == ["restapis"] and mode == "import":
                return _create(gateway.module, body, _first(query_params, "endpointConfigurationTypes"))
            if method == "PUT" and len(parts) == 2 and parts[0] == "restapis":  # noqa: PLR2004 - /restapis/{id}
                return _put(gateway.module, parts[1], body, mode or "merge")
            return await original(method, path, headers, body, query_params)

        return handle

    gateway.wrap("handle_request", *PARAMETERS, by=importing)


def _first(query_params: Mapping[str, Any], name: str) -> str | None:
    value = query_params.get(name)
    return value[0] if isinstance(value, list) else value


def _create(gateway: Any, body: bytes, endpoint: str | None) -> Answer:  # noqa: ANN401
    data = {"endpointConfiguration": {"types": [endpoint]}} if endpoint else {}
    api_id = json.loads(gateway._create_rest_api(data)[2])["id"]
    answer = _put(gateway, api_id, body, "overwrite")
    if answer[0] >= 400:  # noqa: PLR2004 - the first status of an error
        gateway._delete_rest_api(api_id)
        return answer
    return gateway._v1_response(json.loads(answer[2]), 201)


def _put(gateway: Any, api_id: str, body: bytes, mode: str) -> Answer:  # noqa: ANN401
    if api_id not in gateway._rest_apis:
        return gateway._v1_error("NotFoundException", "Invalid API identifier specified", 404)
    if mode not in ("merge", "overwrite"):
        return gateway._v1_error("BadRequestException", f"Invalid mode specified: {mode}", 400)
    try:
        definition = read(body, api_id)
        refuse_unknown_types(definition, gateway._GATEWAY_RESPONSE_TYPES)
    except ImportRefusedError as error:
        return gateway._v1_error("BadRequestException", str(error), 400)
    _Import(gateway, api_id, definition, overwrite=mode == "overwrite").run()
    return gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[api_id]), 200)


def refuse_unknown_types(definition: Definition, known: Iterable[str]) -> None:
    """Check the types of the gateway responses.

    Raises:
        ImportRefusedError: API Gateway has no such gateway response.
    """
    for response_type in definition.gateway_responses:
        if response_type not in known:
            raise ImportRefusedError(f"Invalid gateway response type: {response_type}")


class _Import:
    """Carries a definition over to MiniStack's records; a definition that was read has no faults left."""

    def __init__(self, gateway: Any, api_id: str, definition: Definition, *, overwrite: bool) -> None:  # noqa: ANN401
        self._gateway = gateway
        self._api_id = api_id
        self._definition = definition
        self._overwrite = overwrite
        self._ids: dict[str, dict[str, str]] = {}

    def run(self) -> None:
        gateway, api_id, wanted = self._gateway, self._api_id, self._definition
        gateway._rest_apis[api_id].update(wanted.api)
        gateway._v1_tags.setdefault(gateway._rest_api_arn(api_id), {}).update(wanted.tags)
        self._named(gateway._authorizers_v1, gateway._create_authorizer, wanted.authorizers, "authorizer")
        validators = {name: {"name": name, **data} for name, data in wanted.validators.items()}
        self._named(gateway._request_validators, gateway._create_request_validator, validators, "validator")
        models = {
            name: {"name": name, "schema": json.dumps(schema, indent=2), "contentType": "application/json"}
            for name, schema in wanted.models.items()
        }
        self._named(gateway._models, gateway._create_model, models, "model")
        if self._overwrite:
            gateway._gateway_responses[api_id] = {}
        for response_type, data in wanted.gateway_responses.items():
            gateway._put_gateway_response(api_id, response_type, data)
        self._paths()

    def _named(
        self,
        store: Any,  # noqa: ANN401 - upstream has no types
        create: Callable[..., Any],
        wanted: Mapping[str, Mapping[str, Any]],
        kind: str,
    ) -> None:
        """Make the records of one kind, under the ids that records of the same names have."""
        before = {record["name"]: record for record in (store.get(self._api_id) or {}).values()}
        store[self._api_id] = {}
        for data in wanted.values():
            create(self._api_id, dict(data))
        made = list(store[self._api_id].values())
        for record in made:
            record["id"] = before.get(record["name"], record)["id"]
        kept = [] if self._overwrite else [record for name, record in before.items() if name not in wanted]
        key = "name" if kind == "model" else "id"
        store[self._api_id] = {record[key]: record for record in (*kept, *made)}
        self._ids[kind] = {record["name"]: record["id"] for record in made}

    def _paths(self) -> None:
        resources = self._gateway._resources[self._api_id]
        wanted = {path: self._resource(path) for path in self._definition.operations}
        if self._overwrite:
            needed = {"/"} | {prefix for path in wanted for prefix in _prefixes(path)}
            for resource_id in [key for key, resource in resources.items() if resource["path"] not in needed]:
                del resources[resource_id]
            for resource in resources.values():
                resource["resourceMethods"] = {}
        for path, operations in self._definition.operations.items():
            for verb, operation in operations.items():
                self._method(wanted[path], verb, operation)

    def _resource(self, path: str) -> str:
        """The id of a path's resource; those on the way to it are made as well."""
        resources = self._gateway._resources[self._api_id]
        place = next(str(key) for key, resource in resources.items() if resource["path"] == "/")
        for part in path.strip("/").split("/") if path != "/" else []:
            children = (
                str(key)
                for key, resource in resources.items()
                if resource["parentId"] == place and resource["pathPart"] == part
            )
            found = next(children, None)
            if found is None:
                found = json.loads(
                    self._gateway._create_resource(self._api_id, place, {"pathPart": part})[2]
                )["id"]
            place = found
        return place

    def _method(self, resource_id: str, verb: str, operation: Operation) -> None:
        gateway, target = self._gateway, (self._api_id, resource_id, verb)
        data = dict(operation.method)
        data["authorizerId"] = self._ids["authorizer"].get(data.pop("authorizer", ""))
        data["requestValidatorId"] = self._ids["validator"].get(data.pop("validator", ""))
        gateway._put_method(*target, data)
        for status, response in operation.responses.items():
            gateway._put_method_response(*target, status, dict(response))
        if operation.integration is None:
            return
        gateway._put_integration(*target, dict(operation.integration))
        stored = gateway._resources[self._api_id][resource_id]["resourceMethods"][verb]["methodIntegration"]
        stored.update({key: value for key, value in operation.integration.items() if key not in stored})
        for status, response in operation.integration_responses.items():
            gateway._put_integration_response(*target, status, dict(response))


def _prefixes(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]
