"""Decides when the state is saved: on request, at the end, and by itself once changes have settled."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.5
# Under a steady stream of changes a save may take a tenth of the time.
SHARE_OF_TIME = 0.1
LONGEST_WAIT = 10  # pauses


class Saver:
    """Saves some time after the last change.

    Args:
        write: writes the state; called in a thread, one call at a time.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._changed = asyncio.Event()
        self._last_change = 0.0
        self._lock = asyncio.Lock()
        self._last_duration = 0.0

    def touch(self) -> None:
        """Note that something may have changed."""
        self._last_change = time.monotonic()
        self._changed.set()

    async def save(self) -> None:
        """Save now; whatever had changed before the call is in the snapshot.

        What the write raises is passed on; the state stays marked as changed.
        """
        async with self._lock:
            self._changed.clear()
            begin = time.monotonic()
            try:
                await asyncio.to_thread(self._write)
            except Exception:
                self._changed.set()
                raise
            self._last_duration = time.monotonic() - begin

    async def _settled(self, pause: float) -> None:
        # Under changes without end it does not wait for ever.
        for _ in range(LONGEST_WAIT):
            before = self._last_change
            await asyncio.sleep(pause)
            if self._last_change == before:
                return

    async def run(self) -> None:
        """Save whenever changes have settled, until cancelled."""
        while True:
            await self._changed.wait()
            pause = max(SETTLE_SECONDS, self._last_duration / SHARE_OF_TIME)
            await self._settled(pause)
            try:
                await self.save()
            except Exception:  # a failed save is tried again after the next pause
                log.exception("the state could not be saved")
                await asyncio.sleep(pause)


@contextlib.asynccontextmanager
async def saving(saver: Saver) -> AsyncIterator[None]:
    """Let `saver` run in the background for the duration of a block."""
    task = asyncio.create_task(saver.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
