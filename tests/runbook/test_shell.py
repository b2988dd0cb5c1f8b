"""A shell is set to the local cloud and back, whatever it held before."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from runbook import shell

if TYPE_CHECKING:
    from collections.abc import Mapping

ODD = 'it\'s "quoted" $HOME `id` \\ 100%\nsecond line; rm -rf *'
VARIABLES = {"NEW_ONE": ODD, "CHANGED": "local", "HIDDEN": None, "EMPTY": "local"}
BEFORE = {"CHANGED": ODD, "HIDDEN": "a secret", "EMPTY": ""}
NAMES = ("NEW_ONE", "CHANGED", "HIDDEN", "EMPTY", shell.MARKER)
SHELLS = [name for name in ("bash", "dash", "zsh") if shutil.which(name)]


def run(interpreter: str, *scripts: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Evaluate scripts as `eval "$(...)"` does, and answer the variables of a child process."""
    arguments = [argument for script in scripts for argument in (script,)]
    program = "set -eu; " + "".join(f'eval "${index}"; ' for index in range(1, len(scripts) + 1)) + "env -0"
    # The binaries of the system only: nothing of the tester's environment takes part.
    ended = subprocess.run(
        [interpreter, "-c", program, interpreter, *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    entries = (entry.partition("=") for entry in ended.stdout.split("\0") if entry)
    return {name: value for name, _, value in entries}


def of_interest(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in NAMES if name in environment}


@pytest.mark.parametrize("interpreter", SHELLS)
def test_entering_sets_and_unsets(interpreter: str) -> None:
    found = run(interpreter, shell.enter(VARIABLES, account="000000000000"), environment=BEFORE)
    assert of_interest(found) == {
        "NEW_ONE": ODD,
        "CHANGED": "local",
        "EMPTY": "local",
        shell.MARKER: "000000000000",
    }


@pytest.mark.parametrize("interpreter", SHELLS)
@pytest.mark.parametrize("times", [1, 2])
def test_leaving_restores_the_earlier_values_however_often_one_entered(interpreter: str, times: int) -> None:
    enter = shell.enter(VARIABLES, account="1")
    found = run(interpreter, *[enter] * times, shell.leave(), environment=BEFORE)
    assert of_interest(found) == BEFORE
    assert not [name for name in found if name.startswith("OMNITRACK")]


@pytest.mark.parametrize("interpreter", SHELLS)
def test_entering_for_another_stack_in_between_forgets_nothing(interpreter: str) -> None:
    other = shell.enter({"OTHER": "x", "CHANGED": "other"}, account="2")
    found = run(interpreter, shell.enter(VARIABLES, account="1"), other, shell.leave(), environment=BEFORE)
    assert of_interest(found) == BEFORE
    assert "OTHER" not in found


@pytest.mark.parametrize("interpreter", SHELLS)
def test_leaving_a_shell_that_was_never_set_changes_nothing(interpreter: str) -> None:
    found = run(interpreter, shell.leave(), environment=BEFORE)
    assert of_interest(found) == BEFORE


def test_earlier_values_are_not_part_of_the_text() -> None:
    assert "a secret" not in shell.enter(VARIABLES, account="1")
