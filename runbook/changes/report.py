"""The report of a pull request: for each stack the verdict, then what matters most, told in Markdown."""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from runbook.changes import likeness, permissions, rights, wording
from runbook.changes.basis import Against
from runbook.changes.likeness import Likeness
from runbook.changes.links import Links
from runbook.changes.markdown import Block, Chapter, Page, code
from runbook.changes.model import Operation
from runbook.changes.wording import MESSAGE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.changes.results import Result

MARKER: Final = "<!-- omnitrack-preview -->"
"""The first line of every report: by it the earlier comment is found."""
SIZE: Final = 60_000  # GitHub takes 65,536 characters
MOST_OPEN: Final = 15  # lines of new permissions that are shown without a click
# Of each kind of block, what is left out first when there is too much: the highest.
LOSSES, STOPPING, CAUSES, GAINED, UPDATES, EXEMPTIONS, ADVICE, LOST_RIGHTS, CREATIONS = range(9)


def page(results: Sequence[Result], links: Links | None = None) -> Page:
    """The report of some stacks, in short; of none, it says that there was no preview.

    What a stack has in common with the first is told once.

    Args:
        results: of the stacks.
        links: where the judged files can be read.
    """
    return _page(results, _Told(links=links or Links()))


def whole(results: Sequence[Result], links: Links | None = None) -> str:
    """The report as Markdown with everything of every stack; arguments as of `page`."""
    return _page(results, _Told(links=links or Links(), exact=True)).whole()


@dataclass(frozen=True, kw_only=True)
class _Told:
    """How a report is told, and which stack has been told in full.

    Attributes:
        links: Where the judged files can be read.
        exact: Whether nothing may be put in short.
        first: The first stack that has something to tell, with its blocks.
    """

    links: Links
    exact: bool = False
    first: list[tuple[Result, Sequence[Block]]] = field(default_factory=list)

    def of(self, result: Result) -> Likeness:
        """What there is to tell of a stack."""
        blocks = [block for block in _blocks(result, self.links, exact=self.exact) if block.lines]
        if self.exact or not blocks:
            return Likeness(blocks=blocks)
        if self.first:
            return likeness.compare(result, blocks, *self.first[0])
        self.first.append((result, blocks))
        return Likeness(blocks=blocks)


def _page(results: Sequence[Result], told: _Told) -> Page:
    head = [MARKER, "## What this change would deploy", ""]
    if not results:
        head.append("**There was no preview**: the job ended before it. Its log says why.")
    chapters = []
    for result in results:
        like = told.of(result)
        same = like.alike if not like.blocks else ""
        head.append(f"- {code(result.stack)}: {wording.verdict(result, same)}")
        if not same:
            head += [f"  - {line}" for line in wording.violations(result, told.links)]
        if like.blocks:
            note = _note(result, like.alike)
            chapters.append(Chapter(heading=f"### {code(result.stack)}", note=note, blocks=like.blocks))
    return Page(head=head, chapters=chapters)


def _note(result: Result, alike: str) -> str:
    notes = []
    if alike:
        notes.append(f"As {code(alike)}, but for this:")
    elif result.blocked:
        command = f"omnitrack policy check -s {shlex.quote(result.stack)}"
        notes.append(f"The same findings on a laptop, without an account: {code(command)}")
    return "\n\n".join(notes)


def _blocks(result: Result, links: Links, *, exact: bool) -> Iterator[Block]:
    losses = {loss.change.urn: loss for loss in result.losses}
    of = defaultdict(list)
    for change in result.changes:
        of[change.operation].append(change)

    yield _block("Ways around the guard", [code(one, MESSAGE_LENGTH) for one in result.refusals], STOPPING)
    stopping = [wording.found(one, links) for one in result.violations]
    yield _block("Violations of the policy", stopping, STOPPING)
    errors = [code(wording.first_sentences(one), MESSAGE_LENGTH) for one in result.errors]
    yield _block("Errors", errors, CAUSES)
    replaced = [wording.grave(one, losses.get(one.urn), links) for one in of[Operation.REPLACE]]
    yield _block("Replaced", replaced, LOSSES)
    deleted = [wording.grave(one, losses.get(one.urn), links) for one in of[Operation.DELETE]]
    yield _block("Deleted", deleted, LOSSES)
    unknown = [wording.grave(one, losses.get(one.urn), links) for one in of[Operation.UNKNOWN]]
    yield _block("Not understood", unknown, LOSSES)
    yield _block("Leaving the state", [wording.plain(one) for one in of[Operation.FORGET]], CAUSES)
    yield from _permissions(result, exact=exact)
    updated = [f"{wording.plain(one)}: {wording.properties(one)}" for one in of[Operation.UPDATE]]
    yield _block("Updated in place", updated, UPDATES)
    yield from _told_of_policy(result, links)
    imported = [wording.plain(one) for one in of[Operation.IMPORT]]
    yield _block("Imported", imported, UPDATES)
    created = [wording.plain(one) for one in of[Operation.CREATE]]
    yield _block("Created", created, CREATIONS, folded=True)


def _permissions(result: Result, *, exact: bool) -> Iterator[Block]:
    account = result.basis.account
    differences = permissions.differences(result.changes)
    gained = [line for one in differences for line in rights.gained(one, account, exact=exact)]
    # From an empty state, every right is new, and says nothing of this change.
    folded = result.basis.against is Against.NOTHING or len(gained) > MOST_OPEN
    yield _block("New permissions", gained, GAINED, folded=folded)
    unknown = [line for one in differences for line in rights.unknown(one)]
    yield _block("Permissions that are known only during the deployment", unknown, LOST_RIGHTS, folded=True)
    lost = [line for one in differences for line in rights.lost(one, account, exact=exact)]
    yield _block("Permissions that go", lost, LOST_RIGHTS, folded=True)


def _told_of_policy(result: Result, links: Links) -> Iterator[Block]:
    """What the policy says and does not stop."""
    excepted = [one for one in result.findings if one.exemption]
    excepted.sort(key=lambda one: (one.days_left is None, one.days_left or 0))
    yield _block("Exemptions", [wording.exemption(one, links) for one in excepted], EXEMPTIONS)
    told = [one for one in result.findings if not one.stops and not one.exemption]
    advice = [wording.found(one, links) for one in told if not one.undecided]
    yield _block("Advice of the policy", advice, ADVICE, folded=True)
    undecided = [wording.found(one, links) for one in told if one.undecided]
    yield _block("What the policy decides only during the deployment", undecided, ADVICE, folded=True)


def _block(title: str, lines: Sequence[str], rank: int, *, folded: bool = False) -> Block:
    return Block(title=f"{title} ({len(lines):,})", lines=lines, rank=rank, folded=folded)
