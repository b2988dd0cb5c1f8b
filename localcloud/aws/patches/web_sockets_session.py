"""One WebSocket connection and one request on it: what its events, logs and metrics need to know."""

import asyncio
import base64
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
MESSAGE_BYTES = 128 * 1024
WAITING_MESSAGES = 1000
GOING_AWAY = 1001
# Spelled as API Gateway hands them to functions; all others as the client sent them.
SPELLINGS = {
    name.lower(): name
    for name in (
        "Host",
        "Origin",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Version",
        "User-Agent",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
    )
}


def new_id() -> str:
    """An id as API Gateway makes them for connections, requests and messages; it needs quoting in a path."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


class FullOutboxError(RuntimeError):
    """More messages wait for the client than are kept for it."""


@dataclass(kw_only=True)
class Session:
    """A connection.

    Attributes:
        api_id: id of the API.
        stage_name: name of the stage.
        account: the account that owns the API.
        region: its region.
        headers: the handshake's headers in their order, names in lower case.
        query: the handshake's query parameters.
        source_ip: address of the client.
        connection_id: id of the connection.
        connected_at: milliseconds since 1970.
        last_active: seconds since 1970.
        authorizer: what the authorizer handed to the functions.
        outbox: messages that wait to be sent.
        closing: set when the server ends the connection.
        close_code: the status that it ends with.
        close_reason: why.
    """

    api_id: str
    stage_name: str
    account: str
    region: str
    headers: Sequence[tuple[str, str]]
    query: Mapping[str, Sequence[str]]
    source_ip: str
    connection_id: str = field(default_factory=new_id)
    connected_at: int = field(default_factory=lambda: int(time.time() * 1000))
    last_active: float = field(default_factory=time.time)
    authorizer: Mapping[str, Any] | None = None
    outbox: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(WAITING_MESSAGES))
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int = 1000
    close_reason: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def post(self, text: str) -> None:
        """Have a message sent to the client.

        Raises:
            FullOutboxError: the client does not read what it is sent.
        """
        try:
            self.outbox.put_nowait(text)
        except asyncio.QueueFull:
            raise FullOutboxError from None
        self.last_active = time.time()

    def close(self, code: int, reason: str) -> None:
        """End the connection; the first cause counts."""
        if not self.closing.is_set():
            self.close_code, self.close_reason = code, reason
            self.closing.set()

    def connect_fields(self, only: Collection[str] | None = None) -> dict[str, Any]:
        """The handshake's headers and query parameters, as an event carries them.

        Args:
            only: the headers to name, in lower case; all by default.
        """
        several: dict[str, list[str]] = {}
        for name, value in self.headers:
            if only is not None and name not in only:
                continue
            several.setdefault(SPELLINGS.get(name, name), []).append(value)
        fields: dict[str, Any] = {
            "headers": {name: values[-1] for name, values in several.items()},
            "multiValueHeaders": several,
        }
        if self.query and only is None:
            fields["queryStringParameters"] = {name: values[-1] for name, values in self.query.items()}
            fields["multiValueQueryStringParameters"] = {
                name: list(values) for name, values in self.query.items()
            }
        return fields


@dataclass(kw_only=True)
class Request:
    """What a connection asks of one route.

    Attributes:
        session: the connection.
        event_type: CONNECT, MESSAGE or DISCONNECT.
        route_key: key of the route.
        request_id: id in the function's event and in the log.
        extended_request_id: another id of AWS's, in the same places.
        begin: when it arrived, seconds since 1970.
        status: HTTP status of its outcome.
        integration_status: status that the function answered with.
        integration_latency: milliseconds that the function took.
        integration_error: what was wrong with the function's answer.
        error_message: message of an error of the gateway's own.
        error_type: type of that error.
    """

    session: Session
    event_type: str
    route_key: str
    request_id: str = field(default_factory=new_id)
    extended_request_id: str = field(default_factory=new_id)
    begin: float = field(default_factory=time.time)
    status: int = 200
    integration_status: int | None = None
    integration_latency: float | None = None
    integration_error: str | None = None
    error_message: str | None = None
    error_type: str | None = None

    def fail(self, status: int, message: str, kind: str) -> None:
        """Note an error of the gateway's own."""
        self.status, self.error_message, self.error_type = status, message, kind

    def error_document(self) -> dict[str, str]:
        """What the client reads of an error."""
        return {
            "message": self.error_message or "Internal server error",
            "connectionId": self.session.connection_id,
            "requestId": self.request_id,
        }

    def context(self) -> dict[str, Any]:
        """The event's `requestContext`."""
        session = self.session
        context: dict[str, Any] = {
            "routeKey": self.route_key,
            "eventType": self.event_type,
            "extendedRequestId": self.extended_request_id,
            "requestTime": self.time_text(),
            "messageDirection": "IN",
            "stage": session.stage_name,
            "connectedAt": session.connected_at,
            "requestTimeEpoch": int(self.begin * 1000),
            "identity": {"sourceIp": session.source_ip, "userAgent": session.header("user-agent")},
            "requestId": self.request_id,
            "domainName": f"{session.api_id}.execute-api.{session.region}.amazonaws.com",
            "connectionId": session.connection_id,
            "apiId": session.api_id,
        }
        if self.event_type == "MESSAGE":
            context["messageId"] = self.request_id
        if self.event_type == "DISCONNECT":
            context["disconnectStatusCode"] = session.close_code
            context["disconnectReason"] = session.close_reason
        if session.authorizer is not None:
            context["authorizer"] = dict(session.authorizer)
        return context

    def time_text(self) -> str:
        """When it arrived, as logs and events write it."""
        return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self.begin))
