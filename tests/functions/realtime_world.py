"""Sockets, their connections and their log in memory, with a place where a test may step in between."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from omnitrack import wiring
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.fan_out import FanOut
from omnitrack.domain.realtime import (
    MOST_REPLAYED,
    Event,
    Frame,
    GoneError,
    Logged,
    Session,
    Subscription,
)

from tests.functions.calls import CONTEXT, NOW

T = TypeVar("T")

ADDRESS = "https://socketapi1.execute-api.us-east-1.amazonaws.com/ws"
TICK = timedelta(milliseconds=1)


@dataclass
class Clock:
    """Never tells the same moment twice."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        self.moment += TICK
        return self.moment


class InOrder(Executor):
    """Does what it is given at once, in the order in which it is given."""

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future carries it
            future.set_exception(error)
        return future


@dataclass
class InMemoryConnections:
    step: Callable[[], None] = lambda: None
    sessions: dict[str, Session] = field(default_factory=dict)
    lists: dict[str, dict[str, Subscription]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, connection: str, session: Session, at: datetime) -> None:  # noqa: ARG002 - nothing expires here
        self.sessions[connection] = session

    def subscribe(
        self,
        connection: str,
        session: Session,
        channels: Sequence[str],
        at: datetime,  # noqa: ARG002 - as above
    ) -> None:
        for channel in channels:
            self.step()
            if connection not in self.sessions:
                raise GoneError("the connection is not open any more: connect again")
            known = self.lists[channel].get(connection, Subscription(connection=connection, session=session))
            self.lists[channel][connection] = replace(known, session=session)
            self.step()

    def unsubscribe(self, connection: str, channels: Sequence[str]) -> None:
        for channel in channels:
            self.lists[channel].pop(connection, None)

    def remove(self, connection: str) -> None:
        self.step()
        self.sessions.pop(connection, None)
        self.unsubscribe(connection, list(self.lists))

    def subscriptions(self, channel: str) -> list[Subscription]:
        self.step()
        found = list(self.lists[channel].values())
        self.step()
        return found

    def subscribed(self, connection: str) -> Mapping[str, Subscription]:
        return {channel: known[connection] for channel, known in self.lists.items() if connection in known}

    def mark(self, connection: str, channel: str, missed: datetime) -> None:
        known = self.lists[channel].get(connection)
        if known is not None:
            self.lists[channel][connection] = replace(
                known, missed=known.missed or missed, marks=known.marks + 1
            )

    def unmark(self, connection: str, channel: str, marks: int) -> None:
        self.step()
        known = self.lists[channel].get(connection)
        if known is not None and known.marks == marks:
            self.lists[channel][connection] = replace(known, missed=None, marks=0)


@dataclass
class InMemoryLog:
    step: Callable[[], None] = lambda: None
    frames: list[tuple[Event, Frame]] = field(default_factory=list)
    broken: bool = False

    def append(self, event: Event, frame: Frame) -> None:
        self.step()
        if self.broken:
            raise UnavailableError("the log is out of reach")
        self.frames.append((event, frame))
        self.step()

    def since(self, channel: str, moment: datetime, at: datetime) -> list[Logged] | None:  # noqa: ARG002 - as above
        self.step()
        found = {
            event.key: Logged(timestamp=frame.timestamp, text=frame.text)
            for event, frame in sorted(self.frames, key=lambda logged: logged[1].timestamp)
            if event.channel == channel and frame.timestamp >= moment
        }
        self.step()
        in_order = sorted(found.values(), key=lambda logged: logged.timestamp)
        return in_order if len(in_order) <= MOST_REPLAYED else None


@dataclass
class InMemorySockets:
    step: Callable[[], None] = lambda: None
    received: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    listeners: dict[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)

    def post(self, connection: str, text: str) -> None:
        self.step()
        if connection in self.gone:
            raise GoneError("the connection is gone")
        if connection in self.failing:
            raise UnavailableError("the socket does not answer")
        frame = json.loads(text)
        self.received[connection].append(frame)
        with suppress(KeyError):
            self.listeners[connection](frame)

    def close(self, connection: str) -> None:
        self.gone.add(connection)
        self.closed.append(connection)


@dataclass
class Realtime:
    """The realtime functions' world."""

    clock: Clock
    connections: InMemoryConnections
    log: InMemoryLog
    sockets: InMemorySockets
    fan_out: FanOut

    @classmethod
    def new(cls, step: Callable[[], None] = lambda: None) -> "Realtime":
        clock, log = Clock(), InMemoryLog(step=step)
        connections, sockets = InMemoryConnections(step=step), InMemorySockets(step=step)
        return cls(
            clock=clock,
            connections=connections,
            log=log,
            sockets=sockets,
            fan_out=FanOut(connections=connections, log=log, sockets=sockets, executor=InOrder(), now=clock),
        )

    def wire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "connections": lambda: self.connections,
            "event_log": lambda: self.log,
            "sockets": lambda _address: self.sockets,
            "fan_out": lambda: self.fan_out,
            "fan_out_at": lambda _address: self.fan_out,
            "now": self.clock,
        }.items():
            monkeypatch.setattr(wiring, name, value)

    def publish(self, *events: Event) -> Any:
        return self.fan_out.publish(events)

    def types(self, connection: str) -> list[str]:
        return [frame["type"] for frame in self.sockets.received[connection]]


def session(*roles: str, minutes: float = 15, at: datetime = NOW) -> Session:
    expires = int((at + timedelta(minutes=minutes)).timestamp())
    return Session(user="user-1", roles=roles or ("viewer",), expires_at=expires)


def event(key: str, channel: str = "twin", **data: Any) -> Event:
    return Event(key=key, type=f"{channel}.changed", channel=channel, data=data)


def socket_event(
    kind: str,
    *,
    body: Any = None,
    connection: str = "c1",
    roles: str = "viewer",
    expires_at: int | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An event of the socket API; a body that is no text is sent as JSON."""
    expires = session().expires_at if expires_at is None else expires_at
    return {
        "requestContext": {
            "eventType": kind,
            "connectionId": connection,
            "requestId": "request-1",
            "domainName": "socketapi1.execute-api.us-east-1.amazonaws.com",
            "stage": "ws",
            "authorizer": {"user": "user-1", "roles": roles, "expiresAt": str(expires)},
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
        **changes,
    }


def say(handler: Any, body: Any, **changes: Any) -> dict[str, Any]:
    """The frame that answers a message."""
    answer = handler(socket_event("MESSAGE", body=body, **changes), CONTEXT)
    assert answer["statusCode"] == 200
    frame: dict[str, Any] = json.loads(answer["body"])
    assert {"type", "timestamp", "data"} <= set(frame)
    return frame


def draws(choices: Iterable[int]) -> Iterator[int]:
    """The choices, and nothing to do after the last of them."""
    yield from choices
    while True:
        yield 0
