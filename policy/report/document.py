"""The findings document: what a judgement found, as plain data. The other reports are made from it.

It holds names, texts of rules and places, never a property's value.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypedDict

from policy.exemptions import Exemption
from policy.places import Place
from policy.rule import Finding, Level, Outcome, Severity
from policy.rules import BY_ID, governance
from policy.stages import stage_of

VERSION: Final = 1
PASSED: Final = "passed"
FAILED: Final = "failed"
SEVERITIES: Final = list(Severity)
GOVERNANCE: Final = frozenset(rule.id for rule in governance.RULES)

_EXEMPTION = re.compile(r"policy/exemptions\.yaml:(?P<line>\d+)")


class PlaceEntry(TypedDict):
    """A line of a file of the repository."""

    file: str
    line: int


class ExemptionEntry(TypedDict):
    """Why a finding does not stop."""

    reason: str
    owner: str
    ticket: str
    expires: str
    daysLeft: int


class Entry(TypedDict):
    """One finding."""

    rule: str
    concern: str
    title: str
    level: str
    severity: str
    outcome: str
    stops: bool
    urn: str
    type: str
    name: str
    fault: str
    fix: str
    source: str
    frameworks: list[str]
    message: str
    place: PlaceEntry | None
    related: list[PlaceEntry]
    exemption: ExemptionEntry | None


class Document(TypedDict):
    """A judgement of one stack."""

    version: int
    stack: str
    verdict: str
    counts: dict[str, int]
    findings: list[Entry]
    refusals: list[str]
    error: str | None


def build(
    *,
    stack: str,
    findings: Sequence[Finding],
    places: Mapping[str, Sequence[Place]],
    refusals: Sequence[str],
    today: date,
) -> Document:
    """The document of a judgement.

    Args:
        stack: name of the stack.
        findings: what the rules found.
        places: for each URN the lines that make it, innermost first.
        refusals: ways around the guard, a sentence each.
        today: the day that exemptions count from.
    """
    listed = entries(findings, places, today)
    stopped = bool(refusals) or any(entry["stops"] for entry in listed)
    return {
        "version": VERSION,
        "stack": stack,
        "verdict": FAILED if stopped else PASSED,
        "counts": counts(listed),
        "findings": listed,
        "refusals": list(refusals),
        "error": None,
    }


def failed(stack: str, error: str) -> Document:
    """The document of a program that could not be judged."""
    return {
        "version": VERSION,
        "stack": stack,
        "verdict": FAILED,
        "counts": counts([]),
        "findings": [],
        "refusals": [],
        "error": error,
    }


def render(document: Document) -> str:
    """The document as JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def entries(findings: Sequence[Finding], places: Mapping[str, Sequence[Place]], today: date) -> list[Entry]:
    """The findings, those that stop first and the worst of them on top; exempted ones last."""
    listed = [_entry(finding, places.get(finding.urn, ()), today) for finding in findings]
    outcomes = list(Outcome)
    return sorted(
        listed,
        key=lambda entry: (
            entry["exemption"] is not None,
            not entry["stops"],
            outcomes.index(Outcome(entry["outcome"])),
            SEVERITIES.index(Severity(entry["severity"])),
            entry["rule"],
            entry["urn"],
        ),
    )


def kind(entry: Entry) -> str:
    """Under which of the counts a finding falls."""
    if entry["exemption"] is not None:
        return "exempted"
    if entry["outcome"] == Outcome.UNDECIDED:
        return "undecided"
    return "violations" if entry["level"] == Level.MANDATORY else "advisories"


def counts(listed: Sequence[Entry]) -> dict[str, int]:
    """How many findings there are of each kind."""
    found = Counter(map(kind, listed))
    return {name: found[name] for name in ("violations", "advisories", "undecided", "exempted")}


def _entry(finding: Finding, places: Sequence[Place], today: date) -> Entry:
    rule = BY_ID.get(finding.rule.id, finding.rule)  # what the registry knows of it besides
    exemption = finding.exemption
    listed: list[PlaceEntry] = [
        {"file": place.file, "line": place.line} for place in places or _place_of_a_file(finding)
    ]
    return {
        "rule": rule.id,
        "concern": rule.concern,
        "title": rule.title,
        "level": finding.level.value,
        "severity": rule.severity.value,
        "outcome": finding.outcome.value,
        "stops": finding.stops,
        "urn": finding.urn,
        "type": finding.resource.type,
        "name": finding.resource.name,
        "fault": finding.fault,
        "fix": rule.fix,
        "source": rule.source,
        "frameworks": list(rule.frameworks),
        "message": finding.message,
        "place": listed[0] if listed else None,
        "related": listed[1:],
        "exemption": None if exemption is None else _exemption(exemption, today),
    }


def _exemption(exemption: Exemption, today: date) -> ExemptionEntry:
    return {
        "reason": exemption.reason,
        "owner": exemption.owner,
        "ticket": exemption.ticket,
        "expires": exemption.expires.isoformat() if exemption.expires else "",
        "daysLeft": exemption.days_left(today),
    }


def _place_of_a_file(finding: Finding) -> Iterator[Place]:
    """The line of a file of the policy, for a finding that is about that file."""
    if finding.rule.id in GOVERNANCE:
        named = _EXEMPTION.search(finding.fault)
        file = "policy/exemptions.yaml" if named else f"policy/config/{stage_of(finding.urn)}.json"
        yield Place(file, int(named["line"]) if named else 1)
