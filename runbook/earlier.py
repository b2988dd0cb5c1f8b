"""What an earlier commit would have deployed: its program, in a local cloud of its own, for a while."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud import control
from runbook import progress, revisions, shell, stack_files, stacks
from runbook.changes import document, wording
from runbook.deployments import FOREIGN
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from runbook.revisions import Revision

HOME: Final = "OMNITRACK_LOCAL_HOME"
ENDING: Final = (signal.SIGTERM, signal.SIGHUP)  # what ends a process without its cleaning up, by default
# An interrupted deployment may save its state, which nobody will read: it gets little time for that.
PATIENCE_SECONDS: Final = 5.0
# A local deployment gives these the Python and the processor of its machine, before and after.
MACHINES_OWN: Final = ("functionRuntime", "functionArchitecture")
LONGEST_REASON: Final = 300
# In the engine's display, with the lines that belong to it.
ERROR: Final = re.compile(r"^\s*error: (?P<first>.+)\n(?P<rest>(?:.+\n)*)", re.MULTILINE)


class NotDeployableError(RunbookError):
    """The program of an earlier commit cannot be deployed; the text says why."""


@contextmanager
def deployed(stack: str, revision: Revision) -> Iterator[str]:
    """Deploy a stack as a commit has it, and make its local cloud the one that commands find.

    The clone and the user's own local cloud are left alone; when it ends, nothing of it remains.

    Args:
        stack: its name.
        revision: whose program, settings, provider and policy deploy it.

    Yields:
        Names of settings that differ from today's without anybody seeing it, with commas.

    Raises:
        NotDeployableError: that does not go.
    """
    before = os.environ.get(HOME)
    with _signals_unwind():
        # macOS names its folder for temporary files by a link.
        folder = Path(tempfile.mkdtemp(prefix="omnitrack-since-")).resolve()
        home = folder / "cloud"
        try:
            _deploy(stack, revision, folder / "project", home)
            os.environ[HOME] = str(home)
            yield ", ".join(_unseen(stack, folder / "project"))
        finally:
            with _undisturbed():
                if before is None:
                    os.environ.pop(HOME, None)
                else:
                    os.environ[HOME] = before
                control.stop(home)
                shutil.rmtree(folder, ignore_errors=True)


def _deploy(stack: str, revision: Revision, project: Path, home: Path) -> None:
    what = f"Deploying {stack} as of {revision.short}, to compare with it"
    try:
        with progress.step(what) as report:
            revisions.unpack(revision, project)
            report("starting a local cloud of its own")
            _omnitrack(project, home, "local", "up")
            report("deploying there")
            _omnitrack(project, home, "up", "--stack", stack, "--local")
            report("starting that cloud again with the provider of today")
            # What is deployed stays; a resource that today's program adds may be of a type that is new.
            control.stop(home)
            control.start(home)
    except (RunbookError, control.LocalCloudError, tarfile.TarError) as error:
        # What follows "error: " in the log of a preview is an error of that preview to its report.
        reason = " ".join(str(error).replace("error: ", "error, ").split())
        raise NotDeployableError(reason[:LONGEST_REASON]) from error


def _unseen(stack: str, project: Path) -> Iterator[str]:
    now, then = (
        stack_files.read(path).get("config") or {}
        for path in (stacks.settings_file(stack), project / f"Pulumi.{stack}.yaml")
    )
    for name in MACHINES_OWN:
        key = f"{stacks.project()}:{name}"
        if now.get(key) != then.get(key):
            yield name


def _omnitrack(project: Path, home: Path, *arguments: str) -> None:
    """Run the commit's own command to its end, in a session of its own so that nothing of it stays."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in {*FOREIGN, shell.MARKER}
    }
    # The environment names the clone's folders; these come first.
    own["PYTHONPATH"] = os.pathsep.join((str(project), str(project / "functions")))
    process = subprocess.Popen(
        [sys.executable, "-m", "runbook", *arguments],
        cwd=project,
        env=own | {HOME: str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        with _undisturbed():
            _end(process)
        raise
    if process.returncode:
        raise RunbookError(_reason(said) or f"`omnitrack {arguments[0]}` ends with {process.returncode}")


def _end(process: subprocess.Popen[str]) -> None:
    """As a terminal would: Ctrl-C, once more for whoever is slow to save, and then the end of it."""
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGKILL):
        process.send_signal(number)
        try:
            process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _reason(said: str) -> str:
    """The cause in what a failed command said: what the policy has found, or an error."""
    heard = document.from_log(said)
    told = [one.message for one in heard.policy if one.mandatory]
    if found := ERROR.search(said):
        told.append(wording.first_sentences(f"{found['first']}\n{textwrap.dedent(found['rest'])}"))
    told += heard.errors
    return told[0] if told else ""


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """Let signals that would end the process at once unwind it instead."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    heeded = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]  # nohup
    previous = {number: signal.signal(number, leave) for number in heeded}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals wait for nobody here, and change nothing: it takes a moment only."""
    numbers = (signal.SIGINT, *ENDING)
    previous = {number: signal.signal(number, _ignored) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _ignored(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, which processes that are started meanwhile would inherit."""
