"""Saves MiniStack's whole state as one snapshot that is either complete or not there."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import json
import os
import shutil
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import lambda_svc

ATTEMPTS = 20
PATIENT_ATTEMPTS = 5  # before other threads have to wait
LONGEST_TURN = 10.0  # seconds that a read of a service's state may keep other threads waiting

GetState = Callable[[], Any]


class SnapshotError(Exception):
    """The state of the local cloud could not be saved."""


class Snapshots:
    """The snapshots of one home folder.

    A save writes every service's file into a new folder and then moves the link `current` there, so that
    a process killed at any moment leaves the last complete snapshot, and services never disagree.

    Args:
        current: the link that MiniStack loads from.
    """

    def __init__(self, current: Path) -> None:
        self._current = current
        self._lock = threading.Lock()
        self._code_in_use: set[str] = set()
        self._prune_code: Callable[[set[str]], None] = lambda_svc._prune_orphan_code_blobs

    def install(self) -> None:
        """Make MiniStack load from the current snapshot and save, at its end, into a new one."""
        persistence.STATE_DIR = str(self._current)
        ministack.save_all = self.save
        # A function's old code is needed until the snapshot that names it has been replaced.
        lambda_svc._prune_orphan_code_blobs = self._note_code_in_use

    def save_everything(self) -> None:
        """Write the state of all services that have been used.

        Raises:
            SnapshotError: as of `save`.
            OSError: as of `save`.
        """
        self.save(ministack._build_persistence_save_dict())

    def save(self, services: Mapping[str, GetState]) -> None:
        """Write the state of services; of all others the previous state stays.

        Args:
            services: name of each service and the function that answers its state, None for "leave it".

        Raises:
            SnapshotError: a service's state could not be read; the previous snapshot stays.
            OSError: a file could not be written; the previous snapshot stays.
        """
        with self._lock:
            target = self._current.with_name(f"snapshot-{uuid.uuid4().hex}")
            target.mkdir(parents=True)
            try:
                self._write(target, services)
                link = target.with_suffix(".link")
                link.symlink_to(target.name)
                link.replace(self._current)
            except (OSError, SnapshotError):
                shutil.rmtree(target, ignore_errors=True)
                raise
            for folder in self._current.parent.glob("snapshot-*"):
                if folder != target:
                    shutil.rmtree(folder, ignore_errors=True)
            if "lambda" in services:
                self._prune_code(self._code_in_use)

    def _write(self, target: Path, services: Mapping[str, GetState]) -> None:
        for name, get_state in services.items():
            if (text := _state_text(name, get_state)) is not None:
                (target / f"{name}.json").write_text(text)
        for file in self._current.glob("*.json"):
            if not (target / file.name).exists():
                shutil.copy2(file, target / file.name)

    def _note_code_in_use(self, archives: set[str]) -> None:
        self._code_in_use = archives


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No other thread of Python runs meanwhile, unless this one waits for something."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(LONGEST_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _state_text(service: str, get_state: GetState) -> str | None:
    for attempt in range(ATTEMPTS):
        try:
            # What changes all the time is read without giving way to the threads that change it.
            with _undisturbed() if attempt >= PATIENT_ATTEMPTS else nullcontext():
                state = get_state()
            if state is None:
                return None
            document = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
            return json.dumps(document, default=persistence._json_default)
        except RuntimeError:  # a dictionary changed while it was read: requests go on during a save
            os.sched_yield()
        except (TypeError, ValueError) as error:
            raise SnapshotError(f"the state of {service} cannot be written as JSON: {error}") from error
    raise SnapshotError(f"the state of {service} changed {ATTEMPTS} times while it was read; save again")
