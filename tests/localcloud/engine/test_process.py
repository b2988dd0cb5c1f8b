"""The CLI is asked once to stop, and nothing of it remains."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from localcloud.engine import Engine, build, run
from tests.localcloud.engine.machine import IsAlive, Machine, Start, WaitUntil

PROJECT = build.SOURCE.parents[2]
DRIVER = """
import json, os, signal, sys
from pathlib import Path
from localcloud.engine import Engine, process, run
process._SECONDS_FOR_PLUGINS = 0.2  # the pretended plugin never ends by itself
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
engine = Engine(folder=folder, host_folder=folder, version="3.259.0")
done = run(engine, ["up"], cwd=folder, environment=dict(os.environ), capture=True, seconds_to_finish=seconds)
print(json.dumps([done.returncode, done.stdout]))
"""


class Interrupted(Protocol):
    def __call__(
        self, on_interrupt: str, *numbers: signal.Signals, seconds_to_finish: float = 60
    ) -> tuple[int, str]: ...


@pytest.fixture
def engine(machine: Machine) -> Engine:
    return Engine(folder=machine.binaries, host_folder=machine.binaries, version="3.259.0")


@pytest.fixture
def interrupted(
    machine: Machine, tmp_path: Path, start: Start, wait_until: WaitUntil, is_alive: IsAlive
) -> Interrupted:
    """Runs a CLI with a child of its own, interrupts it, and answers its exit code and output."""

    def interrupt(
        on_interrupt: str, *numbers: signal.Signals, seconds_to_finish: float = 60
    ) -> tuple[int, str]:
        child = tmp_path / "child"
        script = (
            f"#!{sys.executable}\nimport os, signal, subprocess, sys, time\n"
            f"def asked(*_):\n    {on_interrupt}\n"
            "signal.signal(signal.SIGINT, asked)\n"
            "other = subprocess.Popen(['/bin/sleep', '100'], process_group=0,"
            " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
            f"open('{child}.new', 'w').write(str(other.pid))\nos.rename('{child}.new', '{child}')\n"
            "while True:\n    time.sleep(0.05)\n"
        )
        machine.executable(machine.binaries, "pulumi", script)
        command = [sys.executable, "-c", DRIVER, str(machine.binaries), str(seconds_to_finish)]
        process = start(command, cwd=PROJECT, stdout=subprocess.PIPE)
        wait_until(child.exists)
        for number in numbers:
            process.send_signal(number)
            wait_until(lambda: process.poll() is not None or (tmp_path / "asked").exists())
        output, _ = process.communicate(timeout=60)
        assert not is_alive(int(child.read_text(encoding="utf-8")))
        code, shown = json.loads(output)
        return code, shown

    return interrupt


def test_the_output_is_captured_and_the_code_answered(
    machine: Machine, engine: Engine, tmp_path: Path
) -> None:
    machine.executable(
        machine.binaries, "pulumi", '#!/bin/sh\necho "$@ $HELLO"; pwd; echo problem >&2; exit 3\n'
    )
    done = run(engine, ["stack", "ls"], cwd=tmp_path, environment={"HELLO": "you"}, capture=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"stack ls you\n{tmp_path}\n", "problem\n")


def test_without_capture_the_output_is_shown(
    machine: Machine, engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.executable(machine.binaries, "pulumi", "#!/bin/sh\necho shown\n")
    done = run(engine, [], cwd=tmp_path, environment={})
    assert done.returncode == 0
    assert done.stdout is None
    assert capfd.readouterr().out == "shown\n"


def test_a_captured_cli_cannot_wait_for_an_answer(machine: Machine, engine: Engine, tmp_path: Path) -> None:
    machine.executable(machine.binaries, "pulumi", "#!/bin/sh\nread answer || echo nobody\n")
    assert run(engine, [], cwd=tmp_path, environment={}, capture=True).stdout == "nobody\n"


def test_a_killed_cli_counts_as_killed(machine: Machine, engine: Engine, tmp_path: Path) -> None:
    machine.executable(machine.binaries, "pulumi", "#!/bin/sh\nkill -9 $$\n")
    assert run(engine, [], cwd=tmp_path, environment={}, capture=True).returncode == 128 + signal.SIGKILL


def test_signal_handlers_are_given_back(machine: Machine, engine: Engine, tmp_path: Path) -> None:
    machine.executable(machine.binaries, "pulumi")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    run(engine, [], cwd=tmp_path, environment={})
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_request_to_end_reaches_pulumi_as_an_interrupt(
    interrupted: Interrupted, number: signal.Signals
) -> None:
    code, shown = interrupted("print('state saved', flush=True); sys.exit(1)", number)
    assert (code, shown) == (128 + number, "state saved\n")


def test_a_cli_that_does_not_finish_in_its_time_is_killed(interrupted: Interrupted) -> None:
    code, _ = interrupted("pass", signal.SIGINT, seconds_to_finish=0.2)
    assert code == 128 + signal.SIGINT


def test_a_second_request_kills_at_once(interrupted: Interrupted, tmp_path: Path) -> None:
    code, _ = interrupted(f"open('{tmp_path / 'asked'}', 'w')", signal.SIGINT, signal.SIGINT)
    assert code == 128 + signal.SIGINT


def test_a_missing_cli_is_an_error_of_the_system(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(engine, [], cwd=tmp_path, environment=dict(os.environ))
