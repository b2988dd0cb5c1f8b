"""Which stack, and where it runs: names, settings, accounts, local or real."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import typer

from localcloud import control
from runbook import progress, shell, stack_files
from runbook.errors import CloudDownError, UsageError

ROOT: Final = Path(__file__).resolve().parents[1]
STACKS: Final = ("development", "staging", "production")
# With one of these set, a command that is meant for a real account would act elsewhere.
LEADS_AWAY: Final = ("PULUMI_DEBUG_PROVIDERS", "AWS_ENDPOINT_URL")


class Place(StrEnum):
    """Where a command acts on a stack."""

    LOCAL = "local"
    """The local cloud."""
    LIVE = "live"
    """The stack's own AWS account."""
    OFFLINE = "offline"
    """Nowhere: a preview against an empty state."""


def place_of(stack: str, *, local: bool, live: bool, otherwise: Place | None = None) -> Place:
    """Decide where a command acts, and refuse what is ambiguous.

    Args:
        stack: name of the stack.
        local: the operator said `--local`.
        live: the operator said `--live`.
        otherwise: where it acts when nothing was said, for a command that cannot do harm there.

    Raises:
        UsageError: no such stack; both or none were said; or a real account from a shell that is set to the
            local cloud.
    """
    if stack not in STACKS:
        raise UsageError(f"no stack is named {stack!r}: choose {', '.join(STACKS[:-1])} or {STACKS[-1]}")
    if local and live:
        raise UsageError("--local and --live exclude each other: say one of them")
    if stack == "development":
        if live:
            raise UsageError(
                "development has no AWS account, it always runs in the local cloud: leave out --live"
            )
        return Place.LOCAL
    if live and os.environ.get(shell.MARKER):
        raise UsageError(
            'this shell is set to the local cloud: run `eval "$(omnitrack env --off)"` before using --live'
        )
    if live and (set_here := [name for name in LEADS_AWAY if os.environ.get(name)]):
        raise UsageError(f"{set_here[0]} leads away from AWS: unset it before using --live")
    place = Place.LIVE if live else Place.LOCAL if local else otherwise
    if place is None:
        raise UsageError(f"say where: --live for the AWS account of {stack}, --local for the local cloud")
    return place


def require_local(stack: str, *, local: bool, what: str) -> None:
    """Refuse to go on where the stack is not meant in the local cloud.

    Args:
        stack: name of the stack.
        local: the operator said `--local`.
        what: lives in the local cloud only, as in "demo users".

    Raises:
        UsageError: no such stack, or it is not meant locally.
    """
    if place_of(stack, local=local, live=False, otherwise=Place.LIVE) is Place.LIVE:
        raise UsageError(f"{what} live in the local cloud only: add --local to use {stack} there")


def home() -> Path:
    """The folder of the local cloud: OMNITRACK_LOCAL_HOME, or `.local/cloud` in the repository."""
    chosen = os.environ.get("OMNITRACK_LOCAL_HOME")
    return Path(chosen).expanduser().absolute() if chosen else ROOT / ".local" / "cloud"


def running_cloud() -> control.LocalCloud:
    """The local cloud; one that runs other code than the clone has now is warned of once.

    Raises:
        CloudDownError: it is not running.
    """
    cloud = control.find(home())
    if cloud is None:
        raise CloudDownError
    _warn_of_other_code(cloud.home)
    return cloud


def started_cloud(port: int | None = None) -> control.LocalCloud:
    """The local cloud, started where it does not run, and restarted where it runs other code than the clone.

    Args:
        port: where it must serve, if not where it is free.

    Raises:
        LocalCloudError: it does not become healthy, or the port is not to be had.
    """
    if control.find(home()) and control.outdated(home()):
        progress.say(
            "The local cloud runs other code than this clone has now: it is restarted, its state stays."
        )
    with progress.step("Local cloud") as report:
        return control.start(home(), report, port=port)


@cache
def _warn_of_other_code(folder: Path) -> None:
    if control.outdated(folder):
        progress.say(
            "WARNING: the local cloud was started from an older state of this clone's code: "
            "`omnitrack local down && omnitrack local up` brings it up to date and keeps its state"
        )


def settings_file(stack: str) -> Path:
    """The stack's settings in the repository."""
    return ROOT / f"Pulumi.{stack}.yaml"


def project() -> str:
    """The name of the Pulumi project."""
    return str(stack_files.read(ROOT / "Pulumi.yaml")["name"])


def settings(stack: str) -> dict[str, object]:
    """The stack's settings by full name (`project:key`), as they stand in the repository."""
    return dict(stack_files.read(settings_file(stack)).get("config") or {})


def account_of(stack: str) -> str | None:
    """The AWS account that the stack's settings allow; None where they name none."""
    match settings(stack).get("aws:allowedAccountIds"):
        case [account, *_]:
            return str(account)
        case _:
            return None


def local_account(stack: str) -> str:
    """The account that the stack has in the local cloud: the one of its settings, or the cloud's own.

    Raises:
        CloudDownError: the local cloud is not running.
    """
    cloud = running_cloud()
    return account_of(stack) or cloud.account


def show_banner(account: str, *, data_follows: bool = False) -> None:
    """Say first that what follows happens in the local cloud.

    Args:
        account: number of the account there.
        data_follows: the command's output is for another program, so the banner goes to standard error.
    """
    text = f"LOCAL CLOUD, account {account}"
    if os.environ.get(shell.MARKER) == account:
        # Said already, by the root command: it is so for the whole shell.
        return
    if data_follows:
        progress.say(text)
    else:
        typer.echo(text)
