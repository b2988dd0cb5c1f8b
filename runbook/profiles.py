"""The AWS profile that a command uses in a stack's own account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "AWS_PROFILE"
# Keys in the environment win over AWS_PROFILE in AWS's libraries, so a chosen profile needs them gone.
KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# Where the credentials of a machine or of a workflow are told.
# https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="PROFILE",
        help="The AWS profile of a --live command; otherwise AWS_PROFILE, the environment's credentials or "
        "omnitrack-STACK.",
    ),
]


def chosen(stack: str, given: str | None, environment: Mapping[str, str] | None = None) -> str | None:
    """The AWS profile of a command that acts in the stack's own account.

    Args:
        stack: its name.
        given: what `--profile` says.
        environment: the variables to look at; this process's where none are given.

    Returns:
        None where AWS finds the credentials without a profile: in the environment, or in a pipeline.
    """
    variables = os.environ if environment is None else environment
    if named := given or variables.get(VARIABLE):
        return named
    if variables.get("CI") or any(variables.get(name) for name in CREDENTIALS):
        return None
    return f"omnitrack-{stack}"


def applied(environment: Mapping[str, str], profile: str | None) -> dict[str, str]:
    """The environment in which another program uses the profile.

    Args:
        environment: what it would have otherwise.
        profile: as of `chosen`; without one, nothing changes.
    """
    if profile is None:
        return dict(environment)
    return {name: value for name, value in environment.items() if name not in KEYS} | {VARIABLE: profile}
