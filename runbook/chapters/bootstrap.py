"""What delivery needs once per account, made and kept as it should be."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from runbook import progress, targets
from runbook.errors import ExitCode, RunbookError, UsageError
from runbook.options import LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.bootstrap.parts import Outcome

RepositoryOption = Annotated[
    str | None,
    typer.Option("--repository", metavar="ORG/REPO", help="Whose workflows deploy: always needed."),
]
OwnerIdOption = Annotated[
    str | None, typer.Option("--owner-id", metavar="NUMBER", help="GitHub's number of the organisation.")
]
RepositoryIdOption = Annotated[
    str | None, typer.Option("--repository-id", metavar="NUMBER", help="GitHub's number of the repository.")
]
ReplaceOption = Annotated[
    bool,
    typer.Option(
        "--replace-repository",
        help="With --yes: the roles may trust this repository in the place of the one that they trust now.",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="With --live: do not ask.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what was done and the outputs as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command of this chapter."""
    app.command(
        epilog=examples(
            "omnitrack bootstrap -s staging --local --repository acme/omnitrack-ai",
            "omnitrack bootstrap -s staging --live --repository acme/omnitrack-ai --dry-run",
            "omnitrack bootstrap -s staging --live --repository acme/omnitrack-ai --yes",
        )
    )(bootstrap)


def bootstrap(
    stack: StackOption,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    repository: RepositoryOption = None,
    owner_id: OwnerIdOption = None,
    repository_id: RepositoryIdOption = None,
    replace_repository: ReplaceOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make what delivery needs, once per account.

    The bucket of the state, the key of its secrets, the trust in GitHub, the roles that deploy and preview,
    and the boundary of every role of the stack. A second run changes nothing, unless something is not as it
    was made: that is mended. Nothing is deleted, but for what gives the two roles more than they should have.
    """
    # The help must not wait for what only this command needs.
    from runbook.bootstrap import steps  # noqa: PLC0415 - see above
    from runbook.bootstrap.account import Bootstrap, check_account, names_of  # noqa: PLC0415 - see above
    from runbook.bootstrap.trust import repository as parsed  # noqa: PLC0415 - see above

    if stack == "development":
        raise UsageError(
            "development is delivered nowhere, it lives in the local cloud: it needs no bootstrap"
        )
    if repository is None:
        raise UsageError("say whose workflows deploy: --repository ORG/REPO")
    repo = parsed(repository, owner_id=owner_id, repository_id=repository_id)
    target = targets.open_account(stack, local=local, live=live, profile=profile)
    names = names_of(target)
    check_account(target)
    delivery = Bootstrap(names=names, repository=repo, client=target.client)
    asks = target.cloud is None and not dry_run
    if replaced := " and ".join(former.title for former in delivery.replaced()):
        progress.say(f"the roles trust {replaced}: {repo.title} takes its place")
        if asks and yes and not replace_repository:
            raise UsageError(f"add --replace-repository to take the roles from {replaced} with --yes")
    if asks and not yes:
        _confirm(stack, names.account)
    outcomes = _said(delivery.run(dry_run=dry_run), dry_run=dry_run)
    warnings = delivery.warnings()
    for warning in warnings:
        progress.say(f"warning: {warning}")
    if as_json:
        parts = [{"part": outcome.title, "changes": outcome.changes} for outcome in outcomes]
        told = {"dryRun": dry_run, "parts": parts, "warnings": warnings, "outputs": delivery.outputs()}
        typer.echo(json.dumps(told, indent=2))
    else:
        _tell(outcomes, dry_run=dry_run)
        is_rehearsed = target.cloud is not None
        typer.echo(
            steps.beforehand(delivery)
            if dry_run
            else steps.afterwards(delivery, rehearsed=is_rehearsed, profile=target.profile)
        )


def is_attended() -> bool:
    """Whether somebody is at the terminal."""
    return sys.stdin.isatty()


def _confirm(stack: str, account: str) -> None:
    if not is_attended():
        raise UsageError(f"nobody is at the terminal to confirm: add --yes to bootstrap {stack} for real")
    try:
        confirmed = typer.confirm(f"Bootstrap {stack} in the AWS account {account}?", default=False, err=True)
    except typer.Abort:
        progress.say("Interrupted: nothing was changed.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if not confirmed:
        raise RunbookError("not confirmed: nothing was changed")


def _said(outcomes: Iterable[Outcome], *, dry_run: bool) -> list[Outcome]:
    """Say each outcome as it comes: a step that fails shows what was done before it."""
    said = []
    for outcome in outcomes:
        changes = ", ".join(outcome.changes) or "unchanged"
        progress.say(f"{outcome.title}: {'would be ' if dry_run and outcome.changes else ''}{changes}")
        said.append(outcome)
    return said


def _tell(outcomes: list[Outcome], *, dry_run: bool) -> None:
    changed = sum(1 for outcome in outcomes if outcome.changes)
    if dry_run:
        typer.echo(f"{changed} of {len(outcomes)} parts would change; nothing was done.")
        return
    typer.echo(f"{changed} of {len(outcomes)} parts changed." if changed else "Unchanged.")
