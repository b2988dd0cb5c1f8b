"""Serves a function's operations: route, permission, and results and errors turned into answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omnitrack import api, wiring
from omnitrack.contract import ErrorBody, ErrorDetail
from omnitrack.domain import access, errors
from omnitrack.domain.values import Model
from omnitrack.handlers.request import MediaTypeError, Request, TooLargeError

# The nearest class of an error's family decides; an error of no family here is a fault of ours.
STATUSES: Mapping[type[errors.OmniTrackError], int] = {
    errors.InvalidInputError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.VersionConflictError: 412,
    TooLargeError: 413,
    MediaTypeError: 415,
    errors.VersionRequiredError: 428,
    errors.UnavailableError: 503,
}
RETRY_SECONDS = 1
PREFLIGHT_SECONDS = 3600  # how long a browser may remember what is allowed
ALLOWED_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"
EXPOSED_HEADERS = "ETag, Location, Retry-After, x-amzn-RequestId"
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}

GatewayAnswer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an operation answers."""

    status: int = 200
    body: Model | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Operation = Callable[[Request], Reply]


def serve(event: Mapping[str, Any], context: object, operations: Mapping[str, Operation]) -> GatewayAnswer:
    """Answer one request; whatever goes wrong becomes an error body that tells nothing of the inside."""
    logger = wiring.logger()
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
    request_id = (event.get("requestContext") or {}).get("requestId") or ""
    origin = ""
    with logger.append_context_keys(correlation_id=request_id):
        try:
            request = Request.of(event)
            origin = request.headers.get("origin", "")
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
        )
        return _answer(reply, origin)


def _perform(request: Request, operations: Mapping[str, Operation]) -> Reply:
    route = api.find(request.method, request.path)
    if route is None:
        raise errors.NotFoundError("the API has no such route")
    if route.method == "OPTIONS":
        return preflight(request)
    if route.permission is not None:
        access.require(request.roles, route.permission)
    return operations[route.operation](request)


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
    headers = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, errors.UnavailableError) else {}
    return _error(status, error.code, str(error), request_id, headers)


def _error(
    status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Reply:
    detail = ErrorDetail(code=code, message=message, request_id=request_id)
    return Reply(status=status, body=ErrorBody(error=detail), headers=headers or {})


def _answer(reply: Reply, origin: str) -> GatewayAnswer:
    """The reply in the form that API Gateway takes."""
    headers = {**ALWAYS, **reply.headers}
    if reply.body is not None:
        headers["Content-Type"] = "application/json"
    if origin and origin in _allowed_origins():
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    body = reply.body.model_dump_json(by_alias=True, exclude_none=True) if reply.body is not None else ""
    return {"statusCode": reply.status, "headers": headers, "body": body, "isBase64Encoded": False}


def _allowed_origins() -> frozenset[str]:
    try:
        return wiring.deployment().allowed_origins
    except wiring.ConfigurationError:  # the request has failed of it already, and its answer is on the way
        return frozenset()
