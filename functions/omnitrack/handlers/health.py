"""Tells whether the environment works, and answers the browsers' preflight questions."""

from typing import Any, Literal

from omnitrack import wiring
from omnitrack.handlers import http
from omnitrack.handlers.request import Request
from omnitrack.routes.health import Health


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's health and preflight operations."""
    return http.serve(event, context, {"report_health": report})


def report(_request: Request) -> http.Reply:
    """Use each dependency once."""
    deployment = wiring.deployment()
    checks = {name: _outcome(name) for name in wiring.checks()}
    status: Literal["ok", "unavailable"] = "ok" if set(checks.values()) <= {"ok"} else "unavailable"
    health = Health(
        status=status, environment=deployment.environment, version=deployment.version, checks=checks
    )
    return http.Reply(status=200 if status == "ok" else 503, body=health)


def _outcome(name: str) -> Literal["ok", "unavailable"]:
    try:
        wiring.checks()[name]()
    except Exception:  # noqa: BLE001 - whatever it is, the dependency does not work
        wiring.logger().exception("dependency unavailable", dependency=name)
        return "unavailable"
    return "ok"
