"""Requests byte for byte as a test writes them: also such as no well-meant client would send."""

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from tests.e2e.home import Platform

PATIENCE = 40.0  # seconds
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        return self.headers.get("content-type", "").startswith("application/json")

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The code of an error in the platform's form; None for another answer."""
        return self.document["error"]["code"] if self.is_json and self.status >= 400 else None


def exchange(
    platform: Platform, method: str, target: str, *, headers: Headers = (), body: bytes | None = None
) -> Answer:
    """Send one request on a connection of its own.

    Args:
        platform: Where.
        method: Of the request.
        target: Path and query as they stand in the request line.
        headers: Further headers, repeated ones too; nothing in them is checked or encoded.
        body: What follows; its length is said.
    """
    port = int(platform.cloud.endpoint.rpartition(":")[2])
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(body)}"] if body is not None else []
    head = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(head + (body or b""))
        with HTTPResponse(connection, method=method) as response:
            response.begin()
            read = {name.lower(): value for name, value in response.getheaders()}
            return Answer(status=response.status, headers=read, body=response.read())


def bearer(token: str) -> tuple[str, str]:
    """The header that carries a token."""
    return "Authorization", f"Bearer {token}"
