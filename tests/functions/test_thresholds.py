"""Thresholds as settings."""

from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.domain.risk import assess
from omnitrack.domain.thresholds import DEFAULTS, SCALES, USUAL, Thresholds
from omnitrack.domain.twin import TemperatureRange
from omnitrack.handlers import twin

from tests.functions.calls import call
from tests.functions.conftest import World
from tests.functions.test_risk import node


def test_without_settings_the_defaults_of_the_platform_hold() -> None:
    for thresholds in (USUAL, Thresholds.parse({})):
        for measure, bounds in DEFAULTS.items():
            assert thresholds.bounds("port", measure) == bounds


def test_every_default_is_a_setting_that_would_be_taken() -> None:
    said = {measure: dict(bounds) for measure, bounds in DEFAULTS.items()}
    assert set(said) == set(SCALES)
    assert Thresholds.parse({"default": said}).bounds("port", "inventory") == DEFAULTS["inventory"]


def test_what_is_said_of_a_type_comes_before_what_is_said_of_all() -> None:
    thresholds = Thresholds.parse(
        {"default": {"utilization": {"high": 0.8}}, "port": {"utilization": {"critical": 0.99, "low": 0.5}}}
    )
    assert thresholds.bounds("port", "utilization") == (("critical", 0.99), ("low", 0.5))
    assert thresholds.bounds("retailer", "utilization") == (("high", 0.8),)
    assert thresholds.bounds("port", "inventory") == DEFAULTS["inventory"]


@pytest.mark.parametrize(
    ("said", "changes", "level", "text"),
    [
        ({"utilization": {"low": 0.5}}, {"utilization": 0.5}, "low", "utilization is 50 % or more"),
        ({"utilization": {}}, {"utilization": 1.0}, "low", None),
        (
            {"inventory": {"high": 0.333}},
            {"inventory": 33.3},
            "high",
            "inventory is 33.3 % of capacity or less",
        ),
        ({"status": {"medium": 1}}, {"status": "offline"}, "medium", "node is offline"),
        ({"status": {"critical": 2}}, {"status": "disrupted"}, "low", None),
        (
            {"delayHours": {"critical": 48}},
            {"latest": {"delayHours": 48}},
            "critical",
            "shipments are late by 48 h or more",
        ),
        (
            {"temperature": {"critical": 5, "high": 0}},
            {"latest": {"temperature": 13}, "temperature_range": TemperatureRange(minimum=2, maximum=8)},
            "critical",
            "temperature is outside of the node's range by 5 degrees or more",
        ),
        (
            {"temperature": {"critical": 5, "high": 0}},
            {"latest": {"temperature": -2}, "temperature_range": TemperatureRange(minimum=2, maximum=8)},
            "high",
            "temperature is outside of the node's range",
        ),
    ],
)
def test_a_setting_decides_what_is_found(
    said: dict[str, Any], changes: dict[str, Any], level: str, text: str | None
) -> None:
    risk = assess(node(**changes), Thresholds.parse({"port": said}))
    assert (risk.level, risk.findings) == (level, [text] if text else [])
    assert assess(node(**changes), Thresholds.parse({"retailer": said})) == assess(node(**changes))


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ([], " must be a mapping"),
        ({"harbour": {}}, ".harbour is not known: use one of default, supplier"),
        ({"port": []}, ".port must be a mapping"),
        ({"port": None}, ".port must be a mapping"),
        ({"port": {"pressure": {}}}, ".port.pressure is not known: use one of status, utilization"),
        ({"port": {"status": 1}}, ".port.status must be a mapping"),
        ({"port": {"status": {"bad": 1}}}, ".port.status.bad is not known: use one of low, medium"),
        ({"port": {"status": {"high": 3}}}, ".port.status.high must be 1 for a disrupted node or 2"),
        ({"default": {"utilization": {"high": 85}}}, ".default.utilization.high must be a share from 0 to 1"),
        ({"default": {"utilization": {"high": True}}}, ".default.utilization.high must be a share"),
        ({"default": {"utilization": {"high": "0.8"}}}, ".default.utilization.high must be a share"),
        ({"default": {"utilization": {"high": float("nan")}}}, ".default.utilization.high must be a share"),
        (
            {"default": {"inventory": {"high": -0.1}}},
            ".default.inventory.high must be a share of the capacity",
        ),
        ({"default": {"delayHours": {"high": 0}}}, ".default.delayHours.high must be hours from 0.1"),
        ({"default": {"temperature": {"high": -1}}}, ".default.temperature.high must be degrees"),
        (
            {"port": {"utilization": {"critical": 0.8, "high": 0.9}}},
            ".port.utilization must have the bound of a worse severity above that of a lesser one",
        ),
        (
            {"port": {"utilization": {"critical": 0.8, "high": 0.8}}},
            ".port.utilization must have the bound of a worse severity above that of a lesser one",
        ),
        (
            {"port": {"inventory": {"critical": 0.3, "medium": 0.2}}},
            ".port.inventory must have the bound of a worse severity below that of a lesser one",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence_that_names_the_key(
    mapping: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=r"must|known") as refused:
        Thresholds.parse(mapping)
    assert str(refused.value).startswith(f"alertThresholds{complaint}")
    assert "\n" not in str(refused.value)


def test_the_twin_shows_the_risk_that_the_settings_say(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        wiring, "thresholds", lambda: Thresholds.parse({"port": {"utilization": {"low": 0.1}}})
    )
    world.network.nodes["a"] = node(utilization=0.5)
    one = call(twin.handler, "GET", "/v1/twin/nodes/{id}", path={"id": "a"}).json
    (whole,) = call(twin.handler, "GET", "/v1/twin").json["nodes"]
    (outline,) = call(twin.handler, "GET", "/v1/twin", query={"summary": ""}).json["nodes"]
    assert one["risk"]["findings"] == ["utilization is 10 % or more"]
    assert one["risk"] == whole["risk"] == outline["risk"]
    assert wiring.node_view(node(utilization=0.5)).risk.findings == ["utilization is 10 % or more"]
