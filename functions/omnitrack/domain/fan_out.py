"""Fan-out: events become frames, first in the log and then at every socket that may see them.

Nothing here depends on how fast a socket is: one that does not take a frame is marked, and sent what it
missed before anything newer, with the next push or its own next ping. One that stays so is closed: its client
connects again and says since when.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta

from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.realtime import (
    OVERLAP,
    Connections,
    Event,
    EventLog,
    Frame,
    GoneError,
    Sockets,
    Subscription,
    missed_frames,
    resync,
)

MOST_ATTEMPTS = 2  # each lasts as long as the time-outs of the client of AWS
TICK = timedelta(microseconds=1)
SLOWEST_LOG = OVERLAP / 2
LONGEST_MARK = timedelta(seconds=30)  # then the socket is closed


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a fan-out: frames sent, sockets found gone, closed, left behind, and for what causes."""

    sent: int = 0
    gone: int = 0
    closed: int = 0
    missed: int = 0
    causes: frozenset[str] = frozenset()

    def __add__(self, other: "Report") -> "Report":
        return Report(
            sent=self.sent + other.sent,
            gone=self.gone + other.gone,
            closed=self.closed + other.closed,
            missed=self.missed + other.missed,
            causes=self.causes | other.causes,
        )


@dataclass(frozen=True, kw_only=True)
class FanOut:
    """Brings events to the sockets; `executor` decides how many at a time."""

    connections: Connections
    log: EventLog
    sockets: Sockets
    executor: Executor
    now: Callable[[], datetime]

    def publish(self, events: Iterable[Event]) -> Report:
        """Log the events and push them.

        Whatever this raises, all of it can be repeated: a client meets a frame again at worst.

        Raises:
            UnavailableError: Somebody could have missed something for good if it were not repeated.
        """
        frames = self._logged(list(events))
        by_channel: dict[str, list[Frame]] = {}
        for frame in frames:
            by_channel.setdefault(str(frame.channel), []).append(frame)
        return sum((self._push(channel, part) for channel, part in by_channel.items()), Report())

    def _logged(self, events: Sequence[Event]) -> list[Frame]:
        """The frames, once all are in the log: before anybody is asked for, that order is what loses none."""
        start = self.now()
        # In the order of the events, also for clients who go by the time.
        frames = [event.at(start + TICK * place) for place, event in enumerate(events)]
        list(self.executor.map(self.log.append, events, frames))
        if self.now() - start > SLOWEST_LOG:
            raise UnavailableError("the log took too long: the frames are repeated under a later time")
        return frames

    def _push(self, channel: str, frames: Sequence[Frame]) -> Report:
        subscriptions = self.connections.subscriptions(channel)
        texts = [frame.text for frame in frames]  # once for all
        first = min(frame.timestamp for frame in frames)
        reports = self.executor.map(
            lambda subscription: self._serve(subscription, channel, texts, first), subscriptions
        )
        return sum(reports, Report())

    def _serve(
        self, subscription: Subscription, channel: str, texts: Sequence[str], first: datetime
    ) -> Report:
        if not subscription.session.holds(self.now()):
            return self._close(subscription.connection)
        if not subscription.session.sees(channel):
            return Report()
        try:
            return Report(sent=self._send(subscription, channel, texts))
        except GoneError:
            self.connections.remove(subscription.connection)
            return Report(gone=1)
        except Exception as error:  # noqa: BLE001 - the others get their frames now, and this one later
            left = self._leave(subscription, channel, first)
            return left + Report(causes=frozenset({repr(error)}))

    def _send(self, subscription: Subscription, channel: str, texts: Sequence[str]) -> int:
        if subscription.missed is not None:
            # The new frames are in the log too, and come after those that are owed.
            return self.catch_up(subscription, channel)
        for text in texts:
            self._post(subscription.connection, text)
        return len(texts)

    def _leave(self, subscription: Subscription, channel: str, first: datetime) -> Report:
        connection, missed = subscription.connection, subscription.missed
        if missed and missed < self.now() - LONGEST_MARK:
            return self._close(connection)
        self.connections.mark(connection, channel, missed or first)
        return Report(missed=1)

    def catch_up(self, subscription: Subscription, channel: str) -> int:
        """Send a socket what it missed, and forget the mark; answers how many frames that were.

        Raises:
            GoneError, UnavailableError: The socket does not take it; the mark stays.
        """
        if subscription.missed is None:
            return 0
        now = self.now()
        # Not from the mark on: a push at the same time may have missed an earlier frame and marked later.
        owed = missed_frames(self.log, channel, subscription.missed, now)
        texts = [resync(channel, now).text] if owed is None else owed
        for text in texts:
            self.sockets.post(subscription.connection, text)
        self.connections.unmark(subscription.connection, channel, subscription.marks)
        return len(texts)

    def _post(self, connection: str, text: str) -> None:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return self.sockets.post(connection, text)
            except GoneError:
                raise
            except Exception:
                if attempt == MOST_ATTEMPTS:
                    raise
        return None

    def _close(self, connection: str) -> Report:
        # The row goes first: a socket that stays open without it gets nothing any more.
        self.connections.remove(connection)
        try:
            self.sockets.close(connection)
        except Exception as error:  # noqa: BLE001 - it will close by its idle time-out or its largest age
            return Report(missed=1, causes=frozenset({repr(error)}))
        return Report(closed=1)
