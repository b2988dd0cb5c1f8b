"""Adds the logging options of AWS IoT, saved with the rest of its state.

https://docs.aws.amazon.com/iot/latest/apireference/API_SetV2LoggingOptions.html
"""

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
PATH = "/v2LoggingOptions"
STATE_KEY = "_logging_options"
LEVELS = ("DEBUG", "INFO", "ERROR", "WARN", "DISABLED")
UNSET = {"defaultLogLevel": "DISABLED", "disableAllLogs": False}
Answer = Any


def apply() -> None:
    """Answer the two actions in front of the service, and join its state.

    Raises:
        PatchError: MiniStack has changed.
    """
    iot = Upstream("iot_logging", "services.iot")
    iot.require("json_response")
    iot.require("error_response_json")
    kept = iot.require("AccountRegionScopedDict")()

    def answering(original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Answer:  # noqa: ANN401
            if path != PATH:
                return await original(method, path, headers, body, query_params)
            return _get(iot.module, kept) if method == "GET" else _set(iot.module, kept, body)

        return handle

    def restoring(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def restore(data: Any) -> Any:  # noqa: ANN401
            if isinstance(data, dict) and STATE_KEY in data:
                kept.update(data[STATE_KEY])
            return original(data)

        return restore

    def resetting(original: Callable[[], Any]) -> Callable[[], Any]:
        def reset() -> Any:  # noqa: ANN401
            kept.clear()
            return original()

        return reset

    iot.wrap("handle_request", *PARAMETERS, by=answering)
    iot.wrap("get_state", by=lambda original: lambda: original() | {STATE_KEY: copy.deepcopy(kept)})
    iot.wrap("load_persisted_state", "data", by=restoring)
    iot.wrap("reset", by=resetting)


def _get(iot: Any, kept: Any) -> Answer:  # noqa: ANN401
    found = kept.get(PATH)
    if found is None:
        return iot.error_response_json("NotConfiguredException", "Logging is not configured.", 404)
    return iot.json_response(found)


def _set(iot: Any, kept: Any, body: bytes) -> Answer:  # noqa: ANN401
    wanted = {**UNSET, **(kept.get(PATH) or {}), "disableAllLogs": False, **json.loads(body or b"{}")}
    if not str(wanted.get("roleArn", "")).startswith("arn:aws:iam::"):
        return iot.error_response_json("InvalidRequestException", "The role is not a valid ARN.", 400)
    if wanted["defaultLogLevel"] not in LEVELS:
        fault = f"The log level must be one of {', '.join(LEVELS)}."
        return iot.error_response_json("InvalidRequestException", fault, 400)
    kept[PATH] = wanted
    return iot.json_response({})
