"""What code scanning gets: SARIF 2.1.0 as the standard and GitHub want it.

Sections are those of https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from policy.places import Place
from policy.report import document, sarif
from policy.report.document import Document
from policy.rule import Level
from policy.rules import RULES
from tests.policy.cases.case import UNKNOWN_FLAG
from tests.policy.test_report import SFN, TODAY, built, exempted, findings, urn

LEVELS = {"none", "note", "warning", "error"}  # 3.27.10
KINDS = {"inSource", "external"}  # 3.35.2
STATUSES = {"accepted", "underReview", "rejected"}  # 3.35.3
BASE = re.compile(r"%[^%]+%|[A-Za-z_]\w*")  # 3.14.14
FIELDS = {
    "run": {"tool", "automationDetails", "originalUriBaseIds", "columnKind", "invocations", "results"},
    "result": {
        "ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "partialFingerprints",
        "suppressions", "properties",
    },
    "rule": {"id", "shortDescription", "help", "helpUri", "defaultConfiguration", "properties"},
    "location": {"id", "physicalLocation", "logicalLocations", "message"},
    "logicalLocation": {"fullyQualifiedName", "name", "kind"},
    "suppression": {"kind", "status", "justification"},
}  # fmt: skip
"""The fields in use, each of the standard's schema, which allows no others."""


def run_of(told: Document) -> dict[str, Any]:
    log = json.loads(sarif.render(told))
    assert log["version"] == "2.1.0"
    assert set(log) == {"$schema", "version", "runs"}
    (run,) = log["runs"]
    return dict(run)


def everything() -> Document:
    first, second, third, fourth = findings(False, False, UNKNOWN_FLAG, UNKNOWN_FLAG)
    return built(
        first,
        replace(second, level=Level.ADVISORY),
        third,
        replace(fourth, rule=replace(SFN, mission=False)),
        exempted(findings(False)[0]),
        refusals=("it hides.",),
    )


def locations(run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for result in run["results"]:
        yield from result["locations"]
        yield from result.get("relatedLocations", ())


def test_only_fields_of_the_standard_are_used() -> None:
    run = run_of(everything())
    assert set(run) <= FIELDS["run"]
    assert set(run["tool"]) == {"driver"}
    assert set(run["tool"]["driver"]) <= {"name", "rules"}
    for rule in run["tool"]["driver"]["rules"]:
        assert set(rule) <= FIELDS["rule"]
    for result in run["results"]:
        assert set(result) <= FIELDS["result"]
        for suppression in result.get("suppressions", ()):
            assert set(suppression) <= FIELDS["suppression"]
    for location in locations(run):
        assert set(location) <= FIELDS["location"]
        for logical in location.get("logicalLocations", ()):
            assert set(logical) <= FIELDS["logicalLocation"]


def test_every_rule_is_described_once() -> None:
    """3.49: an id, what it is for, where to read, and GitHub's severity."""
    rules = run_of(built())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*(rule.id for rule in RULES), "guard-sees-everything"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert 0.0 < float(rule["properties"]["security-severity"]) <= 10.0
        tags = rule["properties"]["tags"]
        assert tags[0] == "security"
        assert len(tags) == len(set(tags)) <= 20
    for rule in rules[:-1]:
        assert urlsplit(rule["helpUri"]).scheme == "https"


def test_a_rule_carries_the_ids_under_which_others_know_it() -> None:
    (rule,) = (one for one in run_of(built())["tool"]["driver"]["rules"] if one["id"] == "sfn-xray")
    assert rule["properties"]["tags"] == ["security", "tracing", *SFN.frameworks]
    assert rule["properties"]["severity"] == SFN.severity.value


@pytest.mark.parametrize(
    ("severity", "least", "most"),
    [("critical", 9.0, 10), ("high", 7, 8.9), ("medium", 4, 6.9), ("low", 0.1, 3.9)],
)
def test_severities_are_those_of_github(severity: str, least: float, most: float) -> None:
    assert least <= float(sarif.SCORES[severity]) <= most


def test_results_are_well_formed() -> None:
    run = run_of(everything())
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 6
    for result in run["results"]:
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1  # GitHub drops a result without one
        assert all(re.fullmatch(r"[\w/:]+", value) for value in result["partialFingerprints"].values())
        for suppression in result.get("suppressions", ()):
            assert suppression["kind"] in KINDS
            assert suppression["status"] in STATUSES


def test_places_are_relative_to_the_root_of_the_repository() -> None:
    run = run_of(everything())
    for location in locations(run):
        physical = location["physicalLocation"]
        assert set(physical) == {"artifactLocation", "region"}
        uri, base = physical["artifactLocation"]["uri"], physical["artifactLocation"]["uriBaseId"]
        assert not urlsplit(uri).scheme
        assert not uri.startswith("/")
        assert BASE.fullmatch(base)
        assert base in run["originalUriBaseIds"]
        assert physical["region"]["startLine"] >= 1
    for result in run["results"]:
        related = [one["id"] for one in result.get("relatedLocations", ())]
        assert len(related) == len(set(related))  # 3.28.2


def test_a_violation_has_its_line_its_resource_and_the_way_there() -> None:
    (result,) = run_of(built(*findings(False)))["results"]
    assert result["ruleId"] == "sfn-xray"
    assert result["level"] == "error"
    assert result["message"]["text"] == findings(False)[0].message
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "components/flow.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 31},
    }
    assert location["logicalLocations"] == [
        {"fullyQualifiedName": urn("m0"), "name": "m0", "kind": "resource"}
    ]
    (related,) = result["relatedLocations"]
    assert related["id"] == 1
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"
    assert related["physicalLocation"]["region"] == {"startLine": 80}
    assert "suppressions" not in result


