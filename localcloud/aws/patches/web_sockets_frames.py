"""Holds WebSocket frames to API Gateway's sizes, and tells with which status a client left.

Hypercorn knows one limit for whole messages, of 16 MB, and forgets the status and reason of the client.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream
from localcloud.aws.patches.web_sockets_session import MESSAGE_BYTES

FRAME_BYTES = 32 * 1024
TOO_BIG = 1009
REASON = "Message too long"


def apply() -> None:
    """Wrap the reading of frames, the handshake and the end of a connection.

    Raises:
        PatchError: MiniStack uses another server, or that has changed.
    """
    application = Upstream("web_sockets_frames", "app")
    application.require("_WSStream.app_send", "self", "message")
    application.wrap("_WSStream._accept", "self", "message", by=_as_of_api_gateway)
    application.wrap("_WSStream._handle_events", "self", by=_to_the_end)
    application.wrap("_WSStream.handle", "self", "event", by=_with_status)


def _as_of_api_gateway(accept: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """API Gateway negotiates no extension; with one, a frame's size would not be that of its text."""

    async def accepted(self: Any, message: Any) -> None:  # noqa: ANN401
        self.handshake.extensions = None
        await accept(self, message)
        if (self.scope.get("state") or {}).get("limited"):
            self.connection.events = _limited(self)

    return accepted


def _to_the_end(handle_events: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Hypercorn stops at a message that is too long; the client's own end may have come right behind it."""

    async def handled(self: Any) -> None:  # noqa: ANN401
        await handle_events(self)
        if self.__dict__.get("sizes", {}).pop("just_over", False):
            await handle_events(self)

    return handled


def _limited(stream: Any) -> Callable[[], Any]:  # noqa: ANN401
    """The connection's events, up to a frame or message that is too long: that becomes its end."""
    connection = stream.connection
    read = type(connection).events.__get__(connection)
    sizes = stream.__dict__.setdefault("sizes", {"frame": 0, "message": 0, "over": False})

    def events() -> Any:  # noqa: ANN401
        for event in read():
            if hasattr(event, "message_finished"):
                if sizes["over"]:
                    continue  # the rest of what was too long, which the client was still sending
                data = event.data.encode() if isinstance(event.data, str) else event.data
                sizes["frame"] += len(data)
                sizes["message"] += len(data)
                if sizes["frame"] > FRAME_BYTES or sizes["message"] > MESSAGE_BYTES:
                    # Larger than any limit of the server's own, which then ends the connection with 1009.
                    stream.buffer.length = stream.buffer.max_length
                    stream.left_with = (TOO_BIG, REASON)
                    sizes["over"] = sizes["just_over"] = True
                    yield event
                    return
                if event.frame_finished:
                    sizes["frame"] = 0
                if event.message_finished:
                    sizes["message"] = 0
            elif hasattr(event, "code") and hasattr(event, "reason"):
                stream.__dict__.setdefault("left_with", (int(event.code), event.reason or ""))
            yield event

    return events


def _with_status(handle: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def handled(self: Any, event: Any) -> None:  # noqa: ANN401
        left = self.__dict__.get("left_with")
        put = self.app_put
        if left and put is not None and not self.__dict__.get("telling"):
            self.telling = True

            async def told(message: dict[str, Any]) -> None:
                if message["type"] == "websocket.disconnect":
                    message = {**message, "code": left[0], "reason": left[1]}
                await put(message)

            self.app_put = told
        await handle(self, event)

    return handled
