"""A rotation raises one number in the stack file and touches nothing else."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from runbook.errors import RunbookError
from runbook.generations import check, raised

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


@pytest.mark.parametrize(
    "outputs", [{}, {"EdgeSecretArn": "arn"}, {"EdgeSecretGeneration": 4}, {"EdgeSecretGeneration": 3}]
)
def test_the_deployed_generation_and_the_next_one_are_deployed(
    file: Path, outputs: dict[str, object]
) -> None:
    file.write_text(f"config:\n  {SETTING}: 4\n")
    check(file, "omnitrack", {"CursorSecretGeneration": 1, **outputs})


@pytest.mark.parametrize(
    ("setting", "output"),
    [
        ("edgeSecretGeneration", "EdgeSecretGeneration"),
        ("cursorSecretGeneration", "CursorSecretGeneration"),
    ],
)
@pytest.mark.parametrize(("wanted", "deployed"), [(3, 4), (6, 4), (None, 2)])
def test_an_older_generation_and_one_too_far_are_refused(
    file: Path, setting: str, output: str, wanted: int | None, deployed: int
) -> None:
    file.write_text(f"config:\n  omnitrack:{setting}: {wanted}\n" if wanted else "config:\n  a:b: 1\n")
    said = f"Pulumi.staging.yaml says {setting} {wanted or 1}, and {deployed} is deployed"
    with pytest.raises(RunbookError, match=said):
        check(file, "omnitrack", {output: deployed})


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    with pytest.raises(RunbookError, match="cannot be read"):
        raised(file, SETTING)
