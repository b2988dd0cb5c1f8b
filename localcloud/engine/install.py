"""Makes sure that there is an engine: on the PATH, in the cache, from Pulumi's address, or built here."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from localcloud.engine import build, release
from localcloud.engine.discovery import MARKER, find_on_path, installed_version
from localcloud.engine.engine import CLI, EXECUTABLES, VERSION, Engine, EngineError, Report, cache_folder

_UNFINISHED = ".unfinished-"
_SECONDS_BETWEEN_TRIES = 0.5
_SECONDS_BETWEEN_REPORTS = 5.0


def ensure(report: Report) -> Engine:
    """Answers an engine, and takes the minutes to make one if it must.

    Args:
        report: receives what is happening, every few seconds.

    Raises:
        EngineError: there is none, and none can be downloaded or built; the message says what to install.
    """
    if engine := find_on_path(report, os.environ.get("PATH", "")):
        return engine
    folder = cache_folder() / "engine" / build.key()
    if not _is_complete(folder):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _only_one(folder.parent, report):
                _remove_unfinished(folder.parent)
                if not _is_complete(folder):  # another process may have been faster
                    _make(folder, report)
        except OSError as error:
            raise EngineError(
                f"the engine cannot be put into {folder.parent} ({error}): "
                "make room, or choose another folder with OMNITRACK_CACHE"
            ) from error
    return Engine(folder=folder, host_folder=folder, version=VERSION)


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in EXECUTABLES) and (folder / MARKER).exists()


def _make(folder: Path, report: Report) -> None:
    """Fills a temporary folder and renames it, so that the engine is there as a whole or not at all."""
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        if not release.download(unfinished, report):
            build.build(unfinished, report)
        if (version := installed_version(unfinished / CLI)) != VERSION:
            raise EngineError(
                f"the new Pulumi CLI does not run (it says {version}): install Pulumi {VERSION} by hand"
            )
        (unfinished / MARKER).touch()
        unfinished.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)  # an incomplete one: somebody deleted files in it
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _remove_unfinished(parent: Path) -> None:
    """What a killed run left. Whoever holds the lock knows that nobody is filling these."""
    for leftover in parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)


@contextlib.contextmanager
def _only_one(parent: Path, report: Report) -> Iterator[None]:
    """Holds a lock that the system releases even when this process is killed."""
    with (parent / ".lock").open("w") as lock:
        started = last_report = time.monotonic()
        waiting = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                now = time.monotonic()
                if not waiting or now - last_report >= _SECONDS_BETWEEN_REPORTS:
                    report(f"another process is making the engine: waiting for it ({now - started:.0f} s)")
                    waiting, last_report = True, now
                time.sleep(_SECONDS_BETWEEN_TRIES)
        yield
