"""The domain's ports in memory."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import ClientError
from omnitrack.domain import audit
from omnitrack.domain.actors import PLATFORM, Actor
from omnitrack.domain.audit import AuditEvent, AuditFilter
from omnitrack.domain.emissions import (
    EmissionThresholds,
    Footprint,
    LaneLoad,
    NodeLoad,
    Snapshot,
    StoredEmissionThresholds,
    measure,
)
from omnitrack.domain.errors import (
    IdempotencyKeyReusedError,
    NodeHasLanesError,
    RequestInProgressError,
    UnknownNodeError,
)
from omnitrack.domain.idempotency import LONGEST_ATTEMPT, Attempt, RequestKey, StoredReply
from omnitrack.domain.sensors import Outcome, Reading
from omnitrack.domain.twin import (
    Lane,
    Node,
    Page,
    Position,
    Precondition,
    StoredLane,
    StoredNode,
    lane_missing,
    lane_subject,
    lane_title,
    node_missing,
    node_subject,
    node_title,
)


@dataclass
class InMemoryNetwork:
    nodes: dict[str, StoredNode] = field(default_factory=dict)
    lanes: dict[tuple[str, str], StoredLane] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list, compare=False)

    def page(self, *, limit: int, after: Position | None) -> Page:
        ids = [node_id for node_id in sorted(self.nodes) if after is None or node_id > after.node]
        end = Position(node=ids[limit - 1]) if len(ids) > limit else None
        return Page(nodes=[self.nodes[i] for i in ids[:limit]], lanes=list(self.lanes.values()), end=end)

    def all_lanes(self) -> Iterator[StoredLane]:
        return iter(self.lanes.values())

    def node(self, node_id: str) -> StoredNode:
        if node_id not in self.nodes:
            raise node_missing(node_id)
        return self.nodes[node_id]

    def put_node(
        self, node_id: str, node: Node, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> StoredNode:
        known = self.nodes.get(node_id)
        version = known.version if known else None
        if not precondition.admits(version):
            raise precondition.refusal(node_title(node_id), version)
        self.nodes[node_id] = StoredNode(
            **dict(node),
            id=node_id,
            version=(version or 0) + 1,
            updated_at=at,
            latest=known.latest if known else {},
            reading_count=known.reading_count if known else 0,
        )
        action: audit.Action = "node.replaced" if known else "node.created"
        self.events.append(
            audit.record(by, action, node_subject(node_id), at, version=self.nodes[node_id].version)
        )
        return self.nodes[node_id]

    def delete_node(
        self, node_id: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        version = self.node(node_id).version
        if precondition.version not in {None, version}:
            raise precondition.refusal(node_title(node_id), version)
        if any(node_id in ends for ends in self.lanes):
            raise NodeHasLanesError(f"{node_title(node_id)} still has lanes")
        del self.nodes[node_id]
        self.events.append(audit.record(by, "node.removed", node_subject(node_id), at))

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
        known = self.lanes.get((from_, to))
        version = known.version if known else None
        if not precondition.admits(version):
            raise precondition.refusal(lane_title(from_, to), version)
        stored = StoredLane(**dict(lane), from_=from_, to=to, version=(version or 0) + 1, updated_at=at)
        self.lanes[from_, to] = stored
        action: audit.Action = "lane.replaced" if known else "lane.created"
        self.events.append(audit.record(by, action, lane_subject(from_, to), at, version=stored.version))
        return stored

    def delete_lane(
        self, from_: str, to: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        if (from_, to) not in self.lanes:
            raise lane_missing(from_, to)
        version = self.lanes[from_, to].version
        if precondition.version not in {None, version}:
            raise precondition.refusal(lane_title(from_, to), version)
        del self.lanes[from_, to]
        self.events.append(audit.record(by, "lane.removed", lane_subject(from_, to), at))


@dataclass
class InMemoryReadings:
    network: InMemoryNetwork
    seen: dict[str, Reading] = field(default_factory=dict)

    def record(self, reading: Reading, at: datetime) -> Outcome:  # noqa: ARG002 - nothing expires here
        if reading.message_id in self.seen:
            return "repeated"
        node = self.network.nodes.get(reading.node_id)
        if node is None:
            raise UnknownNodeError(f"the network has no {node_title(reading.node_id)}")
        self.seen[reading.message_id] = reading
        latest = dict(node.latest)
        if reading.supersedes(latest.get(reading.sensor_type)):
            latest[reading.sensor_type] = reading.latest
        update = {"latest": latest, "reading_count": node.reading_count + 1}
        self.network.nodes[reading.node_id] = node.model_copy(update=update)
        return "stored"


@dataclass
class InMemoryDeadLetters:
    letters: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    def send(self, body: str, reason: str) -> None:
        if self.broken:
            raise ConnectionError("the queue is out of reach")
        self.letters.append((body, reason))


@dataclass
class InMemoryAuditTrail:
    """Shows what the network's fake has recorded."""

    events: list[AuditEvent]
    asked: list[AuditFilter] = field(default_factory=list)

    def page(
        self, wanted: AuditFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[AuditEvent], Mapping[str, str] | None]:
        self.asked.append(wanted)
        found = [
            event
            for event in reversed(self.events)
            if wanted.start <= event.at < wanted.end and wanted.user in {None, event.actor.id}
        ]
        start = int(after["number"]) if after else 0
        more = len(found) > start + limit
        return found[start : start + limit], {"number": str(start + limit)} if more else None


