"""The policy without a deployment: the program judged before one, the state judged after one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from localcloud import engine
from runbook import deployments, progress, stacks
from runbook.chapters.deploy import MACHINE_READABLE, checked
from runbook.errors import ExitCode
from runbook.options import LiveOption, LocalOption, PassedOn, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it
from runbook.stacks import ROOT, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS: Final = "console, markdown, json or sarif"

FormatOption = Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"Of the report: {FORMATS}.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Where the report goes instead of the terminal."),
]
WriteOption = Annotated[
    list[str] | None,
    typer.Option("--write", metavar="FORMAT=FILE", help="One more report of the same run; may be repeated."),
]
RootOption = Annotated[
    Path,
    typer.Option(
        "--root",
        metavar="DIR",
        show_default=False,
        help="The folder of Pulumi.yaml; this repository by default.",
    ),
]

app = typer.Typer(no_args_is_help=True, help="Judge a stack by the policy, without deploying it.")


def register(root: typer.Typer) -> None:
    """Add the commands of this chapter."""
    root.add_typer(app, name="policy")


@app.command(
    epilog=examples(
        "omnitrack policy check -s production",
        "omnitrack policy check -s production --format markdown",
        "omnitrack policy check -s staging --write json=out/policy.json --write sarif=out/policy.sarif",
    )
)
def check(
    stack: StackOption,
    root: RootOption = ROOT,
    report: FormatOption = "console",
    output: OutputOption = None,
    write: WriteOption = None,
) -> None:
    """Judge the program of a stack.

    Needs no engine, no account and no network: the program runs against made-up answers of AWS, so that
    every rule can be decided. Ends with 1 where a rule is broken that stops a deployment.
    """
    command = [sys.executable, "-m", "policy.check", "--stack", stack, "--root", str(root.resolve())]
    command += ["--format", report]
    if output is not None:
        command += ["--output", str(output.resolve())]
    for target in write or []:
        command += ["--write", _absolute(target)]
    raise typer.Exit(_ended(command))


@app.command(
    epilog=examples(
        "omnitrack policy analyze -s development",
        "omnitrack policy analyze -s production --live",
        "omnitrack policy analyze -s staging --local -- --json",
    )
)
def analyze(
    stack: StackOption,
    passed_on: PassedOn = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Judge what a stack has deployed, by its state.

    The engine shows each resource of the state to the policy pack; neither the program nor AWS is asked.
    """
    arguments = checked(passed_on)
    place = stacks.place_of(stack, local=local, live=live)
    if place is Place.LOCAL:
        stacks.show_banner(
            stacks.local_account(stack), data_follows=not MACHINE_READABLE.isdisjoint(arguments)
        )
    with deployments.opened(stack, place, profile) as deployment:
        if place is not Place.LIVE:
            deployment.prepare()
        ended = engine.run(
            deployment.engine,
            ["policy", "analyze", "--stack", stack, *deployments.policy_flags(stack), *arguments],
            cwd=deployment.project_folder,  # the key to the state's secrets is in the stack file there
            environment=deployment.environment,
        )
    if ended.returncode == ExitCode.INTERRUPTED:
        progress.say("Interrupted: nothing was changed.")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if ended.returncode:
        raise deployments.PulumiFailedError("policy analyze", stack, ended.returncode)


def _ended(command: Sequence[str]) -> int:
    """The exit code of a program that shares our output; it tells of a Ctrl-C itself."""
    sys.stdout.flush()
    with subprocess.Popen(command, cwd=ROOT) as process:
        # Handed on and not raised: an exception in the middle of waiting can lose the exit code.
        usual = signal.signal(signal.SIGINT, lambda *_: process.send_signal(signal.SIGINT))
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, usual)


def _absolute(target: str) -> str:
    """FORMAT=FILE with the file as the caller's folder means it."""
    name, equals, file = target.partition("=")
    return f"{name}={Path(file).resolve()}" if equals and file else target
