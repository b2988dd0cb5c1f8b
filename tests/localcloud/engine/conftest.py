"""A cache, a PATH and a network of the test's own."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.engine.machine import IsAlive, Machine, Start, WaitUntil


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(cache=tmp_path / "cache", binaries=tmp_path / "bin", log=tmp_path / "go.log")
    machine.binaries.mkdir()
    monkeypatch.setenv("OMNITRACK_CACHE", str(machine.cache))
    monkeypatch.setenv("PATH", str(machine.binaries))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nothing listens there: refused at once
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return machine


@pytest.fixture
def wait_until() -> WaitUntil:
    def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the awaited condition never came true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(command: list[str], **options: Any) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(command, text=True, **options))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()  # lets it end what it started in turn
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def is_alive() -> IsAlive:
    def alive(process: int) -> bool:
        ps = shutil.which("ps", path="/usr/bin:/bin")
        assert ps is not None
        state = subprocess.run(
            [ps, "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        return bool(state.stdout.strip()) and not state.stdout.strip().startswith("Z")

    return alive
