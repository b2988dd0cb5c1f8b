"""Emissions: kg CO2e by lane and node, their snapshots, and the thresholds that raise alerts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from omnitrack.domain.actors import Actor
from omnitrack.domain.twin import EnergySource, Mode, Precondition, Stored, lane_subject, node_subject
from omnitrack.domain.values import Amount, Identifier, Maybe, Model, Moment
from pydantic import Field

KG_PER_TONNE_KM: Mapping[Mode, float] = {"truck": 0.062, "rail": 0.022, "ship": 0.008, "air": 0.602}
KG_PER_KWH: Mapping[EnergySource, float] = {"coal": 0.95, "gas": 0.45, "renewable": 0.02}
SNAPSHOT_LIFETIME = timedelta(days=400)
NETWORK_SUBJECT = "network:main"
PLACES = 3  # to the gram

Kilograms = Annotated[float, Field(ge=0, description="kg CO2e a day.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeLoad:
    """What a node's emissions follow from, as its sensors say and else as it is declared.

    `in_use` is the share of its capacity, `energy_kwh` a day.
    """

    id: str
    in_use: float
    energy_kwh: float
    energy_source: EnergySource


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneLoad:
    """What a lane's emissions follow from."""

    from_: str
    to: str
    mode: Mode
    capacity_per_day: float
    distance_km: float


class LaneEmissions(Model):
    """What a lane emits."""

    from_: Annotated[Identifier, Field(alias="from")]
    to: Identifier
    mode: Mode
    tonne_km: Annotated[float, Field(ge=0, description="Tonne-kilometres a day.")]
    emissions_kg: Kilograms


class NodeEmissions(Model):
    """What a node emits."""

    id: Identifier
    energy_kwh: Annotated[float, Field(ge=0, description="kWh a day.")]
    emissions_kg: Kilograms


class Snapshot(Model):
    """The network's emissions at a moment, as the trend keeps them."""

    at: Moment
    total_kg: Kilograms
    lanes_kg: Kilograms
    nodes_kg: Kilograms


class EmissionThresholds(Model):
    """Kilograms of CO2e a day from which an alert is raised; an absent one never raises any."""

    network_kg: Maybe[Amount] = None
    lane_kg: Maybe[Amount] = None
    node_kg: Maybe[Amount] = None


class StoredEmissionThresholds(EmissionThresholds, Stored):
    """The thresholds with their version."""


class SustainabilityView(Model):
    """The network's emissions, their largest sources and their trend.

    `lanes` and `nodes` are the largest emitters, largest first, as many as `limit` says; totals hold all.
    """

    as_of: Moment
    total_kg: Kilograms
    lanes_kg: Kilograms
    nodes_kg: Kilograms
    by_mode: dict[Mode, float]
    lanes: list[LaneEmissions]
    nodes: list[NodeEmissions]
    thresholds: Maybe[StoredEmissionThresholds] = None
    trend: Annotated[list[Snapshot], Field(description="Stored snapshots, oldest first.")]


class Emissions(Protocol):
    """Where thresholds and snapshots are kept."""

    def thresholds(self) -> StoredEmissionThresholds | None:
        """The thresholds; None before they are set for the first time."""
        ...

    def put_thresholds(
        self, thresholds: EmissionThresholds, precondition: Precondition, at: datetime, by: Actor
    ) -> StoredEmissionThresholds:
        """Set them, together with the audit event that names who did; raises as Precondition.refusal says."""
        ...

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, the first one of its hour."""
        ...

    def trend(self, start: datetime) -> list[Snapshot]:
        """The snapshots from a moment on, oldest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What everything in the network emits a day, as it was read at a moment."""

    lanes: Sequence[LaneEmissions]
    nodes: Sequence[NodeEmissions]
    at: datetime

    @property
    def by_mode(self) -> dict[Mode, float]:
        """The lanes' emissions by mode, of the modes that there are."""
        modes = {lane.mode for lane in self.lanes}
        return {
            mode: _sum(lane.emissions_kg for lane in self.lanes if lane.mode == mode)
            for mode in KG_PER_TONNE_KM
            if mode in modes
        }

    def snapshot(self, at: datetime) -> Snapshot:
        """The totals."""
        lanes = _sum(lane.emissions_kg for lane in self.lanes)
        nodes = _sum(node.emissions_kg for node in self.nodes)
        return Snapshot(at=at, total_kg=_sum((lanes, nodes)), lanes_kg=lanes, nodes_kg=nodes)

    def by_subject(self, thresholds: EmissionThresholds) -> dict[str, tuple[float, float | None]]:
        """Of each subject that can raise an alert: what it emits, and its threshold."""
        lanes = {lane_subject(lane.from_, lane.to): lane.emissions_kg for lane in self.lanes}
        nodes = {node_subject(node.id): node.emissions_kg for node in self.nodes}
        network = _sum((*lanes.values(), *nodes.values()))
        return (
            {NETWORK_SUBJECT: (network, thresholds.network_kg)}
            | {subject: (kg, thresholds.lane_kg) for subject, kg in lanes.items()}
            | {subject: (kg, thresholds.node_kg) for subject, kg in nodes.items()}
        )


class Footprints(Protocol):
    """Where the network's emissions are read."""

    def now(self) -> Footprint:
        """What it emits now."""
        ...

    def lately(self) -> Footprint:
        """What it emits, or emitted a minute ago at most."""
        ...


def measure(
    nodes: Iterable[NodeLoad], lanes: Iterable[LaneLoad], *, unit_weight_kg: float, at: datetime
) -> Footprint:
    """What a network emits, as it was read at a moment.

    A lane carries the share of its capacity that is in use where it begins.
    """
    known = list(nodes)
    in_use = {node.id: min(max(node.in_use, 0), 1) for node in known}
    return Footprint(
        # A node that was removed while the rest was read sends nothing any more.
        lanes=[_of_lane(lane, in_use.get(lane.from_, 0), unit_weight_kg) for lane in lanes],
        nodes=[_of_node(node) for node in known],
        at=at,
    )


def view(
    footprint: Footprint,
    *,
    thresholds: StoredEmissionThresholds | None,
    trend: list[Snapshot],
    limit: int,
) -> SustainabilityView:
    """The footprint as people see it, with as many of the largest lanes and nodes as `limit` says."""
    totals = footprint.snapshot(footprint.at)
    return SustainabilityView(
        as_of=footprint.at,
        total_kg=totals.total_kg,
        lanes_kg=totals.lanes_kg,
        nodes_kg=totals.nodes_kg,
        by_mode=footprint.by_mode,
        lanes=sorted(footprint.lanes, key=lambda lane: (-lane.emissions_kg, lane.from_, lane.to))[:limit],
        nodes=sorted(footprint.nodes, key=lambda node: (-node.emissions_kg, node.id))[:limit],
        thresholds=thresholds,
        trend=trend,
    )


def _of_lane(lane: LaneLoad, in_use: float, unit_weight_kg: float) -> LaneEmissions:
    tonnes = lane.capacity_per_day * in_use * unit_weight_kg / 1000
    tonne_km = tonnes * lane.distance_km
    return LaneEmissions(
        from_=lane.from_,
        to=lane.to,
        mode=lane.mode,
        tonne_km=round(tonne_km, PLACES),
        emissions_kg=round(tonne_km * KG_PER_TONNE_KM[lane.mode], PLACES),
    )


def _of_node(node: NodeLoad) -> NodeEmissions:
    energy = max(node.energy_kwh, 0)
    return NodeEmissions(
        id=node.id,
        energy_kwh=energy,
        emissions_kg=round(energy * KG_PER_KWH[node.energy_source], PLACES),
    )


def _sum(amounts: Iterable[float]) -> float:
    return round(math.fsum(amounts), PLACES)
