"""Nobody misses a frame: whatever the order of log, push, subscription, failures and kills."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omnitrack.domain.errors import UnavailableError
from omnitrack.handlers import realtime

from tests.functions.calls import CONTEXT, NOW
from tests.functions.conftest import World
from tests.functions.realtime_world import Realtime, draws, event, say, socket_event

SHARDS = ("north", "south")
DEEPEST = 3  # steps within steps


class Killed(BaseException):
    """The function ends here, whatever it would catch."""


@dataclass
class Client:
    """What docs/realtime.md asks of a client: since when to ask, and the newest state by entity."""

    connection: str | None = None
    number: int = 0
    since: str | None = None
    newest: str = ""  # counts as `since` once the subscription is answered: until then older ones may follow
    is_subscribed: bool = False
    keys: set[str] = field(default_factory=set)
    state: dict[str, tuple[str, int]] = field(default_factory=dict)

    def take(self, frame: dict[str, Any]) -> None:
        self.newest = max(self.newest, frame["timestamp"])
        if self.is_subscribed:
            self.since = self.newest
        shard, number = frame["data"]["shard"], frame["data"]["number"]
        self.keys.add(f"{shard}{number}")
        if frame["timestamp"] >= self.state.get(shard, ("", 0))[0]:
            self.state[shard] = (frame["timestamp"], number)


@dataclass
class Play:
    """One world in which, at every step of a function, something else may come in between."""

    choices: Iterator[int]
    client: Client = field(default_factory=Client)
    published: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARDS, 0))
    busy: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    depth: int = 0
    may_kill: bool = True
    ends: bool = False

    def __post_init__(self) -> None:
        self.world = Realtime.new(step=self.step)

    def step(self) -> None:
        if self.ends or self.depth >= DEEPEST:
            return
        self.depth += 1
        try:
            self.do(next(self.choices))
        finally:
            self.depth -= 1

    def do(self, choice: int) -> None:
        actions = {
            1: lambda: self.publish(SHARDS[0]),
            2: lambda: self.publish(SHARDS[1]),
            3: self.connect,
            4: self.vanish,
            5: lambda: self.world.sockets.failing.add(self.client.connection or ""),
            6: self.world.sockets.failing.clear,
            7: self.kill,
            8: self.ping,
        }
        if choice in actions:
            actions[choice]()

    def kill(self) -> None:
        if self.may_kill and self.busy:
            self.may_kill = False  # the next kill only after the stream has tried again
            raise Killed

    def publish(self, shard: str) -> None:
        """One record of a shard, delivered until it is taken; a shard never overtakes itself."""
        if shard in self.busy:
            return
        self.busy.add(shard)
        number = self.published[shard] = self.published[shard] + 1
        if self.client.since is not None:
            self.expected.add(f"{shard}{number}")
        try:
            while True:
                try:
                    self.world.publish(event(f"{shard}{number}", shard=shard, number=number))
                except (Killed, UnavailableError):
                    continue
                break
        finally:
            self.busy.discard(shard)
            self.may_kill = True

    def connect(self) -> None:
        """Connect and subscribe, since the newest frame that ever came."""
        client = self.client
        if client.connection is not None:
            return
        client.number += 1
        connection = client.connection = f"c{client.number}"
        client.newest, client.is_subscribed = "", False
        self.world.sockets.listeners[connection] = client.take
        since = {} if client.since is None else {"since": client.since}
        try:
            realtime.handler(socket_event("CONNECT", **self.who()), CONTEXT)
            answer = self.say({"action": "subscribe", "channels": ["twin"], **since})
        except Killed:
            self.vanish()
            raise
        if answer["type"] != "subscribed":
            self.vanish()
        else:
            # The first subscription: what was before it is not asked for.
            client.since = max(client.since or answer["timestamp"], client.newest)
            client.is_subscribed = True

    def vanish(self) -> None:
        if self.client.connection is not None:
            self.world.sockets.gone.add(self.client.connection)
            self.world.sockets.failing.clear()
            self.client.connection = None

    def ping(self) -> None:
        if self.client.connection is not None:
            self.say({"action": "ping"})

    def say(self, body: dict[str, Any]) -> dict[str, Any]:
        return say(realtime.handler, body, **self.who())

    def who(self) -> dict[str, Any]:
        expires = int((NOW + timedelta(days=1)).timestamp())
        return {"connection": self.client.connection, "expires_at": expires}

    def finish(self) -> None:
        """In the end all is well: the socket works, or the client connects once more."""
        self.ends = True
        self.world.sockets.failing.clear()
        if self.client.connection in self.world.sockets.gone:
            self.client.connection = None
        self.connect()
        self.ping()


# Mostly nothing comes in between; and in between of that, mostly what brings people back.
INSIDE = st.sampled_from([0] * 8 + [1, 2, 3, 3, 4, 5, 6, 7, 8])
ROUNDS = st.tuples(st.sampled_from([0, 3, 3, 4, 4, 5, 6, 7, 8]), st.sampled_from([0, 1, 20, 120]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(INSIDE, min_size=50, max_size=150), rounds=st.lists(ROUNDS, min_size=8, max_size=12))
def test_no_frame_is_lost_and_the_last_state_is_the_newest(
    world: World, monkeypatch: pytest.MonkeyPatch, choices: list[int], rounds: list[tuple[int, int]]
) -> None:
    assert world
    play = Play(choices=draws(choices))
    play.world.wire(monkeypatch)
    play.connect()
    for action, pause in rounds:
        play.world.clock.moment += timedelta(seconds=pause)
        if play.client.connection in play.world.sockets.gone:
            play.client.connection = None  # the platform has closed it
        play.do(action)
        play.publish(SHARDS[0])
    play.finish()
    assert play.expected - play.client.keys == set()
    told = {shard: number for shard, (_, number) in play.client.state.items()}
    assert told == {shard: number for shard, number in play.published.items() if shard in told}
