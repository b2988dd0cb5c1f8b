"""Deployments: what `pulumi` does, with place and policy pack explicit, and data guarded before a change."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Final

import typer

from localcloud import control
from runbook import (
    deployments,
    devices,
    generations,
    judged_preview,
    progress,
    pulumi_arguments,
    stacks,
    targets,
)
from runbook.changes import stateful
from runbook.errors import ExitCode, RunbookError, UsageError
from runbook.judged_preview import BreakGlassOption  # noqa: TC001 - typer reads it
from runbook.options import LiveOption, LocalOption, PassedOn, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
            "omnitrack up -s staging --live --break-glass 'urn:pulumi:staging::omnitrack::...'",
        )
    )(up)
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
    profile: ProfileOption = None,
    break_glass: BreakGlassOption = None,
) -> None:
    """Deploy a stack: make its place equal to the program.

    First comes a preview. A change that would lose data ends there with exit code 4, unless --break-glass
    names the resource; with `-- --expect-no-changes` any change does, with 1.
    """
    stateful.check_urns(break_glass or ())
    arguments = checked(passed_on)
    place = stacks.place_of(stack, local=local, live=live)
    divided = pulumi_arguments.divide(arguments)
    ask = must_ask("up", stack, place, yes=yes or divided.confirmed)
    update(stack, place, divided, ask=ask, allowed=break_glass or (), profile=profile)


def destroy(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
) -> None:
    """Remove everything that a stack has, and with it all of its data.

    Losing data is what it is for, so only protected resources refuse. In the local cloud registered devices
    go first; elsewhere see `omnitrack sensors unregister`.
    """
    change("destroy", stack, passed_on, local=local, live=live, yes=yes, profile=profile)


def refresh(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
) -> None:
    """Bring the state up to what is really there.

    Shows what was changed behind Pulumi's back; with `-- --preview-only` it changes nothing.
    """
    change("refresh", stack, passed_on, local=local, live=live, yes=yes, profile=profile)


def change(
    command: str,
    stack: str,
    passed_on: Sequence[str] | None,
    *,
    local: bool,
    live: bool,
    yes: bool,
    profile: str | None = None,
) -> None:
    """Run `destroy` or `refresh`, which asks first where it is real.

    Raises:
        UsageError: the place is not said, or a real change can be confirmed by nobody.
        PulumiFailedError: Pulumi said no.
    """
    arguments = checked(passed_on)
    place = stacks.place_of(stack, local=local, live=live)
    # Where nothing is changed there is nothing to confirm, and Pulumi refuses --yes beside it.
    shown_only = PREVIEW_ONLY in arguments
    if place is Place.LIVE and not yes and not shown_only and not _at_terminal():
        raise _nobody_to_confirm(command, stack)
    if not shown_only and (yes or place is Place.LOCAL):
        arguments = ["--yes", *arguments]
    data_follows = not MACHINE_READABLE.isdisjoint(arguments)
    with engine_on(stack, place, command, data_follows=data_follows, profile=profile) as deployment:
        if command == "destroy" and place is Place.LOCAL and not shown_only:
            _remove_devices(stack)
        deployment.run(command, *arguments)
    _keep(place)


def update(
    stack: str,
    place: Place,
    arguments: pulumi_arguments.Divided,
    *,
    ask: bool = False,
    allowed: Sequence[str] = (),
    profile: str | None = None,
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Preview, judge what would be lost, ask where somebody wants to be asked, and only then deploy.

    Args:
        stack: name of the stack.
        place: where it is deployed.
        arguments: for the two runs.
        ask: whether somebody has to say yes in between.
        allowed: URNs of resources whose data may be lost.
        profile: the AWS profile that `--profile` names.
        begin: called when nothing stands in the way any more, right before anything is changed.

    Raises:
        PulumiFailedError: Pulumi said no.
        RefusedError: data would be lost.
        RunbookError: nobody said yes, or a secret would go back to an older generation.
    """
    aside = arguments.machine_readable
    with engine_on(stack, place, "up", data_follows=aside, profile=profile) as deployment:
        judged_preview.run(deployment, arguments.preview, allowed, aside=aside)
        generations.check(stacks.settings_file(stack), stacks.project(), deployment.outputs())
        if ask and not _confirmed(stack):
            raise RunbookError("not confirmed: nothing was changed")
        begin()
        deployment.run("up", "--skip-preview", "--yes", *arguments.update)
    _keep(place)


def must_ask(command: str, stack: str, place: Place, *, yes: bool) -> bool:
    """Whether somebody has to confirm a deployment.

    Raises:
        UsageError: somebody has to, and nobody is there.
    """
    ask = place is Place.LIVE and not yes
    if ask and not _at_terminal():
        raise _nobody_to_confirm(command, stack)
    return ask


@contextmanager
def engine_on(
    stack: str, place: Place, command: str, *, data_follows: bool, profile: str | None = None
) -> Iterator[deployments.Deployment]:
    """The engine on a stack, whose interruption is no failure; the local cloud keeps what came of it.

    Args:
        stack: name of the stack.
        place: where it is.
        command: of `omnitrack`, to say how it goes on.
        data_follows: standard output is for another program.
        profile: the AWS profile that `--profile` names.

    Raises:
        PulumiFailedError: Pulumi said no.
        Exit: somebody interrupted it.
    """
    if place is Place.LOCAL:
        stacks.show_banner(stacks.local_account(stack), data_follows=data_follows)
    with deployments.opened(stack, place, profile) as deployment:
        if place is not Place.LIVE:
            deployment.prepare()
        try:
            yield deployment
        except deployments.PulumiFailedError as error:
            # What is in the state by now must be in the cloud after a restart; the failure is what matters.
            with suppress(control.LocalCloudError):
                _keep(place)
            if error.code != ExitCode.INTERRUPTED:
                raise
            progress.say(f"Interrupted: `omnitrack {command} -s {stack}` goes on from here.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def _confirmed(stack: str) -> bool:
    """Whether somebody at the terminal says yes; the answer of one who only presses Enter is no."""
    try:
        return typer.confirm(f"Deploy {stack} to its own AWS account?", default=False, err=True)
    except typer.Abort:
        progress.say("Interrupted: nothing was changed.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _nobody_to_confirm(command: str, stack: str) -> UsageError:
    return UsageError(f"nobody is at the terminal to confirm: add --yes to {command} {stack} for real")


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
    """The arguments for `pulumi`, of which none leads the run elsewhere.

    Raises:
        UsageError: one would, or is a word: then somebody forgot `-s`.
    """
    arguments = list(passed_on or [])
    pulumi_arguments.check(arguments)
    return arguments
