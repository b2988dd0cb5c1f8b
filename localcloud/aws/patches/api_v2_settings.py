"""Keeps settings of HTTP and WebSocket APIs that MiniStack drops, and changes maps entry by entry.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

# Settings that MiniStack takes no notice of.
INTEGRATION = (
    "connectionId",
    "credentialsArn",
    "integrationSubtype",
    "passthroughBehavior",
    "templateSelectionExpression",
    "tlsConfig",
)
# Update -> where the record is kept, its parameter, what is kept besides, maps that AWS merges.
UPDATES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "_update_authorizer": ("_authorizers", "auth_id", ("authorizerType",), ()),
    "_update_integration": ("_integrations", "int_id", INTEGRATION, ("requestParameters",)),
    "_update_route": ("_routes", "route_id", (), ("requestParameters",)),
    "_update_stage": ("_stages", "stage_name", (), ("routeSettings", "stageVariables")),
}
ERRORS = 400

Answer = Any


def apply() -> None:
    """Wrap what makes and changes the parts of an API.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("api_v2_settings", "services.apigateway")
    for name in ("_apis", "_authorizers", "_integrations", "_routes", "_stages"):
        gateway.require(name)
    gateway.require("_apigw_response", "data", "status")
    settings = _Settings(gateway.module)
    gateway.wrap("_create_api", "data", by=settings.on_creation_of_api)
    gateway.wrap("_update_api", "api_id", "data", by=settings.on_update_of_api)
    gateway.wrap("_create_integration", "api_id", "data", by=settings.on_creation_of_integration)
    for name, (store, part, kept, merged) in UPDATES.items():
        gateway.wrap(name, "api_id", part, "data", by=settings.on_update(store, kept, merged))


class _Settings:
    """Writes the settings into upstream's records."""

    def __init__(self, gateway: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._gateway = gateway

    def on_creation_of_api(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(data: dict[str, Any]) -> Answer:
            answer = original(data)
            if answer[0] >= ERRORS:
                return answer
            record = self._gateway._apis[json.loads(answer[2])["apiId"]]
            record["ipAddressType"] = data.get("ipAddressType") or "ipv4"
            return self._gateway._apigw_response(record, answer[0])

        return create

    def on_update_of_api(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def update(api_id: str, data: dict[str, Any]) -> Answer:
            record = self._gateway._apis.get(api_id)
            if record is not None:
                _keep(record, data, ("ipAddressType",))
            return original(api_id, data)

        return update

    def on_creation_of_integration(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(api_id: str, data: dict[str, Any]) -> Answer:
            answer = original(api_id, data)
            if answer[0] >= ERRORS:
                return answer
            record = self._gateway._integrations[api_id][json.loads(answer[2])["integrationId"]]
            _keep(record, data, INTEGRATION)
            return self._gateway._apigw_response(record, answer[0])

        return create

    def on_update(
        self, store: str, kept: Iterable[str], merged: Iterable[str]
    ) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        def by(original: Callable[..., Answer]) -> Callable[..., Answer]:
            def update(api_id: str, part: str, data: dict[str, Any]) -> Answer:
                record = (getattr(self._gateway, store).get(api_id) or {}).get(part)
                if record is None:
                    return original(api_id, part, data)
                _keep(record, data, kept)
                maps = {name: _merged(record.get(name), data[name]) for name in merged if name in data}
                return original(api_id, part, {**data, **maps})

            return update

        return by


def _keep(record: dict[str, Any], data: dict[str, Any], names: Iterable[str]) -> None:
    """Set what a request names; an empty value removes it."""
    for name in names:
        if data.get(name):
            record[name] = data[name]
        elif name in data:
            record.pop(name, None)


def _merged(now: dict[str, Any] | None, changes: dict[str, Any] | None) -> dict[str, Any]:
    """A map with some entries changed; an empty text removes one."""
    return {name: value for name, value in {**(now or {}), **(changes or {})}.items() if value != ""}
