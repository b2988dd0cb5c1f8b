"""Each case of each rule, on plain properties and on those that the policy SDK hands out."""

from collections import Counter
from typing import Any

import pytest
from pulumi_policy.proxy import unknown_checking_proxy

from policy.graph import UNKNOWN, Graph, Resource
from policy.rule import EVERY, Context, Finding, Level, Outcome, Rule, RuleError, Severity, judge
from policy.rules import CONCERNS, RULES
from policy.stages import retention_floor, stage_of
from tests.policy.cases import CASES
from tests.policy.cases.case import Case, Kind, RawResource, resource

BY_ID = {rule.id: rule for rule in RULES}


def findings(case: Case, resources: list[Resource]) -> list[Finding]:
    """What the case's rule says about its first resource."""
    days = retention_floor(stage_of(resources[0].urn))
    found = judge([BY_ID[case.rule]], Context(graph=Graph(resources), retention_days=days))
    return [finding for finding in found if finding.urn == resources[0].urn]


def proxied(one: Resource) -> Resource:
    """The resource with its properties behind the SDK's proxies and its numbers as floats."""
    assert isinstance(one, RawResource)
    return Resource(
        urn=one.urn,
        type=one.type,
        name=one.name,
        properties=unknown_checking_proxy(as_floats(dict(one.raw))),
        outputs=unknown_checking_proxy(as_floats(dict(one.raw_outputs))),
        dependencies=one.dependencies,
    )


def as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def expect(case: Case, found: list[Finding]) -> None:
    if case.fault is not None:
        subject = case.resources[0]
        assert [finding.outcome for finding in found] == [Outcome.VIOLATION]
        assert found[0].message.startswith(
            f'{case.rule}: {subject.type} "{subject.name}" {case.fault}: {BY_ID[case.rule].fix} ('
        )
    else:
        assert [finding.outcome for finding in found] == [Outcome.UNDECIDED] * case.undecided


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_says_what_the_case_expects(case: Case) -> None:
    expect(case, findings(case, list(case.resources)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_says_the_same_of_proxied_properties(case: Case) -> None:
    expect(case, findings(case, [proxied(one) for one in case.resources]))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_unknown_value_elsewhere_changes_nothing(case: Case) -> None:
    subject, *others = case.resources
    clouded = resource(
        subject.type,
        {**subject.properties, "description": UNKNOWN},
        name=subject.name,
        stage=stage_of(subject.urn),
        outputs=subject.outputs,
    )
    clouded = Resource(
        urn=clouded.urn,
        type=clouded.type,
        name=clouded.name,
        properties=clouded.properties,
        outputs=clouded.outputs,
        dependencies=subject.dependencies,
    )
    unrelated = resource("aws:iam/role:Role", {"name": UNKNOWN}, name="unrelated")
    expect(case, findings(case, [clouded, *others, unrelated]))


def test_case_names_are_unique() -> None:
    assert [name for name, count in Counter(map(str, CASES)).items() if count > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_rule_has_cases_for_missing_wrong_unknown_and_correct(rule: Rule) -> None:
    kinds = {case.kind for case in CASES if case.rule == rule.id}
    of_values = set() if EVERY in rule.types else {Kind.MISSING, Kind.UNKNOWN}
    assert {Kind.WRONG, Kind.CORRECT} | of_values <= kinds


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_rule_has_cases_of_all_its_types(rule: Rule) -> None:
    judged = {case.resources[0].type for case in CASES if case.rule == rule.id and case.fault is not None}
    passed = {case.resources[0].type for case in CASES if case.rule == rule.id and case.fault is None}
    assert set(rule.types) - {EVERY} <= judged | passed


def test_rule_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_rules_of_the_mission_are_mandatory() -> None:
    assert set(CONCERNS) == {"encryption", "firewall", "tracing", "logs", "reach"}
    assert {rule.level for rule in RULES} == {Level.MANDATORY}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_rule_says_what_to_set_and_where_to_read_about_it(rule: Rule) -> None:
    assert rule.source.startswith("https://docs.aws.amazon.com/")
    assert "_" in rule.fix or "name" in rule.fix


def test_a_rule_that_fails_names_itself_the_resource_and_the_place_but_no_value() -> None:
    def broken(subject: Resource, _context: Context) -> str:
        raise ValueError(subject.read("password"))

    rule = Rule(id="broken", types=("aws:x/y:Y",), judge=broken, fix="", severity=Severity.LOW, source="")
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
        for finding in findings(case, list(case.resources)):
            assert not [value for value in values if value in finding.fault]


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []
