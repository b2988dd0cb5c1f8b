"""What a judgement makes of rules, exemptions and configuration together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from policy import configuration, exemptions, judgement
from policy.configuration import read
from policy.exemptions import Exemption, Exemptions
from policy.graph import UNKNOWN, Graph, Resource
from policy.judgement import Terms, judge_resource, judge_stack
from policy.rule import Finding, Level, Outcome, Rule, RuleError
from policy.rules import BY_ID
from tests.policy.cases.case import UNKNOWN_FLAG, resource

TODAY = date(2027, 3, 1)
PROJECT = "omnitrack"
TOPIC = "aws:sns/topic:Topic"
NEWS = resource(TOPIC, {}, name="news")
ENCRYPTED = BY_ID["sns-topic-cmk"]
RELATION = BY_ID["apigw-stage-waf"]
STACK_URN = "urn:pulumi:production::omnitrack::pulumi:pulumi:Stack::omnitrack-production"


def terms(
    *entries: Exemption,
    document: Mapping[str, Any] | None = None,
    rules: tuple[Rule, ...] = (ENCRYPTED,),
    stack: str = "production",
) -> Terms:
    return Terms(
        stack=stack,
        configuration=read(stack, document or {}),
        exemptions=Exemptions(entries=entries, today=TODAY),
        rules=rules,
    )


def exempting(subject: Resource = NEWS, rule: str = "sns-topic-cmk", **changes: Any) -> Exemption:
    fields = {
        "rule": rule,
        "resource": subject.urn,
        "reason": "public news only",
        "owner": "platform",
        "ticket": "OPS-7",
        "expires": TODAY + timedelta(days=9),
        "line": 4,
    }
    return Exemption(**{**fields, **changes})


def judged(judged_by: Terms, *resources: Resource) -> list[Finding]:
    return judge_stack(Graph(resources or (NEWS,)), judged_by, project=PROJECT)


def told(findings: list[Finding]) -> list[tuple[str, str, bool]]:
    return [(finding.rule.id, finding.urn, finding.stops) for finding in findings]


def test_a_violation_stops() -> None:
    assert told(judged(terms())) == [("sns-topic-cmk", NEWS.urn, True)]


def test_an_exempted_violation_is_told_and_does_not_stop() -> None:
    (finding,) = judged(terms(exempting()))
    assert not finding.stops
    assert finding.outcome is Outcome.VIOLATION
    assert finding.exemption is not None
    assert finding.exemption.days_left(TODAY) == 9


def test_an_exemption_holds_for_its_resource_and_its_rule_only() -> None:
    other = resource(TOPIC, {}, name="other")
    findings = judged(terms(exempting()), NEWS, other)
    assert told(findings) == [("sns-topic-cmk", NEWS.urn, False), ("sns-topic-cmk", other.urn, True)]
    queue = exempting(rule="sqs-queue-cmk")
    assert told(judged(terms(queue)))[0] == ("sns-topic-cmk", NEWS.urn, True)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "has expired"),
        ({"expires": TODAY + timedelta(days=91)}, "ends in more than 90 days"),
        ({"reason": ""}, "has no reason"),
        ({"unknown_fields": ("until",)}, "has the unknown field until"),
        ({"rule": "no-such-rule"}, "names a rule that nobody can be exempted from"),
        ({"rule": "exemption-valid"}, "names a rule that nobody can be exempted from"),
    ],
)
def test_a_faulty_exemption_exempts_nobody_and_is_a_violation_of_the_stack(
    changes: dict[str, Any], fault: str
) -> None:
    violation, faulty = judged(terms(exempting(**changes)))
    assert violation.stops
    assert told([faulty]) == [("exemption-valid", STACK_URN, True)]
    assert faulty.fault.startswith(f"has an exemption at policy/exemptions.yaml:4 that {fault}")


def test_an_exemption_that_nothing_matches_is_a_violation() -> None:
    kept = resource(TOPIC, {"kmsMasterKeyId": "alias/omnitrack"}, name="news")
    (finding,) = judged(terms(exempting()), kept)
    assert (finding.urn, finding.stops) == (STACK_URN, True)
    assert finding.fault.startswith("has an exemption at policy/exemptions.yaml:4 that nothing matches")


def test_the_second_of_two_equal_exemptions_matches_nothing() -> None:
    first, second = judged(terms(exempting(line=4), exempting(line=11)))
    assert first.exemption is not None
    assert first.exemption.line == 4
    assert "policy/exemptions.yaml:11 that nothing matches" in second.fault


def test_exemptions_of_other_stages_are_their_business() -> None:
    elsewhere = resource(TOPIC, {}, stage="staging", name="news")
    assert told(judged(terms(exempting(elsewhere, reason="")))) == [("sns-topic-cmk", NEWS.urn, True)]
    nowhere = resource(TOPIC, {}, stage="stagign", name="news")
    assert [finding.urn for finding in judged(terms(exempting(nowhere)))] == [NEWS.urn, STACK_URN]


def test_nobody_is_exempted_from_governance() -> None:
    (stack,) = judged(terms(exempting(reason="")), resource("aws:sqs/queue:Queue", {}))
    entry = Exemption(**{**vars(exempting()), "rule": stack.rule.id, "resource": stack.urn})
    assert told(judged(terms(entry, document={ENCRYPTED.id: "disabled"}), NEWS)) == [
        ("sns-topic-cmk", NEWS.urn, True),
        ("configuration-valid", STACK_URN, True),
        ("exemption-valid", STACK_URN, True),
    ]


def test_a_lowered_mission_rule_still_stops_and_its_lowering_is_a_violation() -> None:
    for level in ("advisory", "disabled"):
        violation, lowered = judged(terms(document={ENCRYPTED.id: level}))
        assert (violation.level, violation.stops) == (Level.MANDATORY, True)
        assert told([lowered]) == [("configuration-valid", STACK_URN, True)]
        assert lowered.fault == "lowers sns-topic-cmk, a rule of the mission"


def test_other_rules_have_the_level_of_the_stage() -> None:
    rule = next(one for one in BY_ID.values() if not one.mission and one.level is Level.MANDATORY)
    rule = replace(rule, types=(TOPIC,), related=(), judge=lambda _resource, _context: "is wrong")
    assert [one.stops for one in judged(terms(rules=(rule,)))] == [True]
    assert [one.stops for one in judged(terms(rules=(rule,), document={rule.id: "advisory"}))] == [False]
    assert judged(terms(rules=(rule,), document={rule.id: "disabled"})) == []
    assert (
        judged(terms(rules=(rule,), document={"all": "disabled", MISSION_FIRST: "mandatory"}))[0].urn
        == STACK_URN
    )


MISSION_FIRST = next(rule.id for rule in BY_ID.values() if rule.mission)


def test_an_advisory_rule_stops_where_the_stage_raises_it() -> None:
    rule = next(one for one in BY_ID.values() if one.level is Level.ADVISORY)
    rule = replace(rule, types=(TOPIC,), related=(), judge=lambda _resource, _context: "is wrong")
    assert [one.stops for one in judged(terms(rules=(rule,)))] == [False]
    assert [one.stops for one in judged(terms(rules=(rule,), document={rule.id: "mandatory"}))] == [True]


def test_what_is_undecided_stops_for_the_mission_only() -> None:
    machine = resource(
        "aws:sfn/stateMachine:StateMachine", {"tracingConfiguration": {"enabled": UNKNOWN_FLAG}}
    )
    traced = BY_ID["sfn-xray"]
    assert [one.stops for one in judged(terms(rules=(traced,)), machine)] == [True]
    beyond = replace(traced, mission=False)
    (finding,) = judged(terms(rules=(beyond,)), machine)
    assert (finding.outcome, finding.stops) == (Outcome.UNDECIDED, False)
    exempted = terms(exempting(machine, "sfn-xray"), rules=(traced,))
    assert [one.stops for one in judged(exempted, machine)] == [False]


def test_the_retention_that_the_stack_means_counts_where_it_is_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = configuration.Configuration(stage="staging", retention_days=14)
    monkeypatch.setattr(configuration, "load", lambda _stage, **_options: found)
    monkeypatch.setattr(exemptions, "load", lambda *, today: Exemptions(entries=(), today=today))
    for meant, wanted in ((0, 14), (14, 14), (15, 15), (365, 365)):
        assert judgement.terms_of("staging", retention_days=meant).configuration.retention_days == wanted


def test_the_retention_of_the_terms_is_what_log_groups_are_held_to() -> None:
    group = resource("aws:cloudwatch/logGroup:LogGroup", {"name": "/x", "retentionInDays": 30.0})
    rules = (BY_ID["log-group-retention"],)
    assert judged(terms(rules=rules), group) == []
    raised = terms(rules=rules, document={"log-group-retention": {"retentionDays": 31}})
    assert told(judged(raised, group)) == [("log-group-retention", group.urn, True)]


def test_one_resource_is_not_asked_for_what_needs_the_stack() -> None:
    stage = resource("aws:apigateway/stage:Stage", {"restApi": "a", "stageName": "b"})
    both = terms(rules=(RELATION, ENCRYPTED))
    assert judge_resource(stage, both) == []
    assert [one.rule.id for one in judge_resource(NEWS, both)] == ["sns-topic-cmk"]
    assert [one.rule.id for one in judged(both, stage)] == ["apigw-stage-waf"]


def test_one_resource_is_exempted_as_the_stack_is() -> None:
    assert [one.stops for one in judge_resource(NEWS, terms(exempting()))] == [False]


def test_a_rule_that_fails_says_so_with_its_name_and_its_resource() -> None:
    def fail(_resource: Resource, _context: object) -> None:
        raise KeyError("hunter2")

    with pytest.raises(RuleError) as error:
        judged(terms(rules=(replace(ENCRYPTED, judge=fail),)))
    assert str(error.value).startswith(f"policy rule sns-topic-cmk failed on {NEWS.urn}: KeyError at ")
    assert "hunter2" not in str(error.value)


def test_an_undecided_rule_says_nothing_of_a_value() -> None:
    rule = replace(ENCRYPTED, judge=lambda _resource, _context: UNKNOWN)
    (finding,) = judged(terms(rules=(rule,)))
    assert finding.fault == "cannot be judged yet, a value is known only after the deployment"
