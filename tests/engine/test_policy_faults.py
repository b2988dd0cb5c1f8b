"""A policy pack that cannot judge fails the preview, and says where the fault is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.stack import Stack

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi_aws as aws
aws.kms.Key("key", enable_key_rotation=True, description="hunter2")
"""
MANIFEST = f"runtime:\n  name: python\n  options:\n    virtualenv: {ROOT / '.venv'}\n"
BROKEN_RULE = """
import dataclasses
from policy import judgement, rules

def broken(resource, context):
    raise ValueError(resource.read("description"))

row = dataclasses.replace(rules.BY_ID["kms-key-rotation"], judge=broken)
judgement.terms_of.__kwdefaults__["rules"] = (row,)
import policy.__main__
"""
BROKEN_EXEMPTIONS = """
import functools, pathlib
from policy import exemptions

exemptions.load = functools.partial(exemptions.load, pathlib.Path({file!r}))
import policy.__main__
"""


def pack(folder: Path, program: str) -> str:
    """A pack that is ours but for one fault."""
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text(MANIFEST)
    (folder / "__main__.py").write_text(program)
    return str(folder)


def test_a_rule_that_raises_fails_the_preview_and_names_rule_and_resource(
    stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    result = stack(PROGRAM).preview("--policy-pack", pack(tmp_path / "pack", BROKEN_RULE))
    assert result.code != 0
    assert (
        "policy rule kms-key-rotation failed on urn:pulumi:dev::trial::aws:kms/key:Key::key" in result.output
    )
    assert "hunter2" not in result.output


def test_a_file_of_exemptions_that_cannot_be_read_fails_the_preview_with_line_and_column(
    stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text("exemptions:\n  - rule: kms-key-rotation\n    resource: [\n")
    program = BROKEN_EXEMPTIONS.format(file=str(file))
    result = stack(PROGRAM).preview("--policy-pack", pack(tmp_path / "pack", program))
    assert result.code != 0
    assert "policy/exemptions.yaml:4:1: is no YAML" in result.output
