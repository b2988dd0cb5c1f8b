"""The project as an earlier commit has it, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runbook.errors import RunbookError, UsageError
from runbook.stacks import ROOT

SHORT: Final = 7  # digits of a commit that people read
ENVIRONMENTS: Final = (".venv", ".venv-cloud")
BUILD: Final = Path(".local") / "build"
SHALLOW: Final = "; this clone is shallow, `git fetch --deepen=20` gets more of its history"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A commit of this clone; `commit` is its whole number."""

    commit: str

    @property
    def short(self) -> str:
        """The commit as people read it."""
        return self.commit[:SHORT]


def resolve(name: str) -> Revision:
    """The commit that a name, a tag or a number stands for.

    Raises:
        UsageError: there is none, or no git to ask.
    """
    asked = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit := asked.stdout.decode().strip():
        return Revision(commit=commit)
    if b"not a git repository" in _git("rev-parse", "--git-dir").stderr:
        raise UsageError(f"{ROOT} is no clone of a git repository, so no commit of it is named {name!r}")
    told = asked.stderr.decode(errors="replace").strip().splitlines()
    shallow = _git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    raise UsageError(
        f"git knows no commit {name!r} here{f' ({told[-1]})' if told else ''}{SHALLOW if shallow else ''}"
    )


def unpack(revision: Revision, folder: Path) -> None:
    """Put the project as of a commit into a new folder; environments and what is built are linked.

    `git archive` reads: unlike a worktree it leaves nothing in the clone that a kill could leave behind.

    Args:
        revision: from `resolve`.
        folder: is made.

    Raises:
        RunbookError: the commit does not hold the project, or git cannot give it.
    """
    folder.mkdir()
    with tempfile.TemporaryFile() as archive:
        done = _git("archive", "--format=tar", revision.commit, output=archive.fileno())
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines() or ["it gives no reason"]
            raise RunbookError(f"git cannot give the project as of {revision.short}: {told[-1]}")
        archive.seek(0)
        with tarfile.open(fileobj=archive, mode="r:") as files:
            files.extractall(folder, filter="data")
    for name in ENVIRONMENTS:
        if (ROOT / name).exists() and not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    if (ROOT / BUILD).is_dir():
        # Links, in a folder of its own: an archive is never written again, only replaced by another file.
        shutil.copytree(ROOT / BUILD, folder / BUILD, copy_function=os.symlink, dirs_exist_ok=True)


def _git(*arguments: str, output: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("git is not installed, so no earlier commit can be looked at") from None
