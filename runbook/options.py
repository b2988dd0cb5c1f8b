"""The options that commands share, and the words that several of them use."""

from __future__ import annotations

from typing import Annotated

import typer

StackOption = Annotated[
    str, typer.Option("--stack", "-s", help="development, staging or production.", metavar="STACK")
]
LocalOption = Annotated[
    bool,
    typer.Option("--local", help="In the local cloud (development always is)."),
]
LiveOption = Annotated[bool, typer.Option("--live", help="In the stack's own AWS account.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
PassedOn = Annotated[
    list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="Handed to `pulumi` as they are.")
]


def examples(*lines: str) -> str:
    """The block of examples at the end of a command's help."""
    # The escape keeps click from filling the lines.
    return "\b\nExamples:\n" + "\n".join(f"  $ {line}" for line in lines)
