"""Serves a function's operations: route, permission, and results and errors turned into answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omnitrack import api, wiring
from omnitrack.contract import STATUSES, ErrorBody, ErrorDetail, Route
from omnitrack.domain import access, errors
from omnitrack.domain.idempotency import Attempt, RequestKey, StoredReply
from omnitrack.domain.values import Model
from omnitrack.handlers.request import Request
from omnitrack.routes.shared import IDEMPOTENCY_KEY

WORTH_RETRYING = (errors.UnavailableError, errors.RequestInProgressError)
RETRY_SECONDS = 1
PREFLIGHT_SECONDS = 3600  # how long a browser may remember what is allowed
ALLOWED_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"
EXPOSED_HEADERS = "ETag, Location, Retry-After, x-amzn-RequestId"
EDGE_ID = re.compile("[A-Za-z0-9_=+/-]{1,128}")  # how CloudFront names a request
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}

GatewayAnswer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an operation answers: a body, or the text of one that was answered before."""

    status: int = 200
    body: Model | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeated: str = ""

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return (
            self.repeated
            if self.body is None
            else self.body.model_dump_json(by_alias=True, exclude_none=True)
        )


Operation = Callable[[Request], Reply]


def serve(event: Mapping[str, Any], context: object, operations: Mapping[str, Operation]) -> GatewayAnswer:
    """Answer one request; whatever goes wrong becomes an error body that tells nothing of the inside."""
    logger = wiring.logger()
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
    request_id = (event.get("requestContext") or {}).get("requestId") or ""
    correlation = edge_id(event) or request_id
    origin, user = "", ""
    with logger.append_context_keys(correlation_id=correlation, gateway_request_id=request_id):
        try:
            request = Request.of(event)
            origin = request.headers.get("origin", "")
            user = request.user or ""
            reply = _perform(request, operations)
        except tuple(STATUSES) as error:
            reply = _refusal(error, request_id)
            if error.__cause__ is not None:
                logger.warning("dependency failed", cause=repr(error.__cause__))
        except Exception:
            logger.exception("request failed")
            reply = _error(500, "internal_error", "Something went wrong on our side.", request_id)
        logger.info(
            "request answered",
            method=event.get("httpMethod"),
            route=event.get("resource"),
            status=reply.status,
            user=user,
        )
        return _answer(reply, origin)


def edge_id(event: Mapping[str, Any]) -> str:
    """CloudFront's id of the request, which its own log has too; empty when it did not come that way.

    Anyone may send such a header past the edge: what does not look like an id is none.
    """
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    value = headers.get("x-amz-cf-id")
    return value if isinstance(value, str) and EDGE_ID.fullmatch(value) else ""


def _perform(request: Request, operations: Mapping[str, Operation]) -> Reply:
    route = api.find(request.method, request.path)
    if route is None:
        raise errors.NotFoundError("the API has no such route")
    if route.method == "OPTIONS":
        return preflight(request)
    if route.permission is not None:
        access.require(request.roles, route.permission)
        _note(request.actor.id)
    with wiring.span(route.operation):
        return _once(request, route, operations[route.operation])


def _note(user: str) -> None:
    """Count the user as active; that this fails is no reason to fail the request."""
    try:
        wiring.activity().saw(user, wiring.now())
    except Exception as error:  # noqa: BLE001 - whatever it is
        wiring.logger().warning("activity not noted", cause=repr(error))


def _once(request: Request, route: Route, operation: Operation) -> Reply:
    """Perform the operation, or answer as the request with the same Idempotency-Key was answered."""
    repetition = request.repetition if IDEMPOTENCY_KEY in route.parameters else None
    if repetition is None:
        return operation(request)
    key, digest = repetition
    wanted = RequestKey(user=request.actor.id, operation=route.operation, key=key, digest=digest)
    begun = wiring.repetitions().begin(wanted, wiring.now())
    if isinstance(begun, StoredReply):
        return Reply(status=begun.status, headers=begun.headers, repeated=begun.body)
    try:
        reply = operation(request)
    except Exception:
        _settle(lambda: wiring.repetitions().abandon(begun))
        raise
    _settle(lambda: _finish(begun, reply))
    return reply


def _finish(attempt: Attempt, reply: Reply) -> None:
    stored = StoredReply(status=reply.status, headers=reply.headers, body=reply.text)
    wiring.repetitions().finish(attempt, stored, wiring.now())


def _settle(action: Callable[[], None]) -> None:
    """Close an attempt; when that fails its time runs out by itself, and what was done stays done."""
    try:
        action()
    except Exception:  # noqa: BLE001 - whatever it is
        wiring.logger().exception("attempt not settled")


def preflight(request: Request) -> Reply:
    """Tell a browser what a page of an allowed origin may send; that it is allowed, every answer says."""
    if request.headers.get("origin", "") not in wiring.deployment().allowed_origins:
        return Reply(status=204)
    return Reply(
        status=204,
        headers={
            "Access-Control-Allow-Methods": ", ".join(api.methods(request.path)),
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )


def _refusal(error: errors.OmniTrackError, request_id: str) -> Reply:
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, WORTH_RETRYING) else {}
    return _error(status, error.code, str(error), request_id, headers)


def _error(
    status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Reply:
    detail = ErrorDetail(code=code, message=message, request_id=request_id)
    return Reply(status=status, body=ErrorBody(error=detail), headers=headers or {})


def _answer(reply: Reply, origin: str) -> GatewayAnswer:
    """The reply in the form that API Gateway takes."""
    headers = {**ALWAYS, **reply.headers}
    text = reply.text
    if text:
        headers["Content-Type"] = "application/json"
    if origin and origin in _allowed_origins():
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    return {"statusCode": reply.status, "headers": headers, "body": text, "isBase64Encoded": False}


def _allowed_origins() -> frozenset[str]:
    try:
        return wiring.deployment().allowed_origins
    except wiring.ConfigurationError:  # the request has failed of it already, and its answer is on the way
        return frozenset()
