"""The pipelines of GitHub as data: their jobs, steps and scripts."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GITHUB = ROOT / ".github"
WORKFLOWS = ("pull-request", "main", "production", "drift")
OMNITRACK = ".venv/bin/omnitrack "


@cache
def document(path: Path) -> dict[str, Any]:
    """A file with all its scalars as text: otherwise YAML would read `on` as a truth value."""
    found: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    return found


def workflow(name: str) -> dict[str, Any]:
    return document(GITHUB / "workflows" / f"{name}.yml")


def action(name: str) -> dict[str, Any]:
    return document(GITHUB / "actions" / name / "action.yml")


JOBS = [(name, job) for name in WORKFLOWS for job in workflow(name)["jobs"]]
FILES = sorted(GITHUB.rglob("*.yml"))
STEPS = [
    *((f"{name}.{job}", step) for name, job in JOBS for step in workflow(name)["jobs"][job]["steps"]),
    *(
        (f"actions.{path.parent.name}", step)
        for path in sorted(GITHUB.glob("actions/*/action.yml"))
        for step in action(path.parent.name)["runs"]["steps"]
    ),
]
SCRIPTS = [(f"{where}: {step['name']}", step["run"]) for where, step in STEPS if "run" in step]


def job_of(name: str, job: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow(name)["jobs"][job]
    return found


def step_of(name: str, job: str, words: str) -> dict[str, Any]:
    """The only step of a job whose name has these words."""
    (found,) = [step for step in job_of(name, job)["steps"] if words in step["name"]]
    assert isinstance(found, dict)
    return found


def commands(script: str) -> Iterator[str]:
    """Every call of `omnitrack` in a script, without what it hands on to `pulumi`."""
    for line in script.replace("\\\n", " ").splitlines():
        for call in line.split(OMNITRACK)[1:]:
            yield re.split(r" -- | [12]?>>? | \|\| ", call)[0]
