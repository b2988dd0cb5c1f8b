"""Locks of Pulumi's file backend, and whether the process that took one still lives."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path


def all_dead(backend: Path, project: str, stack: str) -> bool:
    """Whether a stack is locked, and only by processes of this machine that are gone.

    Args:
        backend: the folder `.pulumi` of the file backend.
        project: name of the project.
        stack: name of the stack.
    """
    # The layout and the fields: pkg/backend/diy/lock.go of Pulumi.
    folder = backend / "locks" / "organization" / project / stack
    locks = list(folder.glob("*.json"))
    return bool(locks) and not any(_may_live(lock) for lock in locks)


def _may_live(lock: Path) -> bool:
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        if holder["hostname"] != socket.gethostname():
            return True
        os.kill(int(holder["pid"]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except (PermissionError, ValueError, KeyError, TypeError):
        return True
    return _is_pulumi(int(holder["pid"]))


def _is_pulumi(pid: int) -> bool:
    """Numbers are used again: another program may have got this one since."""
    try:
        return "pulumi" in Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except FileNotFoundError:
        # Without /proc (macOS) there is no telling: a living process counts.
        return not Path("/proc/self").exists()
