"""How the twin looks to those who ask for it: with the risk of each node, whole or in outline for a map."""

from datetime import datetime
from typing import Annotated

from omnitrack.domain.risk import Risk, assess
from omnitrack.domain.thresholds import Thresholds
from omnitrack.domain.twin import Location, Mode, NodeStatus, NodeType, Page, StoredLane, StoredNode
from omnitrack.domain.values import Identifier, Maybe, Model, Moment
from pydantic import Field


class NodeView(StoredNode):
    """A node with its latest readings and the risk that follows from them."""

    risk: Risk


class NodeOutline(Model):
    """What a map shows of a node."""

    id: Identifier
    name: str
    type: NodeType
    status: NodeStatus
    location: Location
    risk: Risk


class LaneOutline(Model):
    """What a map shows of a lane."""

    from_: Annotated[Identifier, Field(alias="from")]
    to: Identifier
    mode: Mode


class TwinView(Model):
    """A page of the network; `cursor` is there when more follows. Lanes come before nodes."""

    as_of: Moment
    nodes: list[NodeView]
    lanes: list[StoredLane]
    cursor: Maybe[str] = None


class TwinOutline(Model):
    """A page of the network in outline, as `TwinView` is paged."""

    as_of: Moment
    nodes: list[NodeOutline]
    lanes: list[LaneOutline]
    cursor: Maybe[str] = None


def node_view(node: StoredNode, thresholds: Thresholds) -> NodeView:
    """The node with its risk."""
    # Both sides are of one shape and already validated.
    return NodeView.model_construct(**dict(node), risk=assess(node, thresholds))


def twin_view(page: Page, thresholds: Thresholds, *, as_of: datetime, cursor: str | None) -> TwinView:
    """The page with the risk of each node."""
    return TwinView(
        as_of=as_of,
        nodes=[node_view(node, thresholds) for node in page.nodes],
        lanes=page.lanes,
        cursor=cursor,
    )


def twin_outline(page: Page, thresholds: Thresholds, *, as_of: datetime, cursor: str | None) -> TwinOutline:
    """The page as a map wants it."""
    nodes = [
        NodeOutline(
            id=node.id,
            name=node.name,
            type=node.type,
            status=node.status,
            location=node.location,
            risk=assess(node, thresholds),
        )
        for node in page.nodes
    ]
    lanes = [LaneOutline(from_=lane.from_, to=lane.to, mode=lane.mode) for lane in page.lanes]
    return TwinOutline(as_of=as_of, nodes=nodes, lanes=lanes, cursor=cursor)
