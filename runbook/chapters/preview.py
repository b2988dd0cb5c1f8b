"""Previews: what a deployment would do, judged for policy and data, told on a pull request."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from runbook import earlier, judged_preview, progress, revisions, stacks
from runbook.changes import report as reports
from runbook.changes import results, stateful
from runbook.changes.basis import Against, Basis
from runbook.changes.links import Links
from runbook.changes.markdown import code
from runbook.chapters import deploy
from runbook.errors import RunbookError, UsageError
from runbook.judged_preview import BreakGlassOption  # noqa: TC001 - typer reads it
from runbook.options import LiveOption, LocalOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.revisions import Revision

AGAINST: Final = {
    Place.OFFLINE: Against.NOTHING,
    Place.LOCAL: Against.LOCAL,
    Place.LIVE: Against.LIVE,
}
PASSED_ON: Final = "omnitrack.passed_on"
GITHUB: Final = "https://api.github.com"


class PreviewGroup(TyperGroup):
    """A group that is a command too: what follows `--` is for `pulumi`, and names no command of the group."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as in EdgeGroup
        """Take away what is for `pulumi`, unless a command of the group takes the rest of the line."""
        own, passed_on = args, []
        if "--" in args and self.commands.keys().isdisjoint(args[: args.index("--")]):
            at = args.index("--")
            own, passed_on = args[:at], args[at + 1 :]
        ctx.meta[PASSED_ON] = passed_on
        return super().parse_args(ctx, own)


app = typer.Typer(
    cls=PreviewGroup,
    invoke_without_command=True,
    rich_markup_mode=None,
    subcommand_metavar="[-- ARGUMENTS] | COMMAND [ARGS]...",
    epilog=examples(
        "omnitrack preview -s production",
        "omnitrack preview -s production --live",
        "omnitrack preview -s production --since origin/main",
        "omnitrack preview -s staging -- --json",
        "omnitrack preview report out/ --output comment.md",
    ),
)

OptionalStack = Annotated[
    str | None, typer.Option("--stack", "-s", help="development, staging or production.", metavar="STACK")
]
FileOption = Annotated[Path, typer.Option("--file", metavar="FILE", help="The comment, as Markdown.")]


@app.callback()
def preview(
    context: typer.Context,
    stack: OptionalStack = None,
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    break_glass: BreakGlassOption = None,
    event_log: Annotated[
        Path | None, typer.Option("--event-log", metavar="FILE", help="Keep the engine's record of it.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="Compare with what this commit deploys, without an account."),
    ] = None,
) -> None:
    """Show and judge what a deployment would do; what follows `--` is handed to `pulumi preview`.

    For staging and production it needs neither an account nor a network: it starts from an empty state, or
    with --since from what an earlier commit deploys. With --live it compares with the real one. A change that
    would lose data ends it with exit code 4.
    """
    if context.invoked_subcommand:
        return
    if stack is None:
        raise UsageError(f"say which stack: -s {', -s '.join(stacks.STACKS[:-1])} or -s {stacks.STACKS[-1]}")
    stateful.check_urns(break_glass or ())
    arguments = deploy.checked(context.meta[PASSED_ON])
    if since is not None and (local or live):
        raise UsageError("--since compares with a commit, --local and --live with what is there: say one")
    place = stacks.place_of(stack, local=local, live=live, otherwise=Place.OFFLINE)

    def judge(place: Place, basis: Basis) -> None:
        data_follows = not deploy.MACHINE_READABLE.isdisjoint(arguments)
        with deploy.engine_on(stack, place, "preview", data_follows=data_follows, profile=profile) as engine:
            judged_preview.run(engine, arguments, break_glass or (), kept=event_log, basis=basis)

    if since is None:
        judge(place, Basis(against=AGAINST[place], account=stacks.account_of(stack) or ""))
    else:
        _compare(stack, revisions.resolve(since), judge)


def _compare(stack: str, revision: Revision, judge: Callable[[Place, Basis], None]) -> None:
    """Preview against what a commit deploys, or an empty state where that cannot be deployed."""
    basis = Basis(against=Against.REVISION, revision=revision.short, account=stacks.account_of(stack) or "")
    try:
        with earlier.deployed(stack, revision) as unseen:
            if unseen:
                progress.say(f"not shown, because the local cloud overrides it: what {unseen} changes")
            judge(Place.LOCAL, replace(basis, unseen=unseen))
            return
    except earlier.NotDeployableError as error:
        progress.say(f"{revision.short} cannot be deployed, so this starts from an empty state: {error}")
    judge(Place.OFFLINE, replace(basis, against=Against.NOTHING))


@app.command(
    epilog=examples(
        "omnitrack preview report out/ --expect staging --output comment.md --full report.md",
        "omnitrack preview report production=preview.json",
    )
)
def report(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Folders with a folder for each stack (preview.json, preview.log, events.jsonl, "
            "policy.json), or STACK=FILE with what `pulumi preview --json` wrote.",
        ),
    ],
    *,
    expect: Annotated[
        list[str] | None,
        typer.Option(metavar="STACK", help="Tell this stack also where nothing is found; repeat it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there instead of to standard output.")
    ] = None,
    full: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there what is too long for a comment, too.")
    ] = None,
) -> None:
    """Tell previews as Markdown for a pull request.

    Verdict first; then what would be replaced or deleted, new permissions, updates, creations. Whatever is
    missing or cut off is said. It reads files only, and fits into a comment on GitHub.
    """
    found, links = results.collect(paths, expect or ()), Links.of_job(os.environ)
    elsewhere = "`omnitrack preview report --full FILE` writes all of it"
    if full is not None:
        full.write_text(reports.whole(found, links), encoding="utf-8")
        elsewhere = f"the full report, {code(full.name)}, is kept with this run"
    text = reports.page(found, links).within(reports.SIZE, elsewhere)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)


@app.command(
    epilog=examples("omnitrack preview comment --repository owner/name --number 7 --file comment.md")
)
def comment(
    repository: Annotated[str, typer.Option(metavar="OWNER/NAME", help="Of the pull request.")],
    number: Annotated[int, typer.Option(min=1, help="Of the pull request.")],
    file: FileOption,
) -> None:
    """Make a report the one comment of its kind on a pull request, with the token in GITHUB_TOKEN."""
    token = os.environ.get("GITHUB_TOKEN")
    if not token:
        raise UsageError("nobody may write comments without a token: set GITHUB_TOKEN")
    from runbook import pull_request_comment  # noqa: PLC0415 - its HTTP client costs more than a help text

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RunbookError(f"{file} is no text in UTF-8: nothing was sent") from None
    api = os.environ.get("GITHUB_API_URL") or GITHUB
    typer.echo(pull_request_comment.publish(text, repository=repository, number=number, token=token, api=api))
