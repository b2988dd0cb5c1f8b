"""Each case of each rule, on plain properties and on those that the policy SDK hands out."""

from collections import Counter
from dataclasses import replace

import pytest

from policy.graph import UNKNOWN, Graph, Resource
from policy.rule import EVERY, Context, Level, Rule, RuleError, Severity, judge
from policy.rules import RULES
from tests.policy.cases import CASES
from tests.policy.cases.case import Case, Kind, resource
from tests.policy.verdicts import CASES_OF, all_proxied, difference, differences, findings

OF_RESOURCES = [rule for rule in RULES if rule.concern != "governance"]
"""All but those about the files of the repository, which tests/policy/test_judgement.py looks at."""
IDS = [rule.id for rule in OF_RESOURCES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_says_what_the_case_expects(case: Case) -> None:
    assert difference(case, case.resources) is None


@pytest.mark.parametrize("rule_id", IDS)
def test_the_rule_says_the_same_of_proxied_properties(rule_id: str) -> None:
    found = differences(CASES_OF[rule_id], all_proxied)
    assert not found, found


@pytest.mark.parametrize("rule_id", IDS)
def test_an_unknown_value_elsewhere_changes_nothing(rule_id: str) -> None:
    found = differences(CASES_OF[rule_id], clouded)
    assert not found, found


def clouded(case: Case) -> list[Resource]:
    """The case's resources, the first with an unknown property more, and an unknown one beside them."""
    subject, *others = case.resources
    described = replace(subject, properties={**subject.properties, "description": UNKNOWN})
    return [described, *others, resource("aws:iam/role:Role", {"name": UNKNOWN}, name="unrelated")]


def test_case_names_are_unique() -> None:
    assert [name for name, count in Counter(map(str, CASES)).items() if count > 1] == []


@pytest.mark.parametrize("rule", OF_RESOURCES, ids=IDS)
def test_every_rule_has_cases_for_missing_wrong_unknown_and_correct(rule: Rule) -> None:
    kinds = {case.kind for case in CASES_OF[rule.id]}
    of_values = set() if EVERY in rule.types else {Kind.MISSING, Kind.UNKNOWN}
    assert {Kind.WRONG, Kind.CORRECT} | of_values <= kinds


@pytest.mark.parametrize("rule", OF_RESOURCES, ids=IDS)
def test_every_rule_has_cases_of_all_its_types(rule: Rule) -> None:
    judged = {case.resources[0].type for case in CASES_OF[rule.id] if case.fault is not None}
    passed = {case.resources[0].type for case in CASES_OF[rule.id] if case.fault is None}
    assert set(rule.types) - {EVERY} <= judged | passed


def test_rule_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_rules_of_the_mission_are_mandatory() -> None:
    mission = {rule.concern for rule in RULES if rule.mission}
    assert mission == {"encryption", "firewall", "tracing", "logs", "reach", "governance"}
    assert {rule.level for rule in RULES if rule.mission} == {Level.MANDATORY}
    assert {rule.level for rule in RULES if rule.concern in mission and not rule.mission} <= {Level.ADVISORY}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_rule_says_what_to_set_and_where_to_read_about_it(rule: Rule) -> None:
    assert rule.source.startswith("https://docs.aws.amazon.com/")
    assert "_" in rule.fix or "name" in rule.fix or "." in rule.fix
    assert rule.title.endswith(".")


def test_a_rule_that_fails_names_itself_the_resource_and_the_place_but_no_value() -> None:
    def broken(subject: Resource, _context: Context) -> str:
        raise ValueError(subject.read("password"))

    rule = Rule(
        id="broken", title="", types=("aws:x/y:Y",), judge=broken, fix="", severity=Severity.LOW, source=""
    )
    subject = resource("aws:x/y:Y", {"password": "hunter2"})
    with pytest.raises(
        RuleError, match=r"policy rule broken failed on urn:.*ValueError at test_rules\.py:"
    ) as raised:
        judge([rule], Context(graph=Graph([subject]), retention_days=7))
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_no_finding_holds_a_value() -> None:
    for case in CASES:
        values = {value for one in case.resources for value in texts(one.properties) if len(value) > 5}
        for finding in findings(case, case.resources):
            assert not [value for value in values if value in finding.fault]


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []
