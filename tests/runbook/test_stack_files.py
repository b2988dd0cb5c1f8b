"""Copies of stack files need no key, and the originals stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from runbook import stack_files, stacks
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from pathlib import Path

ORIGINAL = """\
# A comment that people wrote.
secretsprovider: awskms://alias/omnitrack?region=us-east-1
encryptedkey: AQECAHg=
encryptionsalt: v1:abc=:v1:def
config:
  omnitrack:functionRuntime: python3.13
  omnitrack:webhook:
    secure: AAABAJ1
  omnitrack:nested:
    token: {secure: AAABAJ2}
    list: [1, {secure: AAABAJ3}]
"""


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.staging.yaml"
    path.write_text(ORIGINAL)
    return path


def copied(original: Path, **arguments: object) -> dict[str, object]:
    target = original.with_name("copy.yaml")
    overrides: dict[str, object] = {"omnitrack:functionRuntime": "host"}
    stack_files.copy_without_keys(original, target, overrides=overrides, **arguments)  # type: ignore[arg-type]
    content: dict[str, object] = yaml.safe_load(target.read_text())
    return content


def test_a_copy_has_none_of_the_three_keys(original: Path) -> None:
    assert set(copied(original)) == {"config"}


def test_a_copy_keeps_settings_and_takes_overrides(original: Path) -> None:
    assert copied(original)["config"] == {
        "omnitrack:functionRuntime": "host",
        "omnitrack:webhook": stack_files.STAND_IN,
        "omnitrack:nested": {"token": stack_files.STAND_IN, "list": [1, stack_files.STAND_IN]},
    }


def test_the_salt_of_the_backend_is_put_in_where_there_is_one(original: Path) -> None:
    assert copied(original, salt="v1:own")["encryptionsalt"] == "v1:own"


def test_the_original_stays_byte_for_byte(original: Path) -> None:
    copied(original)
    assert original.read_text() == ORIGINAL


@pytest.mark.parametrize("stack", stacks.STACKS)
def test_the_stack_files_of_the_repository_copy_without_loss(stack: str, tmp_path: Path) -> None:
    source = stacks.settings_file(stack)
    before = source.read_bytes()
    stack_files.copy_without_keys(source, tmp_path / "copy.yaml", overrides={})
    assert stack_files.read(tmp_path / "copy.yaml")["config"] == stack_files.read(source)["config"]
    assert source.read_bytes() == before


def test_a_file_without_settings_becomes_a_copy_with_the_overrides_only(tmp_path: Path) -> None:
    empty = tmp_path / "Pulumi.staging.yaml"
    empty.write_text("config:\n")
    assert copied(empty) == {"config": {"omnitrack:functionRuntime": "host"}}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Pulumi.staging.yaml has no settings"),
        ("- a list", "Pulumi.staging.yaml has no settings"),
        ("config: {", "Pulumi.staging.yaml is not valid YAML"),
        (None, "Pulumi.staging.yaml does not exist"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(tmp_path: Path, content: str | None, sentence: str) -> None:
    path = tmp_path / "Pulumi.staging.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RunbookError, match=sentence) as caught:
        stack_files.read(path)
    assert "\n" not in str(caught.value)
