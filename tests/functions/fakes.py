"""The domain's ports in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from omnitrack.domain.errors import NodeHasLanesError, UnknownNodeError
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
    lane_title,
    node_missing,
    node_title,
)


@dataclass
class InMemoryNetwork:
    nodes: dict[str, StoredNode] = field(default_factory=dict)
    lanes: dict[tuple[str, str], StoredLane] = field(default_factory=dict)

    def page(self, *, limit: int, after: Position | None) -> Page:
        ids = [node_id for node_id in sorted(self.nodes) if after is None or node_id > after.node]
        end = Position(node=ids[limit - 1]) if len(ids) > limit else None
        return Page(nodes=[self.nodes[i] for i in ids[:limit]], lanes=list(self.lanes.values()), end=end)

    def node(self, node_id: str) -> StoredNode:
        if node_id not in self.nodes:
            raise node_missing(node_id)
        return self.nodes[node_id]

    def put_node(self, node_id: str, node: Node, precondition: Precondition, at: datetime) -> StoredNode:
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
        return self.nodes[node_id]

    def delete_node(self, node_id: str, precondition: Precondition) -> None:
        version = self.node(node_id).version
        if precondition.version not in {None, version}:
            raise precondition.refusal(node_title(node_id), version)
        if any(node_id in ends for ends in self.lanes):
            raise NodeHasLanesError(f"{node_title(node_id)} still has lanes")
        del self.nodes[node_id]

    def put_lane(
        self, from_: str, to: str, lane: Lane, precondition: Precondition, at: datetime
    ) -> StoredLane:
        known = self.lanes.get((from_, to))
        version = known.version if known else None
        if not precondition.admits(version):
            raise precondition.refusal(lane_title(from_, to), version)
        stored = StoredLane(**dict(lane), from_=from_, to=to, version=(version or 0) + 1, updated_at=at)
        self.lanes[from_, to] = stored
        return stored

    def delete_lane(self, from_: str, to: str, precondition: Precondition) -> None:
        if (from_, to) not in self.lanes:
            raise lane_missing(from_, to)
        version = self.lanes[from_, to].version
        if precondition.version not in {None, version}:
            raise precondition.refusal(lane_title(from_, to), version)
        del self.lanes[from_, to]


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
