"""Sensor readings: what a valid one is, and how one enters the twin."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from omnitrack.domain.errors import ForeignNodeError, FutureReadingError, MalformedReadingError
from omnitrack.domain.faults import describe
from omnitrack.domain.values import LARGEST_NUMBER, Identifier, Label, Model, Moment
from pydantic import ConfigDict, Field, ValidationError

CLOCK_SKEW = timedelta(seconds=60)  # by which a device's clock may run ahead of ours
READING_LIFETIME = timedelta(days=30)
# Longer than a message can wait in the ingest queue and then in the dead letters: SQS keeps 14 days in each.
MESSAGE_LIFETIME = timedelta(days=30)
LARGEST_PAYLOAD = 16 * 1024  # bytes; a full set of metrics takes a quarter of it
MOST_METRICS = 32
MOST_SENSOR_TYPES = 32  # per node: keeps a node's item below 100 kB, a quarter of DynamoDB's limit

Outcome = Literal["stored", "repeated"]

SensorType = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
MessageId = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
MetricName = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]{0,63}$")]
MetricValue = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Metrics = Annotated[dict[MetricName, MetricValue], Field(min_length=1, max_length=MOST_METRICS)]


class LatestReading(Model):
    """What a node remembers of the newest reading of one sensor type."""

    message_id: str
    timestamp: Moment
    metrics: dict[str, float]


class Reading(Model):
    """One message of a sensor; its `message_id` is unique among all devices (a UUID, for instance).

    Fields that the platform does not know are ignored: devices live longer than a version of this contract.
    """

    model_config = ConfigDict(extra="ignore")

    message_id: MessageId
    node_id: Identifier
    timestamp: Moment
    sensor_type: SensorType
    metrics: Metrics
    source: Label

    @property
    def latest(self) -> LatestReading:
        """What the node keeps of it."""
        return LatestReading(message_id=self.message_id, timestamp=self.timestamp, metrics=self.metrics)

    def supersedes(self, known: LatestReading | None) -> bool:
        """Whether it is newer than what the node knows; equal times are settled by message id."""
        return known is None or (self.timestamp, self.message_id) > (known.timestamp, known.message_id)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A message as it came in: its bytes, and the node whose topic it came on."""

    payload: bytes
    topic_node_id: str


class Readings(Protocol):
    """Where readings are kept."""

    def record(self, reading: Reading, at: datetime) -> Outcome:
        """Store a reading, count it, and make it the latest if it is: all that once per message id.

        Raises UnknownNodeError and TooManySensorTypesError.
        """
        ...


class DeadLetters(Protocol):
    """Where messages go that can never be stored."""

    def send(self, body: str, reason: str) -> None:
        """Keep the message as it came, with its reason."""
        ...


def parse(delivery: Delivery, at: datetime) -> Reading:
    """Read a message that arrived at the moment `at`.

    Raises:
        MalformedReadingError: It is no reading; the text names the field.
        ForeignNodeError: It speaks of another node than its topic.
        FutureReadingError: Its time is later than `at` by more than CLOCK_SKEW.
    """
    if len(delivery.payload) > LARGEST_PAYLOAD:
        raise MalformedReadingError(
            f"the message has {len(delivery.payload)} bytes, and a reading at most {LARGEST_PAYLOAD}"
        )
    try:
        reading = Reading.model_validate_json(delivery.payload, by_alias=True, by_name=False)
    except ValidationError as error:
        raise MalformedReadingError(describe(error)) from None
    if reading.node_id != delivery.topic_node_id:
        raise ForeignNodeError(
            f"the message is of node {reading.node_id!r}, its topic of node {delivery.topic_node_id[:64]!a}"
        )
    if reading.timestamp > at + CLOCK_SKEW:
        raise FutureReadingError("the timestamp is ahead of the platform's clock: set the device's clock")
    return reading


def ingest(delivery: Delivery, readings: Readings, at: datetime) -> Outcome:
    """Bring a message into the twin; raises ReadingRejectedError when it can never enter."""
    return readings.record(parse(delivery, at), at)
