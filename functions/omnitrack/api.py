"""The REST API: one table of routes from which functions, document, gateway and tests take theirs."""

from dataclasses import replace
from itertools import groupby

from omnitrack.contract import Answer, Route
from omnitrack.routes import alerts, audit, health, sustainability, twin

DECLARED: tuple[Route, ...] = (
    *health.ROUTES,
    *twin.ROUTES,
    *alerts.ROUTES,
    *sustainability.ROUTES,
    *audit.ROUTES,
)


def _preflight(path: str, methods: list[str]) -> Route:
    return Route(
        method="OPTIONS",
        path=path,
        function="health",
        operation=f"preflight_{path.removeprefix('/v1/').translate(str.maketrans('/', '_', '{}'))}",
        summary="CORS preflight",
        description=f"Tells a browser whether its page may send {', '.join(methods)}.",
        # A preflight asks for the route, whatever is in its place.
        parameters=tuple(
            replace(p, schema={"type": "string"})
            for p in {p.name: p for r in DECLARED if r.path == path for p in r.parameters}.values()
            if p.place == "path"
        ),
        answers=(
            Answer(
                status=204, description="What is allowed stands in the headers; nothing, for unknown origins."
            ),
        ),
    )


ROUTES: tuple[Route, ...] = DECLARED + tuple(
    _preflight(path, [route.method for route in routes])
    for path, routes in groupby(DECLARED, key=lambda route: route.path)
)


def find(method: str, path: str) -> Route | None:
    """The route of a method and a path template; None when there is none."""
    return next((route for route in ROUTES if (route.method, route.path) == (method, path)), None)


def methods(path: str) -> list[str]:
    """The methods that a path template answers to."""
    return [route.method for route in ROUTES if route.path == path]
