"""`omnitrack policy`: the check passes through, the analysis is the engine's on the state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from runbook import deployments, shell, stacks
from runbook.chapters import policy
from runbook.cli import app
from runbook.errors import ExitCode
from runbook.stacks import ROOT, Place
from tests.support.signals import taking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

runner = CliRunner()


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that the check is called with."""
    calls: list[list[str]] = []

    def ended(command: Sequence[str]) -> int:
        assert list(command[:3]) == [sys.executable, "-m", "policy.check"]
        calls.append(list(command[3:]))
        return 1

    monkeypatch.setattr(policy, "_ended", ended)
    return calls


def test_the_check_gets_what_was_asked_for_and_its_exit_code_is_ours(checked: list[list[str]]) -> None:
    result = runner.invoke(app, ["policy", "check", "-s", "production"])
    assert result.exit_code == 1
    assert checked == [["--stack", "production", "--root", str(ROOT), "--format", "console"]]


def test_files_are_meant_from_the_callers_folder(
    checked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["--root", "clone", "--format", "json", "--output", "a.json", "--write", "sarif=out/b.sarif"]
    runner.invoke(app, ["policy", "check", "-s", "staging", *arguments, "--write", "sarif"])
    assert checked[0][2:] == [
        *("--root", f"{tmp_path}/clone", "--format", "json", "--output", f"{tmp_path}/a.json"),
        *("--write", f"sarif={tmp_path}/out/b.sarif", "--write", "sarif"),
    ]


def test_a_check_needs_a_stack(checked: list[list[str]]) -> None:
    assert runner.invoke(app, ["policy", "check"]).exit_code == ExitCode.USAGE
    assert checked == []


def test_the_real_check_writes_to_our_output_and_ends_with_its_code(tmp_path: Path) -> None:
    omnitrack = str(Path(sys.executable).with_name("omnitrack"))
    command = [omnitrack, "policy", "check", "-s", "nowhere", "--format", "json"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (ExitCode.USAGE, "")
    assert ended.stderr == (
        "policy: no stack is named 'nowhere': choose development or production or staging\n"
    )
    usage = subprocess.run([*command[:-1], "xml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert usage.returncode == ExitCode.USAGE


@dataclass
class FakeEngine:
    """An engine that ends with a code, and the deployment that it is asked about."""

    project_folder: Path
    code: int = 0
    engine: str = "the engine"
    environment: Mapping[str, str] = field(default_factory=lambda: {"PULUMI_HOME": "here"})
    opened: list[tuple[object, ...]] = field(default_factory=list)
    runs: list[tuple[list[str], Path]] = field(default_factory=list)
    prepared: int = 0

    def prepare(self) -> None:
        self.prepared += 1

    def run(
        self, engine: object, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        assert (engine, environment) == (self.engine, self.environment)
        self.runs.append((list(arguments), cwd))
        return subprocess.CompletedProcess(arguments, self.code)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    engine = FakeEngine(project_folder=tmp_path)

    @contextmanager
    def opened(*where: object) -> Iterator[FakeEngine]:
        engine.opened.append(where)
        yield engine

    monkeypatch.delenv(shell.MARKER, raising=False)
    monkeypatch.setattr(deployments, "opened", opened)
    monkeypatch.setattr("localcloud.engine.run", engine.run)
    monkeypatch.setattr(stacks, "local_account", lambda _stack: "000000000000")
    return engine


def test_the_state_is_judged_by_the_pack_with_the_stacks_configuration(fake: FakeEngine) -> None:
    result = runner.invoke(app, ["policy", "analyze", "-s", "development"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "LOCAL CLOUD, account 000000000000"
    assert fake.opened == [("development", Place.LOCAL, None)]
    pack, configuration = ROOT / "policy", ROOT / "policy" / "config" / "development.json"
    flags = ["--policy-pack", str(pack), "--policy-pack-config", str(configuration)]
    assert fake.runs == [(["policy", "analyze", "--stack", "development", *flags], fake.project_folder)]
    assert fake.prepared == 1


def test_a_real_state_is_read_with_the_chosen_profile_and_left_alone(fake: FakeEngine) -> None:
    arguments = ["policy", "analyze", "-s", "production", "--live", "--profile", "auditor"]
    assert runner.invoke(app, arguments).exit_code == 0
    assert fake.opened == [("production", Place.LIVE, "auditor")]
    assert fake.prepared == 0


def test_what_is_for_pulumi_is_handed_on_and_its_output_is_left_alone(fake: FakeEngine) -> None:
    result = runner.invoke(app, ["policy", "analyze", "-s", "staging", "--local", "--", "--json"])
    assert result.stdout == ""
    assert fake.runs[0][0][-1] == "--json"


def test_a_violation_in_the_state_fails(fake: FakeEngine) -> None:
    fake.code = 255
    result = runner.invoke(app, ["policy", "analyze", "-s", "staging", "--local"])
    assert result.exit_code == ExitCode.FAILED
    assert result.stderr == (
        "omnitrack: pulumi policy analyze of staging failed: the reason is above (exit code 255)\n"
    )


def test_an_interrupted_analysis_ends_with_130(fake: FakeEngine) -> None:
    fake.code = 130
    result = runner.invoke(app, ["policy", "analyze", "-s", "staging", "--local"])
    assert (result.exit_code, result.stderr) == (130, "Interrupted: nothing was changed.\n")


@pytest.mark.parametrize(
    "command",
    [
        [str(Path(sys.executable).with_name("omnitrack")), "policy", "check"],
        [sys.executable, "-m", "policy.check"],
    ],
    ids=["omnitrack", "alone"],
)
def test_an_interrupted_check_ends_with_130_and_one_sentence(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: a\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("import time\nprint('runs', flush=True)\ntime.sleep(60)\n")
    process = subprocess.Popen(
        taking(signal.SIGINT, [*command, "-s", "dev", "--root", str(tmp_path)]),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "runs\n"
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (130, "", "policy: interrupted: nothing was judged\n")


@pytest.mark.parametrize("where", [[], ["--live", "--local"], ["--local", "--", "stack"]])
def test_where_must_be_said(fake: FakeEngine, where: list[str]) -> None:
    assert runner.invoke(app, ["policy", "analyze", "-s", "staging", *where]).exit_code == ExitCode.USAGE
    assert fake.runs == []
