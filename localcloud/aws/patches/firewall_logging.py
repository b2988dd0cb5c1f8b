"""Adds the logging configuration of web ACLs to WAFv2, saved with the rest of its state.

https://docs.aws.amazon.com/waf/latest/APIReference/API_PutLoggingConfiguration.html
"""

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
STATE_KEY = "_logging_configurations"
DESTINATION_PREFIX = "aws-waf-logs-"

Answer = Any


class LoggingConfigurations:
    """The logging configurations by the ARN of their web ACL, and the four actions on them.

    Attributes:
        store: the configurations, one set per account and region.
    """

    def __init__(self, waf: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._waf = waf
        self.store = waf.AccountRegionScopedDict()
        self.actions: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "PutLoggingConfiguration": self._put,
            "GetLoggingConfiguration": self._get,
            "DeleteLoggingConfiguration": self._delete,
            "ListLoggingConfigurations": self._list,
        }

    def of(self, web_acl_arn: str) -> dict[str, Any] | None:
        """The configuration of a web ACL of the current account and region."""
        found: dict[str, Any] | None = self.store.get(web_acl_arn)
        return found

    def _put(self, data: dict[str, Any]) -> Answer:
        configuration = data.get("LoggingConfiguration") or {}
        arn = configuration.get("ResourceArn", "")
        _, error = self._waf._resolve_local_web_acl(arn)
        if error:
            return error
        destinations = configuration.get("LogDestinationConfigs") or []
        if len(destinations) != 1 or not _is_destination(destinations[0]):
            return self._waf._waf_err(
                "WAFInvalidParameterException",
                "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other "
                "information separated by colons or slashes., field: LOG_DESTINATION, "
                f"parameter: {', '.join(destinations)}",
            )
        self.store[arn] = configuration | {"ManagedByFirewallManager": False}
        return self._waf.json_response({"LoggingConfiguration": self.store[arn]})

    def _get(self, data: dict[str, Any]) -> Answer:
        configuration = self.store.get(data.get("ResourceArn", ""))
        if configuration is None:
            return self._missing()
        return self._waf.json_response({"LoggingConfiguration": configuration})

    def _delete(self, data: dict[str, Any]) -> Answer:
        if self.store.pop(data.get("ResourceArn", ""), None) is None:
            return self._missing()
        return self._waf.json_response({})

    def _list(self, data: dict[str, Any]) -> Answer:
        segment = "/global/" if data.get("Scope") == "CLOUDFRONT" else ":regional/"
        found = [value for arn, value in self.store.items() if segment.strip(":") in arn]
        return self._waf.json_response({"LoggingConfigurations": found})

    def _missing(self) -> Answer:
        return self._waf._waf_err(
            "WAFNonexistentItemException",
            "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",  # noqa: RUF001
        )


_installed: list[LoggingConfigurations] = []


def configurations() -> LoggingConfigurations:
    """The configurations of this process; to be called after `apply`."""
    return _installed[-1]


def apply() -> None:
    """Answer the four actions in front of the service, and join its state.

    Raises:
        PatchError: MiniStack has changed.
    """
    waf = Upstream("firewall_logging", "services.waf")
    for name in ("AccountRegionScopedDict", "json_response"):
        waf.require(name)
    waf.require("_waf_err", "code", "message")
    waf.require("_resolve_local_web_acl", "web_acl_arn")
    kept = LoggingConfigurations(waf.module)
    _installed.append(kept)

    def answering(original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Answer:  # noqa: ANN401
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if action in kept.actions:
                return kept.actions[action](json.loads(body or b"{}"))
            return await original(method, path, headers, body, query_params)

        return handle

    def forgetting(original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(data: dict[str, Any]) -> Answer:
            acl = waf.module.web_acl_record(data.get("Id", ""), data.get("Scope", "REGIONAL"))
            answer = original(data)
            if acl and answer[0] < 400:  # noqa: PLR2004 - the first status of an error
                kept.store.pop(acl["ARN"], None)
            return answer

        return delete

    waf.require("web_acl_record", "uid", "scope")
    waf.wrap("handle_request", *PARAMETERS, by=answering)
    waf.wrap("_delete_web_acl", "data", by=forgetting)
    waf.wrap("get_state", by=lambda original: lambda: original() | {STATE_KEY: copy.deepcopy(kept.store)})
    waf.wrap("load_persisted_state", "data", by=lambda original: _restoring(original, kept))
    waf.wrap("reset", by=lambda original: _resetting(original, kept))


def _restoring(original: Callable[[Any], Any], kept: LoggingConfigurations) -> Callable[[Any], Any]:
    def restore(data: Any) -> Any:  # noqa: ANN401
        if isinstance(data, dict) and STATE_KEY in data:
            kept.store.update(data[STATE_KEY])
        return original(data)

    return restore


def _resetting(original: Callable[[], Any], kept: LoggingConfigurations) -> Callable[[], Any]:
    def reset() -> Any:  # noqa: ANN401
        kept.store.clear()
        return original()

    return reset


def _is_destination(arn: str) -> bool:
    name = arn.removesuffix(":*").rpartition(":")[2].rpartition("/")[2]
    return arn.startswith("arn:") and name.startswith(DESTINATION_PREFIX)
