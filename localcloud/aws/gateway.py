"""What MiniStack's REST APIs lack: limits of time and size, clean errors, traces, logs and metrics.

Wraps functions of MiniStack 1.5.33; to be installed after the patches, so that their answers are logged too.
"""

# ruff: noqa: SLF001, ANN401 - MiniStack names its functions and stores privately, and has no types

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack import app as ministack
from ministack.core import responses
from ministack.services import apigateway_v1

from localcloud.aws import finish, proxy
from localcloud.aws.exchange import Exchange, current, root_trace_id
from localcloud.aws.patches.upstream import Upstream

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BODY_BYTES = 10 * 1024 * 1024
LONGEST_WAIT = 29.0
BAD_GATEWAY = 502
OWNER = ("owner_account_id", "owner_region")
INTEGRATIONS = (
    "_invoke_lambda_proxy_v1",
    "_invoke_lambda_custom_v1",
    "_invoke_sqs_v1",
    "_invoke_http_proxy_v1",
)
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id")

log = logging.getLogger(__name__)

Response = tuple[int, dict[str, Any], bytes]
# MiniStack's functions answer a response or an error of the gateway's own, which it has no public type for.
Handler = Callable[..., Awaitable[Any]]


def install(integration_timeout: float) -> None:
    """Wrap the REST data plane.

    Args:
        integration_timeout: seconds that a request waits for its integration at most.

    Raises:
        PatchError: MiniStack no longer has a function that is wrapped here.
    """
    gateway = Upstream("gateway", "services.apigateway_v1")
    request = ("api_id", "stage_name", "method", "path", "headers", "body", "query_params")
    gateway.wrap("handle_execute", *request, by=_with_finish)
    gateway.wrap("_execute_in_scope", "request", *request, *OWNER, by=_with_size_limit)
    gateway.wrap("_authorize_request_v1", by=_with_memory_of_the_caller)
    gateway.wrap("_gateway_error_response", "error", "request", by=_with_memory_of_the_error)
    gateway.wrap("_build_lambda_event_v1", by=_with_identity)
    gateway.wrap("_lambda_proxy_response", "result", by=_with_format_check)
    for name in INTEGRATIONS:
        gateway.wrap(name, by=lambda invoke: _with_time_limit(invoke, integration_timeout))
    functions = Upstream("gateway", "services.lambda_svc")
    functions.wrap("_xray_trace_id_for_invocation", "config", "inbound_trace_header", by=_with_trace)


def _with_finish(handle_execute: Handler) -> Handler:
    async def execute(  # noqa: PLR0917 - MiniStack's signature
        api_id: str,
        stage_name: str,
        method: str,
        path: str,
        headers: Mapping[str, Any],
        body: bytes,
        query_params: Mapping[str, Any],
    ) -> Response:
        headers = _forwarded(headers)
        exchange = Exchange(
            api_id=api_id,
            stage_name=stage_name,
            method=method,
            path=path,
            headers=headers,
            source_ip=responses.get_request_client_ip(),
            trace_id=root_trace_id(headers["x-amzn-trace-id"]),
        )
        token = current.set(exchange)
        try:
            status, answered, content = await handle_execute(
                api_id, stage_name, method, path, headers, body, query_params
            )
        except Exception:
            finish.record(exchange, status=500, length=0)
            raise
        finally:
            current.reset(token)
        finish.record(exchange, status=status, length=len(content))
        identity = {
            "x-amzn-requestid": exchange.request_id,
            "x-amz-apigw-id": exchange.extended_request_id,
            "x-amzn-trace-id": f"Root={exchange.trace_id}",
        }
        others = {name: value for name, value in answered.items() if name.lower() not in identity}
        return status, identity | others, content

    return execute


