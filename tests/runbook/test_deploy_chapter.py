"""After a local deployment the cloud keeps its state, whatever came of it; interruptions end with 130."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from localcloud.control import LocalCloudError
from runbook import deployments, devices, shell, stacks
from runbook.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.stacks import Place

runner = CliRunner()


class FakeDeployment:
    """An engine that ends with a given exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.runs: list[tuple[str, ...]] = []
        self.saves = 0
        self.saving_fails = False

    def prepare(self) -> None:
        """Nothing to prepare."""

    def run(self, command: str, *arguments: str) -> None:
        self.runs.append((command, *arguments))
        if self.code:
            raise deployments.PulumiFailedError(command, "development", self.code)

    def save(self, _home: object) -> None:
        self.saves += 1
        if self.saving_fails:
            raise LocalCloudError("the disk is full")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> FakeDeployment:
    fake = FakeDeployment(getattr(request, "param", 0))

    @contextmanager
    def opened(_stack: str, _place: Place) -> Iterator[FakeDeployment]:
        yield fake

    monkeypatch.delenv(shell.MARKER, raising=False)
    monkeypatch.setattr(deployments, "opened", opened)
    monkeypatch.setattr(stacks, "local_account", lambda _stack: "000000000000")
    monkeypatch.setattr("localcloud.control.save", fake.save)
    return fake


@pytest.mark.parametrize("command", ["up", "refresh"])
def test_a_local_change_is_announced_first_and_kept_in_the_end(engine: FakeDeployment, command: str) -> None:
    result = runner.invoke(app, [command, "-s", "development"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "LOCAL CLOUD, account 000000000000"
    assert engine.runs == [(command, "--yes")]
    assert engine.saves == 1


@pytest.mark.parametrize("place", [["-s", "development"], ["-s", "production", "--live"]])
def test_what_is_only_shown_needs_no_confirmation(engine: FakeDeployment, place: list[str]) -> None:
    assert runner.invoke(app, ["refresh", *place, "--", "--preview-only"]).exit_code == 0
    assert engine.runs == [("refresh", "--preview-only")]


def test_a_preview_keeps_nothing(engine: FakeDeployment) -> None:
    assert runner.invoke(app, ["preview", "-s", "development"]).exit_code == 0
    assert engine.saves == 0


def test_the_banner_leaves_machine_readable_output_alone(engine: FakeDeployment) -> None:
    assert engine
    result = runner.invoke(app, ["preview", "-s", "development", "--", "--json"])
    assert result.stdout == ""
    assert result.stderr == "LOCAL CLOUD, account 000000000000\n"


@pytest.mark.parametrize("engine", [255], indirect=True)
@pytest.mark.parametrize("saving_fails", [False, True])
def test_a_failed_change_is_kept_too_and_its_failure_is_what_is_told(
    engine: FakeDeployment, *, saving_fails: bool
) -> None:
    engine.saving_fails = saving_fails
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 1
    assert "pulumi up of development failed" in result.stderr
    assert engine.saves == 1


@pytest.mark.parametrize("engine", [130], indirect=True)
def test_an_interrupted_change_ends_with_130_and_says_how_it_goes_on(engine: FakeDeployment) -> None:
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 130
    assert "`omnitrack up -s development` goes on from here" in result.stderr
    assert engine.saves == 1


def test_a_change_whose_state_cannot_be_kept_is_no_success(engine: FakeDeployment) -> None:
    engine.saving_fails = True
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 1
    assert result.stderr == "omnitrack: the disk is full\n"


def test_a_real_change_saves_no_local_cloud(engine: FakeDeployment) -> None:
    result = runner.invoke(app, ["up", "-s", "production", "--live", "--yes"])
    assert result.exit_code == 0
    assert engine.runs == [("up", "--yes")]
    assert engine.saves == 0
    assert "LOCAL CLOUD" not in result.output


def test_devices_are_removed_before_a_local_stack_is_destroyed_and_only_then(
    engine: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deployed:
        outputs = {"SensorPolicyName": "policy"}  # noqa: RUF012 - never changed

    removed: list[list[str]] = []
    monkeypatch.setattr(devices, "registered_here", lambda _stack: ["a", "b"])
    monkeypatch.setattr("runbook.targets.open_target", lambda *_stack, **_place: Deployed())
    monkeypatch.setattr(devices, "unregister", lambda _target, names, *_rest: removed.append(names))
    assert runner.invoke(app, ["destroy", "-s", "staging", "--live", "--yes"]).exit_code == 0
    assert removed == []
    assert runner.invoke(app, ["destroy", "-s", "development"]).exit_code == 0
    assert removed == [["a", "b"]]
    assert engine.runs == [("destroy", "--yes")] * 2
