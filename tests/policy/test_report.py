"""What people read at a terminal."""

from dataclasses import replace

from policy.graph import Graph
from policy.report import render
from policy.rule import Context, Level, judge
from policy.rules import RULES
from tests.policy.cases.case import UNKNOWN_FLAG, resource

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
UNDECIDED = "cannot be judged yet, a value is known only after the deployment"
ADVICE = (
    "set tracing_configuration with enabled=True "
    "(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html)"
)


def rendered(*enabled: object) -> list[str]:
    resources = [
        resource(STATE_MACHINE, {"tracingConfiguration": {"enabled": value}}, name=f"m{index}")
        for index, value in enumerate(enabled)
    ]
    return render(judge(RULES, Context(graph=Graph(resources), retention_days=7))).splitlines()


def test_violations_come_first_and_are_counted() -> None:
    assert rendered(UNKNOWN_FLAG, False) == [
        f'violation: sfn-xray: {STATE_MACHINE} "m1" does not trace: {ADVICE}',
        f'undecided: sfn-xray: {STATE_MACHINE} "m0" {UNDECIDED}: {ADVICE}',
        "policy: 1 violation, 1 undecided: nothing was changed",
    ]


def test_the_worst_violation_comes_first() -> None:
    resources = [resource(STATE_MACHINE, {}), resource("aws:sns/topic:Topic", {})]
    rules = [rule for rule in reversed(RULES) if rule.id in ("sfn-xray", "sns-topic-cmk")]
    lines = render(judge(rules, Context(graph=Graph(resources), retention_days=7))).splitlines()
    assert [line.split(": ")[1] for line in lines[:2]] == ["sns-topic-cmk", "sfn-xray"]


def test_what_is_undecided_stops_too() -> None:
    assert (
        rendered(UNKNOWN_FLAG, UNKNOWN_FLAG)[-1] == "policy: 0 violations, 2 undecided: nothing was changed"
    )


def test_advice_stops_nothing() -> None:
    (rule,) = (replace(rule, level=Level.ADVISORY) for rule in RULES if rule.id == "sfn-xray")
    machines = Graph([resource(STATE_MACHINE, {})])
    lines = render(judge([rule], Context(graph=machines, retention_days=7))).splitlines()
    assert lines[-1] == "policy: 0 violations, 0 undecided: the deployment goes on"
