"""A lock counts as dead only when nobody can be holding it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runbook import locks


def lock(backend: Path, *, name: str = "a", **fields: object) -> None:
    folder = backend / "locks" / "organization" / "omnitrack" / "development"
    folder.mkdir(parents=True, exist_ok=True)
    holder = {"pid": 0, "hostname": socket.gethostname(), "username": "ada", **fields}
    (folder / f"{name}.json").write_text(json.dumps(holder))


def is_dead(backend: Path) -> bool:
    return locks.all_dead(backend, "omnitrack", "development")


@pytest.fixture
def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_stack_without_locks_has_no_dead_lock(tmp_path: Path) -> None:
    assert not is_dead(tmp_path)


def test_the_lock_of_a_process_that_is_gone_is_dead(tmp_path: Path, ended_pid: int) -> None:
    lock(tmp_path, pid=ended_pid)
    assert is_dead(tmp_path)


def test_the_lock_of_another_machine_may_live(tmp_path: Path, ended_pid: int) -> None:
    lock(tmp_path, pid=ended_pid, hostname="elsewhere")
    assert not is_dead(tmp_path)


def test_one_living_lock_protects_all(tmp_path: Path, ended_pid: int) -> None:
    lock(tmp_path, name="a", pid=ended_pid)
    lock(tmp_path, name="b", pid=ended_pid, hostname="elsewhere")
    assert not is_dead(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="only /proc tells what a process is")
def test_a_number_that_another_program_has_got_since_is_dead(tmp_path: Path) -> None:
    lock(tmp_path, pid=os.getpid())
    assert is_dead(tmp_path)


def test_a_living_pulumi_holds_its_lock(tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho ready\nread line\n")
    program.chmod(0o755)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([program], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"ready\n"
        lock(tmp_path, pid=process.pid)
        assert not is_dead(tmp_path)
        process.stdin.close()
        process.wait()
    assert is_dead(tmp_path)


@pytest.mark.parametrize("pid", ["no number", None])
def test_a_lock_that_cannot_be_read_may_live(tmp_path: Path, pid: object) -> None:
    lock(tmp_path, pid=pid)
    assert not is_dead(tmp_path)
