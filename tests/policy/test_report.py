"""What people read at a terminal, and the document that all reports are made from."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from policy.exemptions import Exemption
from policy.graph import Graph
from policy.places import Place
from policy.report import STOPPED, console, document, render
from policy.rule import Context, Finding, Level, Outcome, judge
from policy.rules import BY_ID, RULES, governance
from tests.policy.cases.case import UNKNOWN_FLAG, resource

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
UNDECIDED = "cannot be judged yet, a value is known only after the deployment"
TODAY = date(2027, 3, 1)
SFN = BY_ID["sfn-xray"]
KNOWN_AS = "; ".join([SFN.severity.value, ", ".join(SFN.frameworks)])
ADVICE = f"{SFN.fix} [{KNOWN_AS}] ({SFN.source})"


def urn(name: str) -> str:
    return f"urn:pulumi:production::omnitrack::{STATE_MACHINE}::{name}"


def findings(*enabled: object) -> list[Finding]:
    resources = [
        resource(STATE_MACHINE, {"tracingConfiguration": {"enabled": value}}, name=f"m{index}")
        for index, value in enumerate(enabled)
    ]
    return judge([SFN], Context(graph=Graph(resources), retention_days=7))


def exempted(finding: Finding, days: int = 12) -> Finding:
    entry = Exemption(
        rule=finding.rule.id,
        resource=finding.urn,
        reason="the old workflow ends",
        owner="platform",
        ticket="OPS-7",
        expires=TODAY + timedelta(days=days),
        line=3,
    )
    return replace(finding, exemption=entry)


def built(*found: Finding, refusals: tuple[str, ...] = ()) -> document.Document:
    places = {urn("m0"): (Place("components/flow.py", 31), Place("__main__.py", 80))}
    return document.build(stack="production", findings=found, places=places, refusals=refusals, today=TODAY)


def test_the_exit_code_is_the_one_that_the_sdk_reserves() -> None:
    assert STOPPED == 32


def test_violations_come_first_with_their_urn_and_are_counted() -> None:
    assert render(findings(UNKNOWN_FLAG, False)).splitlines() == [
        f'violation: sfn-xray: {STATE_MACHINE} "m1" does not trace: {ADVICE}',
        f"    {urn('m1')}",
        f'undecided: sfn-xray: {STATE_MACHINE} "m0" {UNDECIDED}: {ADVICE}',
        f"    {urn('m0')}",
        "policy: 1 violation, 1 undecided: nothing was changed",
    ]


def test_the_worst_violation_comes_first() -> None:
    resources = [resource(STATE_MACHINE, {}), resource("aws:sns/topic:Topic", {})]
    rules = [rule for rule in reversed(RULES) if rule.id in ("sfn-xray", "sns-topic-cmk")]
    lines = render(judge(rules, Context(graph=Graph(resources), retention_days=7))).splitlines()
    assert [line.split(": ")[1] for line in lines[:3:2]] == ["sns-topic-cmk", "sfn-xray"]


def test_what_is_undecided_of_the_mission_stops_too() -> None:
    told = render(findings(UNKNOWN_FLAG, UNKNOWN_FLAG)).splitlines()
    assert told[-1] == "policy: 0 violations, 2 undecided: nothing was changed"


def test_what_is_undecided_beyond_is_folded() -> None:
    found = [replace(one, rule=replace(SFN, mission=False)) for one in findings(UNKNOWN_FLAG, UNKNOWN_FLAG)]
    assert render(found).splitlines() == [
        "undecided, and no reason to stop: sfn-xray (2 resources)",
        "policy: 0 violations, 2 undecided: the deployment goes on",
    ]


def test_advice_stops_nothing() -> None:
    (advice,) = (replace(one, level=Level.ADVISORY) for one in findings(False))
    told = render([advice]).splitlines()
    assert told[0].startswith("advisory: sfn-xray: ")
    assert told[-1] == "policy: 0 violations, 0 undecided, 1 advisory: the deployment goes on"


def test_nothing_found_is_a_line() -> None:
    assert render([]) == "policy: 0 violations, 0 undecided: the deployment goes on"


@pytest.mark.parametrize(("days", "left"), [(12, "12 days"), (1, "1 day"), (0, "0 days")])
def test_exempted_ones_come_last_with_the_days_they_have_left(days: int, left: str) -> None:
    first, second = findings(False, False)
    told = console.told(built(exempted(first, days), second)).splitlines()
    assert told[0].startswith(f'violation: sfn-xray: {STATE_MACHINE} "m1"')
    assert told[2:] == [
        f'exempted, {left} left: sfn-xray: {STATE_MACHINE} "m0" does not trace: {ADVICE}',
        f"    {urn('m0')}",
        "    components/flow.py:31 < __main__.py:80",
        "    the old workflow ends (platform, OPS-7)",
        "policy: 1 violation, 0 undecided, 1 exempted: production failed",
    ]


def test_the_verdict_stands_in_the_last_line() -> None:
    assert console.told(built()) == "policy: 0 violations, 0 undecided: production passed\n"
    assert console.told(built(refusals=("it hides.",))).splitlines() == [
        "refused: it hides.",
        "policy: 0 violations, 0 undecided: production failed, 1 way around the guard",
    ]
    assert console.told(document.failed("staging", "no program")).splitlines() == [
        "error: no program",
        "policy of staging: failed, nothing was judged",
    ]


def test_a_name_commands_no_terminal() -> None:
    found = findings(False)[0]
    named = replace(found, resource=replace(found.resource, name="a\x1b[2Jb\nviolation: c"))
    assert "\x1b" not in render([named])
    assert len(render([named]).splitlines()) == 3


def test_the_document_says_everything_but_values() -> None:
    finding = findings(False)[0]
    told = built(exempted(finding))
    assert told == {
        "version": 1,
        "stack": "production",
        "verdict": "passed",
        "counts": {"violations": 0, "advisories": 0, "undecided": 0, "exempted": 1},
        "findings": [
            {
                "rule": "sfn-xray",
                "concern": "tracing",
                "title": SFN.title,
                "level": "mandatory",
                "severity": SFN.severity.value,
                "outcome": "violation",
                "stops": False,
                "urn": urn("m0"),
                "type": STATE_MACHINE,
                "name": "m0",
                "fault": "does not trace",
                "fix": SFN.fix,
                "source": SFN.source,
                "frameworks": list(SFN.frameworks),
                "message": finding.message,
                "place": {"file": "components/flow.py", "line": 31},
                "related": [{"file": "__main__.py", "line": 80}],
                "exemption": {
                    "reason": "the old workflow ends",
                    "owner": "platform",
                    "ticket": "OPS-7",
                    "expires": "2027-03-13",
                    "daysLeft": 12,
                },
            }
        ],
        "refusals": [],
        "error": None,
    }
    assert json.loads(document.render(told)) == told


def test_each_finding_is_counted_once() -> None:
    first, second, third, fourth = findings(False, False, False, UNKNOWN_FLAG)
    told = built(first, exempted(second), replace(third, level=Level.ADVISORY), fourth)
    assert told["counts"] == {"violations": 1, "advisories": 1, "undecided": 1, "exempted": 1}
    assert [one["name"] for one in told["findings"]] == ["m0", "m3", "m2", "m1"]
    assert told["verdict"] == "failed"


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        (
            "has an exemption at policy/exemptions.yaml:12 that has expired",
            {"file": "policy/exemptions.yaml", "line": 12},
        ),
        ("lowers sfn-xray", {"file": "policy/config/production.json", "line": 1}),
    ],
)
def test_findings_about_files_have_their_place_there(fault: str, place: object) -> None:
    rule = governance.EXEMPTIONS if "exemption" in fault else governance.CONFIGURATION
    finding = Finding(rule=rule, resource=resource("x:y:Z", {}), fault=fault, outcome=Outcome.VIOLATION)
    (told,) = built(finding)["findings"]
    assert (told["place"], told["related"], told["concern"]) == (place, [], "governance")


def test_a_resource_that_nobody_has_seen_has_no_place() -> None:
    (told,) = document.entries(findings(False), {}, TODAY)
    assert (told["place"], told["related"]) == (None, [])
