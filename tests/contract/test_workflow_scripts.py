"""What the pipelines of GitHub run: commands that exist, and scripts that end as they should."""

from __future__ import annotations

import itertools
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperGroup

from runbook.cli import app
from tests.support.program import ROOT
from tests.support.workflows import OMNITRACK, SCRIPTS, commands, job_of, step_of, workflow

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("where", "script"), SCRIPTS, ids=[where for where, _ in SCRIPTS])
def test_a_script_takes_what_others_wrote_from_its_environment_only(where: str, script: str) -> None:
    assert "${{" not in script, where


@pytest.mark.parametrize(("where", "script"), SCRIPTS, ids=[where for where, _ in SCRIPTS])
def test_a_command_of_the_runbook_exists_with_its_options(where: str, script: str) -> None:
    assert "omnitrack " not in script.replace(OMNITRACK, ""), f"{where}: as it is called on a laptop"
    assert not re.search(r"\bpulumi (up|preview|refresh|destroy)", script), f"{where}: past the policy pack"
    root = typer.main.get_command(app)
    for call in commands(script):
        command: Any = root
        for word in call.split():
            if not isinstance(command, TyperGroup) or word not in command.commands:
                break
            command = command.commands[word]
        assert command is not root, f"{where}: no command begins {call!r}"
        known = {option for parameter in command.params for option in parameter.opts}
        used = set(re.findall(r"(?<=[\s+])--?[a-z][a-z-]*", f" {call}"))
        assert used <= known, f"{where}: {used - known} of {call!r}"


@pytest.mark.parametrize(("where", "script"), SCRIPTS, ids=[where for where, _ in SCRIPTS])
def test_a_target_of_make_exists(where: str, script: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"\bmake (\S+)", script):
        assert target in targets, where


@pytest.mark.parametrize("report", [None, "", "## all is well\n"])
def test_the_summary_always_says_something(tmp_path: Path, report: str | None) -> None:
    (tmp_path / "out").mkdir()
    if report is not None:
        (tmp_path / "out" / "report.md").write_text(report)
    script = step_of("pull-request", "report", "summary")["run"]
    summary = tmp_path / "summary.md"
    environment = {"GITHUB_STEP_SUMMARY": str(summary), "PATH": "/usr/bin:/bin"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=environment, check=True)
    assert summary.read_text() == (report or "There is no report: the log of the job `report` says why.\n")


@pytest.mark.parametrize("status", [0, 1, 4])
def test_a_preview_that_fails_is_red_and_tells_why(tmp_path: Path, status: int) -> None:
    command = tmp_path / ".venv" / "bin" / "omnitrack"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "{{}}"\necho "the reason" >&2\nexit {status}\n')
    command.chmod(0o755)
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step_of("pull-request", "preview", "without an account")["run"]],
        cwd=tmp_path,
        env={"STACK": "staging", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode == 0) == (status == 0)
    assert ("the reason" in ended.stderr) == (status != 0)
    left = {path.name: path.read_text() for path in (tmp_path / "out" / "staging").iterdir()}
    assert left == {"preview.json": "{}\n", "preview.log": "the reason\n"}


def test_the_gate_passes_only_where_all_jobs_have() -> None:
    jobs = [job for job in workflow("pull-request")["jobs"] if job != "gate"]
    gate = job_of("pull-request", "gate")
    assert gate["name"] == "gate"
    assert gate["if"] == "always()"
    assert sorted(gate["needs"]) == sorted(jobs)
    (step,) = gate["steps"]
    assert step["env"] == {job.upper(): f"${{{{ needs.{job}.result }}}}" for job in jobs}
    for results in itertools.product(("success", "failure", "cancelled", "skipped", ""), repeat=2):
        for first, second in itertools.combinations(step["env"], 2):
            environment = dict.fromkeys(step["env"], "success") | {first: results[0], second: results[1]}
            ended = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step["run"]],
                env=environment,
                capture_output=True,
                check=False,
            )
            assert (ended.returncode == 0) == (set(results) == {"success"}), environment