@dataclass
class InMemoryRepetitions:
    known: dict[RequestKey, tuple[Attempt, datetime, StoredReply | None]] = field(default_factory=dict)
    attempts: int = 0

    def begin(self, request: RequestKey, at: datetime) -> Attempt | StoredReply:
        for other, (_, began, reply) in self.known.items():
            if (other.user, other.operation, other.key) != (request.user, request.operation, request.key):
                continue
            if other.digest != request.digest:
                raise IdempotencyKeyReusedError("Idempotency-Key: came with another request")
            if reply is not None:
                return reply
            if at < began + LONGEST_ATTEMPT:
                raise RequestInProgressError("a request with this Idempotency-Key is being served")
        self.attempts += 1
        attempt = Attempt(request=request, id=str(self.attempts))
        self.known[request] = (attempt, at, None)
        return attempt

    def finish(self, attempt: Attempt, reply: StoredReply, at: datetime) -> None:
        if self.known[attempt.request][0] == attempt:
            self.known[attempt.request] = (attempt, at, reply)

    def abandon(self, attempt: Attempt) -> None:
        if self.known[attempt.request][0] == attempt:
            del self.known[attempt.request]


@dataclass
class InMemoryEmissions:
    stored: StoredEmissionThresholds | None = None
    snapshots: dict[datetime, Snapshot] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)

    def thresholds(self) -> StoredEmissionThresholds | None:
        return self.stored

    def put_thresholds(
        self, thresholds: EmissionThresholds, precondition: Precondition, at: datetime, by: Actor
    ) -> StoredEmissionThresholds:
        version = self.stored.version if self.stored else None
        if not precondition.admits(version):
            raise precondition.refusal("the thresholds", version)
        self.stored = StoredEmissionThresholds(**dict(thresholds), version=(version or 0) + 1, updated_at=at)
        self.events.append(audit.record(by, "thresholds.set", "sustainability:thresholds", at))
        return self.stored

    def keep(self, snapshot: Snapshot) -> None:
        self.snapshots.setdefault(snapshot.at.replace(minute=0, second=0, microsecond=0), snapshot)

    def trend(self, start: datetime) -> list[Snapshot]:
        return [snapshot for _, snapshot in sorted(self.snapshots.items()) if snapshot.at >= start]


@dataclass
class NetworkFootprints:
    """What the network's fake emits; `remembered` is what an earlier reading gave."""

    network: InMemoryNetwork
    clock: Callable[[], datetime]
    unit_weight_kg: float = 25.0
    remembered: Footprint | None = None

    def now(self) -> Footprint:
        nodes = [
            NodeLoad(
                id=node.id,
                in_use=node.observed("utilization", node.utilization),
                energy_kwh=node.observed("energyKwh", node.energy_kwh_per_day),
                energy_source=node.energy_source,
            )
            for node in self.network.nodes.values()
        ]
        lanes = [
            LaneLoad(
                from_=lane.from_,
                to=lane.to,
                mode=lane.mode,
                capacity_per_day=lane.capacity_per_day,
                distance_km=lane.distance_km,
            )
            for lane in self.network.lanes.values()
        ]
        return measure(nodes, lanes, unit_weight_kg=self.unit_weight_kg, at=self.clock())

    def lately(self) -> Footprint:
        return self.remembered or self.now()


@dataclass
class InMemoryActivity:
    users: list[str] = field(default_factory=list)

    def saw(self, user: str, at: datetime) -> None:  # noqa: ARG002 - one hour is enough here
        self.users.append(user)


@dataclass
class InMemorySecret:
    """Secrets Manager with one secret."""

    current: str
    previous: str | None = None
    reads: int = 0

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, str]:  # noqa: ARG002, N803 - boto3's names
        self.reads += 1
        value = self.current if VersionStage == "AWSCURRENT" else self.previous
        if value is None:
            fault = {"Error": {"Code": "ResourceNotFoundException", "Message": "no such version"}}
            answer = {**fault, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(answer, "GetSecretValue")  # type: ignore[arg-type] # the parts that matter
        return {"SecretString": value}
