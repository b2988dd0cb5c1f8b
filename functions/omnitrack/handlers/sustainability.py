"""Emissions and their thresholds over HTTP."""

import re
from datetime import timedelta
from typing import Any

from omnitrack import wiring
from omnitrack.domain import emissions
from omnitrack.domain.emissions import EmissionThresholds
from omnitrack.domain.errors import InvalidInputError
from omnitrack.handlers import http
from omnitrack.handlers.request import Request
from omnitrack.routes.sustainability import LARGEST_SOURCES, LONGEST_TREND, USUAL_SOURCES, USUAL_TREND


def handler(event: dict[str, Any], context: object) -> http.GatewayAnswer:
    """Serve the API's sustainability operations."""
    return http.serve(event, context, OPERATIONS)


def read_sustainability(request: Request) -> http.Reply:
    """What the network emits, and the trend."""
    limit = _number(request, "limit", usual=USUAL_SOURCES, most=LARGEST_SOURCES)
    days = _number(request, "days", usual=USUAL_TREND, most=LONGEST_TREND)
    now, store = wiring.now(), wiring.emissions()
    return http.Reply(
        body=emissions.view(
            wiring.footprints().lately(),
            thresholds=store.thresholds(),
            trend=store.trend(now - timedelta(days=days)),
            limit=limit,
        )
    )


def put_thresholds(request: Request) -> http.Reply:
    """Set the thresholds; the next snapshot is the first that is judged by them."""
    thresholds = request.json(EmissionThresholds)
    stored = wiring.emissions().put_thresholds(thresholds, request.precondition, wiring.now(), request.actor)
    return http.Reply(
        status=201 if stored.version == 1 else 200,
        body=stored,
        headers={"ETag": f'"{stored.version}"'},
    )


OPERATIONS = {operation.__name__: operation for operation in (read_sustainability, put_thresholds)}


def _number(request: Request, name: str, *, usual: int, most: int) -> int:
    text = request.query.get(name, str(usual))
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise InvalidInputError(f"{name}: must be a whole number from 1 to {most}")
    return int(text)
