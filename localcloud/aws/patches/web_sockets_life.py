"""The life of an accepted WebSocket: messages in, messages out, and its end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from ministack.services import apigateway

from localcloud.aws.patches.web_sockets_session import GOING_AWAY, MESSAGE_BYTES, FullOutboxError, Session

log = logging.getLogger(__name__)

UNSUPPORTED_DATA, TOO_BIG, TRY_LATER = 1003, 1009, 1013
MESSAGES_AT_A_TIME = 50
FLUSH_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a connection may last.

    Attributes:
        idle_seconds: without a message in either direction.
        total_seconds: altogether.
    """

    idle_seconds: float
    total_seconds: float


# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
LIMITS = Limits(idle_seconds=600, total_seconds=7200)


@dataclass(kw_only=True)
class Life:
    """Runs a connection until the client or the server ends it.

    Attributes:
        session: the connection.
        receive: of the ASGI connection.
        send: of the ASGI connection.
        limits: how long it may last.
        dispatch: handles one message.
    """

    session: Session
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]]
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]]
    limits: Limits
    dispatch: Callable[[Session, str], Awaitable[None]]
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Serve until the end; what was posted before the server's end is sent."""
        session = self.session
        apigateway._ws_connections[session.connection_id] = {
            "apiId": session.api_id,
            "accountId": session.account,
            "stage": session.stage_name,
            "close_event": session.closing,  # set by MiniStack's reset
            "session": session,
        }
        sending = asyncio.create_task(self._send_all())
        receiving = asyncio.create_task(self._receive_all())
        others = [asyncio.create_task(self._watch()), asyncio.create_task(session.closing.wait())]
        try:
            await asyncio.wait([receiving, others[1]], return_when=asyncio.FIRST_COMPLETED)
        finally:
            apigateway._ws_connections.pop(session.connection_id, None)
            ended_by_client = receiving.done()
            for task in (receiving, *others):
                task.cancel()
            if not ended_by_client:
                await self._flush(sending)
            sending.cancel()
            await asyncio.gather(sending, receiving, *others, return_exceptions=True)
        if not ended_by_client:
            with contextlib.suppress(Exception):  # the client may be gone already
                await self.send(
                    {"type": "websocket.close", "code": session.close_code, "reason": session.close_reason}
                )

    async def _receive_all(self) -> None:
        while True:
            message = await self.receive()
            if message["type"] == "websocket.disconnect":
                code = int(message.get("code") or 1005)
                self.session.close(code, str(message.get("reason") or ""))
                return
            self.session.last_active = time.time()
            text = message.get("text")
            if text is None:
                # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
                self.session.close(UNSUPPORTED_DATA, "Binary frames are not supported")
                await self.session.closing.wait()
            elif len(text.encode()) > MESSAGE_BYTES:
                self.session.close(TOO_BIG, "Message too long")
            else:
                await self._start(text)

    async def _start(self, text: str) -> None:
        while len(self._running) >= MESSAGES_AT_A_TIME:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._handle(text))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _handle(self, text: str) -> None:
        try:
            await self.dispatch(self.session, text)
        except FullOutboxError:
            self.session.close(TRY_LATER, "The client does not read its messages")
        except Exception:
            log.exception("a message of connection %s failed", self.session.connection_id)

    async def _send_all(self) -> None:
        while True:
            text = await self.session.outbox.get()
            try:
                await self.send({"type": "websocket.send", "text": text})
            finally:
                self.session.outbox.task_done()

    async def _flush(self, sending: asyncio.Task[None]) -> None:
        flushed = asyncio.create_task(self.session.outbox.join())
        await asyncio.wait([flushed, sending], timeout=FLUSH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        flushed.cancel()

    async def _watch(self) -> None:
        begin = time.time()
        while True:
            end = min(begin + self.limits.total_seconds, self.session.last_active + self.limits.idle_seconds)
            if (left := end - time.time()) <= 0:
                self.session.close(GOING_AWAY, "Going away")
                return
            await asyncio.sleep(left)
