"""The server that reads a resource once says what the SDK's own says, which reads it for every policy."""

from collections.abc import Container
from typing import Any

import pulumi_policy.policy as sdk
import pytest
from pulumi_policy import EnforcementLevel

from policy.analyzer import Analyzer
from policy.pack import Run, policies
from policy.rules import BY_ID
from tests.policy.cases import CASES
from tests.policy.cases.case import Case
from tests.policy.conftest import resource_request, stack_request
from tests.policy.levels import OwnLevels
from tests.policy.verdicts import CASES_OF

NAMED = ("omnitrack", "0.0.1")
LEVEL = EnforcementLevel.MANDATORY
ALL = frozenset(one.name for one in policies(Run()))
OF_NO_RULE = ALL - set(BY_ID)
"""The policies that tell what rules leave undecided and what is exempted."""
FIRST_OF_TYPE = {case.resources[0].type: case for case in reversed(CASES)}


@pytest.fixture(scope="module")
def ours() -> Analyzer:
    run = OwnLevels()
    return Analyzer(run, *NAMED, policies(run), LEVEL)


def of_the_sdk(names: Container[str]) -> Any:
    """The SDK's server of these policies; it takes the longer, the more there are."""
    chosen = [one for one in policies(OwnLevels()) if one.name in names]
    return sdk._PolicyAnalyzerServicer(*NAMED, chosen, LEVEL)


def said(server: Any, case: Case, names: Container[str]) -> list[list[Any]]:
    """What these policies of a server answer to all that the engine asks about a case."""
    answers = [
        *(server.Analyze(resource_request(one), None) for one in case.resources),
        server.AnalyzeStack(stack_request(case.resources), None),
    ]
    return [[told for told in answer.diagnostics if told.policyName in names] for answer in answers]


@pytest.mark.parametrize("rule_id", [id_ for id_, cases in CASES_OF.items() if cases])
def test_both_say_the_same_of_the_cases_of_a_rule(ours: Analyzer, rule_id: str) -> None:
    names = OF_NO_RULE | {rule_id}
    theirs = of_the_sdk(names)
    cases = CASES_OF[rule_id]
    different = [str(case) for case in cases if said(ours, case, names) != said(theirs, case, names)]
    assert not different, "\n".join(different)


def test_both_say_the_same_of_every_type_by_all_policies(ours: Analyzer) -> None:
    theirs = of_the_sdk(ALL)
    cases = FIRST_OF_TYPE.values()
    different = [str(case) for case in cases if said(ours, case, ALL) != said(theirs, case, ALL)]
    assert not different, "\n".join(different)
