"""A WebSocket on its way through a distribution: the headers of its handshake, and how much goes through."""

import time
from collections.abc import Callable

from localcloud.aws.distribution_origins import Connection, Message
from localcloud.aws.distribution_responses import Answer, encoded, from_origin

SWITCHED = 101
REFUSED = 403  # what the server makes of an end before the handshake's
# The messages that begin the answer to a handshake.
BEGINNINGS = ("websocket.accept", "websocket.http.response.start")


class Socket:
    """The ASGI connection of one WebSocket, as the API sees it.

    Args:
        shown: makes of the API's answer to the handshake what the viewer gets.
        connection: of the viewer, after its `websocket.connect`.

    Attributes:
        answer: what the handshake was answered.
        received: bytes of the viewer's messages.
        sent: bytes of the messages to the viewer.
        answered: when the handshake was answered, seconds since 1970.
    """

    def __init__(self, shown: Callable[[Answer], Answer], connection: Connection) -> None:
        self.answer = from_origin(REFUSED, (), b"")
        self.received = 0
        self.sent = 0
        self.answered = time.time()
        self._shown = shown
        self._connection = connection
        self._begun = False

    async def receive(self) -> Message:
        """The next message for the API, the first one the viewer's wish to connect."""
        if not self._begun:
            self._begun = True
            return {"type": "websocket.connect"}
        message = await self._connection.receive()
        self.received += _size(message)
        return message

    async def send(self, message: Message) -> None:
        """Hand a message of the API on, the handshake's with the distribution's headers."""
        if message["type"] in BEGINNINGS:
            headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message.get("headers") or ()
            ]
            self.answer = self._shown(from_origin(int(message.get("status", SWITCHED)), headers, b""))
            self.answered = time.time()
            message = {**message, "headers": encoded(self.answer.headers)}
        self.sent += _size(message)
        await self._connection.send(message)


def _size(message: Message) -> int:
    return sum(len(message.get(part) or "") for part in ("text", "bytes", "body"))
