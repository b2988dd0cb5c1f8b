"""The connections table: who is connected, who listens to what, and the frames of the last day.

A channel's subscribers are one partition, so that a push reads them by one query; each connection keeps a
list of its channels, so that it can be forgotten without an index.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from omnitrack.adapters.table import Cancellation, Item, Table
from omnitrack.domain.realtime import (
    CONNECTION_LIFETIME,
    LOG_LIFETIME,
    MOST_REPLAYED,
    MOST_REPLAYED_BYTES,
    Event,
    Frame,
    GoneError,
    Logged,
    Session,
    Subscription,
)
from omnitrack.domain.values import moment_text

CLOCK_DIFFERENCE = timedelta(seconds=5)  # between two workers of a function
HOUR = timedelta(hours=1)
CHANNEL = "CHANNEL#"
STILL_THERE = "attribute_exists(PK)"


def connection_key(connection: str) -> dict[str, str]:
    """The key of a connection."""
    return {"PK": f"CONNECTION#{connection}", "SK": "CONNECTION"}


def channel_key(connection: str, channel: str) -> dict[str, str]:
    """The key of a channel in a connection's list."""
    return {"PK": f"CONNECTION#{connection}", "SK": f"{CHANNEL}{channel}"}


def subscription_key(connection: str, channel: str) -> dict[str, str]:
    """The key of a subscriber in a channel's list."""
    return {"PK": f"{CHANNEL}{channel}", "SK": connection}


class ConnectionsTable:
    """Connections and subscriptions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, connection: str, session: Session, at: datetime) -> None:
        """See the port."""
        self._table.update(
            connection_key(connection),
            **_setting(_session(session, at) | {"connectedAt": moment_text(at)}),
        )

    def subscribe(self, connection: str, session: Session, channels: Sequence[str], at: datetime) -> None:
        """See the port."""
        expires = {"expiresAt": _expiry(at, CONNECTION_LIFETIME)}
        for channel in channels:
            try:
                # The connection's own row is part of it: no list keeps what a disconnection has removed.
                self._table.transact(
                    self._table.updating(
                        connection_key(connection), **_setting(expires), ConditionExpression=STILL_THERE
                    ),
                    self._table.updating(channel_key(connection, channel), **_setting(expires)),
                    self._table.updating(
                        subscription_key(connection, channel), **_setting(_session(session, at))
                    ),
                )
            except Cancellation:
                raise GoneError("the connection is not open any more: connect again") from None

    def unsubscribe(self, connection: str, channels: Sequence[str]) -> None:
        """See the port."""
        for channel in channels:
            # The connection's list last: what it no longer names, a removal would not find.
            self._table.delete(subscription_key(connection, channel))
            self._table.delete(channel_key(connection, channel))

    def remove(self, connection: str) -> None:
        """See the port."""
        # First what a subscription under way depends on: after that the list can only shrink.
        self._table.delete(connection_key(connection))
        self.unsubscribe(connection, self._channels(connection))

    def subscriptions(self, channel: str) -> list[Subscription]:
        """See the port."""
        return [_subscription(item) for item in self._table.all(f"{CHANNEL}{channel}", prefix="")]

    def subscribed(self, connection: str) -> dict[str, Subscription]:
        """See the port."""
        found = {
            channel: self._table.get(subscription_key(connection, channel))
            for channel in self._channels(connection)
        }
        return {channel: _subscription(item) for channel, item in found.items() if item}

    def mark(self, connection: str, channel: str, missed: datetime) -> None:
        """See the port."""
        try:
            self._table.update(
                subscription_key(connection, channel),
                UpdateExpression="SET missed = if_not_exists(missed, :missed) ADD marks :one",
                ConditionExpression=STILL_THERE,
                ExpressionAttributeValues={":missed": moment_text(missed), ":one": 1},
            )
        except Cancellation:
            return

    def unmark(self, connection: str, channel: str, marks: int) -> None:
        """See the port."""
        try:
            self._table.update(
                subscription_key(connection, channel),
                UpdateExpression="REMOVE missed, marks",
                ConditionExpression="marks = :marks",
                ExpressionAttributeValues={":marks": marks},
            )
        except Cancellation:
            return

    def _channels(self, connection: str) -> list[str]:
        items = self._table.all(f"CONNECTION#{connection}", prefix=CHANNEL)
        return [item["SK"].removeprefix(CHANNEL) for item in items]


class EventLogTable:
    """The frames of the last day, a partition for each channel and hour."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def append(self, event: Event, frame: Frame) -> None:
        """See the port."""
        moment = moment_text(frame.timestamp)
        self._table.update(
            {"PK": _log_partition(event.channel, moment), "SK": f"{moment}#{event.key}"},
            **_setting({"frame": frame.text, "expiresAt": _expiry(frame.timestamp, LOG_LIFETIME)}),
        )

    def since(self, channel: str, moment: datetime, at: datetime) -> list[Logged] | None:
        """See the port; an event that was logged again counts as it was logged last."""
        found: dict[str, Logged] = {}
        size, start = 0, moment_text(moment)
        for hour in _hours(moment, at):
            for item in self._table.all(_log_partition(channel, hour), prefix="", after=start):
                time, _, key = item["SK"].partition("#")
                again = found.pop(key, None)  # so that the later one also takes the later place
                found[key] = Logged(timestamp=datetime.fromisoformat(time), text=item["frame"])
                size += found[key].size - (again.size if again else 0)
                # Here and not after the last page: many replays at once share a worker's memory.
                if len(found) > MOST_REPLAYED or size > MOST_REPLAYED_BYTES:
                    return None
        return list(found.values())


def _log_partition(channel: str, moment: str) -> str:
    return f"EVENTS#{channel}#{moment[:13]}"  # to the hour


def _hours(start: datetime, end: datetime) -> Iterator[str]:
    """Each hour from one moment to another, and perhaps the next: a writer's clock may run ahead."""
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= end + CLOCK_DIFFERENCE:
        yield moment_text(hour)
        hour += HOUR


def _expiry(at: datetime, lifetime: timedelta) -> int:
    return int((at + lifetime).timestamp())


def _session(session: Session, at: datetime) -> Item:
    return {
        "user": session.user,
        "roles": list(session.roles),
        "tokenExpiresAt": session.expires_at,
        "expiresAt": _expiry(at, CONNECTION_LIFETIME),
    }


def _subscription(item: Item) -> Subscription:
    missed = item.get("missed")
    return Subscription(
        connection=item["SK"],
        session=Session(user=item["user"], roles=tuple(item["roles"]), expires_at=item["tokenExpiresAt"]),
        missed=datetime.fromisoformat(missed) if missed else None,
        marks=item.get("marks", 0),
    )


def _setting(values: Item) -> dict[str, object]:
    """The arguments of an update that sets attributes, whatever words DynamoDB keeps for itself."""
    return {
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }
