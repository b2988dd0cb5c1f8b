"""The twin in the main table: a network in one partition, or spread over several when it outgrows one.

One partition reads in one query; it serves 3,000 reads and 1,000 writes a second. With `shards` N > 1 a node
lies in the partition that a stable hash of its id names, and a lane in that of the node where it begins. N is
chosen while the network is empty: entities do not move to other partitions by themselves.

Every write is one transaction with the audit event that tells of it. It is conditioned on the version that
was read just before, so that the version it answers is the one it made. A node counts its lanes (`laneCount`)
in the transactions that add and remove them: that is what keeps a node from being removed while, at the same
moment, a lane to it is added.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from omnitrack.adapters import network_items as stored
from omnitrack.adapters.audit import audit_item
from omnitrack.adapters.network_items import LANES, lane_key, node_key
from omnitrack.adapters.table import Cancellation, FullPage, Item, Table
from omnitrack.domain import audit
from omnitrack.domain.actors import PLATFORM, Actor
from omnitrack.domain.audit import Action
from omnitrack.domain.errors import LaneEndMissingError, NodeHasLanesError, UnavailableError
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

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# Of items as JSON; at most one answer of DynamoDB comes on top: Lambda answers 6 MB.
FULL_BYTES = 1_000_000
MOST_NAMED = 10  # lanes that an error message names
# A turn is lost only to a write of somebody else: of this many writers at once each gets its turn.
MOST_TURNS = 32


class NetworkTable:
    """The network `main`, kept in the table."""

    def __init__(self, table: Table, *, shards: int = 1) -> None:
        self._table = table
        self._shards = shards

    def page(self, *, limit: int, after: Position | None) -> Page:
        """See the port; it goes partition by partition, and in each lanes come before nodes."""
        start = stored.key(after, self._shards) if after else {"PK": "", "SK": ""}
        partitions = stored.partitions(self._shards)
        first = partitions.index(start["PK"]) if after else 0
        items: list[Item] = []
        size = 0
        for partition in partitions[first:]:
            sort_key = start["SK"] if partition == start["PK"] else ""
            found = self._table.page(partition, after=sort_key, limit=limit - len(items))
            items += found
            size += _size(found)
            if isinstance(found, FullPage) or (size > FULL_BYTES and partition != partitions[-1]):
                return _page(items, end=stored.position(items[-1]))
        return _page(items, end=None)

    def all_lanes(self) -> Iterator[StoredLane]:
        """See the port."""
        for partition in stored.partitions(self._shards):
            yield from map(stored.lane, self._table.all(partition, prefix=LANES))

    def node(self, node_id: str) -> StoredNode:
        """See the port."""
        item = self._table.get(node_key(node_id, self._shards))
        if item is None:
            raise node_missing(node_id)
        return stored.node(item)

    def put_node(
        self, node_id: str, node: Node, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> StoredNode:
        """See the port."""
        key, title = node_key(node_id, self._shards), node_title(node_id)
        for _ in range(MOST_TURNS):
            known = self._table.get(key)
            version = _admitted(precondition, title, known)
            action: Action = "node.replaced" if version else "node.created"
            try:
                self._table.transact(
                    self._table.updating(key, **stored.replacement(node, version, at)),
                    self._event(by, action, node_subject(node_id), at, (version or 0) + 1),
                )
            except Cancellation:
                continue
            before = stored.node(known) if known else None
            return StoredNode(
                **dict(node),
                id=node_id,
                version=(version or 0) + 1,
                updated_at=at,
                latest=before.latest if before else {},
                reading_count=before.reading_count if before else 0,
            )
        raise _contended(title)

    def delete_node(
        self, node_id: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        """See the port."""
        try:
            self._delete_node(node_id, precondition, at, by, "laneCount <= :none")
        except Cancellation as cancellation:
            found = cancellation.items[0]
            if found is None:
                raise node_missing(node_id) from None
            if precondition.version not in {None, found["version"]}:
                raise precondition.refusal(node_title(node_id), found["version"]) from None
            # All lanes are read only for a node that may have some.
            self._refuse_with_lanes(node_id)
            if "laneCount" in found:
                raise _lanes_changing(node_id) from None
        else:
            return
        # A node that was put into the table by other means counts nothing yet, and by now has no lanes; one
        # that is added at this moment makes it count.
        try:
            self._delete_node(node_id, precondition, at, by, "attribute_not_exists(laneCount)")
        except Cancellation:
            raise _lanes_changing(node_id) from None

    def _delete_node(
        self, node_id: str, precondition: Precondition, at: datetime, by: Actor, lanes: str
    ) -> None:
        """Remove a node whose lanes are as the condition says; raises Cancellation."""
        condition, values = _expected(precondition)
        if ":none" in lanes:
            values = values | {":none": 0}
        options = {"ExpressionAttributeValues": values} if values else {}
        self._table.transact(
            self._table.deleting(
                node_key(node_id, self._shards), ConditionExpression=f"{condition} AND {lanes}", **options
            ),
            self._event(by, "node.removed", node_subject(node_id), at),
        )

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
        """See the port."""
        key, title = lane_key(from_, to, self._shards), lane_title(from_, to)
        for _ in range(MOST_TURNS):
            version = _admitted(precondition, title, self._table.get(key))
            action: Action = "lane.replaced" if version else "lane.created"
            counts = [] if version else self._count_lanes(from_, to, by=1)
            try:
                self._table.transact(
                    self._table.updating(key, **stored.replacement(lane, version, at)),
                    self._event(by, action, lane_subject(from_, to), at, (version or 0) + 1),
                    *counts,
                )
            except Cancellation as cancellation:
                if cancellation.failed[0]:
                    continue
                raise _ends_missing(from_, to, cancellation.failed[2:]) from None
            return StoredLane(**dict(lane), from_=from_, to=to, version=(version or 0) + 1, updated_at=at)
        raise _contended(title)

    def delete_lane(
        self, from_: str, to: str, precondition: Precondition, at: datetime, *, by: Actor = PLATFORM
    ) -> None:
        """See the port."""
        condition, values = _expected(precondition)
        options = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._table.transact(
                self._table.deleting(
                    lane_key(from_, to, self._shards), ConditionExpression=condition, **options
                ),
                self._event(by, "lane.removed", lane_subject(from_, to), at),
                *self._count_lanes(from_, to, by=-1),
            )
        except Cancellation as cancellation:
            found = cancellation.items[0]
            if cancellation.failed[0] and found is not None:
                raise precondition.refusal(lane_title(from_, to), found["version"]) from None
            raise lane_missing(from_, to) from None

    def _event(
        self, by: Actor, action: Action, subject: str, at: datetime, version: int | None = None
    ) -> "TransactWriteItemTypeDef":
        return self._table.creating(audit_item(audit.record(by, action, subject, at, version=version)))

    def _count_lanes(self, *node_ids: str, by: int) -> "list[TransactWriteItemTypeDef]":
        return [
            self._table.updating(
                node_key(node_id, self._shards),
                UpdateExpression="ADD laneCount :change",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":change": by},
            )
            for node_id in node_ids
        ]

    def _refuse_with_lanes(self, node_id: str) -> None:
        titles = [
            f"{lane.from_} to {lane.to}" for lane in self.all_lanes() if node_id in {lane.from_, lane.to}
        ]
        if titles:
            named = ", ".join(titles[:MOST_NAMED]) + (", ..." if len(titles) > MOST_NAMED else "")
            raise NodeHasLanesError(
                f"{node_title(node_id)} still has {len(titles)} lanes, remove them first: {named}"
            )


def _size(items: Sequence[Item]) -> int:
    return sum(len(json.dumps(item, default=str)) for item in items)


def _page(items: Sequence[Item], *, end: Position | None) -> Page:
    return Page(
        nodes=[stored.node(item) for item in items if not item["SK"].startswith(LANES)],
        lanes=[stored.lane(item) for item in items if item["SK"].startswith(LANES)],
        end=end,
    )


def _admitted(precondition: Precondition, title: str, known: Item | None) -> int | None:
    """The version that a write may replace, None for a creation; raises as Precondition.refusal says."""
    version = stored.version(known)
    if not precondition.admits(version):
        raise precondition.refusal(title, version)
    return version


def _expected(precondition: Precondition) -> tuple[str, Item]:
    """The condition of a removal, and its values."""
    if precondition.version is None:
        return "attribute_exists(PK)", {}
    return "version = :version", {":version": precondition.version}


def _ends_missing(from_: str, to: str, absent: Sequence[bool]) -> LaneEndMissingError:
    missing = " and ".join(node_title(end) for end, gone in zip((from_, to), absent, strict=True) if gone)
    return LaneEndMissingError(
        f"{lane_title(from_, to)} cannot be: the network has no {missing}, put it first"
    )


def _lanes_changing(node_id: str) -> UnavailableError:
    return UnavailableError(f"the lanes of {node_title(node_id)} are changing: try again")


def _contended(title: str) -> UnavailableError:
    return UnavailableError(f"too many writers change {title}: try again")
