"""Adds AssociateKmsKey and DisassociateKmsKey to CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")


def apply() -> None:
    """Answer the two actions in front of the service.

    Raises:
        PatchError: MiniStack has changed.
    """
    logs = Upstream("log_group_keys", "services.cloudwatch_logs")
    logs.require("_log_groups")
    logs.require("json_response")
    logs.require("error_response_json")

    def with_keys(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:  # noqa: ANN401
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
                return await original(method, path, headers, body, query_params)
            return _set_key(logs.module, json.loads(body or b"{}"), associate=action == "AssociateKmsKey")

        return handle

    logs.wrap("handle_request", *PARAMETERS, by=with_keys)


def _set_key(logs: Any, data: dict[str, Any], *, associate: bool) -> Any:  # noqa: ANN401
    name = data.get("logGroupName") or str(data.get("resourceIdentifier", "")).partition(":log-group:")[2]
    group = logs._log_groups.get(name.removesuffix(":*"))
    if group is None:
        return logs.error_response_json(
            "ResourceNotFoundException", "The specified log group does not exist.", 400
        )
    if associate and not data.get("kmsKeyId"):
        return logs.error_response_json("InvalidParameterException", "kmsKeyId is required.", 400)
    group["kmsKeyId"] = data["kmsKeyId"] if associate else None
    return logs.json_response({})
