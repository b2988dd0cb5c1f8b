"""The finish of a request on a WebSocket: its access log line and its metrics."""

import json
import time
from typing import Any

from ministack.services import apigateway, cloudwatch

from localcloud.aws import finish
from localcloud.aws.patches.web_sockets_session import Request, Session

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
NAMESPACE = "AWS/ApiGateway"
CLIENT_ERROR, SERVER_ERROR = 4, 5  # the first digit of a status
COUNTED = {"CONNECT": "ConnectCount", "MESSAGE": "MessageCount"}


def record(request: Request) -> None:
    """Write the access log line and the metrics of an ended request; to be called in the API's account.

    Args:
        request: the request.
    """
    session = request.session
    stage = apigateway._stages.get(session.api_id, {}).get(session.stage_name)
    if not stage:
        return  # the request never reached a stage
    _write_metrics(request)
    settings = stage.get("accessLogSettings") or {}
    if settings.get("destinationArn") and settings.get("format"):
        line = finish.render(settings["format"], _context(request))
        finish.write_line(session.api_id, session.stage_name, settings["destinationArn"], line)


def count(
    session: Session, name: str, value: float = 1, unit: str = "Count", route: str | None = None
) -> None:
    """Add to a metric of an API, in all of its dimensions.

    Args:
        session: the connection.
        name: the metric's.
        value: what is added.
        unit: its unit.
        route: key of the route, when there is one.
    """
    dimensions = [{"ApiId": session.api_id}, {"ApiId": session.api_id, "Stage": session.stage_name}]
    if route and _detailed(session, route):
        dimensions.append({**dimensions[1], "Route": route})
    for each in dimensions:
        cloudwatch.record_metric(NAMESPACE, name, value, unit, each)


def _detailed(session: Session, route: str) -> bool:
    stage = apigateway._stages.get(session.api_id, {}).get(session.stage_name) or {}
    settings = (stage.get("routeSettings") or {}).get(route) or stage.get("defaultRouteSettings") or {}
    return bool(settings.get("detailedMetricsEnabled"))


def _write_metrics(request: Request) -> None:
    values: list[tuple[str, float, str]] = []
    if name := COUNTED.get(request.event_type):
        values.append((name, 1, "Count"))
    if request.integration_error:
        values.append(("IntegrationError", 1, "Count"))
    elif request.error_type:
        kind = "ClientError" if request.status // 100 == CLIENT_ERROR else "ExecutionError"
        values.append((kind, 1, "Count"))
    elif request.status // 100 in (CLIENT_ERROR, SERVER_ERROR):  # the function's own
        values.append(("IntegrationError", 1, "Count"))
    if request.integration_latency is not None:
        values.append(("IntegrationLatency", request.integration_latency, "Milliseconds"))
    for name, value, unit in values:
        count(request.session, name, value, unit, request.route_key)


def _context(request: Request) -> dict[str, Any]:
    """The `$context` of access logs, by dotted name.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
    """
    session = request.session
    latency = None if request.integration_latency is None else round(request.integration_latency)
    return {
        **request.context(),
        "accountId": session.account,
        "authorizer": session.authorizer,
        "responseLatency": round((time.time() - request.begin) * 1000),
        "status": request.status,
        "integrationLatency": latency,
        "integrationStatus": request.integration_status,
        "integrationErrorMessage": request.integration_error,
        "integration": {
            "error": request.integration_error,
            "latency": latency,
            "status": request.integration_status,
            "requestId": request.request_id,
        },
        "error": {
            "message": request.error_message,
            "messageString": None if request.error_message is None else json.dumps(request.error_message),
            "responseType": request.error_type,
        },
    }
