"""The audit trail over HTTP."""

from datetime import timedelta
from typing import Any

from omnitrack import wiring
from omnitrack.domain.audit import LONGEST_VIEW, AuditFilter, AuditPage
from omnitrack.domain.errors import InvalidInputError
from omnitrack.handlers import http, paging
from omnitrack.handlers.request import Request

# By which another worker's clock may run ahead: what it has just written is shown all the same.
CLOCK_SKEW = timedelta(minutes=1)
LONGEST_USER = 128


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's audit operation."""
    return http.serve(event, context, {"list_audit": list_audit})


def list_audit(request: Request) -> http.Reply:
    """A page of who did what."""
    wanted, limit, after = _filter(request), request.limit, paging.position(request)
    if wanted.start >= wanted.end:
        return http.Reply(body=AuditPage(events=[]))
    events, end = wiring.audit().page(wanted, limit=limit, after=after)
    return http.Reply(body=AuditPage(events=events, cursor=paging.cursor(request, end)))


def _filter(request: Request) -> AuditFilter:
    start, end = request.moment("from"), request.moment("to")
    if start and end and start >= end:
        raise InvalidInputError("from: must be before to")
    now = wiring.now()
    earliest, latest = now - LONGEST_VIEW, now + CLOCK_SKEW
    return AuditFilter(
        start=max(start or earliest, earliest),
        end=min(end or latest, latest),
        user=request.text("user", longest=LONGEST_USER),
    )
