"""Alerts over HTTP."""

from collections.abc import Sequence
from typing import Any, TypeVar

from omnitrack import wiring
from omnitrack.domain.alerts import SEVERITIES, STATUSES, AlertFilter, AlertPage
from omnitrack.domain.errors import InvalidInputError
from omnitrack.handlers import http, paging
from omnitrack.handlers.request import Request

Choice = TypeVar("Choice", bound=str)


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's alert operations."""
    return http.serve(event, context, OPERATIONS)


def list_alerts(request: Request) -> http.Reply:
    """A page of the alerts that the filters admit."""
    wanted = AlertFilter(
        status=_choice(request, "status", STATUSES),
        severity=_choice(request, "severity", SEVERITIES),
        node=request.identifier_asked("node"),
    )
    found, end = wiring.alerts().page(wanted, limit=request.limit, after=paging.position(request))
    return http.Reply(body=AlertPage(alerts=found, cursor=paging.cursor(request, end)))


def acknowledge_alert(request: Request) -> http.Reply:
    """Take an alert on."""
    alert = wiring.alerts().acknowledge(request.identifier("id"), request.actor, wiring.now())
    return http.Reply(body=alert)


OPERATIONS = {operation.__name__: operation for operation in (list_alerts, acknowledge_alert)}


def _choice(request: Request, name: str, known: Sequence[Choice]) -> Choice | None:
    text = request.query.get(name)
    if text is None:
        return None
    for choice in known:
        if choice == text:
            return choice
    raise InvalidInputError(f"{name}: must be one of {', '.join(known)}")
