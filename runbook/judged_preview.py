"""A preview whose changes are judged for the data that they would lose, before anything is changed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runbook import progress
from runbook.changes import document, stateful
from runbook.changes.basis import UNKNOWN, Basis
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.changes.model import Change
    from runbook.deployments import Deployment

BreakGlassOption = Annotated[
    list[str] | None,
    typer.Option(
        "--break-glass",
        metavar="URN",
        help="This resource's data may be lost; repeat it for several. One that is not needed only warns.",
    ),
]


def run(
    deployment: Deployment,
    arguments: Sequence[str],
    allowed: Sequence[str] = (),
    *,
    aside: bool = False,
    kept: Path | None = None,
    basis: Basis = UNKNOWN,
) -> None:
    """Run `pulumi preview` and judge what it shows.

    Args:
        deployment: the engine on the stack.
        arguments: for `pulumi preview`.
        allowed: URNs of resources whose data may be lost.
        aside: standard output is for what follows.
        kept: a file that the engine's record of the preview is copied to, also when it failed.
        basis: what is compared with; the first line of what is kept says it.

    Raises:
        PulumiFailedError: Pulumi said no.
        RefusedError: data would be lost.
        RunbookError: the engine left no complete record, so nobody can tell what would be lost.
    """
    # The engine takes secrets out of its record, names and policies stay: nobody else may read it.
    with tempfile.TemporaryDirectory(prefix="omnitrack-record-") as folder:
        record = Path(folder) / "events.jsonl"
        try:
            deployment.run("preview", *arguments, events=record, aside=aside)
        finally:
            if kept is not None:
                kept.write_bytes(basis.line.encode() + (record.read_bytes() if record.exists() else b""))
        if not record.exists():
            raise RunbookError(
                "the engine wrote no record of the preview, so nobody can tell what it would lose: update "
                "Pulumi to 3.259 or newer; nothing was changed"
            )
        preview = document.from_events(record.read_text(encoding="utf-8", errors="replace"))
    if not preview.complete:
        raise RunbookError(
            "the engine's record of the preview is cut off, so nobody can tell what it would lose: run it "
            "again; nothing was changed"
        )
    _judge(deployment, preview.changes, allowed)


def _judge(deployment: Deployment, changes: Sequence[Change], allowed: Sequence[str]) -> None:
    if any(loss.change.urn not in allowed for loss in stateful.losses(changes)):
        # The record of events has no places. A deletion is declared nowhere any more in any case.
        places = document.places(deployment.state())
        changes = [replace(change, place=places.get(change.urn)) for change in changes]
    idle = stateful.judge(changes, allowed)
    for urn in allowed:
        told = stateful.idling(urn) if urn in idle else f"break glass: {urn} may lose its data"
        progress.say(f"WARNING: {told}" if urn in idle else told)
