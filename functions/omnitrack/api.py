"""The REST API: one table of routes from which functions, document, gateway and tests take theirs."""

from dataclasses import replace
from itertools import groupby
from typing import Any, Literal

from omnitrack.contract import Answer, Parameter, Route
from omnitrack.domain.access import Permission
from omnitrack.domain.twin import Lane, Node, StoredLane
from omnitrack.domain.values import IDENTIFIER_PATTERN, Model
from omnitrack.domain.views import NodeView, TwinOutline, TwinView
from omnitrack.examples import LANE_ANSWER, LANE_EXAMPLE, NODE_ANSWER, NODE_EXAMPLE

LARGEST_PAGE = 1000
USUAL_PAGE = 500
LARGEST_BODY = 64 * 1024  # bytes


class Health(Model):
    """Whether the environment works, and what was checked."""

    status: Literal["ok", "unavailable"]
    environment: str
    version: str
    checks: dict[str, Literal["ok", "unavailable"]]


def _identifier(name: str, what: str) -> Parameter:
    return Parameter(
        name=name,
        place="path",
        description=what,
        schema={"type": "string", "pattern": IDENTIFIER_PATTERN},
        example={"id": "port-rotterdam", "from": "plant-chennai", "to": "port-rotterdam"}[name],
    )


NODE_ID = _identifier("id", "The node's id.")
LANE_ENDS = (
    _identifier("from", "Id of the node where the lane begins."),
    _identifier("to", "Id of its other node."),
)
IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    description='The version to replace or remove, as answered in `ETag` (`"3"`); `*` means any.',
    schema={"type": "string", "pattern": '^(?:\\*|(?:W/)?"[!#-~]*")$'},
    example='"3"',
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="`*` creates only: what exists is left as it is. Not together with `If-Match`.",
    schema={"type": "string", "enum": ["*"]},
    example="*",
)
PAGING = (
    Parameter(
        name="limit",
        place="query",
        description="How many nodes and lanes a page has at most; it may have fewer.",
        schema={"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
        example=100,
    ),
    Parameter(
        name="cursor",
        place="query",
        description="Where the page begins: the `cursor` of the page before.",
        schema={"type": "string", "maxLength": 256},
        example="cG9ydC1yb3R0ZXJkYW06.90da16f7404d",
    ),
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


DECLARED = (
    Route(
        method="GET",
        path="/v1/health",
        function="health",
        operation="report_health",
        summary="Whether the environment works",
        description="Checks each dependency by using it. Public, and free of secrets.",
        answers=(
            Answer(
                status=200,
                description="Everything works.",
                bodies=(Health,),
                example={
                    "status": "ok",
                    "environment": "staging",
                    "version": "1.4.0",
                    "checks": {"table": "ok"},
                },
            ),
            Answer(
                status=503,
                description="A dependency does not work.",
                bodies=(Health,),
                example={
                    "status": "unavailable",
                    "environment": "staging",
                    "version": "1.4.0",
                    "checks": {"table": "unavailable"},
                },
            ),
        ),
    ),
    Route(
        method="GET",
        path="/v1/twin",
        function="twin",
        operation="read_twin",
        summary="The network, page by page",
        description="Lanes, then nodes, each node with its latest readings and its risk.",
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
        parameters=(NODE_ID, IF_MATCH, IF_NONE_MATCH),
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
        parameters=(NODE_ID, IF_MATCH),
        answers=(_GONE,),
        errors={
            404: "The network has no such node.",
            409: "The node still has lanes; the message names them.",
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
        parameters=(*LANE_ENDS, IF_MATCH, IF_NONE_MATCH),
        body=Lane,
        body_example=LANE_EXAMPLE,
        answers=_put_answers(StoredLane, LANE_ANSWER),
        errors={409: "One of the nodes does not exist; the message names it.", **_WRITE_ERRORS},
    ),
    Route(
        method="DELETE",
        path="/v1/twin/lanes/{from}/{to}",
        function="twin",
        operation="delete_lane",
        summary="Remove a lane",
        description="Removes a lane; with `If-Match` only in that version.",
        permission=Permission.MODIFY_TWIN,
        parameters=(*LANE_ENDS, IF_MATCH),
        answers=(_GONE,),
        errors={404: "The network has no such lane.", 412: "It is not in the version named."},
    ),
)


def _preflight(path: str, methods: list[str]) -> Route:
    return Route(
        method="OPTIONS",
        path=path,
        function="health",
        operation=f"preflight_{path.removeprefix('/v1/').translate(str.maketrans('/', '_', '{}'))}",
        summary="CORS preflight",
        description=f"Tells a browser whether its page may send {', '.join(methods)}.",
        # A preflight asks for the route, whatever is in its place.
        parameters=tuple(
            replace(p, schema={"type": "string"})
            for p in {p.name: p for r in DECLARED if r.path == path for p in r.parameters}.values()
            if p.place == "path"
        ),
        answers=(
            Answer(
                status=204, description="What is allowed stands in the headers; nothing, for unknown origins."
            ),
        ),
    )


ROUTES: tuple[Route, ...] = DECLARED + tuple(
    _preflight(path, [route.method for route in routes])
    for path, routes in groupby(DECLARED, key=lambda route: route.path)
)


def find(method: str, path: str) -> Route | None:
    """The route of a method and a path template; None when there is none."""
    return next((route for route in ROUTES if (route.method, route.path) == (method, path)), None)


def methods(path: str) -> list[str]:
    """The methods that a path template answers to."""
    return [route.method for route in ROUTES if route.path == path]
