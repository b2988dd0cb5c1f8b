"""Whether the environment works."""

from typing import Literal

from omnitrack.contract import Answer, Route
from omnitrack.domain.values import Model


class Health(Model):
    """Whether the environment works, and what was checked."""

    status: Literal["ok", "unavailable"]
    environment: str
    version: str
    checks: dict[str, Literal["ok", "unavailable"]]


ROUTES = (
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
)
