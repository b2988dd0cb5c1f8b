"""Serves viewers of CloudFront distributions: firewall, behaviour, functions, origin, headers and log."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ministack.core import responses

from localcloud.aws.distribution_firewall import DistributionFirewall
from localcloud.aws.distribution_functions import Functions
from localcloud.aws.distribution_log import AccessLog, Traffic
from localcloud.aws.distribution_origins import (
    Application,
    Connection,
    Receive,
    Routed,
    api_scope,
    from_api,
    from_elsewhere,
)
from localcloud.aws.distribution_requests import ViewerRequest, for_origin, from_scope, header_bytes
from localcloud.aws.distribution_responses import Answer, encoded, page, with_identity, with_policy
from localcloud.aws.distribution_sockets import Socket
from localcloud.aws.distributions import Behavior, Distribution

HOME_REGION = "us-east-1"
UNKNOWN_HOST = "Bad request. We can't connect to the server for this app or website at this time."
TOO_LONG = "The request is too long: CloudFront takes URLs up to 8,192 bytes and headers up to 20,480."
BODY_REFUSED = "CloudFront takes no body with this HTTP request method."
METHOD_REFUSED = (
    "This distribution is not configured to allow the HTTP request method that was used for this request."
)
NO_ORIGIN = "The origin of this cache behavior is not in the distribution."
NO_SOCKET = "The origin does not serve WebSockets."
BODILESS = (204, 304)


class DistributionEdge:
    """CloudFront's edge.

    Args:
        application: MiniStack, which holds the APIs.
        log: the access logs.
    """

    def __init__(self, application: Application, log: AccessLog) -> None:
        self._application = application
        self._log = log
        self._firewall = DistributionFirewall()
        self._functions = Functions()

    async def serve(self, distribution: Distribution | None, connection: Connection) -> None:
        """Serve one request or one WebSocket.

        Args:
            distribution: the one that the request is for, None for a host that no distribution has.
            connection: of the viewer.
        """
        begin = time.time()
        body = await _body(connection.receive)
        if body is None:
            return
        request = from_scope(connection.scope, body)
        if distribution is None or not distribution.enabled:
            await _send(connection, with_identity(page(request, 403, UNKNOWN_HOST), request))
            return
        if request.is_too_long:  # not logged on AWS either
            await _send(connection, with_identity(page(request, 413, TOO_LONG), request))
            return
        with _in_account_of(distribution):
            answer = self._route(distribution, request)
        if isinstance(answer, Routed) and connection.scope["type"] == "websocket":
            await self._serve_socket(distribution, answer, connection, begin)
            return
        if isinstance(answer, Routed):
            answer = await self._ask(distribution, answer, connection)
        await self._finish(distribution, request, with_identity(answer, request), connection, begin)

    def _route(self, distribution: Distribution, request: ViewerRequest) -> Routed | Answer:
        """Where a request goes, or the answer to one that goes no further."""
        refusal, inserted = self._firewall.judged(distribution, request)
        behavior = distribution.behavior(request.path)
        refusal = refusal or _unsupported(behavior, request)
        if refusal is not None:
            return refusal
        changed = self._functions.on_request(distribution, behavior, request)
        if isinstance(changed, Answer):
            # A function's own answer gets the headers of the policy, an error of CloudFront's does not.
            return with_policy(changed, behavior.headers_policy, request) if changed.generated else changed
        origin = distribution.origins.get(behavior.origin)
        if origin is None:
            return page(request, 502, NO_ORIGIN)
        changed = replace(changed, headers=[*changed.headers, *inserted])
        asked = for_origin(changed, distribution, behavior, origin)
        return Routed(request=changed, behavior=behavior, origin=origin, asked=asked)

    async def _ask(self, distribution: Distribution, routed: Routed, connection: Connection) -> Answer:
        answer = await self._from_origin(distribution, routed, connection)
        error_page = distribution.error_pages.get(answer.status)
        if error_page is not None:
            answer = await self._error_page(distribution, routed, error_page, connection)
        with _in_account_of(distribution):
            answer = with_policy(answer, routed.behavior.headers_policy, routed.request)
            return self._functions.on_response(distribution, routed.behavior, routed.request, answer)

    async def _from_origin(
        self, distribution: Distribution, routed: Routed, connection: Connection
    ) -> Answer:
        if routed.is_for_api:
            return routed.refusal or await from_api(self._application, routed, connection)
        with _in_account_of(distribution):
            return await from_elsewhere(routed, distribution.arn)

    async def _error_page(
        self,
        distribution: Distribution,
        routed: Routed,
        error_page: Mapping[str, Any],
        connection: Connection,
    ) -> Answer:
        """The page that a distribution shows in place of an error, by the behaviour for its own path."""
        wanted = replace(routed.request, method="GET", path=error_page["page"], query="", body=b"")
        behavior = distribution.behavior(wanted.path)
        origin = distribution.origins[behavior.origin]
        with _in_account_of(distribution):
            asked = for_origin(wanted, distribution, behavior, origin)
        of_page = Routed(request=wanted, behavior=behavior, origin=origin, asked=asked)
        found = await self._from_origin(distribution, of_page, connection)
        status = found.status if found.result == "Error" else error_page["response_code"]
        return replace(found, status=status, result="Error")

    async def _serve_socket(
        self, distribution: Distribution, routed: Routed, connection: Connection, begin: float
    ) -> None:
        request = routed.request
        refusal = routed.refusal if routed.is_for_api else page(request, 502, NO_SOCKET)
        if refusal is not None:
            answer = with_identity(refusal, request)
            await self._finish(distribution, request, answer, connection, begin)
            return

        def shown(answer: Answer) -> Answer:
            with _in_account_of(distribution):
                return with_identity(with_policy(answer, routed.behavior.headers_policy, request), request)

        socket = Socket(shown, connection)
        try:
            await self._application(api_scope(connection.scope, routed), socket.receive, socket.send)
        finally:
            traffic = Traffic(
                request=request,
                answer=socket.answer,
                begin=begin,
                received=socket.received + header_bytes(request.headers),
                sent=socket.sent + header_bytes(socket.answer.headers),
                first_byte=socket.answered - begin,
            )
            with _in_account_of(distribution):
                self._log.write(distribution, traffic)

    async def _finish(
        self,
        distribution: Distribution,
        request: ViewerRequest,
        answer: Answer,
        connection: Connection,
        begin: float,
    ) -> None:
        """Send an answer and log it."""
        first_byte = time.time() - begin
        try:
            await _send(connection, answer)
        finally:
            traffic = Traffic(
                request=request,
                answer=answer,
                begin=begin,
                received=header_bytes(request.headers) + len(request.body),
                sent=header_bytes(answer.headers) + len(answer.body),
                first_byte=first_byte,
            )
            with _in_account_of(distribution):
                self._log.write(distribution, traffic)


def _unsupported(behavior: Behavior, request: ViewerRequest) -> Answer | None:
    if request.method not in behavior.methods:
        return page(request, 403, METHOD_REFUSED)
    if request.body and request.method in ("GET", "HEAD"):
        return page(request, 403, BODY_REFUSED)
    return None


@contextlib.contextmanager
def _in_account_of(distribution: Distribution) -> Iterator[None]:
    with responses.request_scope(distribution.account, HOME_REGION):
        yield


async def _body(receive: Receive) -> bytes | None:
    """The whole body of a request, empty for a handshake, None when the viewer has left before its end."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            return b""
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(connection: Connection, answer: Answer) -> None:
    """Send an answer, or refuse a handshake with it."""
    prefix = "http.response" if connection.scope["type"] == "http" else "websocket.http.response"
    body = b"" if connection.scope.get("method") == "HEAD" else answer.body
    headers = list(answer.headers)
    if answer.status not in BODILESS:
        headers.append(("content-length", str(len(answer.body))))
    await connection.send({"type": f"{prefix}.start", "status": answer.status, "headers": encoded(headers)})
    await connection.send({"type": f"{prefix}.body", "body": body, "more_body": False})
