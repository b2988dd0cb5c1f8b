"""The configuration of the policy can raise what a stage demands, and lower nothing of the mission."""

import json
from pathlib import Path

import pytest

from policy.configuration import ConfigurationError, load, read
from policy.rule import Level
from policy.rules import RULES

STAGES = ("development", "staging", "production")
MISSION = next(rule.id for rule in RULES if rule.mission and rule.id != "log-group-retention")
BEYOND = next(rule.id for rule in RULES if not rule.mission and rule.level is Level.MANDATORY)
ADVICE = next(rule.id for rule in RULES if rule.level is Level.ADVISORY)


@pytest.mark.parametrize("stage", STAGES)
def test_the_files_of_this_repository_ask_for_nothing_in_vain(stage: str) -> None:
    found = load(stage)
    assert found.faults == ()
    assert found.retention_days == (30 if stage == "production" else 7)


def test_a_stage_without_a_file_asks_for_what_the_rules_say(tmp_path: Path) -> None:
    found = load("production", tmp_path)
    assert (found.retention_days, found.levels, found.faults) == (30, {}, ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{\n  "all": }', ":2:10: is no JSON, "),
        ("", ":1:1: is no JSON, "),
        ("[]", ":1:1: must be an object of rules"),
        ('"mandatory"', ":1:1: must be an object of rules"),
        ("null", ":1:1: must be an object of rules"),
    ],
)
def test_a_broken_file_is_told_with_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "staging.json").write_text(text)
    with pytest.raises(ConfigurationError) as told:
        load("staging", tmp_path)
    assert str(told.value).startswith(f"policy/config/staging.json{place}")


def test_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "staging.json").write_text(json.dumps({ADVICE: "mandatory"}))
    assert load("staging", tmp_path).levels == {ADVICE: Level.MANDATORY}


def test_an_operator_can_add_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "staging.json").write_text(json.dumps({ADVICE: "mandatory", BEYOND: "advisory"}))
    found = load("staging", tmp_path, operator={BEYOND: "mandatory", MISSION: "disabled"})
    assert found.levels == {ADVICE: Level.MANDATORY, BEYOND: Level.MANDATORY}
    assert found.faults == (f"lowers {MISSION}, a rule of the mission",)
    assert load("development", tmp_path, operator={ADVICE: "disabled"}).levels == {ADVICE: Level.DISABLED}


@pytest.mark.parametrize("level", ["advisory", "disabled"])
@pytest.mark.parametrize("as_object", [False, True])
def test_a_rule_of_the_mission_keeps_its_level(level: str, *, as_object: bool) -> None:
    found = read("staging", {MISSION: {"enforcementLevel": level} if as_object else level})
    assert found.levels == {}
    assert found.faults == (f"lowers {MISSION}, a rule of the mission",)


def test_a_rule_of_the_mission_may_be_called_mandatory() -> None:
    found = read("staging", {MISSION: "mandatory"})
    assert (found.levels, found.faults) == ({}, ())


@pytest.mark.parametrize("level", list(Level))
def test_other_rules_take_any_level(level: Level) -> None:
    found = read("staging", {BEYOND: level.value, ADVICE: {"enforcementLevel": level.value}})
    assert found.levels == {BEYOND: level, ADVICE: level}
    assert found.faults == ()


def test_all_raises_every_rule_beyond_the_mission_but_those_that_are_named() -> None:
    found = read("staging", {ADVICE: "disabled", "all": "mandatory"})
    others = [rule.id for rule in RULES if not rule.mission and rule.id != ADVICE]
    assert found.levels == {ADVICE: Level.DISABLED} | dict.fromkeys(others, Level.MANDATORY)
    assert found.faults == ()


def test_all_lowers_no_rule_of_the_mission() -> None:
    found = read("staging", {"all": "disabled"})
    mission = [rule.id for rule in RULES if rule.mission]
    assert not set(mission) & set(found.levels)
    assert found.faults == tuple(f"lowers {rule}, a rule of the mission" for rule in mission)


@pytest.mark.parametrize("level", ["remediate", "", 7, True, ["mandatory"]])
def test_a_level_that_is_none_is_told(level: object) -> None:
    for value in (level, {"enforcementLevel": level}):
        found = read("staging", {BEYOND: value})
        assert found.levels == {}
        assert found.faults == (f"has a level for {BEYOND} that is none of mandatory, advisory, disabled",)


def test_an_unknown_rule_is_told() -> None:
    assert read("staging", {"sns-topic": "mandatory"}).faults == (
        "is configured for the unknown rule sns-topic",
    )


@pytest.mark.parametrize(
    ("stage", "floor"), [("development", 7), ("staging", 7), ("production", 30), ("other", 30)]
)
def test_the_retention_can_be_raised_above_the_stages_floor_and_not_lowered(stage: str, floor: int) -> None:
    for days in (floor, float(floor), floor + 1, 365):
        found = read(stage, {"log-group-retention": {"retentionDays": days}})
        assert (found.retention_days, found.faults) == (days, ())
    for refused in (floor - 1, 0, -1):
        found = read(stage, {"log-group-retention": {"retentionDays": refused}})
        assert found.retention_days == floor
        assert found.faults == (
            f"is configured with fewer than the {floor} days that {stage} keeps its logs",
        )


def test_retention_belongs_to_its_rule() -> None:
    assert read("staging", {BEYOND: {"retentionDays": 365}}).retention_days == 7


@pytest.mark.parametrize(
    ("days", "fault"),
    [(days, "retentionDays that is no number") for days in ("45", None, True, [365])]
    + [(days, "retentionDays of 36500 or more") for days in (36500, float("inf"), float("nan"))],
)
def test_a_retention_that_is_none_is_told(days: object, fault: str) -> None:
    found = read("production", {"log-group-retention": {"retentionDays": days}})
    assert (found.retention_days, found.faults) == (30, (f"is configured with {fault}",))
