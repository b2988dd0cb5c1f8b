"""The request of a viewer, and what CloudFront makes of it for the origin.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import base64
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus

from ministack.services import cloudfront

from localcloud.aws.distributions import Behavior, Distribution

Headers = Sequence[tuple[str, str]]

URL_BYTES = 8192
HEADER_BYTES = 20_480
# Of the connection with the viewer, or not taken over from one.
NEVER_FORWARDED = frozenset(
    {
        *(
            "connection",
            "content-length",
            "expect",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
        ),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "warning"),
        *("x-forwarded-proto", "x-http-method-override", "x-real-ip", "x-amz-cf-id"),
    }
)
RESERVED = re.compile(r"x-edge-")
# Whatever the policies say.
ALWAYS_FORWARDED = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"}
)
HANDSHAKE = frozenset({"connection", "upgrade"})


def header_bytes(headers: Headers) -> int:
    """How many bytes headers take on the wire."""
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers)


def identifier() -> str:
    """An id of a request in CloudFront's form."""
    return base64.urlsafe_b64encode(os.urandom(41)).decode()


@dataclass(frozen=True, kw_only=True)
class ViewerRequest:
    """What a viewer asks a distribution for.

    Attributes:
        method: the verb.
        path: percent-encoded, as sent.
        query: percent-encoded, as sent, without the question mark.
        headers: name in lower case and value, in order.
        body: the bytes as sent.
        address: of the viewer.
        protocol: `https` or `wss`, as loopback counts as TLS.
        version: of HTTP, as `1.1`.
        id: CloudFront's id of the request, the same in the answer, at the origin and in the logs.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes = b""
    address: str
    protocol: str
    version: str = "1.1"
    id: str = field(default_factory=identifier)

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas, None if there is none."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def is_too_long(self) -> bool:
        """Whether CloudFront refuses to read the request."""
        return len(self.path) + len(self.query) > URL_BYTES or header_bytes(self.headers) > HEADER_BYTES

    @property
    def host(self) -> str:
        """The host that the viewer named."""
        return self.header("host") or ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The decoded parameters of the query."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def cookies(self) -> list[tuple[str, str]]:
        """The cookies that the viewer sent."""
        parts = (part.strip().partition("=") for part in (self.header("cookie") or "").split(";"))
        return [(name, value) for name, _, value in parts if name]


def from_scope(scope: Mapping[str, Any], body: bytes) -> ViewerRequest:
    """The request of an ASGI connection.

    Args:
        scope: of the connection.
        body: what the viewer has sent.
    """
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return ViewerRequest(
        method=scope.get("method", "GET"),
        path=raw.decode("latin-1").partition("?")[0],
        query=scope["query_string"].decode("latin-1"),
        headers=[
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ],
        body=body,
        address=(scope.get("client") or ("127.0.0.1", 0))[0],
        protocol="wss" if scope["type"] == "websocket" else "https",
        version=scope.get("http_version", "1.1"),
    )


@dataclass(frozen=True, kw_only=True)
class OriginRequest:
    """What CloudFront asks an origin for.

    Attributes:
        path: percent-encoded, without the origin's own path in front.
        query: percent-encoded.
        headers: all, with the custom ones of the origin.
    """

    path: str
    query: str
    headers: Headers

    @property
    def host(self) -> str:
        """The host that the origin sees."""
        return next(value for name, value in self.headers if name == "host")


def for_origin(
    request: ViewerRequest, distribution: Distribution, behavior: Behavior, origin: Mapping[str, Any]
) -> OriginRequest:
    """The request for the origin by the policies of the behaviour.

    Args:
        request: of the viewer, changed by a function or not.
        distribution: the distribution.
        behavior: the behaviour for its path.
        origin: the behaviour's origin.
    """
    header, cookie, parameter = cloudfront._forwarding_predicates(behavior.settings)
    headers = _forwarded(request, header)
    kept = [f"{name}={value}" for name, value in request.cookies if cookie(name)]
    if kept:
        headers.append(("cookie", "; ".join(kept)))
    own = {name.lower(): value for name, value in origin["custom_headers"]}
    # Whoever sends one of these as a viewer must not be taken for the distribution.
    headers = [(name, value) for name, value in headers if name not in own]
    headers += list(own.items())
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", origin["domain_name"]))
    if request.body or request.header("content-length") is not None:
        headers.append(("content-length", str(len(request.body))))
    is_root = request.path == "/" and distribution.root_object
    return OriginRequest(
        path=f"/{distribution.root_object}" if is_root else request.path,
        query=_query(request.query, parameter),
        headers=headers,
    )


def _forwarded(request: ViewerRequest, allowed: Callable[[str], bool]) -> list[tuple[str, str]]:
    handshake = HANDSHAKE if request.protocol == "wss" else frozenset()
    replaced = {"cookie", "user-agent", "via", "x-forwarded-for"}
    headers = [
        (name, value)
        for name, value in request.headers
        if (allowed(name) or name in ALWAYS_FORWARDED or name in handshake)
        and (name not in NEVER_FORWARDED or name in handshake)
        and name not in replaced
        and not RESERVED.match(name)
    ]
    agent = request.header("user-agent") if allowed("user-agent") else "Amazon CloudFront"
    chain = request.header("x-forwarded-for")
    hops = (request.header("via"), f"{request.version} {os.urandom(16).hex()}.cloudfront.net (CloudFront)")
    added = {
        "user-agent": agent,
        "via": ", ".join(hop for hop in hops if hop),
        "x-amz-cf-id": request.id,
        "x-forwarded-for": f"{chain}, {request.address}" if chain else request.address,
    }
    return headers + [(name, value) for name, value in added.items() if value is not None]


def _query(query: str, allowed: Callable[[str], bool]) -> str:
    """The query with the parameters that are let through, each spelled as the viewer did."""
    kept = [part for part in query.split("&") if allowed(unquote_plus(part.partition("=")[0]))]
    return "&".join(kept) if query else ""
