"""The one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from runbook import progress, shell
from runbook.errors import ExitCode, explain


class EdgeGroup(TyperGroup):
    """The root command: says what is set in this shell, and ends every failure with one sentence."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the types of typer's inner click are not public
        """Run a subcommand.

        Raises:
            Exit: the command failed for a reason that the operator can act on.
        """
        if account := os.environ.get(shell.MARKER):
            progress.say(f"LOCAL CLOUD, account {account}")
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            progress.say("Interrupted: the same command goes on from here.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output has gone, as in `omnitrack outputs | head -1`.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(ExitCode.FAILED) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            told = explain(error)
            if told is None:
                raise
            sentence, code = told
            progress.say(f"omnitrack: {sentence}")
            raise typer.Exit(code) from None
