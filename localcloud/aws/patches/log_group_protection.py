"""Adds the deletion protection of log groups to CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
PROTECTED = "deletionProtectionEnabled"

Answer = Any


def apply() -> None:
    """Wrap creation, deletion and reading of log groups, and answer the action in front of the service.

    Raises:
        PatchError: MiniStack has changed.
    """
    logs = Upstream("log_group_protection", "services.cloudwatch_logs")
    for name in ("_log_groups", "json_response", "error_response_json"):
        logs.require(name)
    protection = _Protection(logs.module)
    logs.wrap("_create_log_group", "data", by=protection.on_creation)
    logs.wrap("_delete_log_group", "data", by=protection.on_deletion)
    logs.wrap("_describe_log_groups", "data", by=protection.on_reading)
    logs.wrap("handle_request", *PARAMETERS, by=protection.on_request)


class _Protection:
    """Keeps the protection with the log group, so that it is saved and restored with it."""

    def __init__(self, logs: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._logs = logs

    def on_creation(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(data: dict[str, Any]) -> Answer:
            answer = original(data)
            if answer[0] < 400 and data.get(PROTECTED):  # noqa: PLR2004 - the first status of an error
                self._logs._log_groups[data["logGroupName"]][PROTECTED] = True
            return answer

        return create

    def on_deletion(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(data: dict[str, Any]) -> Answer:
            if (self._logs._log_groups.get(data.get("logGroupName")) or {}).get(PROTECTED):
                return self._logs.error_response_json(
                    "ValidationException",
                    "Cannot delete log group with deletion protection enabled. "
                    "Disable deletion protection first.",
                    400,
                )
            return original(data)

        return delete

    def on_reading(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def describe(data: dict[str, Any]) -> Answer:
            status, headers, body = original(data)
            document = json.loads(body)
            for shown in document.get("logGroups", ()):
                shown[PROTECTED] = bool(self._logs._log_groups[shown["logGroupName"]].get(PROTECTED))
            return status, headers, json.dumps(document).encode()

        return describe

    def on_request(self, original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Answer:  # noqa: ANN401
            if not headers.get("x-amz-target", "").endswith(".PutLogGroupDeletionProtection"):
                return await original(method, path, headers, body, query_params)
            return self._put(json.loads(body or b"{}"))

        return handle

    def _put(self, data: dict[str, Any]) -> Answer:
        identifier = str(data.get("logGroupIdentifier", ""))
        name = identifier.rpartition(":log-group:")[2].removesuffix(":*")
        group = self._logs._log_groups.get(name)
        if group is None:
            return self._logs.error_response_json(
                "ResourceNotFoundException", "The specified log group does not exist.", 400
            )
        group[PROTECTED] = bool(data.get(PROTECTED))
        return self._logs.json_response({})
