"""The local cloud's chapter: logs are followed line by line, a reset takes what is worthless with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from runbook.chapters import local
from runbook.cli import app

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(tmp_path))
    (tmp_path / "logs").mkdir()
    return tmp_path


def test_logs_end_with_the_last_lines_of_every_file(home: Path) -> None:
    (home / "logs" / "cloud.log").write_text("".join(f"line {number}\n" for number in range(1000)))
    (home / "logs" / "provider.log").write_bytes(b"no \xff UTF-8\n")
    lines = runner.invoke(app, ["local", "logs"]).stdout.splitlines()
    assert lines[0] == f"cloud.log: line {1000 - local.LAST_LINES}"
    assert lines[-2:] == ["cloud.log: line 999", "provider.log: no \ufffd UTF-8"]


def test_an_unfinished_line_waits_for_its_end(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = home / "logs" / "cloud.log"
    log.write_text("one\ntw")
    position = local._print_from(log, 0)
    with log.open("a") as file:
        file.write("o\n")
    local._print_from(log, position)
    assert capsys.readouterr().out == "cloud.log: one\ncloud.log: two\n"


def test_a_log_that_was_emptied_is_read_from_its_start(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = home / "logs" / "cloud.log"
    log.write_text("a long line of the last run\n")
    position = local._print_from(log, 0)
    log.write_text("new\n")
    local._print_from(log, position)
    assert capsys.readouterr().out.splitlines()[-1] == "cloud.log: new"


def test_a_reset_removes_the_devices_and_keeps_the_demo_passwords(home: Path) -> None:
    for name in ("devices/development/a", "stacks", "state", "backend"):
        (home / name).mkdir(parents=True)
    (home / "demo-users.json").write_text("{}")
    assert runner.invoke(app, ["local", "reset"]).exit_code == 0
    assert not (home / "devices").exists()
    assert not (home / "stacks").exists()
    assert (home / "demo-users.json").exists()
