"""Adds UpdateGroup to Cognito user pools.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateGroup.html
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")


def apply() -> None:
    """Answer the action in front of the service.

    Raises:
        PatchError: MiniStack has changed.
    """
    cognito = Upstream("cognito_groups", "services.cognito")
    cognito.require("_resolve_pool", "pool_id")
    cognito.require("_group_out", "group")
    cognito.require("json_response")
    cognito.require("error_response_json")

    def with_update(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:  # noqa: ANN401
            if not headers.get("x-amz-target", "").endswith(".UpdateGroup"):
                return await original(method, path, headers, body, query_params)
            return _update(cognito.module, json.loads(body or b"{}"))

        return handle

    cognito.wrap("handle_request", *PARAMETERS, by=with_update)


def _update(cognito: Any, data: dict[str, Any]) -> Any:  # noqa: ANN401
    pool, error = cognito._resolve_pool(data.get("UserPoolId"))
    if error:
        return error
    group = pool["_groups"].get(data.get("GroupName"))
    if group is None:
        return cognito.error_response_json("ResourceNotFoundException", "Group not found.", 400)
    group.update({key: data[key] for key in ("Description", "RoleArn", "Precedence") if key in data})
    group["LastModifiedDate"] = time.time()
    return cognito.json_response({"Group": cognito._group_out(group)})
