"""The stack's data: the demo network, and the messages that could not be dealt with."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from runbook import dead_letters, progress, targets, twin
from runbook.options import JsonOption, LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

dead_letters_app = typer.Typer(
    help="Messages that could not be dealt with.", no_args_is_help=True, rich_markup_mode=None
)

ReasonOption = Annotated[
    str | None,
    typer.Option(help="Only those whose reason begins with this, as in `unknown_node`.", metavar="REASON"),
]
QueueOption = Annotated[
    str,
    typer.Option(
        help="; ".join(f"{name}: {kind.what}" for name, kind in dead_letters.KINDS.items()) + ".",
        metavar="QUEUE",
    ),
]
LimitOption = Annotated[int, typer.Option(min=1, help="At most so many.", metavar="N")]


def register(app: typer.Typer) -> None:
    """Add the commands of this chapter."""
    app.command(
        "init-db", epilog=examples("omnitrack init-db -s development", "omnitrack init-db -s staging --live")
    )(init_db)


def init_db(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Put the demo network into the twin.

    43 nodes on four continents and the lanes between them; what is there already stays as it is.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    with progress.step("Demo network"):
        nodes, lanes = twin.seed(target)
    typer.echo(f"Nodes: {nodes.created} created, {nodes.kept} were there already.")
    typer.echo(f"Lanes: {lanes.created} created, {lanes.kept} were there already.")


@dead_letters_app.command(
    "list",
    epilog=examples(
        "omnitrack dead-letters list",
        "omnitrack dead-letters list --queue notifications",
        "omnitrack dead-letters list -s production --live --json",
    ),
)
def list_letters(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    queue: QueueOption = "readings",
    reason: ReasonOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
) -> None:
    """Show what could not be dealt with, why, and since when; nothing is taken away."""
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    with progress.step("Reading the dead letters"):
        letters = dead_letters.of(target, queue).look(reason=reason, limit=limit)
    if as_json:
        typer.echo(json.dumps([letter.document() for letter in letters], indent=2))
        return
    if not letters:
        typer.echo("No dead letters.")
        return
    progress.table(
        ("age", "reason", "message"),
        [(letter.age_text(), letter.reason, letter.summary()) for letter in letters],
    )


@dead_letters_app.command(
    epilog=examples(
        "omnitrack dead-letters replay",
        "omnitrack dead-letters replay --reason unknown_node --limit 10",
        "omnitrack dead-letters replay --queue notifications",
    )
)
def replay(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    queue: QueueOption = "readings",
    reason: ReasonOption = None,
    limit: LimitOption = 1000,
) -> None:
    """Send dead letters back to the queue that they came from, once their cause is mended.

    Each one is deleted only after it has been sent: a message may come twice, and then has one effect.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    with progress.step("Replaying"):
        count = dead_letters.of(target, queue).replay(reason=reason, limit=limit)
    typer.echo(f"{count} message{'' if count == 1 else 's'} sent back.")
