"""People: users, their roles, and tokens to call the API with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from omnitrack.domain.access import ROLES

from runbook import audit, demo_users, progress, stacks, targets, users
from runbook.errors import RunbookError, UsageError
from runbook.options import JsonOption, LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

if TYPE_CHECKING:
    from omnitrack.domain.audit import Action

app = typer.Typer(help="The users of a stack.", no_args_is_help=True, rich_markup_mode=None)

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="File whose first line is the password.", metavar="FILE", exists=True, dir_okay=False),
]


def register(root: typer.Typer) -> None:
    """Add the commands of this chapter that stand alone."""
    root.command(
        epilog=examples(
            "omnitrack token --user viewer@demo.omnitrack.ai",
            'curl -H "Authorization: $(omnitrack token --user viewer@demo.omnitrack.ai)" $URL/twin',
            "omnitrack token --user me@example.com -s production --live --mfa-code 123456",
        )
    )(token)


@app.command(
    epilog=examples(
        "omnitrack users add ada@example.com --role analyst -s staging --live",
        "omnitrack users add ada@example.com --role analyst --password-file password.txt",
    )
)
def add(
    email: EmailArgument,
    role: Annotated[str, typer.Option(help="Their role.", metavar="ROLE")],
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    password_file: PasswordFile = None,
    invite: Annotated[
        bool, typer.Option("--invite", help="Send them a temporary password by e-mail.")
    ] = False,
) -> None:
    """Make a user with a role.

    On AWS, without --password-file, they are invited: Cognito sends an e-mail with a temporary password.
    Locally the password is asked for, unless --invite is given: `omnitrack local mail` shows that e-mail.
    """
    users.checked_role(role)
    if invite and password_file is not None:
        raise UsageError("--invite and --password-file exclude each other: an invitation brings a password")
    if "@" not in email:
        raise UsageError(f"{email!r} is no e-mail address")
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    pool = users.pool_of(target)
    if invite or (target.cloud is None and password_file is None):
        pool.invite(email)
        action: Action = "user.invited"
    else:
        pool.create(email, _password(email, password_file, confirm=True))
        action = "user.created"
    pool.give_role(email, role)
    audit.record(target, action, f"user:{pool.id_of(email)}", detail=f"role {role}")
    typer.echo(f"{email} is {'invited' if action == 'user.invited' else 'made'}, with the role {role}.")


@app.command(epilog=examples("omnitrack users role ada@example.com director -s staging --live"))
def role(
    email: EmailArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE")],
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Give a user another role; tokens that they have keep the old one until they expire."""
    users.checked_role(role)
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    pool = users.pool_of(target)
    pool.give_role(email, role)
    audit.record(target, "user.role_given", f"user:{pool.id_of(email)}", detail=f"role {role}")
    typer.echo(f"{email} has the role {role}.")


@app.command(epilog=examples("omnitrack users disable ada@example.com -s staging --live"))
def disable(
    email: EmailArgument,
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Let a user sign in no more; tokens that they have, and sockets, end within their minutes."""
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    pool = users.pool_of(target)
    pool.disable(email)
    audit.record(target, "user.disabled", f"user:{pool.id_of(email)}")
    typer.echo(f"{email} is disabled. Tokens that they have end by themselves, after idTokenMinutes at most.")


@app.command(epilog=examples("omnitrack users enable ada@example.com -s staging --live"))
def enable(
    email: EmailArgument,
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Let a disabled user sign in again."""
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    pool = users.pool_of(target)
    pool.enable(email)
    audit.record(target, "user.enabled", f"user:{pool.id_of(email)}")
    typer.echo(f"{email} is enabled.")


@app.command("list", epilog=examples("omnitrack users list", "omnitrack users list -s staging --live --json"))
def list_users(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show everybody, with their roles."""
    found = users.pool_of(targets.open_target(stack, local=local, live=live, profile=profile)).users()
    if as_json:
        rows = [
            {"email": user.email, "status": user.status, "enabled": user.enabled, "roles": user.roles}
            for user in found
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    progress.table(
        ("e-mail", "status", "roles"), [(user.email, _status(user), ", ".join(user.roles)) for user in found]
    )


@app.command(epilog=examples("omnitrack users demo", "omnitrack users demo -s staging --local"))
def demo(stack: StackOption = "development", *, local: LocalOption = False) -> None:
    """Make one demo user per role, in the local cloud only."""
    stacks.require_local(stack, local=local, what="demo users")
    pool = users.pool_of(targets.open_target(stack, local=True, live=False))
    with progress.step("Demo users"):
        new = demo_users.ensure(pool, demo_file())
    typer.echo(f"{len(ROLES)} demo users, {new} of them new. Their passwords are in {demo_file()}.")
    typer.echo(f"Sign in from a script: omnitrack token --user {demo_users.email_of(ROLES[0])}")


def token(
    user: Annotated[str, typer.Option("--user", "-u", help="Who signs in.", metavar="EMAIL")],
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    password_file: PasswordFile = None,
    mfa_code: Annotated[str | None, typer.Option(help="Code of the second factor.", metavar="DIGITS")] = None,
) -> None:
    """Sign in and print the id token.

    The API takes it for some minutes. The password comes from --password-file, for a demo user from the
    demo users' file, or is asked for.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    known = demo_users.passwords_in(demo_file()) if target.cloud and password_file is None else {}
    password = known.get(user) or _password(user, password_file)
    typer.echo(users.pool_of(target).id_token(user, password, mfa_code))


def _status(user: users.User) -> str:
    return user.status if user.enabled else "DISABLED"


def demo_file() -> Path:
    """Where the demo users' passwords are."""
    return stacks.home() / "demo-users.json"


def _password(email: str, file: Path | None, *, confirm: bool = False) -> str:
    if file is None:
        return _typed_password(email, confirm=confirm)
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        raise RunbookError(f"{file} holds no password: its first line is empty")
    return lines[0]


def _typed_password(email: str, *, confirm: bool) -> str:
    if not sys.stdin.isatty():  # nobody to hide it from, and nobody to ask twice
        if password := sys.stdin.readline().rstrip("\r\n"):
            return password
        raise RunbookError("no password was given: pipe it in, or name a file with --password-file")
    try:
        return str(
            typer.prompt(f"Password of {email}", hide_input=True, confirmation_prompt=confirm, err=True)
        )
    except typer.Abort:
        raise RunbookError("no password was given: type it, or name a file with --password-file") from None
