"""Hands a function the last of a repeated query parameter's values, where MiniStack takes the first.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

POSITIONAL = (
    "api_id",
    "stage_name",
    "stage",
    "resource",
    "request_path",
    "method",
    "headers",
    "body",
    "query_params",
    "path_params",
)
NAMED = ("binary_media_types", "authorizer_context", "caller_identity")


def apply() -> None:
    """Wrap the building of a function's event.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("repeated_parameters", "services.apigateway_v1")
    gateway.wrap("_build_lambda_event_v1", *POSITIONAL, *NAMED, by=_with_last_values)


def _with_last_values(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def build(*arguments: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        event = original(*arguments, **options)
        several = event["multiValueQueryStringParameters"]
        if several:
            event["queryStringParameters"] = {name: values[-1] for name, values in several.items()}
        return event

    return build
