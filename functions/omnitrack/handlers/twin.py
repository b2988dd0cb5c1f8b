"""The digital twin over HTTP."""

from typing import Any

from omnitrack import wiring
from omnitrack.domain.errors import InvalidInputError
from omnitrack.domain.twin import Lane, Node
from omnitrack.domain.views import node_view, twin_outline, twin_view
from omnitrack.handlers import http
from omnitrack.handlers.request import Request, cursor_of


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's twin operations."""
    return http.serve(event, context, OPERATIONS)


def read_twin(request: Request) -> http.Reply:
    """A page of the network, whole or in outline."""
    view = twin_outline if request.flag("summary") else twin_view
    page = wiring.network().page(limit=request.limit, after=request.position)
    return http.Reply(body=view(page, as_of=wiring.now(), cursor=cursor_of(page.end) if page.end else None))


def read_node(request: Request) -> http.Reply:
    """One node."""
    node = wiring.network().node(request.identifier("id"))
    return http.Reply(body=node_view(node), headers=_etag(node.version))


def put_node(request: Request) -> http.Reply:
    """Create or replace a node."""
    node_id, node = request.identifier("id"), request.json(Node)
    stored = wiring.network().put_node(node_id, node, request.precondition, wiring.now())
    return http.Reply(
        status=_put_status(stored.version), body=node_view(stored), headers=_etag(stored.version)
    )


def delete_node(request: Request) -> http.Reply:
    """Remove a node."""
    wiring.network().delete_node(request.identifier("id"), request.precondition)
    return http.Reply(status=204)


def put_lane(request: Request) -> http.Reply:
    """Create or replace a lane."""
    (from_, to), lane = _ends(request), request.json(Lane)
    stored = wiring.network().put_lane(from_, to, lane, request.precondition, wiring.now())
    return http.Reply(status=_put_status(stored.version), body=stored, headers=_etag(stored.version))


def delete_lane(request: Request) -> http.Reply:
    """Remove a lane."""
    wiring.network().delete_lane(*_ends(request), request.precondition)
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


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def _put_status(version: int) -> int:
    return 201 if version == 1 else 200
