"""Realtime: what travels over a socket, who may see it, and how nobody misses any of it.

A frame is written to the log first and pushed to the subscribers after that; a subscriber is written down
first and reads the log after that. So whatever the order in which the two meet, a frame is either found in
the log or pushed. What a socket did not take is marked at its subscription and sent before anything newer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol

from omnitrack.domain import access
from omnitrack.domain.access import Permission
from omnitrack.domain.errors import ForbiddenError, InvalidInputError, OmniTrackError, UnauthenticatedError
from omnitrack.domain.faults import describe
from omnitrack.domain.values import Maybe, Model, Moment
from pydantic import Field, ValidationError

PROTOCOL = "omnitrack.v1"
CHANNELS: Mapping[str, Permission] = MappingProxyType(
    {"twin": Permission.VIEW_TWIN, "alerts": Permission.VIEW_ALERTS}
)
MOST_CHANNELS = 10  # that one frame names
LONGEST_NAME = 64
CONNECTION_LIFETIME = timedelta(hours=24)
LOG_LIFETIME = timedelta(hours=24)
MOST_REPLAYED = 500  # frames; who missed more reads the state again, which is cheaper for both
MOST_REPLAYED_BYTES = 8 * 1024 * 1024
# Longer than a push takes from a frame's timestamp to the last socket, or to the mark that it was missed.
OVERLAP = timedelta(seconds=10)

Action = Literal["subscribe", "unsubscribe", "ping"]


class UnknownChannelError(InvalidInputError):
    """There is no such channel."""

    code = "unknown_channel"


class GoneError(OmniTrackError):
    """The connection does not exist any more."""

    code = "gone"


class HandshakeRefusedError(OmniTrackError):
    """A handshake is not let in; `reason` is for the operators, a client learns nothing of it."""

    code = "handshake_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ClientFrame(Model):
    """What a client sends."""

    action: Action
    channels: list[Annotated[str, Field(max_length=LONGEST_NAME)]] = Field(
        default_factory=list, max_length=MOST_CHANNELS
    )
    since: Annotated[
        Maybe[Moment], Field(description="The newest `timestamp` received before the connection was lost.")
    ] = None


class Frame(Model):
    """What a client receives."""

    type: str
    timestamp: Moment
    channel: Maybe[str] = None
    data: dict[str, Any] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """The frame as it travels."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who is behind a socket, as their token said: its roles hold until it expires (epoch seconds)."""

    user: str
    roles: tuple[str, ...]
    expires_at: int

    def holds(self, at: datetime) -> bool:
        """Whether the token is still valid."""
        return at.timestamp() < self.expires_at

    def sees(self, channel: str) -> bool:
        """Whether a role carries the channel's permission."""
        return channel in CHANNELS and access.permits(self.roles, CHANNELS[channel])


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A socket that listens to a channel.

    `missed` is the time of the first frame that it did not take, `marks` how often that was said.
    """

    connection: str
    session: Session
    missed: datetime | None = None
    marks: int = 0


@dataclass(frozen=True, kw_only=True)
class Event:
    """A frame before it has its time; `key` tells it from all others, however often it comes."""

    key: str
    type: str
    channel: str
    data: dict[str, Any]

    def at(self, moment: datetime) -> Frame:
        """The frame that tells of it."""
        return Frame(type=self.type, channel=self.channel, data=self.data, timestamp=moment)


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A frame as the log keeps it."""

    timestamp: datetime
    text: str

    @property
    def size(self) -> int:
        """The bytes that it has on the way."""
        return len(self.text.encode())


class Connections(Protocol):
    """Who is connected, and who listens to what."""

    def add(self, connection: str, session: Session, at: datetime) -> None:
        """Keep a connection."""
        ...

    def subscribe(self, connection: str, session: Session, channels: Sequence[str], at: datetime) -> None:
        """Let a connection listen; raises GoneError when it is not kept any more."""
        ...

    def unsubscribe(self, connection: str, channels: Sequence[str]) -> None:
        """Let it listen no longer."""
        ...

    def remove(self, connection: str) -> None:
        """Forget a connection and all that it listens to."""
        ...

    def subscriptions(self, channel: str) -> Sequence[Subscription]:
        """Everyone who listens to a channel, as of now."""
        ...

    def subscribed(self, connection: str) -> Mapping[str, Subscription]:
        """What one connection listens to, by channel."""
        ...

    def mark(self, connection: str, channel: str, missed: datetime) -> None:
        """Remember the first frame that a subscriber missed; nothing when it listens no longer."""
        ...

    def unmark(self, connection: str, channel: str, marks: int) -> None:
        """Forget what was missed, unless more has been since `marks` were counted."""
        ...


class EventLog(Protocol):
    """The frames of the last day."""

    def append(self, event: Event, frame: Frame) -> None:
        """Keep a frame."""
        ...

    def since(self, channel: str, moment: datetime, at: datetime) -> Sequence[Logged] | None:
        """The frames from a moment on, oldest first; None when they are more than are replayed."""
        ...


class Sockets(Protocol):
    """The open sockets."""

    def post(self, connection: str, text: str) -> None:
        """Send a frame; raises GoneError, UnavailableError."""
        ...

    def close(self, connection: str) -> None:
        """Close a socket; one that is gone is closed."""
        ...


def parse(text: str) -> ClientFrame:
    """Read a client's frame; raises InvalidInputError, which names the field."""
    try:
        frame = ClientFrame.model_validate_json(text.encode(), by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidInputError(describe(error)) from None
    except UnicodeEncodeError:
        raise InvalidInputError("body: is not valid UTF-8") from None
    if frame.action != "ping" and not frame.channels:
        raise InvalidInputError(f"channels: name at least one of {', '.join(CHANNELS)}")
    return frame


def admit(session: Session, channels: Sequence[str], at: datetime) -> list[str]:
    """The channels, each once, if the session may listen to all of them.

    Raises:
        UnauthenticatedError: The token has expired.
        UnknownChannelError, ForbiddenError: A channel is not there, or not for these roles.
    """
    if not session.holds(at):
        raise UnauthenticatedError("the token has expired: connect again with a new one")
    for channel in channels:
        if channel not in CHANNELS:
            raise UnknownChannelError(f"channels: there are {', '.join(CHANNELS)}, and no {channel!a}")
        if not session.sees(channel):
            raise ForbiddenError(f"channel {channel} needs the permission {CHANNELS[channel]}")
    return list(dict.fromkeys(channels))


def missed_frames(log: EventLog, channel: str, since: datetime, at: datetime) -> list[str] | None:
    """The texts of what was missed, oldest first; None when the state has to be read again.

    `since` is the time of a frame; others of about that time may have been under way.
    """
    if since < at - LOG_LIFETIME + OVERLAP:
        return None
    logged = log.since(channel, since - OVERLAP, at)
    if logged is None or sum(frame.size for frame in logged) > MOST_REPLAYED_BYTES:
        return None
    return [frame.text for frame in logged]


def resync(channel: str, at: datetime) -> Frame:
    """Tells a client to read by REST again: it missed more than is replayed."""
    return Frame(type="resync", channel=channel, timestamp=at)
