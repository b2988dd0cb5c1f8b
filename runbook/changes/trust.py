"""What a pipeline hands in and must not be believed: findings that are none, records that disagree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from runbook.changes.document import GRAVITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.changes.model import Change, Preview

VERSION: Final = 1
"""Of the findings document that `omnitrack policy check` writes."""


def fault_of(text: str, stack: str) -> str:
    """Why a findings document cannot be believed; empty for one that can.

    Args:
        text: of the file that is there.
        stack: whose findings it should hold.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return "it is no whole JSON document"
    return next(_faults(told, stack), "")


def worse(digest: Preview, events: Preview, *, recorded: bool) -> Preview:
    """One preview out of its two records: what only one of them knows counts, and of a resource the graver.

    Args:
        digest: what `pulumi preview --json` wrote.
        events: the engine's record of the same preview.
        recorded: whether there is such a record at all.
    """
    if not recorded:
        return digest
    if not (digest.changes or digest.complete):
        return events
    changes = {change.urn: change for change in digest.changes}
    for change in events.changes:
        changes[change.urn] = _graver(changes.get(change.urn, change), change)
    return replace(
        digest,
        changes=tuple(changes[urn] for urn in sorted(changes)),
        complete=digest.complete and events.complete,
    )


def _graver(one: Change, other: Change) -> Change:
    """The graver of two changes of a resource; places are in a digest only."""
    if one.operation is other.operation:
        return replace(one, retained=one.retained and other.retained)
    if GRAVITY.index(one.operation) < GRAVITY.index(other.operation):
        return one
    return replace(other, place=other.place or one.place)


def _faults(told: Any, stack: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The faults of a findings document; only of one without the first can the next be asked for."""
    if not isinstance(told, Mapping):
        yield "it is no findings document"
    if told.get("version") != VERSION:
        yield f"its version is not {VERSION}"
    if told.get("stack") != stack:
        yield "it is of another stack"
    found, refusals, said = told.get("findings"), told.get("refusals", []), told.get("error")
    if not isinstance(found, list) or not all(map(_is_finding, found)):
        yield "its findings cannot be read"
    if not isinstance(refusals, list) or not all(isinstance(one, str) for one in refusals):
        yield "its refusals cannot be read"
    if said is not None and not isinstance(said, str):
        yield "its error cannot be read"
    if told.get("verdict") != "passed" and not (said or refusals or any(one["stops"] for one in found)):
        yield "its verdict is not passed, and nothing in it says why"


def _is_finding(one: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(one, Mapping) and isinstance(one.get("stops"), bool)
