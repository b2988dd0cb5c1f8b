"""A provider for one preview: no cloud behind it, gone when the preview ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from runbook.errors import RunbookError
from runbook.stacks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS: Final = 10.0


@contextmanager
def started() -> Iterator[int]:
    """Start the provider and yield its port.

    Raises:
        RunbookError: it ended instead of saying its port.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.provider", "--port", "0"],
            cwd=ROOT,
            # None of the user's credentials: a preview must not need them.
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # A Ctrl-C is for Pulumi; the provider has to live until Pulumi is done.
            start_new_session=True,
        )
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            if not line.isdecimal():
                errors.seek(0)
                raise RunbookError(f"the provider for previews did not start: {_last_line(errors.read())}")
            yield int(line)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
