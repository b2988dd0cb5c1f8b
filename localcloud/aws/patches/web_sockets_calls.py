"""Calls the functions of a WebSocket API: whether it may, how many at a time, and what an answer is worth."""

import asyncio
import collections
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from ministack.core import concurrency, iam_evaluator, responses
from ministack.services import apigateway, lambda_svc

from localcloud.aws import proxy
from localcloud.aws.patches.web_sockets_session import Request, Session

log = logging.getLogger(__name__)

# More at a time start more workers, and a start costs more than a handful of calls.
FIRST_SLOTS = 4
MOST_SLOTS = 64
STALL_SECONDS = 1.0
LONGEST_WAIT = 29.0
HEADERS_OF_THE_END = ("host", "x-forwarded-for")  # no token: API Gateway hands on these two only


class Slots:
    """How many calls of one function run at a time: few, unless they are slow."""

    def __init__(self) -> None:
        self._running = 0
        self._limit = FIRST_SLOTS
        self._waiting: collections.deque[asyncio.Future[None]] = collections.deque()
        self._last_end = 0.0

    async def take(self, most: int) -> None:
        """Wait for a slot.

        Args:
            most: the function's own concurrency.
        """
        if self._running < min(self._limit, most):
            self._running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        while not turn.done():
            await asyncio.wait([turn], timeout=STALL_SECONDS)
            if time.monotonic() - self._last_end > STALL_SECONDS and self._limit < most:
                self._last_end = time.monotonic()
                self._limit = min(most, self._limit * 2)
                self._hand_on(most)

    def give_back(self, most: int) -> None:
        """End a call."""
        self._running -= 1
        self._last_end = time.monotonic()
        self._hand_on(most)

    def _hand_on(self, most: int) -> None:
        while self._waiting and self._running < min(self._limit, most):
            self._running += 1
            self._waiting.popleft().set_result(None)


_slots: collections.defaultdict[str, Slots] = collections.defaultdict(Slots)


class CallError(RuntimeError):
    """A function could not be called, or failed; the message is for logs and never for the client."""


async def call(session: Session, uri: str, source: str, event: object) -> Any:  # noqa: ANN401 - any JSON
    """Call the function that an integration or authorizer names, and return what it answered.

    Args:
        session: the connection.
        uri: the integration's or authorizer's URI.
        source: the end of the caller's ARN, behind the API's id.
        event: what the function is called with.

    Raises:
        CallError: it is not there, may not be called by this API, or failed.
    """
    reference = apigateway._extract_lambda_ref_from_integration_uri(uri)
    with responses.request_scope(session.account, session.region):
        function, config, name = lambda_svc._get_func_record_for_ref(reference)
        base, _config, _name = lambda_svc._get_base_func_record_for_ref(reference)
    if not function or not config or not base:
        raise CallError(f"there is no function {name or reference!r}")
    arn = f"arn:aws:execute-api:{session.region}:{session.account}:{session.api_id}/{source}"
    if not _permitted(session, base["policy"], reference, arn):
        raise CallError("Invalid permissions on Lambda function")
    reserved = lambda_svc._reserved_concurrency(base, config)
    most = MOST_SLOTS if reserved is None else min(reserved, MOST_SLOTS)
    slots = _slots[lambda_svc._inflight_key(config)]
    if most:  # a function that may not run at all answers that by itself
        await slots.take(most)
    try:
        record = {**lambda_svc._execution_record_for_config(function, config), "concurrency": reserved}
        result = await concurrency.run_reentrant(
            lambda_svc._execute_function_with_config_scope, record, event, thread_name="web-socket-call"
        )
    finally:
        if most:
            slots.give_back(most)
    if result.get("throttle"):
        raise CallError("Lambda throttled the call")
    if result.get("error"):
        body = result.get("body")
        kind = body.get("errorType") if isinstance(body, dict) else None
        error = CallError(f"the function failed: {kind}")
        error.add_note(str(body.get("errorMessage")) if isinstance(body, dict) else "")
        raise error
    return result.get("body")


def _permitted(session: Session, policy: Mapping[str, Any], reference: str, source_arn: str) -> bool:
    """Whether the function's policy lets this API call it.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
    """
    name, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
    arn = f"arn:aws:lambda:{session.region}:{session.account}:function:{name}"
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=f"{arn}:{qualifier}" if qualifier else arn,
        region=session.region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": session.account},
    )
    service = "apigateway.amazonaws.com"
    decision = iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision
    return bool(decision == "Allow")


async def answer(request: Request, route: Mapping[str, Any], body: str | None) -> dict[str, Any] | None:
    """The answer of a route's integration; None when it failed, which the request then says.

    Args:
        request: what is asked; its outcome is noted in it.
        route: the route.
        body: the message.
    """
    session = request.session
    number = str(route.get("target") or "").rpartition("/")[2]
    integration = apigateway._integrations.get(session.api_id, {}).get(number)
    if integration is None:
        return {"statusCode": 200}
    if integration.get("integrationType") == "MOCK":
        return {"statusCode": 200, "body": _mock_body(session.api_id, number)}
    event: dict[str, Any] = {"requestContext": request.context(), "isBase64Encoded": False}
    if request.event_type == "MESSAGE":
        event["body"] = body
    elif request.event_type == "CONNECT":
        event |= session.connect_fields()
    else:
        event |= session.connect_fields(HEADERS_OF_THE_END)
    if variables := apigateway._get_stage_variables(session.api_id, session.stage_name):
        event["stageVariables"] = variables
    return await _timed(request, integration, event)


async def _timed(
    request: Request, integration: Mapping[str, Any], event: Mapping[str, Any]
) -> dict[str, Any] | None:
    session = request.session
    source = f"{session.stage_name}/{request.route_key}"
    begin = time.time()
    task = asyncio.ensure_future(call(session, str(integration.get("integrationUri")), source, event))
    limit = float(integration.get("timeoutInMillis") or LONGEST_WAIT * 1000) / 1000
    try:
        await asyncio.wait([task], timeout=limit)
        if not task.done():
            # The function runs to its own end, as on AWS: only the caller stops waiting.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            request.integration_error = "timed out"
            request.fail(504, "Endpoint request timed out", "INTEGRATION_TIMEOUT")
            return None
        answered = _checked(task.result())
    except CallError as error:
        log.warning("route %s of %s: %s", request.route_key, session.api_id, error)
        request.integration_error = str(error)
        request.fail(500, "Internal server error", "INTEGRATION_FAILURE")
        return None
    finally:
        request.integration_latency = (time.time() - begin) * 1000
    request.integration_status = request.status = int(answered["statusCode"])
    return answered


def _checked(answered: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if fault := proxy.fault(answered):
        raise CallError(fault)
    return dict(answered)


def _mock_body(api_id: str, integration: str) -> str:
    for response in apigateway._integration_responses.get(api_id, {}).get(integration, {}).values():
        templates = response.get("responseTemplates") or {}
        if templates:
            return str(templates.get("$default") or next(iter(templates.values())))
    return json.dumps({"statusCode": 200})
