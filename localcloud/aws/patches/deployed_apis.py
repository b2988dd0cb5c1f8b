"""Lets a stage serve its deployment: what the REST API was at CreateDeployment, not what it is now.

Upstream does so for gateway responses; their snapshot, which it saves, restores and deletes with the
deployment, holds the rest as well. The policy of the API acts at once all the same, and a deployment that was
saved without it serves the API as it is.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

import copy
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from localcloud.aws.patches.upstream import Upstream

STORES = ("_rest_apis", "_resources", "_authorizers_v1", "_models", "_request_validators")
SNAPSHOT = "deployed"  # beside the types of gateway responses, which are in capitals
REQUEST = ("request", "api_id", "stage_name", "method", "path", "headers", "body", "query_params")
OWNER = ("owner_account_id", "owner_region")

Answer = Any
# The id of the API that is being served, and what each store holds of it.
_served: ContextVar[tuple[str, dict[str, Any]] | None] = ContextVar("served", default=None)


def apply() -> None:
    """Wrap deployment and serving, and have the stores answer the snapshot while a request is served.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("deployed_apis", "services.apigateway_v1")
    for name in ("_stages_v1", "_deployed_gateway_responses", "request_scope"):
        gateway.require(name)
    gateway.require("find_api_scope", "api_id")
    gateway.require("_v1_error", "code", "message", "status")
    for name in STORES:
        gateway.wrap(name, by=partial(_serving, name=name))
    deployments = _Deployments(gateway.module)
    gateway.wrap("_create_deployment", "api_id", "data", by=deployments.on_creation)
    gateway.wrap("_delete_deployment", "api_id", "deployment_id", by=deployments.on_deletion)
    gateway.wrap("_execute_in_scope", *REQUEST, *OWNER, by=deployments.on_request)
    kind = ("api_id", "stage_name", "method", "path")
    gateway.wrap("method_authorization_type", *kind, by=deployments.on_choice_of_authorization)


def _serving(store: Any, name: str) -> Any:  # noqa: ANN401 - upstream has no types
    """The same store, which other modules hold as well, with another `get`."""

    class Serving(type(store)):  # type: ignore[misc]
        __slots__ = ()

        def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
            served = _served.get()
            return served[1][name] if served and served[0] == key else super().get(key, default)

    store.__class__ = Serving
    return store


class _Deployments:
    """Takes snapshots and has them served."""

    def __init__(self, gateway: Any) -> None:  # noqa: ANN401
        self._gateway = gateway

    def on_creation(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(api_id: str, data: dict[str, Any]) -> Answer:
            if api_id in self._gateway._rest_apis and (fault := self._fault(api_id)):
                return self._gateway._v1_error("BadRequestException", fault, 400)
            answer = original(api_id, data)
            if answer[0] < 400:  # noqa: PLR2004 - the first status of an error
                now = {name: getattr(self._gateway, name).get(api_id) or {} for name in STORES}
                kept = self._gateway._deployed_gateway_responses[api_id][json.loads(answer[2])["id"]]
                kept[SNAPSHOT] = copy.deepcopy(now)
            return answer

        return create

    def on_deletion(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(api_id: str, deployment_id: str) -> Answer:
            stages = (self._gateway._stages_v1.get(api_id) or {}).values()
            if any(stage.get("deploymentId") == deployment_id for stage in stages):
                fault = "Active stages pointing to this deployment must be moved or deleted"
                return self._gateway._v1_error("BadRequestException", fault, 400)
            return original(api_id, deployment_id)

        return delete

    def on_request(self, original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def execute(request: dict[str, Any], api_id: str, stage_name: str, *rest: Any) -> Answer:  # noqa: ANN401
            with self._serve(api_id, stage_name):
                return await original(request, api_id, stage_name, *rest)

        return execute

    def on_choice_of_authorization(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def choose(api_id: str, stage_name: str, method: str, path: str) -> Any:  # noqa: ANN401
            scope = self._gateway.find_api_scope(api_id)
            if scope is None:
                return None
            with self._gateway.request_scope(*scope), self._serve(api_id, stage_name):
                return original(api_id, stage_name, method, path)

        return choose

    def _fault(self, api_id: str) -> str | None:
        """Why the API cannot be deployed."""
        resources = (self._gateway._resources.get(api_id) or {}).values()
        methods = [method for resource in resources for method in resource["resourceMethods"].values()]
        if not methods:
            return "The REST API doesn't contain any methods"
        if any(not method.get("methodIntegration") for method in methods):
            return "No integration defined for method"
        return None

    @contextmanager
    def _serve(self, api_id: str, stage_name: str) -> Iterator[None]:
        stage = (self._gateway._stages_v1.get(api_id) or {}).get(stage_name) or {}
        deployments = self._gateway._deployed_gateway_responses.get(api_id) or {}
        snapshot = (deployments.get(stage.get("deploymentId")) or {}).get(SNAPSHOT)
        token = _served.set((api_id, snapshot) if snapshot else None)
        try:
            yield
        finally:
            _served.reset(token)
