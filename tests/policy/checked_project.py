"""Projects of their own in a folder, for the tests of the check."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import IO, Any

import pulumi_aws
import pytest

from policy import check, exemptions
from policy.report.document import Document

ROOT = Path(__file__).parents[2]
MODULES = (pulumi_aws.iam.Role, pulumi_aws.kms.Key, pulumi_aws.sns.Topic, pulumi_aws.sqs.Queue)
"""Imported here once, and not by every program."""
HEAD = """
import json
import pulumi
import pulumi_aws as aws
from policy import guard

guard.install(stage=pulumi.get_stack(), retention_days=30)
key = aws.kms.Key("key", enable_key_rotation=True)
"""
TAIL = "\nguard.judge()\n"
CONFIG = {
    "aws:region": "eu-west-1",
    "aws:allowedAccountIds": ["111122223333"],
    "aws:defaultTags": {
        "tags": {
            "Project": "omnitrack",
            "Environment": "production",
            "ManagedBy": "pulumi",
            "Repository": "r",
        }
    },
}


class Project:
    """A project of its own in a folder, checked in this process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config: dict[str, Any] = dict(CONFIG)
        self.declared: dict[str, Any] = {}

    def write(self, program: str, **modules: str) -> None:
        (self.root / "Pulumi.yaml").write_text(
            json.dumps({"name": "omnitrack", "runtime": "python", "config": self.declared})
        )
        (self.root / "Pulumi.production.yaml").write_text(json.dumps({"config": self.config}, indent=1))
        (self.root / "__main__.py").write_text(program)
        for name, text in modules.items():
            (self.root / f"{name}.py").write_text(textwrap.dedent(text))

    def check(self, body: str, **modules: str) -> Document:
        """Judges resources, made between `install` and `judge`."""
        return self.check_program(HEAD + textwrap.dedent(body) + TAIL, **modules)

    def check_program(self, program: str, **modules: str) -> Document:
        self.write(program, **modules)
        return check.check(self.root, "production")


def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that the exemptions of this repository do not concern."""
    load, file = exemptions.load, tmp_path / "exemptions.yaml"
    monkeypatch.setattr(exemptions, "load", lambda *, today: load(file, today=today))
    return Project(tmp_path)


def found(document: Document, rule: str) -> list[str]:
    """The names of the resources that break a rule."""
    assert document["error"] is None
    return [entry["name"] for entry in document["findings"] if entry["rule"] == rule]


def place(document: Document, rule: str) -> tuple[object, list[object]]:
    (entry,) = [one for one in document["findings"] if one["rule"] == rule]
    return entry["place"], [*entry["related"]]


def command(*arguments: str, stdout: int | IO[str] = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AWS_PROFILE": "none", "PULUMI_CONFIG": '{"omnitrack:surprise": "1"}'}
    environment.pop("PYTHONUNBUFFERED", None)  # an operator's output is buffered
    return subprocess.run(
        [sys.executable, "-m", "policy.check", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
