"""Runs the Pulumi CLI so that nothing of it remains: no plugin, no program, no policy pack."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from localcloud.engine.engine import Engine

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS_TO_FINISH = 120.0
_SECONDS_FOR_PLUGINS = 5.0
_SECONDS_BETWEEN_LOOKS = 0.05


def run(
    engine: Engine,
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    capture: bool = False,
    seconds_to_finish: float = _SECONDS_TO_FINISH,
) -> subprocess.CompletedProcess[str]:
    """Runs `pulumi` and waits for its end.

    The first Ctrl-C, SIGTERM or SIGHUP asks Pulumi to stop: it finishes the operations under way and saves
    the state. A second one, or the end of the time it has for that, kills it with all it started.

    Args:
        engine: from `ensure`.
        arguments: without the name of the executable.
        cwd: the project's folder.
        environment: whole, from `Engine.environment`.
        capture: keep the output in the result instead of showing it; Pulumi then cannot ask questions.
        seconds_to_finish: how long an interrupted Pulumi may take.

    Returns:
        What ended; `returncode` is 128 plus the signal's number after an interruption.
    """
    pipe = subprocess.PIPE if capture else None
    command = [str(engine.cli), *arguments]
    with _Interruption(seconds_to_finish) as interruption:
        # Its own session: a terminal's Ctrl-C reaches Pulumi once, from here, and all it starts can be found.
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL if capture else None,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )
        interruption.watch(process)
        try:
            stdout, stderr = process.communicate()
        except BaseException:
            _kill_session(process.pid)
            process.wait()
            raise
    if interruption.received is None and process.returncode >= 0:
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
    _end_session(process.pid)
    code = 128 + (interruption.received or -process.returncode)
    return subprocess.CompletedProcess(command, code, stdout, stderr)


class _Interruption:
    """Turns this process's signals into one request to Pulumi to stop, and then into its end."""

    def __init__(self, seconds_to_finish: float) -> None:
        self.received: int | None = None
        self._seconds_to_finish = seconds_to_finish
        self._process: subprocess.Popen[str] | None = None
        self._timer: threading.Timer | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # only this one receives signals
            for number in _FORWARDED:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if self._timer is not None:
            self._timer.cancel()

    def watch(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        if self.received is not None:  # before the process was there
            self._ask_to_stop(process)

    def _receive(self, number: int, _frame: object) -> None:
        first = self.received is None
        if first:
            self.received = number
        if self._process is None:
            return
        if first:
            self._ask_to_stop(self._process)
        else:
            _kill_session(self._process.pid)

    def _ask_to_stop(self, process: subprocess.Popen[str]) -> None:
        # Not to the group: what Pulumi started is Pulumi's to stop, in its order.
        process.send_signal(signal.SIGINT)
        self._timer = threading.Timer(self._seconds_to_finish, _kill_session, [process.pid])
        self._timer.daemon = True
        self._timer.start()


def _end_session(session: int) -> None:
    """Plugins end by themselves once their engine has; what has not after a while is killed."""
    deadline = time.monotonic() + _SECONDS_FOR_PLUGINS
    while _members(session) and time.monotonic() < deadline:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    _kill_session(session)


def _kill_session(session: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    for member in _members(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def _members(session: int) -> list[int]:
    """The living processes of a session; none without /proc (macOS), where plugins end by themselves."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            # proc_pid_stat(5): the name in parentheses may hold anything; then state, parent, group, session.
            state, _parent, _group, of_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of_session) == session and state not in "ZX":
                members.append(int(stat.parent.name))
    return members
