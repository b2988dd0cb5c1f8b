"""A signed-in person's socket, opened through the edge as a browser opens it."""

import json
import socket as tcp
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.home import Platform

PROTOCOL = "omnitrack.v1"
PATIENCE = 20.0  # seconds

Frame = dict[str, Any]


@dataclass(kw_only=True)
class Socket:
    """An open socket, and what came over it.

    Attributes:
        connection: The connection itself.
        frames: Everything that was received, in that order.
    """

    connection: ClientConnection
    frames: list[Frame] = field(default_factory=list)
    _seen: int = 0

    def send(self, action: str, *channels: str, **more: Any) -> None:
        """Send a frame of a client."""
        self.connection.send(json.dumps({"action": action, "channels": list(channels), **more}))

    def receive(self) -> Frame:
        """The next frame."""
        self.frames.append(json.loads(self.connection.recv(timeout=PATIENCE)))
        return self.frames[-1]

    def wait(self, *kinds: str, **data: Any) -> Frame:
        """The next frame of one of the types whose data has these values; what comes before it is passed."""
        while True:
            for place in range(self._seen, len(self.frames)):
                frame = self.frames[place]
                if frame["type"] in kinds and data.items() <= frame["data"].items():
                    self._seen = place + 1
                    return frame
            self._seen = len(self.frames)
            self.receive()

    def ask(self, action: str, *channels: str, **more: Any) -> Frame:
        """Send a frame and wait for its answer."""
        self.send(action, *channels, **more)
        return self.wait("subscribed", "unsubscribed", "pong", "error")

    def of_node(self, node: str, kind: str = "twin.changed") -> Frame:
        """The next change of the twin that tells of a node; answers the node as it is shown."""
        while True:
            for view in self.wait(kind)["data"]["nodes"]:
                if view["id"] == node:
                    return dict(view)


def address(platform: Platform) -> str:
    """Where sockets are opened: at the edge."""
    return platform.cloud.endpoint.replace("http", "ws", 1) + "/ws"


@contextmanager
def connected(
    platform: Platform,
    *channels: str,
    role: str = "viewer",
    token: str | None = None,
    since: str | None = None,
) -> Iterator[Socket]:
    """A socket of a role, or of whom a token names, that listens to channels."""
    with _open(address(platform), token or platform.token(role)) as connection:
        assert connection.subprotocol == PROTOCOL
        socket = Socket(connection=connection)
        if channels:
            answer = socket.ask("subscribe", *channels, **({"since": since} if since else {}))
            assert answer["type"] == "subscribed", answer
        yield socket


def refusal(
    platform: Platform,
    token: str | None,
    *,
    host: str | None = None,
    query: str = "",
    headers: dict[str, str] | None = None,
) -> int:
    """The status that answers a handshake that is not let in; 101 for one that is.

    Args:
        platform: Where.
        token: What stands in the place of the id token; None for no subprotocol at all.
        host: Another host than the edge's, and its socket's path.
        query: After the path, with its question mark.
        headers: More headers.
    """
    url = (f"ws://{host}" if host else address(platform)) + query
    try:
        with _open(url, token, headers=headers, port=platform.cloud.endpoint.rpartition(":")[2]):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def _open(
    url: str, token: str | None, *, headers: dict[str, str] | None = None, port: str = ""
) -> ClientConnection:
    protocols = None if token is None else [Subprotocol(PROTOCOL), Subprotocol(token)]
    # Whatever host it is for, it is served on loopback.
    reached = tcp.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) if port else None
    return connect(
        url,
        sock=reached,
        subprotocols=protocols,
        additional_headers=headers,
        proxy=None,
        open_timeout=PATIENCE,
        close_timeout=2,
        max_size=None,
    )
