"""Asks the origin of a behaviour: an API of this cloud within the process, others as MiniStack does."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ministack.services import cloudfront

from localcloud.aws import routes
from localcloud.aws.distribution_requests import OriginRequest, ViewerRequest
from localcloud.aws.distribution_responses import Answer, encoded, flat, from_origin, page
from localcloud.aws.distributions import Behavior, api_of

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

UNREACHABLE = "CloudFront wasn't able to connect to the origin."
TOO_SLOW = "CloudFront was able to connect to the origin, but the origin did not answer in time."


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An ASGI connection.

    Attributes:
        scope: what it is for.
        receive: the next message of the viewer.
        send: hands a message to the viewer.
    """

    scope: Scope
    receive: Receive
    send: Send


@dataclass(frozen=True, kw_only=True)
class Routed:
    """A request that goes to an origin.

    Attributes:
        request: of the viewer, as the firewall and the function have left it.
        behavior: the behaviour for its path.
        origin: the behaviour's origin.
        asked: what the origin is asked for.
    """

    request: ViewerRequest
    behavior: Behavior
    origin: Mapping[str, Any]
    asked: OriginRequest

    @property
    def is_for_api(self) -> bool:
        """Whether the origin is an API of this cloud."""
        api_id = api_of(self.origin["domain_name"])
        return api_id is not None and routes.owner_of(api_id) is not None

    @property
    def refusal(self) -> Answer | None:
        """What API Gateway answers when a policy hands the viewer's Host on: it does not know that host."""
        if self.asked.host == self.origin["domain_name"]:
            return None
        headers = [("content-type", "application/json"), ("x-amzn-errortype", "ForbiddenException")]
        return from_origin(403, headers, json.dumps({"message": "Forbidden"}).encode())


def api_scope(scope: Scope, routed: Routed) -> Scope:
    """The ASGI scope of a request to an API of this cloud; what follows is served in the API's account.

    Args:
        scope: of the viewer's connection.
        routed: the request.
    """
    scope.setdefault("state", {})  # shared with the connection, whose limits the API sets
    raw = routed.origin["origin_path"] + routed.asked.path
    inner = {
        **scope,
        # The way to an origin is TLS where its policy says so, and loopback counts as that.
        "scheme": "wss" if scope["type"] == "websocket" else "https",
        "path": unquote(raw),
        "raw_path": raw.encode("latin-1"),
        "query_string": routed.asked.query.encode("latin-1"),
        "headers": encoded(routed.asked.headers),
    }
    routes.act_as_owner(routed.asked.host, inner["path"])
    return inner


async def from_api(application: Application, routed: Routed, connection: Connection) -> Answer:
    """The response of an API of this cloud.

    Args:
        application: MiniStack.
        routed: the request.
        connection: of the viewer, which also tells when the viewer leaves.
    """
    waiting: list[Message] = [{"type": "http.request", "body": routed.request.body, "more_body": False}]
    start: Message = {"status": 502, "headers": []}
    parts: list[bytes] = []

    async def handed_on() -> Message:
        return waiting.pop() if waiting else await connection.receive()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    inner = {**api_scope(connection.scope, routed), "method": routed.request.method}
    await application(inner, handed_on, collect)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return from_origin(start["status"], headers, b"".join(parts))


async def from_elsewhere(routed: Routed, distribution_arn: str) -> Answer:
    """The response of a bucket, a load balancer, a function's address or any other server.

    Args:
        routed: the request.
        distribution_arn: whom a bucket knows.
    """
    request, origin = routed.request, dict(routed.origin)
    headers = {name: value for name, value in routed.asked.headers if name != "x-forwarded-for"}
    if routed.asked.host == origin["domain_name"]:
        headers.pop("host")
    try:
        status, _, answered, body = await cloudfront._fetch_from_origin(
            origin,
            request.method,
            routed.asked.path,
            routed.asked.query,
            headers,
            request.body,
            True,  # noqa: FBT003 - MiniStack's signature: the viewer uses TLS
            request.address,
            request.header("x-forwarded-for") or "",
            distribution_arn,
        )
    except cloudfront.OriginTimeout:
        return page(request, 504, TOO_SLOW, "OriginCommError")
    except cloudfront.OriginUnreachable:
        return page(request, 502, UNREACHABLE, "OriginConnectError")
    return from_origin(status, flat(answered), body)
