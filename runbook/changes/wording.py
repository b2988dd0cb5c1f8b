"""Changes, findings and verdicts in words."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, Final

from runbook.changes.basis import Against
from runbook.changes.markdown import code, codes
from runbook.changes.model import Change, Operation
from runbook.changes.stateful import OPTION, UNDECLARED, UNFORCED, UNKNOWN, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.changes.basis import Basis
    from runbook.changes.links import Links
    from runbook.changes.results import Finding, Result

URN_LENGTH: Final = 2_000
MESSAGE_LENGTH: Final = 700
MOST_NAMED: Final = 3  # violations that the verdict names
FRAMES: Final = "Traceback (most recent call last):"
# Only pages of AWS become links: an address from elsewhere is shown, and leads nowhere.
AWS_PAGE: Final = re.compile(r"https://docs\.aws\.amazon\.com/[A-Za-z0-9/_.#-]+")


def verdict(result: Result, alike: str = "") -> str:
    """What may be made of a stack, in one line.

    Args:
        result: what is known of it.
        alike: another stack with the same changes, whose verdict has told the details.
    """
    if not result.found:
        return "**no preview**: the job ended before it. Its log says why."
    words = []
    if result.blocked:
        words.append(f"**blocked by policy** ({count(len(result.violations), 'violation')})")
    if result.losses:
        words.append(f"**would lose data** of {count(len(result.losses), 'resource')}")
    if result.errors and not result.blocked:
        words.append(f"**failed**: {code(first_sentences(result.errors[0]), MESSAGE_LENGTH)}")
    elif not result.complete and not result.blocked:
        words.append("**failed**: the preview was cut off, and nobody can tell what is missing")
    if not words:
        unjudged = "" if result.judged else " (no findings of the policy were handed in)"
        words.append(f"**ready**{unjudged}")
    changes = f"the same changes as {code(alike)}" if alike else counts(result)
    text = f"{', '.join(words)}; {changes}{compared(result.basis)}"
    if result.basis.unseen:
        text += f". **Not shown**: what {code(result.basis.unseen)} changes, which the local cloud overrides"
    return text


def violations(result: Result, links: Links) -> Iterator[str]:
    """What stops a stack first, one line each: rule, resource, place and what to do."""
    for finding in result.violations[:MOST_NAMED]:
        to_do = code(finding.fix or finding.fault, MESSAGE_LENGTH)
        yield f"{_subject(finding, links)}: {to_do}"
    more = len(result.violations) - MOST_NAMED
    if more > 0:
        yield f"and {more:,} more"


def counts(result: Result) -> str:
    """How many resources are created, updated, replaced, deleted."""
    if not result.changes:
        return "no changes are known" if not result.complete else "no changes"
    number = Counter(change.operation for change in result.changes)
    more = f", {number[Operation.IMPORT]:,} imported" if number[Operation.IMPORT] else ""
    signs = (
        ("+", Operation.CREATE),
        ("~", Operation.UPDATE),
        ("±", Operation.REPLACE),
        ("-", Operation.DELETE),
    )
    so_far = "" if result.complete else " as far as the preview came"
    return f"`{' '.join(f'{sign}{number[operation]:,}' for sign, operation in signs)}`{more}{so_far}"


def compared(basis: Basis) -> str:
    """What was compared with, as the end of a sentence; empty where nobody has said it."""
    match basis.against:
        case Against.NOTHING if basis.revision:
            return f", from an empty state because {code(basis.revision)} cannot be deployed"
        case Against.NOTHING:
            return ", from an empty state"
        case Against.REVISION:
            return f", compared with {code(basis.revision)}"
        case Against.LOCAL:
            return ", against the local cloud"
        case Against.LIVE:
            return ", against the real state"
        case Against.UNKNOWN:
            return ""


def first_sentences(message: str) -> str:
    """What an error says, without the calls that led to it."""
    before, frames, after = message.partition(FRAMES)
    if not frames:
        return before
    raised = [line.strip() for line in after.splitlines() if line.strip() and not line.startswith(" ")]
    return f"{before.strip()} {raised[-1] if raised else ''}".strip()


def plain(change: Change) -> str:
    """A resource by name and type."""
    return f"{code(change.name)} ({code(change.type)})"


def properties(change: Change) -> str:
    """What of a resource changes."""
    return codes(change.changed) if change.changed else "properties that the record does not name"


def grave(change: Change, loss: Loss | None, links: Links) -> str:
    """A replacement or deletion: why, where, and what is lost with it."""
    where = f", at {links.place(str(change.place))}" if change.place else ""
    if change.operation is Operation.DELETE:
        why = UNDECLARED
    elif change.operation is Operation.UNKNOWN:
        why = f"{UNKNOWN} ({codes(change.steps)})"
    elif change.forcing:
        why = f"{codes(change.forcing)} cannot be changed in place"
    else:
        why = UNFORCED
    text = f"{plain(change)}{where}: {why}"
    if change.retained:
        return f"{text}; it stays in the account (`retain_on_delete`)"
    if loss is None:
        return text
    allowed = code(f"{OPTION} {shlex.quote(change.urn)}", URN_LENGTH)
    return f"{text}. **It would lose {loss.what}**; who means that deploys with {allowed}"


def found(finding: Finding, links: Links) -> str:
    """A finding with what is wrong and what to do."""
    text = f"{_subject(finding, links)}: {code(finding.fault, MESSAGE_LENGTH)}"
    if finding.fix:
        text += f". To do: {code(finding.fix, MESSAGE_LENGTH)}"
    if AWS_PAGE.fullmatch(finding.source):
        text += f" ([why]({finding.source}))"
    return text


def exemption(finding: Finding, links: Links) -> str:
    """An exemption: how long it still holds, of what, why."""
    days = finding.days_left
    left = (
        "its end is not known"
        if days is None
        else "**expired**"
        if days < 0
        else count(days, "day") + " left"
    )
    return (
        f"{left}: {links.rule(finding.rule)} on {code(finding.name)}, because "
        f"{code(finding.exemption, MESSAGE_LENGTH)}"
    )


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _subject(finding: Finding, links: Links) -> str:
    """Rule, resource and place of a finding."""
    severity = f" ({finding.severity})" if finding.severity in {"critical", "high", "medium", "low"} else ""
    text = f"{links.rule(finding.rule)}{severity}"
    if finding.name:
        text += f": {code(finding.name)} ({code(finding.type)})"
    if finding.place:
        text += f", at {links.place(finding.place)}"
    return text
