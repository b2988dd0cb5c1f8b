"""Deployments into a local cloud: the first, one without a change, and one with a changed function."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Final

from bench.client import Client
from bench.measure import Row, comparison, durations, in_turns
from bench.previews import EMPTY_PROGRAM
from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workspace import Workspace

UNCHANGED: Final = "omnitrack start (make up), unchanged"
CHANGED_FUNCTION: Final = "up after a change of one function, until it answers"
AIMS: Final = {UNCHANGED: "8 s", CHANGED_FUNCTION: "8 s"}
HANDLER: Final = "functions/omnitrack/handlers/health.py"
VERSION_IN_HANDLER: Final = "version=deployment.version"
PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.01


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """`omnitrack start` in a fresh home, then again, then `up` with another answer of the health function."""
    first = durations("omnitrack start (make up), fresh home", [workspace.first_start], aim="30 s")
    workspace.report("deployments into the local cloud")
    taken = in_turns(
        runs,
        {
            EMPTY_PROGRAM: workspace.preview_empty_program,
            "preview of development, unchanged": lambda: workspace.omnitrack("preview", "-s", "development"),
            UNCHANGED: lambda: workspace.omnitrack("start"),
            CHANGED_FUNCTION: _changing(workspace),
        },
    )
    return [first, *(row for row in comparison(taken, EMPTY_PROGRAM, AIMS) if row.what != EMPTY_PROGRAM)]


def _changing(workspace: Workspace) -> Callable[[], None]:
    """A function that changes what `/v1/health` answers, deploys, and waits for the new answer."""
    handler = workspace.project / HANDLER
    source = handler.read_text(encoding="utf-8")
    if VERSION_IN_HANDLER not in source:
        raise BenchmarkError(
            f"{HANDLER} has no {VERSION_IN_HANDLER}: tell bench/deployments.py what to change"
        )
    numbers = itertools.count(1)

    def change() -> None:
        mark = f"-change-{next(numbers)}"
        handler.write_text(
            source.replace(VERSION_IN_HANDLER, f"{VERSION_IN_HANDLER} + {mark!r}"), encoding="utf-8"
        )
        workspace.omnitrack("up", "-s", "development")
        deadline = time.monotonic() + PATIENCE_SECONDS
        with Client(workspace.cloud.port) as client:
            while not str(json.loads(client.get("/v1/health"))["version"]).endswith(mark):
                if time.monotonic() > deadline:
                    raise BenchmarkError(
                        f"/v1/health still gives its old answer {PATIENCE_SECONDS:.0f} s after the deployment"
                    )
                time.sleep(LOOK_SECONDS)

    return change
