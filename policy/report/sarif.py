"""The report for code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).

What is unusual: `primaryLocationLineHash`, by which GitHub recognises an alert, is made of rule and URN, not
of the line. A component makes many resources in one line, and a line moves while the resource stays.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from policy.report.document import Document, Entry, PlaceEntry, kind
from policy.rule import Level, Rule, Severity
from policy.rules import RULES

TOOL: Final = "omnitrack-policy"
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
BASE: Final = "%SRCROOT%"
PROGRAM: Final[PlaceEntry] = {"file": "__main__.py", "line": 1}
"""Where a finding is shown that no line makes: GitHub drops a result without a place."""
SCORES: Final[Mapping[str, str]] = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
}
"""By GitHub's scale: critical above 9.0, high from 7.0, medium from 4.0."""
GUARD_RULE: Final = "guard-sees-everything"


def render(document: Document, rules: Sequence[Rule] = RULES) -> str:
    """The document as SARIF.

    Args:
        document: what the judgement found.
        rules: all rules that were asked, whether they found anything or not.
    """
    described = [*(_described(rule) for rule in rules), _GUARD]
    places = {rule["id"]: index for index, rule in enumerate(described)}
    results = [_result(entry, places) for entry in document["findings"]]
    results += [_refusal(sentence, places) for sentence in document["refusals"]]
    error = document["error"]
    invocation: dict[str, Any] = {"executionSuccessful": error is None}
    if error is not None:
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": error}}]
    run = {
        "tool": {"driver": {"name": TOOL, "rules": described}},
        "automationDetails": {"id": f"{TOOL}/{document['stack']}/"},
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _described(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"Fix: {rule.fix}."},
        "helpUri": rule.source,
        "defaultConfiguration": {"level": "error" if rule.level is Level.MANDATORY else "warning"},
        "properties": {
            "severity": rule.severity.value,
            "security-severity": SCORES[rule.severity],
            "tags": _unique(("security", rule.concern, *rule.frameworks)),
        },
    }
    return described


_GUARD: Final[dict[str, Any]] = {
    "id": GUARD_RULE,
    "shortDescription": {"text": "Nothing changes a resource after the guard has seen it."},
    "help": {"text": "Fix: do as the finding says, so that the guard judges what is deployed."},
    "defaultConfiguration": {"level": "error"},
    "properties": {
        "severity": Severity.CRITICAL.value,
        "security-severity": SCORES[Severity.CRITICAL],
        "tags": ["security", "governance"],
    },
}


def _result(entry: Entry, indexes: Mapping[str, int]) -> dict[str, Any]:
    place = entry["place"] or PROGRAM
    resource = {"fullyQualifiedName": entry["urn"], "name": entry["name"], "kind": "resource"}
    result: dict[str, Any] = {
        "ruleId": entry["rule"],
        **({"ruleIndex": indexes[entry["rule"]]} if entry["rule"] in indexes else {}),
        "level": _level(entry),
        "message": {"text": entry["message"]},
        "locations": [{"physicalLocation": _physical(place), "logicalLocations": [resource]}],
        "partialFingerprints": _fingerprints(entry["rule"], entry["urn"]),
        "properties": {"outcome": entry["outcome"], "type": entry["type"]},
    }
    if entry["related"]:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(one), "message": {"text": "called from here"}}
            for number, one in enumerate(entry["related"], 1)
        ]
    exemption = entry["exemption"]
    if exemption is not None:
        whose = f"{exemption['owner']}, {exemption['ticket']}, until {exemption['expires']}"
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{exemption['reason']} ({whose})",
            }
        ]
    return result


def _refusal(sentence: str, indexes: Mapping[str, int]) -> dict[str, Any]:
    return {
        "ruleId": GUARD_RULE,
        "ruleIndex": indexes[GUARD_RULE],
        "level": "error",
        "message": {"text": sentence},
        "locations": [{"physicalLocation": _physical(PROGRAM)}],
        "partialFingerprints": _fingerprints(GUARD_RULE, sentence),
    }


def _level(entry: Entry) -> str:
    match kind(entry):
        case "undecided":
            return "error" if entry["stops"] else "note"
        case "advisories":
            return "warning"
    return "error" if entry["level"] == Level.MANDATORY else "warning"


def _physical(place: PlaceEntry) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(place["file"]), "uriBaseId": BASE},
        "region": {"startLine": place["line"]},
    }


def _fingerprints(rule: str, subject: str) -> dict[str, str]:
    digest = hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()[:32]
    return {"primaryLocationLineHash": f"{digest}:1", "ruleAndResource/v1": digest}


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, texts)))
