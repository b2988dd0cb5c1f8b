"""Deployments into a local cloud: the first, one without a change, and one with a changed function."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Final

from bench.measure import Row, durations, in_turns, paired_ratio
from bench.requests import Connection
from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workspace import Workspace

EMPTY_PROGRAM: Final = "preview of an empty program, no pack"
CHANGED: Final = ("functions", "omnitrack", "handlers", "health.py")
SAID: Final = "version=deployment.version"
PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.01


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """`make up` in a fresh home, then again, then with another answer of the health function."""
    first = durations("make up, fresh home, all installed", [workspace.first_start], aim="30 s")
    aims = {
        EMPTY_PROGRAM: "",
        "preview of development, unchanged": "",
        "make up, unchanged": "8 s",
        "up after a change of one function, until it answers": "8 s",
    }
    subjects: tuple[Callable[[], object], ...] = (
        workspace.preview_empty_program,
        lambda: workspace.omnitrack("preview", "-s", "development"),
        workspace.make_up,
        _changes(workspace),
    )
    taken = in_turns(runs, dict(zip(aims, subjects, strict=True)))
    rows = [first, *(durations(name, taken[name], aim=aims[name]) for name in aims if name != EMPTY_PROGRAM)]
    return [
        row.compared(paired_ratio(taken[row.what], taken[EMPTY_PROGRAM]), EMPTY_PROGRAM)
        if row.what in taken
        else row
        for row in rows
    ]
