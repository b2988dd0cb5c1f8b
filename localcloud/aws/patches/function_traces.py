"""Traces calls of functions as Lambda does, and hands the functions' own subsegments on to X-Ray.

Each call of a function with active tracing gets the segments of the service and of the function; what the
function's code sends to the daemon hangs below the latter.
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

# ruff: noqa: ANN401 - MiniStack has no types

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream
from localcloud.aws.traces import daemon, now, parsed, traces

# As Lambda sets them: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
VARIABLES = {"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR"}


def apply() -> None:
    """Wrap the start of a function's worker and its calls.

    Raises:
        PatchError: MiniStack has changed.
    """
    runtime = Upstream("function_traces", "core.lambda_runtime")
    owner = runtime.require("_account_region_from_function_config", "config")
    call = ("self", "event", "request_id", "trace_id", "depth", "durable", "invoked_function_arn")
    runtime.wrap("Worker.invoke", *call, by=lambda invoke: _traced(invoke, owner))
    runtime.wrap("Worker._spawn", "self", by=_with_daemon)


def _with_daemon(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
    def started(self: Any) -> None:
        config = self.config
        own = (config.get("Environment") or {}).get("Variables") or {}
        variables = {**VARIABLES, "AWS_XRAY_DAEMON_ADDRESS": daemon.address, **own}
        try:
            self.config = {**config, "Environment": {"Variables": variables}}
            spawn(self)
        finally:
            self.config = config

    return started


def _traced(invoke: Callable[..., Any], owner: Callable[..., tuple[str, str]]) -> Callable[..., Any]:
    def traced(self: Any, event: Any, request_id: str, **options: Any) -> Any:
        header = parsed(options.get("trace_id") or "")
        active = (self.config.get("TracingConfig") or {}).get("Mode") == "Active"
        if not active or "Root" not in header or header.get("Sampled") == "0":
            return invoke(self, event, request_id, **options)
        service, function = secrets.token_hex(8), secrets.token_hex(8)
        traces.expect(header["Root"], owner(self.config)[0])
        options["trace_id"] = f"Root={header['Root']};Parent={function};Sampled=1"
        begin = now()
        answer: Mapping[str, Any] = {"status": "error"}
        try:
            answer = invoke(self, event, request_id, **options)
            return answer
        finally:
            name = str(self.config.get("FunctionName"))
            common = {
                "trace_id": header["Root"],
                "name": name,
                "start_time": begin,
                "end_time": now(),
                "resource_arn": self.config.get("FunctionArn"),
                "aws": {"request_id": request_id, "function_arn": self.config.get("FunctionArn")},
                **({"fault": True} if answer.get("status") == "error" else {}),
            }
            _put({**common, "id": service, "parent_id": header.get("Parent"), "origin": "AWS::Lambda"})
            _put({**common, "id": function, "parent_id": service, "origin": "AWS::Lambda::Function"})

    return traced


def _put(segment: Mapping[str, Any]) -> None:
    traces.put({name: value for name, value in segment.items() if value is not None})
