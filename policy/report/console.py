"""The report for people at a terminal: a finding in a line, its resource and its place below it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from policy.report.document import FAILED, Document, Entry, counts, entries, kind
from policy.rule import Finding


def render(findings: Sequence[Finding]) -> str:
    """What the guard says: violations first and the worst of them on top; the last line counts them."""
    listed = entries(findings, {}, datetime.now(UTC).date())
    stopped = any(entry["stops"] for entry in listed)
    return _report(listed, "nothing was changed" if stopped else "the deployment goes on")


def told(document: Document) -> str:
    """What the check says: why the program cannot be judged, or what is wrong with it."""
    if document["error"] is not None:
        error = "\n".join(map(_line, document["error"].splitlines()))
        return f"error: {error}\npolicy of {document['stack']}: failed, nothing was judged\n"
    refusals = [f"refused: {_line(sentence)}" for sentence in document["refusals"]]
    verdict = f"{document['stack']} {document['verdict']}"
    if refusals and document["verdict"] == FAILED:
        verdict += f", {_count(len(refusals), 'way around the guard', 'ways around the guard')}"
    return "\n".join([*refusals, _report(document["findings"], verdict)]) + "\n"


def _report(listed: Sequence[Entry], verdict: str) -> str:
    folded = [entry for entry in listed if kind(entry) == "undecided" and not entry["stops"]]
    lines = [line for entry in listed if entry not in folded for line in _lines(entry)]
    if folded:
        rules = ", ".join(dict.fromkeys(entry["rule"] for entry in folded))
        lines.append(f"undecided, and no reason to stop: {rules} ({_count(len(folded), 'resource')})")
    found = counts(listed)
    told = [_count(found["violations"], "violation"), f"{found['undecided']} undecided"]
    if found["advisories"]:
        told.append(_count(found["advisories"], "advisory", "advisories"))
    if found["exempted"]:
        told.append(f"{found['exempted']} exempted")
    return "\n".join([*lines, f"policy: {', '.join(told)}: {verdict}"])


def _lines(entry: Entry) -> list[str]:
    exemption = entry["exemption"]
    if exemption is not None:
        title = f"exempted, {_count(exemption['daysLeft'], 'day')} left"
    elif kind(entry) == "advisories":
        title = "advisory"
    else:
        title = entry["outcome"]
    lines = [f"{title}: {_line(entry['message'])}", f"    {_line(entry['urn'])}"]
    places = [place for place in (entry["place"], *entry["related"]) if place]
    if places:
        lines.append("    " + " < ".join(f"{_line(place['file'])}:{place['line']}" for place in places))
    if exemption is not None:
        lines.append(
            f"    {_line(exemption['reason'])} ({_line(exemption['owner'])}, {_line(exemption['ticket'])})"
        )
    return lines


def _line(text: str) -> str:
    """The text without what would break the line or command the terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
