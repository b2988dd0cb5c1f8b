"""The one place that reads the environment."""

import inspect
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.handlers import health, twin

from tests.functions.calls import call

NAMES = {
    "ENVIRONMENT": "staging",
    "VERSION": "1.2.3",
    "TABLE_NAME": "omnitrack-staging-main",
    "ALLOWED_ORIGINS": "https://a.example, https://b.example,",
    "CONNECTIONS_TABLE_NAME": "omnitrack-staging-connections",
    "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/dead-letters",
    "NOTIFICATION_QUEUE_URL": "http://127.0.0.1:1/notifications",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000001:omnitrack-staging-alerts",
    "API_ADDRESS": "https://staging-api.omnitrack.ai/v1",
    "SOCKET_ENDPOINT": "https://socketapi1.execute-api.us-east-1.amazonaws.com/ws",
    "CURSOR_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000001:secret:cursors",
    "EDGE_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000001:secret:edge",
    "USER_POOL_ID": "us-east-1_Pool",
    "USER_POOL_CLIENT_ID": "client",
    "UNIT_WEIGHT_KG": "25",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "000000000001",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}
CACHED: list[Any] = [
    built
    for built in vars(wiring).values()
    if hasattr(built, "cache_clear") and not inspect.signature(built).parameters
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NAMES.items():
        monkeypatch.setenv(name, value)
    for built in CACHED:
        built.cache_clear()


def test_adapters_are_built_once() -> None:
    assert len(CACHED) >= 20
    for built in CACHED:
        assert built() is built()


@pytest.mark.parametrize(
    ("name", "value", "built"),
    [
        *[("NETWORK_SHARDS", value, wiring.network_shards) for value in ("0", "-1", "1.5", "x", "\u0662x")],
        *[("UNIT_WEIGHT_KG", value, wiring.unit_weight_kg) for value in ("0", "-1", "x", "nan", "inf")],
        *[("ALERT_THRESHOLDS", value, wiring.thresholds) for value in ("{", "[]", '{"castle": {}}')],
    ],
)
def test_a_variable_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, built: Any
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(wiring.ConfigurationError, match=f"environment variable {name} is "):
        built()


def test_a_network_has_one_partition_unless_it_is_said() -> None:
    assert wiring.network_shards() == 1


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
        ("TABLE_NAME", wiring.audit),
        ("TABLE_NAME", wiring.repetitions),
        ("TABLE_NAME", wiring.activity),
        ("TABLE_NAME", wiring.emissions),
        ("TABLE_NAME", wiring.alerts),
        ("TABLE_NAME", wiring.standings),
        ("TABLE_NAME", wiring.criticality),
        ("TABLE_NAME", wiring.evaluator),
        ("CONNECTIONS_TABLE_NAME", wiring.connections),
        ("CONNECTIONS_TABLE_NAME", wiring.event_log),
        ("SOCKET_ENDPOINT", wiring.fan_out),
        ("CURSOR_SECRET_ARN", wiring.cursors),
        ("EDGE_SECRET_ARN", wiring.edge_secret),
        ("USER_POOL_ID", wiring.id_tokens),
        ("USER_POOL_CLIENT_ID", wiring.id_tokens),
        ("UNIT_WEIGHT_KG", wiring.unit_weight_kg),
        ("NOTIFICATION_QUEUE_URL", wiring.outbox),
        ("ALERT_TOPIC_ARN", wiring.notifier),
        ("API_ADDRESS", wiring.notifier),
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