def test_a_file_name_is_a_uri() -> None:
    (finding,) = findings(False)
    places = {finding.urn: (Place("a b/c#d%.py", 1),)}
    told = document.build(stack="production", findings=[finding], places=places, refusals=[], today=TODAY)
    (result,) = run_of(told)["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w/.%-]+", uri)
    assert unquote(uri) == "a b/c#d%.py"


def test_levels_tell_what_stops_from_what_does_not() -> None:
    violation, advice, undecided, beyond = findings(False, False, UNKNOWN_FLAG, UNKNOWN_FLAG)
    told = built(
        violation,
        replace(advice, level=Level.ADVISORY),
        undecided,
        replace(beyond, rule=replace(SFN, mission=False)),
    )
    levels = {
        result["locations"][0]["logicalLocations"][0]["name"]: result["level"]
        for result in run_of(told)["results"]
    }
    assert levels == {"m0": "error", "m1": "warning", "m2": "error", "m3": "note"}


def test_an_exempted_finding_is_suppressed_with_its_reason() -> None:
    (result,) = run_of(built(exempted(findings(False)[0])))["results"]
    assert result["level"] == "error"
    assert result["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "the old workflow ends (platform, OPS-7, until 2027-03-13)",
        }
    ]


def fingerprints(*lines: int) -> list[str]:
    found = []
    for line in lines:
        (finding,) = findings(False)
        places = {finding.urn: (Place("components/flow.py", line),)}
        told = document.build(stack="production", findings=[finding], places=places, refusals=[], today=TODAY)
        found.append(json.dumps(run_of(told)["results"][0]["partialFingerprints"]))
    return found


def test_fingerprints_stay_when_lines_move_and_differ_where_a_line_makes_two() -> None:
    assert len(set(fingerprints(31, 32, 900))) == 1
    two = run_of(built(*findings(False, False)))["results"]
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in two}) == 2


def test_a_refusal_is_a_result_at_the_program() -> None:
    (result,) = run_of(built(refusals=("it hides.",)))["results"]
    assert (result["ruleId"], result["level"]) == ("guard-sees-everything", "error")
    assert result["message"] == {"text": "it hides."}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"


def test_a_finding_without_a_place_is_shown_at_the_program() -> None:
    told = document.build(stack="production", findings=findings(False), places={}, refusals=[], today=TODAY)
    (result,) = run_of(told)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"
    assert "relatedLocations" not in result


def test_a_failed_run_says_so() -> None:
    """3.20.14: a reader must not take the absence of results for their absence."""
    run = run_of(document.failed("production", "no program"))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"] == [{"level": "error", "message": {"text": "no program"}}]
    assert run["results"] == []
    assert run_of(built())["invocations"] == [{"executionSuccessful": True}]


def test_each_stack_has_alerts_of_its_own() -> None:
    staging = document.build(stack="staging", findings=[], places={}, refusals=[], today=TODAY)
    assert run_of(staging)["automationDetails"] == {"id": "omnitrack-policy/staging/"}
