"""Drives a WebSocket: the handshake, the messages' routes, the end."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from ministack.core import arn, responses
from ministack.services import apigateway, apigateway_v1

from localcloud.aws.patches.web_sockets_authorizer import authorize
from localcloud.aws.patches.web_sockets_calls import answer
from localcloud.aws.patches.web_sockets_finish import record
from localcloud.aws.patches.web_sockets_life import LIMITS, Life, Limits
from localcloud.aws.patches.web_sockets_session import Request, Session

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
OWN_ROUTES = ("$connect", "$disconnect", "$default")


async def handle(
    scope: Message, receive: Receive, send: Send, api_id: str, path_override: str | None = None
) -> None:
    """Serve one connection, in the place of MiniStack's function.

    Args:
        scope: of the ASGI connection.
        receive: of the ASGI connection.
        send: of the ASGI connection.
        api_id: id of the API.
        path_override: the path, beginning with the stage, where it is not the scope's.
    """
    await serve(scope, receive, send, api_id, path_override or scope["path"], LIMITS)


async def serve(  # noqa: PLR0917 - an ASGI call with its target
    scope: Message, receive: Receive, send: Send, api_id: str, path: str, limits: Limits
) -> None:
    """Serve one connection from its handshake to its end.

    Args:
        scope: of the ASGI connection.
        receive: of the ASGI connection.
        send: of the ASGI connection.
        api_id: id of the API.
        path: the path, beginning with the stage.
        limits: how long a connection may last.
    """
    await receive()  # websocket.connect
    owner = apigateway._api_owner(api_id)
    if owner is None or owner[0] != "WEBSOCKET":
        await send({"type": "websocket.close", "code": 1008})
        return
    with responses.request_scope(*owner[1:]):
        session = _session(scope, api_id, path, *owner[1:])
        responses.set_request_client_ip(session.source_ip)
        subprotocol, accepted = await _shake_hands(scope, send, session)
        if not accepted:
            return
        scope.setdefault("state", {})["limited"] = True  # read by `web_sockets_frames`
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        await Life(session=session, receive=receive, send=send, limits=limits, dispatch=dispatch).run()
        if route := _route(session, "$disconnect"):
            request = Request(session=session, event_type="DISCONNECT", route_key="$disconnect")
            await answer(request, route, None)
            record(request)


def _session(scope: Message, api_id: str, path: str, account: str, region: str) -> Session:
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    address = (scope.get("client") or ("127.0.0.1", 0))[0]
    before = next((value for name, value in headers if name == "x-forwarded-for"), None)
    others = [pair for pair in headers if pair[0] != "x-forwarded-for"]
    first = path.lstrip("/").partition("/")[0]
    stages = apigateway._stages.get_scoped(account, region, api_id, {})
    return Session(
        api_id=api_id,
        stage_name=first if first in stages or "$default" not in stages else "$default",
        account=account,
        region=region,
        headers=[*others, ("x-forwarded-for", f"{before}, {address}" if before else address)],
        query=parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True),
        source_ip=address,
    )


async def _shake_hands(scope: Message, send: Send, session: Session) -> tuple[str | None, bool]:
    """The subprotocol that `$connect` chose, and whether the connection is accepted."""
    request = Request(session=session, event_type="CONNECT", route_key="$connect")
    route = _route(session, "$connect")
    answered: dict[str, Any] | None = None
    if session.stage_name not in apigateway._stages.get(session.api_id, {}):
        request.fail(403, "Forbidden", "MISSING_AUTHENTICATION_TOKEN")
    elif _throttled(session, "$connect"):
        request.fail(429, "Too Many Requests", "THROTTLED")
    elif route is None:
        answered = {}
    elif await _let_in(scope, request, route):
        answered = await answer(request, route, None)
    record(request)
    accepted = answered is not None and request.status // 100 == 2  # noqa: PLR2004 - success
    if not accepted:
        await _refuse(send, request)
    chosen = next(
        (
            str(value)
            for name, value in ((answered or {}).get("headers") or {}).items()
            if name.lower() == "sec-websocket-protocol"
        ),
        None,
    )
    return chosen if chosen in scope.get("subprotocols", ()) else None, accepted


async def _let_in(scope: Message, request: Request, route: Mapping[str, Any]) -> bool:
    kind = str(route.get("authorizationType") or "NONE").upper()
    if kind == "CUSTOM":
        return await authorize(request, route)
    if kind == "AWS_IAM":
        session = request.session
        target = arn.execute_api_route_arn(
            session.region, session.account, session.api_id, session.stage_name, "$connect"
        )
        refusal = apigateway._authorize_ws_iam(
            scope, target, dict(session.headers), dict(session.query), session.region
        )
        if refusal:
            request.fail(refusal[0], refusal[1], "ACCESS_DENIED")
        return not refusal
    if kind != "NONE":
        request.fail(500, "Internal server error", "AUTHORIZER_CONFIGURATION_ERROR")
    return kind == "NONE"


async def _refuse(send: Send, request: Request) -> None:
    """Answer the upgrade with an HTTP error."""
    if request.error_message is None:  # a status of the function's own
        request.error_message = "Forbidden" if request.status // 100 == 4 else "Internal server error"  # noqa: PLR2004
    start = {
        "type": "websocket.http.response.start",
        "status": request.status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"x-amzn-requestid", request.request_id.encode()),
            (b"connection", b"close"),
        ],
    }
    await send(start)
    body = json.dumps(request.error_document()).encode()
    await send({"type": "websocket.http.response.body", "body": body})


async def dispatch(session: Session, text: str) -> None:
    """Hand one message to the function of its route, and what the client shall hear of it to the outbox.

    Args:
        session: the connection.
        text: the message.
    """
    expression = (apigateway._apis.get(session.api_id) or {}).get("routeSelectionExpression") or ""
    key = _chosen_route(expression, text)
    route = None if key in OWN_ROUTES else _route(session, key)
    route = route or _route(session, "$default")
    request = Request(
        session=session, event_type="MESSAGE", route_key=str(route["routeKey"]) if route else key
    )
    answered = None
    if route is None:
        request.fail(403, "Forbidden", "MISSING_AUTHENTICATION_TOKEN")
    elif _throttled(session, request.route_key):
        request.fail(429, "Too Many Requests", "THROTTLED")
    else:
        answered = await answer(request, route, text)
    if answered is None:
        session.post(json.dumps(request.error_document()))
    elif route and answered.get("body") and _replies(session, route):
        session.post(str(answered["body"]))
    record(request)


def _chosen_route(expression: str, text: str) -> str:
    try:
        return str(apigateway._evaluate_route_selection(expression, text))
    except RecursionError:  # JSON deeper than this Python reads
        return "$default"


def _route(session: Session, key: str) -> Mapping[str, Any] | None:
    routes = apigateway._routes.get(session.api_id, {}).values()
    return next((route for route in routes if route.get("routeKey") == key), None)


def _replies(session: Session, route: Mapping[str, Any]) -> bool:
    """Whether the route is two-way: it has a response of its own."""
    return bool(apigateway._route_responses.get(session.api_id, {}).get(str(route.get("routeId"))))


def _throttled(session: Session, key: str) -> bool:
    stage = apigateway._stages.get(session.api_id, {}).get(session.stage_name) or {}
    settings = {
        **(stage.get("defaultRouteSettings") or {}),
        **((stage.get("routeSettings") or {}).get(key) or {}),
    }
    limits = {
        "rateLimit": settings.get("throttlingRateLimit"),
        "burstLimit": settings.get("throttlingBurstLimit"),
    }
    slot = ("web socket", session.api_id, session.stage_name, key)
    return not apigateway_v1._take_token(slot, limits)
