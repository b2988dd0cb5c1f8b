"""Secrets that the platform made for itself, exchanged for new ones."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from runbook import generations, progress, pulumi_arguments, stacks
from runbook.chapters import deploy
from runbook.errors import UsageError
from runbook.options import LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

app = typer.Typer(
    help="The secrets that the platform made for itself.", no_args_is_help=True, rich_markup_mode=None
)

SETTINGS: Final = {"edge": "edgeSecretGeneration", "cursors": "cursorSecretGeneration"}
WHAT: Final = {
    "edge": "what proves to the APIs that a request came through the edge",
    "cursors": "what the cursors of lists are signed with",
}
SecretArgument = Annotated[
    str,
    typer.Argument(metavar="SECRET", help="; ".join(f"{name}: {what}" for name, what in WHAT.items()) + "."),
]


@app.command(
    epilog=examples(
        "omnitrack secrets rotate edge",
        "omnitrack secrets rotate edge -s production --live",
        "omnitrack secrets rotate cursors -s staging --live --yes",
    )
)
def rotate(
    secret: SecretArgument,
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: deploy.YesOption = False,
    profile: ProfileOption = None,
) -> None:
    """Put a new value in the place of a secret, and deploy; the value is never shown.

    The generation in the stack's file goes up by one: commit that change. It goes back where the deployment
    is refused or not confirmed, before anything was changed. The value before stays valid until
    the next rotation, so nothing is refused meanwhile. After a leak, rotate twice.
    """
    if secret not in SETTINGS:
        raise UsageError(f"there is no secret {secret!r}: choose one of {', '.join(SETTINGS)}")
    place = stacks.place_of(stack, local=local, live=live)
    ask = deploy.must_ask("secrets rotate", stack, place, yes=yes)
    if place is Place.LOCAL:
        stacks.running_cloud()  # a rotation that cannot be deployed must not begin
    file = stacks.settings_file(stack)
    with _raised(file, SETTINGS[secret], stack) as begin:
        deploy.update(stack, place, pulumi_arguments.divide([]), ask=ask, profile=profile, begin=begin)


@contextmanager
def _raised(file: Path, setting: str, stack: str) -> Iterator[Callable[[], None]]:
    """The next generation in the stack's file, for good as soon as what is yielded has been called."""
    name = f"{stacks.project()}:{setting}"
    generation = generations.raised(file, name)
    stays = False

    def begin() -> None:
        nonlocal stays
        stays = True
        typer.echo(f"{file.name}: {setting} is {generation} now. Commit this change.")
        progress.say(f"Should the deployment fail, `omnitrack up -s {stack}` goes on: do not rotate again.")

    try:
        yield begin
    finally:
        if not stays:
            before = generations.raised(file, name, by=-1)
            progress.say(f"{file.name}: {setting} is {before}, as before.")
