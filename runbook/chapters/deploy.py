"""Deployments: what `pulumi` does, with the place made explicit and the policy pack always attached."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final

import typer

from localcloud import control
from runbook import deployments, devices, progress, stacks, targets
from runbook.errors import ExitCode, UsageError
from runbook.options import LiveOption, LocalOption, PassedOn, StackOption, examples
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="With --live: do not ask.")]
MACHINE_READABLE: Final = frozenset({"--json", "-j"})
PREVIEW_ONLY: Final = "--preview-only"


def register(app: typer.Typer) -> None:
    """Add the commands of this chapter."""
    app.command(
        epilog=examples(
            "omnitrack up -s development",
            "omnitrack up -s staging --local",
            "omnitrack up -s production --live",
            "omnitrack up -s development -- --refresh --diff",
        )
    )(up)
    app.command(
        epilog=examples(
            "omnitrack preview -s production",
            "omnitrack preview -s production --live",
            "omnitrack preview -s staging -- --json",
        )
    )(preview)
    app.command(epilog=examples("omnitrack destroy -s development", "omnitrack destroy -s staging --live"))(
        destroy
    )
    app.command(
        epilog=examples(
            "omnitrack refresh -s development",
            "omnitrack refresh -s production --live -- --preview-only --expect-no-changes",
        )
    )(refresh)


def up(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: YesOption = False,
) -> None:
    """Deploy a stack: make its place equal to the program."""
    change("up", stack, passed_on, local=local, live=live, yes=yes)


def destroy(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: YesOption = False,
) -> None:
    """Remove everything that a stack has.

    Protected resources refuse. In the local cloud registered devices go first; elsewhere see
    `omnitrack sensors unregister`.
    """
    change("destroy", stack, passed_on, local=local, live=live, yes=yes)


def refresh(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: YesOption = False,
) -> None:
    """Bring the state up to what is really there.

    Shows what was changed behind Pulumi's back; with `-- --preview-only` it changes nothing.
    """
    change("refresh", stack, passed_on, local=local, live=live, yes=yes)


def preview(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
) -> None:
    """Show and judge what a deployment would do.

    For staging and production it needs neither an account nor a network: it starts from an empty state. With
    --live it compares with the real one.
    """
    arguments = checked(passed_on)
    place = stacks.place_of(stack, local=local, live=live, otherwise=Place.OFFLINE)
    run("preview", stack, place, arguments)


def change(
    command: str, stack: str, passed_on: Sequence[str] | None, *, local: bool, live: bool, yes: bool
) -> None:
    """Run a command that changes something, asking first where it is real.

    Raises:
        UsageError: the place is not said, or a real change can be confirmed by nobody.
        PulumiFailedError: Pulumi said no.
    """
    arguments = checked(passed_on)
    place = stacks.place_of(stack, local=local, live=live)
    if PREVIEW_ONLY in arguments:
        # There is nothing to confirm, and Pulumi refuses --yes beside it.
        run(command, stack, place, arguments)
        return
    if place is Place.LIVE and not yes and not sys.stdin.isatty():
        raise UsageError(f"nobody is at the terminal to confirm: add --yes to {command} {stack} for real")
    run(command, stack, place, ["--yes", *arguments] if yes or place is Place.LOCAL else arguments)


def run(command: str, stack: str, place: Place, arguments: Sequence[str]) -> None:
    """Run the engine on a stack, and keep the local cloud's state when it is done.

    Raises:
        PulumiFailedError: Pulumi said no.
    """
    if place is Place.LOCAL:
        stacks.show_banner(
            stacks.local_account(stack), data_follows=not MACHINE_READABLE.isdisjoint(arguments)
        )
        if command == "destroy" and PREVIEW_ONLY not in arguments:
            _remove_devices(stack)
    with deployments.opened(stack, place) as deployment:
        if place is not Place.LIVE:
            deployment.prepare()
        try:
            deployment.run(command, *arguments)
        except deployments.PulumiFailedError as error:
            # What is in the state by now must be in the cloud after a restart; the failure is what matters.
            with suppress(control.LocalCloudError):
                _keep(place)
            if error.code != ExitCode.INTERRUPTED:
                raise
            progress.say(f"Interrupted: `omnitrack {command} -s {stack}` goes on from here.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
    if command != "preview":
        _keep(place)


def _remove_devices(stack: str) -> None:
    """Pulumi knows nothing of registered devices, and they hold on to policy and thing type."""
    names = devices.registered_here(stack)
    target = targets.open_target(stack, local=True, live=False, silent=True)
    if names and target.outputs:
        with progress.step("Removing the registered devices") as report:
            devices.unregister(target, names, devices.folder_of(stack), report)


def _keep(place: Place) -> None:
    """Have the local cloud write its state to disk, so that it and Pulumi's state agree after a crash."""
    if place is Place.LOCAL:
        control.save(stacks.home())


def checked(passed_on: Sequence[str] | None) -> list[str]:
    """The arguments for `pulumi`, unless the first is a word: then somebody forgot `-s`.

    Raises:
        UsageError: the first argument is no flag.
    """
    arguments = list(passed_on or [])
    if arguments and not arguments[0].startswith("-"):
        raise UsageError(
            f"{arguments[0]!r} is not understood: name a stack with -s, and what is for pulumi after `--`"
        )
    return arguments
