"""Judges a function's partial batch response as Lambda does: one that makes no sense fails the whole batch.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import contextvars
import json
from collections.abc import Callable, Collection
from typing import Any

from localcloud.aws.patches.upstream import Upstream

_batch: contextvars.ContextVar[Collection[str] | None] = contextvars.ContextVar("batch", default=None)


def apply() -> None:
    """Wrap the processing of a batch and the call of its function.

    Raises:
        PatchError: MiniStack has changed.
    """
    service = Upstream("queue_batches", "services.lambda_svc")
    service.wrap(
        "_run_sqs_batch", "esm", "func_rec", "event", "batch", "queue_url", "queue_name", by=_remember_batch
    )
    service.wrap("_execute_function", "func", "event", by=_judged)


def _remember_batch(original: Callable[..., None]) -> Callable[..., None]:
    def run(esm: dict[str, Any], func_rec: object, event: dict[str, Any], *queue: Any) -> None:  # noqa: ANN401
        partial = "ReportBatchItemFailures" in esm.get("FunctionResponseTypes", [])
        token = _batch.set([record["messageId"] for record in event["Records"]] if partial else None)
        try:
            original(esm, func_rec, event, *queue)
        finally:
            _batch.reset(token)

    return run


def _judged(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(func: object, event: object) -> Any:  # noqa: ANN401
        identifiers = _batch.get()
        token = _batch.set(None)
        try:
            result = original(func, event)
        finally:
            _batch.reset(token)
        if identifiers is None or result.get("error") or _makes_sense(result.get("body"), identifiers):
            return result
        message = "the partial batch response names no message of the batch"
        return {**result, "error": True, "body": {"errorMessage": message, "errorType": "InvalidResponse"}}

    return execute


def _makes_sense(body: object, identifiers: Collection[str]) -> bool:
    if isinstance(body, str):
        try:
            body = json.loads(body) if body else None
        except ValueError:
            return False
    if body is None:
        return True
    if not isinstance(body, dict):
        return False
    failures = body.get("batchItemFailures") or []
    return isinstance(failures, list) and all(
        isinstance(failure, dict) and failure.get("itemIdentifier") in identifiers for failure in failures
    )
