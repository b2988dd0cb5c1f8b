"""Names a failed function's error as Lambda does: the exception's class and its stack trace.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import re
from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

# The last line of a traceback that is not indented names the class.
LAST_LINE = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
WORKER_FRAMES = 2  # the heading, and the runtime's own frame that called the handler


def apply() -> None:
    """Wrap the invocation of a worker and the place that shapes its answer.

    Raises:
        PatchError: MiniStack has changed.
    """
    runtime = Upstream("lambda_errors", "core.lambda_runtime")
    service = Upstream("lambda_errors", "services.lambda_svc")
    invoke_parameters = (
        "self",
        "event",
        "request_id",
        "trace_id",
        "depth",
        "durable",
        "invoked_function_arn",
    )
    runtime.wrap("Worker.invoke", *invoke_parameters, by=_remember_trace)
    service.wrap("_execute_function_warm", "func", "event", "request_id", by=_with_error_type)


class _TracedText(str):
    """An error message that carries its traceback through code that knows strings only."""

    __slots__ = ("trace",)
    trace: str


def _remember_trace(original: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(worker: object, event: object, request_id: str, **options: object) -> Any:  # noqa: ANN401
        answer = original(worker, event, request_id, **options)
        if answer.get("status") == "error" and answer.get("trace"):
            message = _TracedText(answer.get("error", ""))
            message.trace = answer["trace"]
            answer["error"] = message
        return answer

    return invoke


def _with_error_type(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(func: object, event: object, request_id: str) -> Any:  # noqa: ANN401
        result = original(func, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict):
            body.update(error_of(body))
            body.setdefault("requestId", request_id)
        return result

    return execute


def error_of(body: dict[str, Any]) -> dict[str, Any]:
    """The members of Lambda's error document that follow from a worker's error."""
    message = body.get("errorMessage", "")
    if isinstance(message, _TracedText):
        names = LAST_LINE.findall(message.trace)
        return {
            "errorMessage": str(message),
            "errorType": names[-1].rpartition(".")[2] if names else "Exception",
            "stackTrace": _frames(message.trace),
        }
    if message in ("Worker process died", "Worker returned no response"):
        return {"errorMessage": "Runtime exited without providing a reason", "errorType": "Runtime.ExitError"}
    return {}


def _frames(trace: str) -> list[str]:
    """The frames of the traceback, without the runtime's own."""
    frames = re.findall(r"^  File .*(?:\n    .*)*", trace, re.MULTILINE)
    return [frame + "\n" for frame in frames[WORKER_FRAMES - 1 :]]
