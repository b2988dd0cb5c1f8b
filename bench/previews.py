"""Previews with the policy pack, against an empty state, without account and network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.measure import Row, comparison, in_turns
from bench.workspace import import_pulumi

if TYPE_CHECKING:
    from bench.workspace import Workspace

EMPTY_PROGRAM: Final = "preview of an empty program, no pack"
AIMS: Final = {"preview of production": "3.6 s"}


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """Preview each stack that has an account, beside an empty program.

    No local cloud runs in the home that is used, so each preview starts its own provider, as a pull request's
    check does.
    """
    nowhere = workspace.folder / "no-home"

    def preview(stack: str) -> None:
        workspace.omnitrack("preview", "-s", stack, home=nowhere)

    taken = in_turns(
        runs,
        {
            "python -c 'import pulumi'": import_pulumi,
            EMPTY_PROGRAM: workspace.preview_empty_program,
            "preview of staging": lambda: preview("staging"),
            "preview of production": lambda: preview("production"),
        },
    )
    return comparison(taken, EMPTY_PROGRAM, AIMS)
