"""What other programs need to know of a stack: its outputs, and a shell that reaches the local cloud."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer

from runbook import deployments, shell, stacks, targets
from runbook.errors import RunbookError
from runbook.options import JsonOption, LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it
from runbook.stacks import Place

# Would lead elsewhere, or beats what is set.
IN_THE_WAY: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE")


def register(app: typer.Typer) -> None:
    """Add the commands of this chapter."""
    app.command(
        "env",
        epilog=examples(
            'eval "$(omnitrack env)" && pulumi preview',
            'eval "$(omnitrack env -s staging --local)"',
            'eval "$(omnitrack env --off)"',
        ),
    )(env)
    app.command(
        epilog=examples("omnitrack outputs -s development", "omnitrack outputs -s production --live --json")
    )(outputs)


def env(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    off: Annotated[bool, typer.Option("--off", help="Restore what the shell had before.")] = False,
) -> None:
    """Print what sets this shell to the local cloud.

    For bare `pulumi` and for AWS tools. Pulumi then reads a copy of the stack's settings: evaluate it again
    after you changed the stack file.
    """
    if off:
        typer.echo(shell.leave())
        return
    stacks.require_local(stack, local=local, what="these shells")
    cloud = stacks.running_cloud()
    account = stacks.account_of(stack) or cloud.account
    with deployments.opened(stack, Place.LOCAL) as deployment:
        deployment.prepare()
        variables: dict[str, str | None] = {
            **dict.fromkeys(IN_THE_WAY),
            **cloud.pulumi_environment(account),
            "PULUMI_HOME": deployment.environment["PULUMI_HOME"],
            "PULUMI_STACK": stack,
            "PULUMI_OPTION_CONFIG_FILE": str(deployment.settings_copy),
            "PULUMI_OPTION_POLICY_PACK": str(deployments.POLICY_PACK),
        }
        if configuration := deployments.policy_configuration(stack):
            variables["PULUMI_OPTION_POLICY_PACK_CONFIG"] = str(configuration)
    typer.echo(shell.enter(variables, account=account))


def outputs(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what a deployed stack exports: addresses, ids, names."""
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    if not target.outputs:
        raise RunbookError(f"stack {stack} has no outputs yet: deploy it with `omnitrack up -s {stack}`")
    if as_json:
        typer.echo(json.dumps(target.outputs, indent=2))
        return
    width = max(map(len, target.outputs))
    for name, value in sorted(target.outputs.items()):
        text = value if isinstance(value, str) else json.dumps(value)
        typer.echo(f"{name:{width}}  {text}")
