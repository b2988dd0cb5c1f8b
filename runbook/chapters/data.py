"""The stack's data: the demo network, and the messages that could not be stored."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from runbook import dead_letters, progress, targets, twin
from runbook.options import JsonOption, LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

dead_letters_app = typer.Typer(
    help="Sensor messages that could not be stored.", no_args_is_help=True, rich_markup_mode=None
)

ReasonOption = Annotated[
    str | None,
    typer.Option(help="Only those whose reason begins with this, as in `unknown_node`.", metavar="REASON"),
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
    epilog=examples("omnitrack dead-letters list", "omnitrack dead-letters list -s production --live --json"),
)
def list_letters(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    reason: ReasonOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
) -> None:
    """Show what could not be stored, why, and since when; nothing is taken away."""
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    with progress.step("Reading the dead letters"):
        letters = dead_letters.of(target).look(reason=reason, limit=limit)
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
        "omnitrack dead-letters replay", "omnitrack dead-letters replay --reason unknown_node --limit 10"
    )
)
def replay(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    reason: ReasonOption = None,
    limit: LimitOption = 1000,
) -> None:
    """Send dead letters back to the ingest queue, once their cause is mended.

    Each one is deleted only after it has been sent: a message may come twice, and is then stored once.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    with progress.step("Replaying"):
        count = dead_letters.of(target).replay(reason=reason, limit=limit)
    typer.echo(f"{count} message{'' if count == 1 else 's'} sent back to the ingest queue.")
