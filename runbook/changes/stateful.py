"""The guard of data: which changes would lose what nobody can make again, and who has allowed them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runbook.changes.lost import LOST
from runbook.changes.model import Change, Operation
from runbook.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OPTION: Final = "--break-glass"
UNDECLARED: Final = "the program does not declare it any more"
UNKNOWN: Final = "what the engine would do with it is not understood"
UNFORCED: Final = "it goes with what it depends on, or its replacement was asked for"
URN: Final = "urn:pulumi:"
# What may lose data, and how it is told. A newer engine may do what this program has never heard of.
VERBS: Final = {
    Operation.DELETE: "would be deleted",
    Operation.REPLACE: "would be replaced",
    Operation.UNKNOWN: "could be changed",
}


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A change that would lose data.

    Attributes:
        change: What would be done.
        what: The data, as in "its items".
    """

    change: Change
    what: str

    @property
    def cause(self) -> str:
        """Why it would be done: the properties that cannot change in place, or that nobody declares it."""
        if self.change.operation is Operation.DELETE:
            return UNDECLARED
        if self.change.operation is Operation.UNKNOWN:
            return f"{UNKNOWN} ({', '.join(self.change.steps)})"
        if self.change.forcing:
            return f"{', '.join(self.change.forcing)} cannot be changed in place"
        return UNFORCED

    @property
    def sentence(self) -> str:
        """What would happen to which resource, why, where it is declared, and how to allow it."""
        change = self.change
        verb = VERBS[change.operation]
        where = f", at {change.place}" if change.place else ""
        return (
            f"{change.type} {change.name!r} {verb} and lose {self.what}: {self.cause}{where}. "
            f"If it may be lost, give `omnitrack up` the option {OPTION} {shlex.quote(change.urn)}"
        )


def losses(changes: Iterable[Change]) -> list[Loss]:
    """The changes that would lose data, by URN."""
    return [
        Loss(change=change, what=LOST[change.type])
        for change in changes
        if change.operation in VERBS and change.type in LOST and not change.retained
    ]


def check_urns(allowed: Sequence[str]) -> None:
    """Refuse before anything runs what can be no URN.

    Raises:
        UsageError: one of them is none.
    """
    for urn in allowed:
        if not urn.startswith(URN):
            raise UsageError(
                f"{OPTION} takes the URN of one resource, as the refusal names it: {urn!r} is none"
            )


def judge(changes: Iterable[Change], allowed: Sequence[str]) -> list[str]:
    """Refuse changes that would lose data, but for the resources that were named.

    Args:
        changes: Of one preview.
        allowed: URNs of resources that may be lost.

    Returns:
        The URNs that name nothing that would be lost: a run before may have done it, or the name is mistyped.
        It allows nothing that way, since what is lost under another name is refused.

    Raises:
        RefusedError: some would lose data and are not named.
    """
    found = losses(changes)
    known = {loss.change.urn for loss in found}
    idle = [urn for urn in allowed if urn not in known]
    if refused := [loss for loss in found if loss.change.urn not in allowed]:
        number = f"{len(refused)} resource" + ("" if len(refused) == 1 else "s")
        lines = "".join(f"\n  {loss.sentence}" for loss in refused)
        lines += "".join(f"\n  {idling(urn)}" for urn in idle)
        raise RefusedError(f"refused, nothing was changed: data of {number} would be lost{lines}")
    return idle


def idling(urn: str) -> str:
    """What is said of an allowance that was not needed."""
    return f"{OPTION} {shlex.quote(urn)} names nothing that would be lost: it is done already, or mistyped"
