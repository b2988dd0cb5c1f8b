"""A rotation raises one number in the stack file and touches nothing else."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from runbook.errors import RunbookError
from runbook.generations import raised

if TYPE_CHECKING:
    from pathlib import Path

SETTING = "omnitrack:edgeSecretGeneration"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.staging.yaml"


@pytest.mark.parametrize(
    ("line", "wanted", "generation"),
    [
        (f"  {SETTING}: 1", f"  {SETTING}: 2", 2),
        (f"  {SETTING}: 9 # last by ada", f"  {SETTING}: 10 # last by ada", 10),
        (f"    {SETTING}:   41", f"    {SETTING}:   42", 42),
    ],
)
def test_the_number_grows_by_one_and_the_rest_stays(
    file: Path, line: str, wanted: str, generation: int
) -> None:
    around = "# a comment\nconfig:\n{}\n  omnitrack:cursorSecretGeneration: 1\n"
    file.write_text(around.format(line))
    file.chmod(0o640)
    assert raised(file, SETTING) == generation
    assert file.read_text() == around.format(wanted)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "content",
    [
        "config:\n",
        f"config:\n  {SETTING}: one\n",
        f"config:\n  # {SETTING}: 1\n",
        f"config:\n  {SETTING}: 1\n  {SETTING}: 1\n",
        f"config:\n  {SETTING}: 1.5\n",
    ],
)
def test_what_cannot_be_raised_is_left_as_it_is(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(RunbookError, match=f"Pulumi.staging.yaml must say {SETTING} once"):
        raised(file, SETTING)
    assert file.read_text() == content


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    with pytest.raises(RunbookError, match="cannot be read"):
        raised(file, SETTING)
