"""The health function: checks and preflights."""

import json

import pytest
from omnitrack import api
from omnitrack.handlers import health

from tests.functions.calls import ORIGIN, Reply, call
from tests.functions.conftest import World

PATHS = sorted({route.path for route in api.ROUTES})


def report() -> Reply:
    return call(health.handler, "GET", "/v1/health", groups=None)


def test_a_working_environment_is_ok(world: World) -> None:
    assert world.checks
    reply = report()
    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
    assert reply.json == {
        "status": "ok",
        "environment": "staging",
        "version": "1.2.3",
        "checks": {"table": "ok"},
    }


def test_a_dependency_that_fails_makes_it_unavailable_and_its_error_stays_inside(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise PermissionError("arn:aws:dynamodb:secret")

    world.checks["table"] = fail
    reply = report()
    assert (reply.status, reply.json["status"], reply.json["checks"]) == (
        503,
        "unavailable",
        {"table": "unavailable"},
    )
    assert "secret" not in reply.text
    assert "secret" in json.loads(capsys.readouterr().out.splitlines()[0])["exception"]


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_of_an_allowed_origin_learns_what_the_path_takes(world: World, path: str) -> None:
    assert world.checks
    reply = call(health.handler, "OPTIONS", path, groups=None, headers={"Origin": ORIGIN})
    assert (reply.status, reply.text) == (204, "")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Methods"].split(", ") == api.methods(path)
    assert {"Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"} == set(
        reply.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert int(reply.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", f"{ORIGIN}.evil.example", ORIGIN.upper()]
)
def test_a_preflight_of_another_origin_learns_nothing(world: World, origin: str) -> None:
    assert world.checks
    reply = call(health.handler, "OPTIONS", "/v1/twin", groups=None, headers={"Origin": origin})
    assert reply.status == 204
    assert not any(name.startswith("Access-Control") for name in reply.headers)
    assert reply.headers["Vary"] == "Origin"
