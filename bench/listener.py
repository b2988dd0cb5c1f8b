"""A signed-in person's socket, as a browser opens it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.client import ClientConnection

    from localcloud.control import LocalCloud

PROTOCOL: Final = "omnitrack.v1"
PATIENCE_SECONDS: Final = 30.0

Frame = dict[str, Any]


class Listener:
    """An open socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def subscribe(self, *channels: str) -> None:
        """Listen to channels from here on."""
        self._connection.send(subscription(*channels))
        self.wait(lambda frame: frame["type"] == "subscribed", "that it is subscribed")

    def wait(self, wanted: Callable[[Frame], bool], what: str) -> Frame:
        """The next frame that is wanted; what comes before it is passed over.

        Raises:
            BenchmarkError: a frame takes too long, or is an error.
        """
        while True:
            try:
                frame: Frame = json.loads(self._connection.recv(timeout=PATIENCE_SECONDS))
            except TimeoutError:
                raise BenchmarkError(f"a socket is not told {what} in {PATIENCE_SECONDS:.0f} s") from None
            if frame["type"] == "error":
                raise BenchmarkError(f"a socket is told {frame['data']} instead of {what}")
            if wanted(frame):
                return frame


@contextmanager
def opened(cloud: LocalCloud, token: str, *channels: str) -> Iterator[Listener]:
    """A socket that listens to channels."""
    with connect(address(cloud), subprotocols=protocols(token), proxy=None, max_size=None) as connection:
        listener = Listener(connection)
        listener.subscribe(*channels)
        yield listener


def address(cloud: LocalCloud) -> str:
    """Where sockets are opened: at the edge."""
    return f"ws://127.0.0.1:{cloud.port}/ws"


def protocols(token: str) -> list[Subprotocol]:
    """What a socket says of itself and of who opens it."""
    return [Subprotocol(PROTOCOL), Subprotocol(token)]


def subscription(*channels: str) -> str:
    """The frame that subscribes to channels."""
    return json.dumps({"action": "subscribe", "channels": channels})


def shows(message: str) -> Callable[[Frame], bool]:
    """Whether a frame shows a node after a reading, by the reading's message id."""

    def told(frame: Frame) -> bool:
        if frame["type"] != "twin.changed":
            return False
        latest = [reading for node in frame["data"]["nodes"] for reading in node.get("latest", {}).values()]
        return any(reading["messageId"] == message for reading in latest)

    return told
