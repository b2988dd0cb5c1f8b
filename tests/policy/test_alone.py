"""What a resource of a relation tells by itself, before it is made: never more than the whole stack does."""

import pytest

from policy.graph import UNKNOWN, Graph
from policy.rule import Context, Rule
from policy.rules import RULES
from tests.policy.cases.case import Case, resource
from tests.policy.verdicts import CASES_OF

WITH_A_PART = [rule for rule in RULES if rule.alone is not None]
EARLY = {
    "cloudfront-waf": {
        "nothing set",
        "an empty id",
        "a regional web ACL by its ARN",
        "a web ACL of AWS WAF Classic, which AWS has ended",
        "a topic by its ARN",
    },
    "waf-log-destination-name": {
        "a name without the prefix",
        "the prefix inside the name",
        "an unknown one does not hide a wrong one",
    },
    "no-secret-in-env": {
        "an access key",
        "as a secret",
        "an unknown one does not hide a wrong one",
    },
}
"""Cases that need no other resource to be told."""


def said_alone(rule: Rule, case: Case) -> object:
    subject = case.resources[0]
    assert rule.alone is not None
    return rule.alone(subject, Context(graph=Graph([subject]), retention_days=30))


@pytest.mark.parametrize("rule", WITH_A_PART, ids=lambda rule: str(rule.id))
def test_what_is_said_alone_is_said_of_the_stack_too(rule: Rule) -> None:
    told = {case.name: said_alone(rule, case) for case in CASES_OF[rule.id] if case.fault is None}
    assert [name for name, verdict in told.items() if isinstance(verdict, str)] == []


@pytest.mark.parametrize(("rule_id", "names"), EARLY.items())
def test_what_needs_no_other_resource_is_said_at_once(rule_id: str, names: set[str]) -> None:
    (rule,) = (one for one in WITH_A_PART if one.id == rule_id)
    said = {case.name: said_alone(rule, case) for case in CASES_OF[rule_id]}
    faults = {case.name: case.fault for case in CASES_OF[rule_id]}
    assert {name: said[name] for name in names} == {name: faults[name] for name in names}


def test_what_comes_from_another_resource_waits_for_the_stack() -> None:
    subject = resource("aws:lambda/function:Function", {"environment": {"variables": {"TOKEN": UNKNOWN}}})
    (rule,) = (one for one in WITH_A_PART if one.id == "no-secret-in-env")
    assert rule.alone is not None
    assert rule.alone(subject, Context(graph=Graph([subject]), retention_days=30)) is None
