"""A rotation raises a generation for good only where its deployment begins."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from runbook import deployments, shell, stacks
from runbook.chapters import deploy
from runbook.cli import app
from runbook.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runbook.stacks import Place

runner = CliRunner()
ROTATE = ["secrets", "rotate", "edge", "-s", "staging", "--live"]
SETTINGS = "config:\n  omnitrack:edgeSecretGeneration: {}\n  omnitrack:cursorSecretGeneration: 1\n"
LOST = {
    "resourcePreEvent": {
        "metadata": {
            "op": "delete",
            "urn": "urn:pulumi:staging::omnitrack::aws:dynamodb/table:Table::tables-main",
        }
    }
}


class FakeDeployment:
    """An engine that notes which generation it sees, and fails at a command."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.fails: str | None = None
        self.code = 1
        self.loses = False
        self.deployed: dict[str, object] = {}
        self.seen: list[tuple[str, bool]] = []

    def run(self, command: str, *_: str, events: Path | None = None, aside: bool = False) -> None:
        assert not aside
        self.seen.append((command, self.file.read_text() == SETTINGS.format(4)))
        if events is not None:
            record = [*([LOST] if self.loses else []), {"summaryEvent": {"result": "succeeded"}}]
            events.write_text("".join(f"{json.dumps(event)}\n" for event in record))
        if command == self.fails:
            raise deployments.PulumiFailedError(command, "staging", self.code)

    def outputs(self) -> dict[str, object]:
        return self.deployed

    def state(self) -> list[dict[str, object]]:
        return []


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeDeployment:
    file = tmp_path / "Pulumi.staging.yaml"
    file.write_text(SETTINGS.format(3))
    fake = FakeDeployment(file)

    @contextmanager
    def opened(_stack: str, _place: Place, _profile: str | None = None) -> Iterator[FakeDeployment]:
        yield fake

    for name in (shell.MARKER, *stacks.LEADS_AWAY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(deployments, "opened", opened)
    monkeypatch.setattr(stacks, "settings_file", lambda _stack: file)
    return fake


def test_a_rotation_that_is_deployed_stays_in_the_file(engine: FakeDeployment) -> None:
    result = runner.invoke(app, [*ROTATE, "--yes"])
    assert (result.exit_code, result.stdout) == (
        0,
        "Pulumi.staging.yaml: edgeSecretGeneration is 4 now. Commit this change.\n",
    )
    assert engine.seen == [("preview", True), ("up", True)]
    assert engine.file.read_text() == SETTINGS.format(4)


@pytest.mark.parametrize("code", [1, ExitCode.INTERRUPTED])
def test_a_rotation_whose_update_began_stays_in_the_file_though_it_fails(
    engine: FakeDeployment, code: int
) -> None:
    engine.fails, engine.code = "up", code
    result = runner.invoke(app, [*ROTATE, "--yes"])
    assert result.exit_code == code
    assert "`omnitrack up -s staging` goes on: do not rotate again" in result.stderr
    assert engine.file.read_text() == SETTINGS.format(4)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fails": "preview"}, ExitCode.FAILED),
        ({"fails": "preview", "code": ExitCode.INTERRUPTED}, ExitCode.INTERRUPTED),
        ({"loses": True}, ExitCode.REFUSED),
        ({"deployed": {"EdgeSecretGeneration": 1}}, ExitCode.FAILED),
    ],
    ids=["the preview fails", "interrupted", "data would be lost", "not the next generation"],
)
def test_a_rotation_that_is_refused_leaves_the_file_as_it_was(
    engine: FakeDeployment, fault: dict[str, object], code: int
) -> None:
    vars(engine).update(fault)
    result = runner.invoke(app, [*ROTATE, "--yes"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Pulumi.staging.yaml: edgeSecretGeneration is 3, as before.\n" in result.stderr
    assert engine.seen == [("preview", True)]
    assert engine.file.read_text() == SETTINGS.format(3)


@pytest.mark.parametrize(
    ("answer", "code"), [(False, ExitCode.FAILED), (typer.Abort(), ExitCode.INTERRUPTED)]
)
def test_a_rotation_that_nobody_confirms_leaves_the_file_as_it_was(
    engine: FakeDeployment, monkeypatch: pytest.MonkeyPatch, answer: object, code: int
) -> None:
    def confirm(*_: object, **__: object) -> bool:
        if isinstance(answer, typer.Abort):
            raise answer
        return bool(answer)

    monkeypatch.setattr(deploy, "_at_terminal", lambda: True)
    monkeypatch.setattr(typer, "confirm", confirm)
    result = runner.invoke(app, ROTATE)
    assert result.exit_code == code
    assert "nothing was changed" in result.stderr.lower()
    assert engine.seen == [("preview", True)]
    assert engine.file.read_text() == SETTINGS.format(3)


def test_what_was_written_into_the_file_meanwhile_stays(engine: FakeDeployment) -> None:
    engine.fails = "preview"
    run = engine.run

    def written(command: str, *arguments: str, events: Path | None = None, aside: bool = False) -> None:
        with engine.file.open("a") as file:
            file.write("  omnitrack:logRetentionDays: 30\n")
        run(command, *arguments, events=events, aside=aside)

    engine.run = written  # type: ignore[method-assign]
    runner.invoke(app, [*ROTATE, "--yes"])
    assert engine.file.read_text() == SETTINGS.format(3) + "  omnitrack:logRetentionDays: 30\n"
