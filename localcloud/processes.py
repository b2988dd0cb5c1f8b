"""Long-running processes: started, recognised by more than their number, and ended with all they started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.02
KILL_SECONDS = 5.0

# A child that has ended stays in the process table until its parent asks: kept here so that it is asked.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process, recognised after its number has been given to another.

    Attributes:
        pid: number; also the number of its process group.
        started: when it started, as the system tells it.
    """

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether this very process is still running."""
        return _started(self.pid) == self.started

    def end(self, *, patience: float) -> None:
        """End the process and its group: SIGTERM, and SIGKILL after `patience` seconds."""
        if not self.alive:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while self.alive and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        _await_end_of_group(self.pid)


def end_inside(folder: Path) -> None:
    """Kill every process that works inside `folder` (where the system tells; elsewhere, nothing).

    Workers whose server was killed would otherwise go on until they have answered.
    """
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if link.readlink().is_relative_to(folder):
                os.kill(int(link.parent.name), signal.SIGKILL)


def start(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path, errors: Path
) -> Process:
    """Start a process that outlives this one, as the leader of a group of its own.

    Args:
        command: program and arguments.
        environment: its whole environment.
        folder: its working directory.
        output: file of its standard output, emptied first.
        errors: file of its standard error, emptied first; may be the same as `output`.

    Raises:
        OSError: the program cannot be run.
    """
    with output.open("wb") as out, (output if errors == output else errors).open("ab") as err:
        err.truncate(0)
        child = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    _children[child.pid] = child
    return Process(pid=child.pid, started=_started(child.pid) or "ended")


def _started(pid: int) -> str | None:
    """When the running process `pid` started; None when there is none (an ended one counts as none)."""
    if (child := _children.get(pid)) and child.poll() is not None:
        _children.pop(pid, None)
        return None
    if not Path("/proc/self/stat").exists():
        return _started_elsewhere(pid)
    fields = _statistics(Path(f"/proc/{pid}/stat"))
    return fields[19] if fields else None


def _statistics(file: Path) -> list[str] | None:
    """The fields after the program's name of a running process (proc_pid_stat(5)); None of an ended one."""
    try:
        fields = file.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if not fields or fields[0] in "ZX" else fields


def _await_end_of_group(group: int) -> None:
    deadline = time.monotonic() + KILL_SECONDS
    while _is_running_group(group) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _is_running_group(group: int) -> bool:
    if _started(group):
        return True
    members = (_statistics(file) for file in Path("/proc").glob("[0-9]*/stat"))
    return any(fields and fields[2] == str(group) for fields in members)


def _started_elsewhere(pid: int) -> str | None:
    # Systems without /proc (macOS).
    listing = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = listing.stdout.strip().partition(" ")
    return started.strip() if state and not state.startswith("Z") else None
