"""Alerts: listed newest first, and acknowledged once."""

from typing import get_args

from omnitrack.contract import Answer, Parameter, Route
from omnitrack.domain.access import Permission
from omnitrack.domain.alerts import Alert, AlertPage, AlertStatus, Severity
from omnitrack.domain.values import IDENTIFIER_PATTERN
from omnitrack.examples import ALERT_ANSWER
from omnitrack.routes.shared import IDEMPOTENCY_KEY, PAGING, identifier

ALERT_ID = identifier("id", "The alert's id.", ALERT_ANSWER["id"])
FILTERS = (
    Parameter(
        name="status",
        place="query",
        description="Only alerts in this state.",
        schema={"type": "string", "enum": list(get_args(AlertStatus))},
        example="open",
    ),
    Parameter(
        name="severity",
        place="query",
        description="Only alerts of this severity.",
        schema={"type": "string", "enum": list(get_args(Severity))},
        example="critical",
    ),
    Parameter(
        name="node",
        place="query",
        description="Only alerts of this node.",
        schema={"type": "string", "pattern": IDENTIFIER_PATTERN},
        example="port-rotterdam",
    ),
)

ROUTES = (
    Route(
        method="GET",
        path="/v1/alerts",
        function="alerts",
        operation="list_alerts",
        summary="Alerts, newest first",
        description="All of them, or those that every given filter admits.",
        permission=Permission.VIEW_ALERTS,
        parameters=(*FILTERS, *PAGING),
        answers=(
            Answer(
                status=200,
                description="A page; `cursor` is there when more follows.",
                bodies=(AlertPage,),
                example={"alerts": [ALERT_ANSWER]},
            ),
        ),
    ),
    Route(
        method="PUT",
        path="/v1/alerts/{id}/acknowledge",
        function="alerts",
        operation="acknowledge_alert",
        summary="Take an alert on",
        description="Says that the caller looks after it. It takes no body.",
        permission=Permission.ACKNOWLEDGE_ALERTS,
        parameters=(ALERT_ID, IDEMPOTENCY_KEY),
        answers=(
            Answer(status=200, description="It is acknowledged.", bodies=(Alert,), example=ALERT_ANSWER),
        ),
        errors={
            404: "There is no such alert.",
            409: "It is acknowledged already, and the message names by whom; or it is resolved; "
            "or the Idempotency-Key is in use.",
        },
    ),
)
