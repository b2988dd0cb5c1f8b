"""The report for a pull request or the summary of a run, in GitHub's Markdown.

Names come from the pull request of anybody. Whatever is not a text of ours stands in `<code>`, each of its
characters beyond letters, digits, hyphens and slashes as an entity: it can neither end its cell nor become
a link, a mention or HTML.
"""

import string
from collections.abc import Sequence

from policy.report.document import Document, Entry, PlaceEntry, kind

_SINGULAR = {"violations": "violation", "advisories": "advisory"}
_HARMLESS = frozenset("-/ " + string.ascii_letters + string.digits)


def render(document: Document) -> str:
    """The whole report."""
    parts = [f"### Policy of {_code(document['stack'])}: {document['verdict']}"]
    if document["error"] is not None:
        parts.append(f"The program cannot be judged:\n\n<pre>{_entities(document['error'])}</pre>")
        return "\n\n".join(parts) + "\n"
    counted = (
        f"{number} {_SINGULAR.get(name, name) if number == 1 else name}"
        for name, number in document["counts"].items()
    )
    parts.append(", ".join(counted) + ".")
    if document["refusals"]:
        parts.append(
            "Ways around the guard:\n\n" + "\n".join(f"- {_code(one)}" for one in document["refusals"])
        )
    listed = document["findings"]
    stopping = [entry for entry in listed if entry["stops"]]
    exempted = [entry for entry in listed if kind(entry) == "exempted"]
    advisories = [entry for entry in listed if kind(entry) == "advisories"]
    undecided = [entry for entry in listed if kind(entry) == "undecided" and not entry["stops"]]
    if stopping:
        parts.append(_findings(stopping))
    if exempted:
        parts.append("#### Exempted\n\n" + _exemptions(exempted))
    for title, folded in (("Advisories", advisories), ("Undecided", undecided)):
        if folded:
            parts.append(
                f"<details><summary>{title} ({len(folded)})</summary>\n\n{_findings(folded)}\n\n</details>"
            )
    return "\n\n".join(parts) + "\n"


def _findings(listed: Sequence[Entry]) -> str:
    return _table(
        ("Severity", "Rule", "Resource", "Fault", "Fix", "Place"),
        [
            (
                entry["severity"],
                _rule(entry),
                f"{_code(entry['name'])}<br>{_code(entry['urn'])}",
                _text(entry["fault"]),
                _text(entry["fix"]),
                "<br>".join(_place(place) for place in (entry["place"], *entry["related"]) if place),
            )
            for entry in listed
        ],
    )


def _exemptions(listed: Sequence[Entry]) -> str:
    rows = []
    for entry in listed:
        exemption = entry["exemption"]
        if exemption is not None:
            rows.append(
                (
                    str(exemption["daysLeft"]),
                    _rule(entry),
                    f"{_code(entry['name'])}<br>{_code(entry['urn'])}",
                    _code(exemption["reason"]),
                    _code(exemption["owner"]),
                    _code(exemption["ticket"]),
                )
            )
    return _table(("Days left", "Rule", "Resource", "Reason", "Owner", "Ticket"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _rule(entry: Entry) -> str:
    return f"[{entry['rule']}]({entry['source']})"


def _place(place: PlaceEntry) -> str:
    return _code(f"{place['file']}:{place['line']}")


def _code(text: str) -> str:
    return f"<code>{_entities(text)}</code>"


def _entities(text: str) -> str:
    """The text as entities, where a character could mean something to Markdown or HTML."""
    return "".join(one if one in _HARMLESS else f"&#{ord(one)};" for one in text)


def _text(text: str) -> str:
    """A text of ours, in a cell: readable, and as harmless."""
    return "".join(f"&#{ord(one)};" if one in "&<>|`*_~[]\\#@!\n\r" else one for one in text)
