"""Stacks that would change alike: what is told of one need not be told again of the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.changes.markdown import Block
    from runbook.changes.results import Result

# What AWS or the engine draws at random: the end of an automatic name, the id of a key.
RANDOM: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=[-_])[0-9a-f]{7}(?![0-9A-Za-z])")
MOST_DIFFERENT: Final = 0.5  # of the lines; beyond, a stack is easier to read in full
OF_A_STACK: Final = frozenset({"stack", "basis"})


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How much of a stack has been told with another.

    Attributes:
        alike: The other stack; empty where this one has to be told in full.
        blocks: What is left to tell.
    """

    blocks: Sequence[Block]
    alike: str = ""


def compare(result: Result, blocks: Sequence[Block], first: Result, told: Sequence[Block]) -> Likeness:
    """What is left to tell of a stack after another one.

    Only its own name, its own account and random parts count as equal: a right on something of the other
    stack is a difference.

    Args:
        result: the stack.
        blocks: all that could be told of it.
        first: the other one.
        told: what has been told of that.
    """
    own, other = _normalizer(result), _normalizer(first)
    if _normal(result, own) == _normal(first, other):
        return Likeness(blocks=(), alike=first.stack)
    known = {(_kind(block), other(line)) for block in told for line in block.lines}
    mine = {(_kind(block), own(line)) for block in blocks for line in block.lines}
    # What was cut short may differ behind the cut, so without a line that differs all is told.
    if known == mine or len(mine - known) > MOST_DIFFERENT * len(mine) or not known:
        return Likeness(blocks=blocks)
    left = [_left(block, lambda line, kind: (kind, own(line)) not in known) for block in blocks]
    absent = [_left(block, lambda line, kind: (kind, other(line)) not in mine) for block in told]
    absent = [replace(block, title=f"{block.title}, not here") for block in absent]
    return Likeness(blocks=[block for block in (*left, *absent) if block.lines], alike=first.stack)


def _left(block: Block, differs: Callable[[str, str], bool]) -> Block:
    kind = _kind(block)
    lines = [line for line in block.lines if differs(line, kind)]
    return replace(block, title=f"{kind} ({len(lines):,})", lines=lines)


def _kind(block: Block) -> str:
    return block.title.rpartition(" (")[0]


def _normalizer(result: Result) -> Callable[[str], str]:
    names = [name for name in (result.stack, result.basis.account) if name]
    own = re.compile("|".join(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])" for name in names))
    return lambda text: RANDOM.sub("\0", own.sub("\1", text) if names else text)


def _normal(value: Any, normalize: Callable[[str], str]) -> object:  # noqa: ANN401 - of any field
    if isinstance(value, str):
        return normalize(value)
    if is_dataclass(value):
        parts = (field.name for field in fields(value) if field.name not in OF_A_STACK)
        return tuple(_normal(getattr(value, name), normalize) for name in parts)
    if isinstance(value, frozenset):
        return frozenset(_normal(one, normalize) for one in value)
    if isinstance(value, tuple):
        return tuple(_normal(one, normalize) for one in value)
    return value
