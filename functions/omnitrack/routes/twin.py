"""The digital twin: nodes and lanes."""

from typing import Any

from omnitrack.contract import Answer, Parameter, Route
from omnitrack.domain.access import Permission
from omnitrack.domain.twin import Lane, Node, StoredLane
from omnitrack.domain.values import Model
from omnitrack.domain.views import NodeView, TwinOutline, TwinView
from omnitrack.examples import LANE_ANSWER, LANE_EXAMPLE, NODE_ANSWER, NODE_EXAMPLE
from omnitrack.routes.shared import (
    IDEMPOTENCY_CONFLICT,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    PAGING,
    identifier,
)

NODE_ID = identifier("id", "The node's id.", "port-rotterdam")
LANE_ENDS = (
    identifier("from", "Id of the node where the lane begins.", "plant-chennai"),
    identifier("to", "Id of its other node.", "port-rotterdam"),
)
SUMMARY = Parameter(
    name="summary",
    place="query",
    description="Answer the outline for a map. Given without a value it means true.",
    schema={"type": "boolean", "default": False},
    example=True,
    may_be_empty=True,
)

_WRITE_ERRORS = {
    409: IDEMPOTENCY_CONFLICT,
    412: "It is not in the version named, or it exists against `If-None-Match`.",
    428: "It exists, and `If-Match` is missing.",
}
_GONE = Answer(status=204, description="It is gone.")


def _put_answers(model: type[Model], example: dict[str, Any]) -> tuple[Answer, ...]:
    return (
        Answer(status=200, description="Replaced.", bodies=(model,), headers=("ETag",), example=example),
        Answer(
            status=201,
            description="Created.",
            bodies=(model,),
            headers=("ETag",),
            example={**example, "version": 1},
        ),
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/twin",
        function="twin",
        operation="read_twin",
        summary="The network, page by page",
        description="Lanes and nodes in a fixed order, each node with its latest readings and its risk.",
        permission=Permission.VIEW_TWIN,
        parameters=(*PAGING, SUMMARY),
        answers=(
            Answer(
                status=200,
                description="A page; `cursor` is there when more follows.",
                bodies=(TwinView, TwinOutline),
                example={
                    "asOf": "2026-11-24T08:05:00.000000Z",
                    "nodes": [NODE_ANSWER],
                    "lanes": [LANE_ANSWER],
                },
            ),
        ),
    ),
    Route(
        method="GET",
        path="/v1/twin/nodes/{id}",
        function="twin",
        operation="read_node",
        summary="One node",
        description="The node with its latest readings and its risk. "
        "`ETag` is the version of what people defined; readings leave it.",
        permission=Permission.VIEW_TWIN,
        parameters=(NODE_ID,),
        answers=(
            Answer(
                status=200,
                description="The node.",
                bodies=(NodeView,),
                headers=("ETag",),
                example=NODE_ANSWER,
            ),
        ),
        errors={404: "The network has no such node."},
    ),
    Route(
        method="PUT",
        path="/v1/twin/nodes/{id}",
        function="twin",
        operation="put_node",
        summary="Create or replace a node",
        description="Replaces what people define as a whole; readings stay. Replacing needs `If-Match`.",
        permission=Permission.MODIFY_TWIN,
        parameters=(NODE_ID, IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY),
        body=Node,
        body_example=NODE_EXAMPLE,
        answers=_put_answers(NodeView, NODE_ANSWER),
        errors=_WRITE_ERRORS,
    ),
    Route(
        method="DELETE",
        path="/v1/twin/nodes/{id}",
        function="twin",
        operation="delete_node",
        summary="Remove a node",
        description="Removes a node without lanes; with `If-Match` only in that version.",
        permission=Permission.MODIFY_TWIN,
        parameters=(NODE_ID, IF_MATCH, IDEMPOTENCY_KEY),
        answers=(_GONE,),
        errors={
            404: "The network has no such node.",
            409: f"The node still has lanes; the message names them. {IDEMPOTENCY_CONFLICT}",
            412: "It is not in the version named.",
        },
    ),
    Route(
        method="PUT",
        path="/v1/twin/lanes/{from}/{to}",
        function="twin",
        operation="put_lane",
        summary="Create or replace a lane",
        description="Both nodes must exist. Replacing needs `If-Match`.",
        permission=Permission.MODIFY_TWIN,
        parameters=(*LANE_ENDS, IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY),
        body=Lane,
        body_example=LANE_EXAMPLE,
        answers=_put_answers(StoredLane, LANE_ANSWER),
        errors={
            **_WRITE_ERRORS,
            409: f"One of the nodes does not exist; the message names it. {IDEMPOTENCY_CONFLICT}",
        },
    ),
    Route(
        method="DELETE",
        path="/v1/twin/lanes/{from}/{to}",
        function="twin",
        operation="delete_lane",
        summary="Remove a lane",
        description="Removes a lane; with `If-Match` only in that version.",
        permission=Permission.MODIFY_TWIN,
        parameters=(*LANE_ENDS, IF_MATCH, IDEMPOTENCY_KEY),
        answers=(_GONE,),
        errors={
            404: "The network has no such lane.",
            409: IDEMPOTENCY_CONFLICT,
            412: "It is not in the version named.",
        },
    ),
)
