"""The digital twin: nodes joined by lanes, and the rules by which people change them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol, Self

from omnitrack.domain.actors import PLATFORM, Actor
from omnitrack.domain.errors import (
    LaneNotFoundError,
    NodeNotFoundError,
    OmniTrackError,
    VersionConflictError,
    VersionRequiredError,
)
from omnitrack.domain.sensors import LatestReading
from omnitrack.domain.values import LARGEST_NUMBER, Amount, Identifier, Label, Maybe, Model, Moment
from pydantic import Field, model_validator

NodeType = Literal["supplier", "manufacturer", "warehouse", "distributor", "retailer", "port"]
NodeStatus = Literal["operational", "maintenance", "disrupted", "offline"]
Mode = Literal["truck", "rail", "ship", "air"]
EnergySource = Literal["coal", "gas", "renewable"]

ABSOLUTE_ZERO = -273.15
HOTTEST = 2000.0  # °C, above any furnace that a supply chain measures


class Location(Model):
    """A place on earth in degrees (WGS 84)."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class TemperatureRange(Model):
    """The temperatures in °C that the goods at a node bear."""

    minimum: Annotated[float, Field(ge=ABSOLUTE_ZERO, le=HOTTEST)]
    maximum: Annotated[float, Field(ge=ABSOLUTE_ZERO, le=HOTTEST)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum must not be above maximum")
        return self


class Node(Model):
    """A site of the network as people define it."""

    name: Label
    type: NodeType
    status: NodeStatus = "operational"
    location: Location
    capacity: Annotated[
        float, Field(ge=1, le=LARGEST_NUMBER, description="What the node can hold, in units.")
    ]
    inventory: Annotated[
        Maybe[Amount],
        Field(
            description="What the node holds, in units; without it and without a reading it is not judged."
        ),
    ] = None
    utilization: Annotated[float, Field(ge=0, le=1, description="Share of the capacity to work in use.")] = 0
    temperature_range: Maybe[TemperatureRange] = None
    energy_kwh_per_day: Annotated[Amount, Field(description="What the node uses, in kWh a day.")] = 0
    energy_source: Annotated[EnergySource, Field(description="What its electricity is made from.")] = "gas"


class Lane(Model):
    """A way for goods between two nodes."""

    mode: Mode
    lead_time_days: Annotated[float, Field(ge=0, le=365, description="From departure to arrival, in days.")]
    distance_km: Annotated[float, Field(ge=0, le=50_000, description="Along the way, in kilometres.")]
    capacity_per_day: Annotated[Amount, Field(description="Units a day.")]
    cost_per_unit: Annotated[Amount, Field(description="US dollars a unit.")]


class Stored(Model):
    """What the platform adds to an entity: the version counts its writes by people, not its readings."""

    version: Annotated[int, Field(ge=1)]
    updated_at: Moment


class StoredNode(Node, Stored):
    """A node with its id and what its sensors said."""

    id: Identifier
    latest: Annotated[dict[str, LatestReading], Field(description="The newest reading by sensor type.")]
    reading_count: Annotated[int, Field(ge=0)]

    def reported(self, metric: str) -> LatestReading | None:
        """The newest reading that has the metric; equal times are settled by message id."""
        seen = [reading for reading in self.latest.values() if metric in reading.metrics]
        return max(seen, key=lambda reading: (reading.timestamp, reading.message_id), default=None)

    def observed(self, metric: str, declared: float) -> float:
        """The newest value that a sensor reported for the metric, or else the declared one."""
        reading = self.reported(metric)
        return declared if reading is None else reading.metrics[metric]


class StoredLane(Lane, Stored):
    """A lane with the ids of its ends; it answers to `from` and `to` outside."""

    from_: Annotated[Identifier, Field(alias="from")]
    to: Identifier


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a page of the network ended: after a node, or after a lane when `to` is given."""

    node: str
    to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """A part of the network; `end` is given when there is more after it."""

    nodes: list[StoredNode]
    lanes: list[StoredLane]
    end: Position | None = None


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """What a client says about the entity that it means to write.

    Nothing said admits a creation only. `exists=False` says the same, `exists=True` admits any version,
    `version` admits exactly that one.
    """

    version: int | None = None
    exists: bool | None = None

    @property
    def creates(self) -> bool:
        """Whether a write under this precondition can only create."""
        return self.version is None and not self.exists

    def admits(self, current: int | None) -> bool:
        """Whether an entity in version `current` (None: there is none) may be written."""
        if self.creates:
            return current is None
        return current is not None and self.version in {None, current}

    def refusal(self, entity: str, current: int | None) -> OmniTrackError:
        """The error to raise for an entity in a version that is not admitted."""
        if current is None:
            return VersionConflictError(f"{entity} does not exist: leave the version out to create it")
        if self.version is not None:
            return VersionConflictError(
                f"{entity} is in version {current} and not in the one named: read it again, repeat the change"
            )
        if self.exists is False:
            return VersionConflictError(f"{entity} exists already in version {current}")
        return VersionRequiredError(
            f"{entity} exists in version {current}: say that this is the version to replace"
        )


def node_title(node_id: str) -> str:
    """How messages name a node."""
    return f"node {node_id!r}"


def lane_title(from_: str, to: str) -> str:
    """How messages name a lane."""
    return f"lane {from_!r} to {to!r}"


def node_subject(node_id: str) -> str:
    """How records name a node."""
    return f"node:{node_id}"


def lane_subject(from_: str, to: str) -> str:
    """How records name a lane."""
    return f"lane:{from_}:{to}"


def node_missing(node_id: str) -> NodeNotFoundError:
    """The error for a node that is not there."""
    return NodeNotFoundError(f"the network has no {node_title(node_id)}")


def lane_missing(from_: str, to: str) -> LaneNotFoundError:
    """The error for a lane that is not there."""
    return LaneNotFoundError(f"the network has no {lane_title(from_, to)}")


class Network(Protocol):
    """Where the twin is kept.

    Every write is atomic, together with the audit event that names who made it, and holds its precondition at
    that moment.
    """

    def page(self, *, limit: int, after: Position | None) -> Page:
        """At most `limit` entities, in a fixed order, after the position."""
        ...

    def all_lanes(self) -> Iterator[StoredLane]:
        """All lanes, in a fixed order."""
        ...

    def node(self, node_id: str) -> StoredNode:
        """One node; raises NodeNotFoundError."""
        ...

    def put_node(
        self, node_id: str, node: Node, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> StoredNode:
        """Create or replace a node, keeping what its sensors said; raises as Precondition.refusal says."""
        ...

    def delete_node(
        self, node_id: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        """Remove a node; raises NodeNotFoundError, VersionConflictError, NodeHasLanesError."""
        ...

    def put_lane(
        self,
        from_: str,
        to: str,
        lane: Lane,
        precondition: Precondition,
        at: datetime,
        *,
        by: Actor = PLATFORM,
    ) -> StoredLane:
        """Create or replace a lane; raises LaneEndMissingError, or as Precondition.refusal says."""
        ...

    def delete_lane(
        self, from_: str, to: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        """Remove a lane; raises LaneNotFoundError, VersionConflictError."""
        ...
