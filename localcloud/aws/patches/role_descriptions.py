"""Lets UpdateRole clear a description: an empty text is a value, which MiniStack reads as none.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")


def apply() -> None:
    """Wrap the reading of requests to IAM.

    Raises:
        PatchError: MiniStack has changed.
    """
    Upstream("role_descriptions", "services.iam").wrap("handle_request", *PARAMETERS, by=_with_empty_text)


def _with_empty_text(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:  # noqa: ANN401
        form = parse_qs((body or b"").decode("utf-8", errors="replace"), keep_blank_values=True)
        if form.get("Action") == ["UpdateRole"] and form.get("Description") == [""]:
            query_params = {**query_params, "Description": [""]}
        return await original(method, path, headers, body, query_params)

    return handle