def _forwarded(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The request's headers with those that API Gateway adds; the last address is always the real one."""
    before, address = headers.get("x-forwarded-for"), responses.get_request_client_ip()
    trace = headers.get("x-amzn-trace-id") or ""
    return {
        **headers,
        "x-forwarded-for": f"{before}, {address}" if before else address,
        "x-forwarded-proto": headers.get("x-forwarded-proto") or "http",
        "x-forwarded-port": headers.get("x-forwarded-port") or ministack._resolve_port(),
        "x-amzn-trace-id": trace if "Root=" in trace else f"Root={root_trace_id(trace)}",
    }


def _with_size_limit(execute_in_scope: Handler) -> Handler:
    async def execute(request: dict[str, Any], api_id: str, stage_name: str, *rest: Any) -> Any:
        exchange = current.get()
        if exchange:
            request["request_id"] = exchange.request_id
        stage = apigateway_v1._stages_v1.get(api_id, {}).get(stage_name)
        request["stage"] = stage
        if exchange and stage:
            refused = "Sampled=0" in str(exchange.headers.get("x-amzn-trace-id"))
            exchange.traced = bool(stage.get("tracingEnabled")) and not refused
        body = rest[3]
        try:
            if stage and len(body or b"") > BODY_BYTES:
                return apigateway_v1._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
            return await execute_in_scope(request, api_id, stage_name, *rest)
        finally:
            if exchange:
                exchange.resource_path = request["resource_path"] or None

    return execute


def _with_memory_of_the_caller(authorize: Handler) -> Handler:
    async def remembered(*arguments: Any) -> tuple[Any, Mapping[str, Any] | None]:
        error, context = await authorize(*arguments)
        if exchange := current.get():
            exchange.authorizer = context
        return error, context

    return remembered


def _with_memory_of_the_error(gateway_error_response: Callable[..., Response]) -> Callable[..., Response]:
    def respond(error: Any, request: Mapping[str, Any]) -> Response:
        if exchange := current.get():
            exchange.error_message = error.message
            exchange.error_type = error.response_type
        status, headers, body = gateway_error_response(error, request)
        # MiniStack has one status per type; a function's fault is of the same type as the gateway's own.
        return BAD_GATEWAY if isinstance(error, BadGateway) else status, headers, body

    return respond


class BadGateway(apigateway_v1._GatewayError):  # type: ignore[misc]  # MiniStack has no types
    """A function failed or did not answer in the form of a proxy integration."""


def _with_format_check(proxy_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def respond(result: Mapping[str, Any]) -> Any:
        exchange = current.get()
        response, error = proxy_response(result)
        if not error and not result.get("throttle"):
            error = proxy.fault(result.get("body"))
        if exchange:
            exchange.integration_error = error
        return response, error

    return respond


def _with_identity(build_event: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The event's ids and address are the exchange's; its forwarding headers are spelled as on AWS."""

    def build(*arguments: Any, **options: Any) -> dict[str, Any]:
        event = build_event(*arguments, **options)
        if exchange := current.get():
            event["requestContext"]["requestId"] = exchange.request_id
            event["requestContext"]["extendedRequestId"] = exchange.extended_request_id
            event["requestContext"]["identity"]["sourceIp"] = exchange.source_ip
        for name in FORWARDING_HEADERS:
            for headers in (event["headers"], event["multiValueHeaders"]):
                if name.lower() in headers:
                    headers[name] = headers.pop(name.lower())
        return event

    return build


def _with_time_limit(invoke: Handler, integration_timeout: float) -> Handler:
    abandoned: set[asyncio.Future[Any]] = set()  # a reference each, or they could be collected while running

    def forget(task: asyncio.Future[Any]) -> None:
        abandoned.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("an integration failed after its request had timed out", exc_info=error)

    async def limited(integration: Mapping[str, Any], *arguments: Any, **options: Any) -> Any:
        exchange = current.get()
        own_limit = float(integration.get("timeoutInMillis") or LONGEST_WAIT * 1000) / 1000
        begin = time.perf_counter()
        task = asyncio.ensure_future(invoke(integration, *arguments, **options))
        try:
            response = await asyncio.wait_for(asyncio.shield(task), min(integration_timeout, own_limit))
        except TimeoutError:
            # The function runs to its own end, as on AWS: only the caller stops waiting.
            abandoned.add(task)
            task.add_done_callback(forget)
            return apigateway_v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        finally:
            if exchange:
                exchange.integration_latency = (time.perf_counter() - begin) * 1000
        if exchange and exchange.integration_error:
            return BadGateway("DEFAULT_5XX", "Internal server error")
        if exchange and isinstance(response, tuple):
            exchange.integration_status = response[0]
        return response

    return limited


def _with_trace(trace_id: Callable[..., str | None]) -> Callable[..., str | None]:
    """A function continues the trace of the request that it answers."""

    def header(config: Mapping[str, Any], inbound_trace_header: str | None = None) -> str | None:
        exchange = current.get()
        own = trace_id(config, inbound_trace_header)
        if exchange is None or inbound_trace_header or not (own or exchange.traced):
            return own
        parent = exchange.call_id if exchange.traced else secrets.token_hex(8)
        return f"Root={exchange.trace_id};Parent={parent};Sampled=1"

    return header
