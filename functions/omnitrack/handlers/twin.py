"""The digital twin over HTTP."""

from typing import Any

from omnitrack import wiring
from omnitrack.domain.errors import InvalidInputError
from omnitrack.domain.twin import Lane, Node, Position
from omnitrack.domain.views import twin_outline, twin_view
from omnitrack.handlers import http, paging
from omnitrack.handlers.request import Request


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's twin operations."""
    return http.serve(event, context, OPERATIONS)


def read_twin(request: Request) -> http.Reply:
    """A page of the network, whole or in outline."""
    view = twin_outline if request.flag("summary") else twin_view
    after = paging.position(request)
    page = wiring.network().page(limit=request.limit, after=Position(**after) if after else None)
    cursor = paging.cursor(request, _place(page.end))
    return http.Reply(body=view(page, wiring.thresholds(), as_of=wiring.now(), cursor=cursor))


def read_node(request: Request) -> http.Reply:
    """One node."""
    node = wiring.network().node(request.identifier("id"))
    return http.Reply(body=wiring.node_view(node), headers=_etag(node.version))


def put_node(request: Request) -> http.Reply:
    """Create or replace a node."""
    node_id, node = request.identifier("id"), request.json(Node)
    stored = wiring.network().put_node(node_id, node, request.precondition, wiring.now(), by=request.actor)
    return http.Reply(
        status=_put_status(stored.version), body=wiring.node_view(stored), headers=_etag(stored.version)
    )


def delete_node(request: Request) -> http.Reply:
    """Remove a node."""
    wiring.network().delete_node(
        request.identifier("id"), request.precondition, wiring.now(), by=request.actor
    )
    return http.Reply(status=204)


def put_lane(request: Request) -> http.Reply:
    """Create or replace a lane."""
    (from_, to), lane = _ends(request), request.json(Lane)
    stored = wiring.network().put_lane(from_, to, lane, request.precondition, wiring.now(), by=request.actor)
    return http.Reply(status=_put_status(stored.version), body=stored, headers=_etag(stored.version))


def delete_lane(request: Request) -> http.Reply:
    """Remove a lane."""
    wiring.network().delete_lane(*_ends(request), request.precondition, wiring.now(), by=request.actor)
    return http.Reply(status=204)


OPERATIONS = {
    operation.__name__: operation
    for operation in (read_twin, read_node, put_node, delete_node, put_lane, delete_lane)
}


def _ends(request: Request) -> tuple[str, str]:
    from_, to = request.identifier("from"), request.identifier("to")
    if from_ == to:
        raise InvalidInputError("to: a lane joins two different nodes")
    return from_, to


def _place(end: Position | None) -> dict[str, str] | None:
    if end is None:
        return None
    return {"node": end.node} if end.to is None else {"node": end.node, "to": end.to}


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def _put_status(version: int) -> int:
    return 201 if version == 1 else 200
