"""What a rule says of a case, in any form of its resources, beside what the case expects."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pulumi_policy.proxy import unknown_checking_proxy

from policy.graph import Graph, Resource
from policy.rule import Context, Finding, Outcome, RuleError, judge
from policy.rules import BY_ID
from policy.stages import retention_floor, stage_of
from tests.policy.cases import CASES
from tests.policy.cases.case import Case, RawResource

CASES_OF = {id_: [case for case in CASES if case.rule == id_] for id_ in BY_ID}
"""The cases by the id of their rule."""

Form = Callable[[Case], Sequence[Resource]]
"""Makes of a case the resources that are judged in place of its own."""


def findings(case: Case, resources: Sequence[Resource]) -> list[Finding]:
    """What the case's rule says about the first resource."""
    days = retention_floor(stage_of(resources[0].urn))
    found = judge([BY_ID[case.rule]], Context(graph=Graph(resources), retention_days=days))
    return [finding for finding in found if finding.urn == resources[0].urn]


def expected(case: Case) -> list[str]:
    """How what is said of the case must begin: with its outcome, and with the whole fault."""
    if case.fault is None:
        return [f"{Outcome.UNDECIDED}: "] * case.undecided
    subject = case.resources[0]
    fault = f'{case.rule}: {subject.type} "{subject.name}" {case.fault}: {BY_ID[case.rule].fix} ['
    return [f"{Outcome.VIOLATION}: {fault}"]


def difference(case: Case, resources: Sequence[Resource]) -> str | None:
    """How the rule's word on these resources differs from what the case expects; None where it does not."""
    wanted = expected(case)
    try:
        said = [f"{found.outcome}: {found.message}" for found in findings(case, resources)]
    except RuleError as error:
        said = [str(error)]
    if len(said) == len(wanted) and all(map(str.startswith, said, wanted)):
        return None
    return f"{case}: expected {wanted}, found {said}"


def differences(cases: Iterable[Case], form: Form) -> str:
    """The differences of all cases in a form, a line each."""
    return "\n".join(filter(None, (difference(case, form(case)) for case in cases)))


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


def all_proxied(case: Case) -> list[Resource]:
    """The case's resources as the SDK hands them out."""
    return [proxied(one) for one in case.resources]


def as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
