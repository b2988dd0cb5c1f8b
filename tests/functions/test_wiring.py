"""The one place that reads the environment."""

import pytest
from omnitrack import wiring
from omnitrack.handlers import health, twin

from tests.functions.calls import call

NAMES = {
    "ENVIRONMENT": "staging",
    "VERSION": "1.2.3",
    "TABLE_NAME": "omnitrack-staging-main",
    "ALLOWED_ORIGINS": "https://a.example, https://b.example,",
    "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/queue",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "000000000001",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}
CACHED = [
    wiring.deployment,
    wiring.logger,
    wiring.network,
    wiring.readings,
    wiring.dead_letters,
    wiring.checks,
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NAMES.items():
        monkeypatch.setenv(name, value)
    for built in CACHED:
        built.cache_clear()


def test_adapters_are_built_once() -> None:
    for built in CACHED:
        assert built() is built()


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wiring.deployment().allowed_origins == {"https://a.example", "https://b.example"}
    wiring.deployment.cache_clear()
    monkeypatch.delenv("ALLOWED_ORIGINS")
    assert wiring.deployment().allowed_origins == frozenset()


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("ENVIRONMENT", wiring.deployment),
        ("VERSION", wiring.deployment),
        ("TABLE_NAME", wiring.network),
        ("TABLE_NAME", wiring.readings),
        ("TABLE_NAME", wiring.checks),
        ("DEAD_LETTER_QUEUE_URL", wiring.dead_letters),
    ],
)
@pytest.mark.parametrize("value", ["", " "])
def test_a_missing_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, built: object, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert callable(built)
    with pytest.raises(wiring.ConfigurationError, match=f"environment variable {name} is not set"):
        built()


def test_a_function_without_its_environment_answers_an_error_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TABLE_NAME", "ENVIRONMENT"):
        monkeypatch.delenv(name)
    for handler, path in ((twin.handler, "/v1/twin"), (health.handler, "/v1/health")):
        reply = call(handler, "GET", path, headers={"Origin": "https://a.example"})
        assert (reply.status, reply.code) == (500, "internal_error")
        assert "TABLE_NAME" not in reply.text


def test_a_table_out_of_reach_makes_the_environment_unavailable() -> None:
    reply = call(health.handler, "GET", "/v1/health", groups=None)
    assert (reply.status, reply.json["checks"]) == (503, {"table": "unavailable"})
