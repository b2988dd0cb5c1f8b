"""Markdown of which no part can come from elsewhere: whatever a pull request brings is shown as code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST: Final = 300  # characters of one text; URNs and messages are given more
FEWEST: Final = 5  # lines of a block before one that matters more is cut
BACKTICKS: Final = re.compile("`+")
# Control characters, and those that turn the direction of what follows.
INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def code(text: str, longest: int = LONGEST) -> str:
    """A text as inline code, in one line.

    Nothing is interpreted in inline code: no HTML, no link, no mention of a person. The fence is longer than
    any run of backticks in the text, so that it cannot end early.

    Args:
        text: whatever somebody wrote.
        longest: how many characters of it are shown.
    """
    shown = text[: longest + 1]
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(" " if unicodedata.category(one) in INVISIBLE else one for one in shown)
    shown = " ".join(shown.split()) or "-"
    if len(shown) > longest or len(text) > longest:
        shown = f"{shown[:longest].rstrip()}…"
    fence = "`" * (1 + max(map(len, BACKTICKS.findall(shown)), default=0))
    space = " " if "`" in shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def codes(texts: Iterable[str], most: int = 20) -> str:
    """Several texts as inline code, with commas; of more than `most` only their number is told."""
    shown = [*texts]
    more = f" and {len(shown) - most:,} more" if len(shown) > most else ""
    return ", ".join(map(code, shown[:most])) + more


@dataclass(frozen=True, kw_only=True)
class Block:
    """A list under a title.

    Attributes:
        title: Own words, with the number of lines.
        lines: Each an item of the list, ready.
        rank: What matters; of the highest, the least important, lines are left out first.
        folded: Whether it is shown only when somebody opens it.
    """

    title: str
    lines: Sequence[str]
    rank: int
    folded: bool = False

    def fitting(self, size: int) -> int:
        """How many of the lines have room in so many bytes, were there nothing else."""
        sizes = accumulate(_size(line) for line in self.lines)
        return sum(1 for _ in takewhile(lambda so_far: so_far <= size, sizes))

    def render(self, limit: int | None, elsewhere: str) -> str:
        """As Markdown, with at most so many lines."""
        shown = self.lines if limit is None else self.lines[:limit]
        items = [f"- {line}" for line in shown]
        if left_out := len(self.lines) - len(shown):
            items.append(f"- **{left_out:,} more are left out here: {elsewhere}**")
        text = "\n".join(items)
        if self.folded:
            return f"<details><summary>{self.title}</summary>\n\n{text}\n\n</details>"
        return f"**{self.title}**\n\n{text}"


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A heading with what belongs under it.

    Attributes:
        heading: Markdown.
        note: Markdown before the blocks; empty for none.
        blocks: In the order in which they are read.
    """

    heading: str
    note: str = ""
    blocks: Sequence[Block] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Page:
    """All of a report.

    Attributes:
        head: Lines that come first and are never left out.
        chapters: What follows.
    """

    head: Sequence[str]
    chapters: Sequence[Chapter]

    def whole(self) -> str:
        """As Markdown, complete."""
        return self._render({}, "")

    def within(self, size: int, elsewhere: str) -> str:
        """As Markdown of at most `size` bytes of UTF-8, and so of at most as many characters.

        Args:
            size: More than a few hundred.
            elsewhere: Where the rest can be read, as the end of a sentence.
        """
        if _size(text := self._render({}, elsewhere)) <= size:
            return text
        limits: dict[int, int] = {}
        for block in (block for chapter in self.chapters for block in chapter.blocks):
            limits[block.rank] = max(limits.get(block.rank, 0), block.fitting(size))
        for floor in (FEWEST, 0):
            for rank in sorted(limits, reverse=True):
                if _size(text := self._render(limits, elsewhere)) <= size:
                    return text
                low, high = min(floor, limits[rank]), limits[rank]
                while low < high:
                    middle = (low + high + 1) // 2
                    fits = _size(self._render({**limits, rank: middle}, elsewhere)) <= size
                    low, high = (middle, high) if fits else (low, middle - 1)
                limits[rank] = low
        text = self._render(limits, elsewhere)
        return text if _size(text) <= size else self._head_within(size, elsewhere)

    def _head_within(self, size: int, elsewhere: str) -> str:
        end = f"\n**The rest is left out here: {elsewhere}**\n"
        text = ""
        for line in self.head:
            if _size(text) + _size(line) + _size(end) + 1 > size:
                break
            text += f"{line}\n"
        return text + end

    def _render(self, limits: dict[int, int], elsewhere: str) -> str:
        parts = ["\n".join(self.head)]
        for chapter in self.chapters:
            parts += [part for part in (chapter.heading, chapter.note) if part]
            parts += [block.render(limits.get(block.rank), elsewhere) for block in chapter.blocks]
        return "\n\n".join(parts) + "\n"


def _size(text: str) -> int:
    return len(text.encode())
