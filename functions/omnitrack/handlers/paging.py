"""Cursors of requests: bound to the operation, to its filters and to the user who reads the list."""

from collections.abc import Mapping

from omnitrack import api, wiring
from omnitrack.handlers.request import Request

# A client may read on with another size of the pages.
FREE = frozenset({"cursor", "limit"})


def position(request: Request) -> Mapping[str, str] | None:
    """Where the request's cursor points, None without one; raises InvalidInputError when it is foreign."""
    cursor = request.query.get("cursor")
    return None if cursor is None else wiring.cursors().open(cursor, _bound_to(request))


def cursor(request: Request, end: Mapping[str, str] | None) -> str | None:
    """The cursor for the page after this one; None when there is none."""
    return None if end is None else wiring.cursors().seal(end, _bound_to(request))


def _bound_to(request: Request) -> tuple[str, ...]:
    route = api.find(request.method, request.path)
    declared = route.parameters if route else ()
    filters = [p.name for p in declared if p.place == "query" and p.name not in FREE]
    texts = [f"{name}={request.query[name]}" for name in sorted(filters) if name in request.query]
    return (request.method, request.path, request.actor.id, *texts)
