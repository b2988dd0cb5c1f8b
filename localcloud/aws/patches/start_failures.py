"""Tells why a Python function could not be started, as Lambda does: in its answer and in its log.

The types are those of Lambda's own runtime: https://github.com/aws/aws-lambda-python-runtime-interface-client
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""

import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from localcloud.aws.patches.upstream import PatchError, Upstream

# What the worker reports when its module cannot be imported, and what it has to report.
REPORT = 'json.dumps({"status": "error", "error": str(e)})'
FULL_REPORT = (
    'json.dumps({"status": "error", "error": json.dumps({'
    '"classes": [c.__name__ for c in type(e).__mro__], "message": str(e), "trace": traceback.format_exc(), '
    '"missing": "module" if "mod" not in locals() else "handler" if "handler_fn" not in locals() else ""})})'
)
REPORTED = "Worker init failed: "
EXITED = "Worker process exited immediately"
LAST_WORDS_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a function could not be started.

    Attributes:
        error_type: one of Lambda's `Runtime.` types, or the class of an exception of the function's own.
        message: what the caller reads.
        frames: the stack trace, empty where the module was not found.
        printed: what the function wrote before.
    """

    error_type: str
    message: str
    frames: tuple[str, ...] = ()
    printed: str = ""


_failure: ContextVar[Failure | None] = ContextVar("start_failure", default=None)


def apply() -> None:
    """Have the worker report more, and wrap its start and the place that shapes a function's answer.

    Raises:
        PatchError: MiniStack has changed.
    """
    runtime = Upstream("start_failures", "core.lambda_runtime")
    service = Upstream("start_failures", "services.lambda_svc")
    if runtime.require("_PYTHON_WORKER_SCRIPT").count(REPORT) != 1:
        raise PatchError("patch start_failures does not fit MiniStack's worker: it reports in another way")
    runtime.wrap("_PYTHON_WORKER_SCRIPT", by=lambda script: script.replace(REPORT, FULL_REPORT))
    runtime.require("Worker._drain_stderr", "self")
    runtime.wrap("Worker._spawn", "self", by=_remembering)
    service.wrap("_execute_function_warm", "func", "event", "request_id", by=_with_failure)


def _remembering(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
    def started(worker: Any) -> None:  # noqa: ANN401
        handler = str(worker.config.get("Handler") or "index.handler")
        try:
            spawn(worker)
        except (RuntimeError, ValueError) as error:
            if worker._stderr_thread is not None:  # ends with the process, and with all that it wrote
                worker._stderr_thread.join(timeout=LAST_WORDS_SECONDS)
            _failure.set(_failure_of(str(error), handler, worker._drain_stderr()))
            raise

    return started


def _failure_of(message: str, handler: str, printed: str) -> Failure | None:
    """What Lambda says about it; None for a fault of the local cloud."""
    module, dot, name = handler.rpartition(".")
    if not dot:
        return Failure(
            error_type="Runtime.MalformedHandlerName", message=f"Bad handler '{handler}': {message}"
        )
    if message.startswith(EXITED):
        reason = "Runtime exited without providing a reason"
        return Failure(error_type="Runtime.ExitError", message=reason, printed=printed)
    if not message.startswith(REPORTED + "{"):
        return None
    report = json.loads(message.removeprefix(REPORTED))
    classes, told, missing = report["classes"], report["message"], report["missing"]
    frames = _frames(report["trace"])
    if missing == "handler" and "AttributeError" in classes:
        kind, told, frames = "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'", ()
    elif missing == "module" and "ImportError" in classes:
        kind, told, frames = "Runtime.ImportModuleError", f"Unable to import module '{module}': {told}", ()
    elif missing == "module" and "SyntaxError" in classes:
        kind, told = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {told}"
    else:
        kind = classes[0]
    return Failure(error_type=kind, message=told, frames=frames, printed=printed)


def _frames(trace: str) -> tuple[str, ...]:
    """The frames of the traceback, without those of the runtime and of Python's own import."""
    frames = re.findall(r"^  File .*(?:\n    .*)*", trace, re.MULTILINE)
    own = ("/_worker.py", "<frozen importlib", "/importlib/__init__.py")
    return tuple(frame + "\n" for frame in frames if not any(name in frame for name in own))


def _with_failure(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(func: object, event: object, request_id: str) -> Any:  # noqa: ANN401
        token = _failure.set(None)
        try:
            result = original(func, event, request_id)
            failure = _failure.get()
        finally:
            _failure.reset(token)
        if failure is None or not result.get("error"):
            return result
        body = {
            "errorMessage": failure.message,
            "errorType": failure.error_type,
            "requestId": request_id,
            "stackTrace": list(failure.frames),
        }
        heading = f"[ERROR] {failure.error_type}: {failure.message}\nTraceback (most recent call last):\n"
        log = (failure.printed + "\n" if failure.printed else "") + heading + "".join(failure.frames)
        return {**result, "body": body, "log": log.rstrip("\n")}

    return execute
