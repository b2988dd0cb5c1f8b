"""The audit trail."""

from omnitrack.contract import Answer, Parameter, Route
from omnitrack.domain.access import Permission
from omnitrack.domain.audit import AuditPage
from omnitrack.examples import AUDIT_ANSWER
from omnitrack.routes.shared import PAGING

ROUTES = (
    Route(
        method="GET",
        path="/v1/audit",
        function="audit",
        operation="list_audit",
        summary="Who did what, newest first",
        description="Changes of the last 90 days by people; within a time, and by one user.",
        permission=Permission.VIEW_AUDIT,
        parameters=(
            Parameter(
                name="user",
                place="query",
                description="Only what this user did: the `id` of an actor.",
                schema={"type": "string", "pattern": "^[!-~]{1,128}$"},
                example=AUDIT_ANSWER["actor"]["id"],
            ),
            Parameter(
                name="from",
                place="query",
                description="Only what happened then or later; the default is the earliest, 90 days ago.",
                schema={"type": "string", "format": "date-time"},
                example="2026-11-01T00:00:00Z",
            ),
            Parameter(
                name="to",
                place="query",
                description="Only what happened before this moment; now, by default.",
                schema={"type": "string", "format": "date-time"},
                example="2026-11-24T00:00:00Z",
            ),
            *PAGING,
        ),
        answers=(
            Answer(
                status=200,
                description="A page; `cursor` is there when more follows.",
                bodies=(AuditPage,),
                example={"events": [AUDIT_ANSWER]},
            ),
        ),
    ),
)
