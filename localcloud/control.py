"""Starts, finds, saves, resets and stops a local cloud: an AWS on this machine and its provider.

A local cloud lives in a home folder: `cloud.json` (ports and processes), `state/`, `logs/`, `backend/` (the
state of Pulumi's stacks) and `passphrase`. Several homes run side by side.
"""

import argparse
import contextlib
import fcntl
import os
import secrets
import shutil
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud import launch
from localcloud.cloud import LocalCloud, LocalCloudError, without_aws
from localcloud.fingerprint import fingerprint
from localcloud.launch import INTEGRATION_TIMEOUT, Report
from localcloud.processes import Process
from localcloud.record import Record, ask

__all__ = [
    "LocalCloud",
    "LocalCloudError",
    "Status",
    "confirm_mails",
    "find",
    "mails",
    "outdated",
    "reset",
    "save",
    "start",
    "status",
    "stop",
    "without_aws",
]

LOCK_SECONDS = 120.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Status:
    """What runs in a home folder.

    Attributes:
        cloud: "running", "unhealthy" or "stopped".
        provider: the same of the provider.
        local_cloud: the cloud when both run.
        logs: the folder of the logs.
    """

    cloud: str
    provider: str
    local_cloud: LocalCloud | None
    logs: Path


def start(
    home: Path,
    report: Report = lambda _: None,
    *,
    port: int | None = None,
    integration_timeout: float = INTEGRATION_TIMEOUT,
) -> LocalCloud:
    """Start what is not running and wait until it is healthy; a cloud that runs is returned as it is.

    One that was started from other code than the clone has now is restarted, with its state.

    Args:
        home: folder of the cloud; created when absent, readable by its owner only.
        report: told, in a sentence each, what is happening.
        port: where the AWS APIs and the platform must be served; by default where they were the last time,
            else the usual port, else any free one.
        integration_timeout: seconds its REST APIs wait for a function (tests lower it).

    Raises:
        LocalCloudError: the environment of MiniStack is missing, a process did not become healthy, or the
            wanted port is not to be had.
    """
    home = _prepared(home)
    with _lock(home):
        record = Record.read(home)
        current = record is not None and record.code == fingerprint(launch.ROOT)
        if record and current and record.healthy:
            if port not in (None, record.cloud.port):
                raise LocalCloudError(
                    f"the local cloud runs on port {record.cloud.port}: stop it with `omnitrack local down` "
                    f"before it can start on port {port}"
                )
            return record.cloud
        if record:
            launch.end(record)
        return launch.launch(home, record, report, port=port, integration_timeout=integration_timeout)


def find(home: Path) -> LocalCloud | None:
    """The cloud that runs, healthy, in `home`; None when there is none."""
    record = Record.read(home.resolve())
    return record.cloud if record and record.healthy else None


def outdated(home: Path) -> bool:
    """Whether the last start in `home` was from other code than the clone has now, as before an upgrade."""
    record = Record.read(home.resolve())
    return record is not None and record.code != fingerprint(launch.ROOT)


def stop(home: Path) -> None:
    """Save the state and end all processes of the cloud in `home`; nothing to do when none runs."""
    if not home.exists():
        return
    with _lock(home.resolve()):
        if record := Record.read(home.resolve()):
            launch.end(record)


def reset(home: Path, report: Report = lambda _: None) -> LocalCloud | None:
    """Empty the cloud in `home` and Pulumi's state of it; a cloud that ran is started again.

    Raises:
        LocalCloudError: as of `start`.
    """
    home = home.resolve()
    if not home.exists():
        return None
    with _lock(home):
        record = Record.read(home)
        was_running = record is not None and record.cloud_process.alive
        if record:
            launch.end(record)
        for name in ("state", "backend"):
            shutil.rmtree(home / name, ignore_errors=True)
        return launch.launch(_prepared(home), record, report) if was_running else None


def save(home: Path) -> None:
    """Write the state of the cloud that runs in `home` to disk.

    Raises:
        LocalCloudError: no cloud runs there, or it could not write.
    """
    cloud = find(home)
    if cloud is None:
        raise LocalCloudError(f"no local cloud runs in {home}: start it with `omnitrack local up`")
    answer = ask(f"{cloud.endpoint}/_omnitrack/save", method="POST", patience=60)
    if answer.get("message") != "saved":
        fault = answer.get("message", "no answer")
        raise LocalCloudError(
            f"the local cloud could not save its state ({fault}): see {home}/logs/cloud.log"
        )


def mails(cloud: LocalCloud, to: str | None = None) -> list[dict[str, str]]:
    """The mails that AWS would have sent from a cloud, newest first.

    Args:
        cloud: where.
        to: only what is for this address.

    Raises:
        LocalCloudError: it does not answer.
    """
    query = urllib.parse.urlencode({"to": to} if to else {})
    return _asked(cloud, f"/_omnitrack/mail?{query}", "mails")


def confirm_mails(cloud: LocalCloud, to: str) -> list[dict[str, str]]:
    """Follow the links in the confirmations that wait for an address; answers the topics that it joined.

    Args:
        cloud: where.
        to: the address.

    Raises:
        LocalCloudError: none waits there.
    """
    query = urllib.parse.urlencode({"to": to})
    return _asked(cloud, f"/_omnitrack/mail/confirm?{query}", "confirmed", method="POST")


def _asked(cloud: LocalCloud, path: str, member: str, *, method: str = "GET") -> list[dict[str, str]]:
    answer = ask(cloud.endpoint + path, method=method)
    found = answer.get(member)
    if not isinstance(found, list):
        fault = answer.get("message", "no answer")
        raise LocalCloudError(f"the mailbox of the local cloud says: {fault}; see `omnitrack local mail`")
    return found


def status(home: Path) -> Status:
    """What runs in `home`."""
    home = home.resolve()
    record = Record.read(home)
    return Status(
        cloud=_state(record.cloud_process, healthy=record.cloud_answers) if record else "stopped",
        provider=_state(record.provider_process, healthy=record.provider_answers) if record else "stopped",
        local_cloud=record.cloud if record and record.healthy else None,
        logs=home / "logs",
    )


def _prepared(home: Path) -> Path:
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in ("backend", "logs", "state", "tmp"):
        (home / name).mkdir(exist_ok=True)
    passphrase = home / "passphrase"
    if not passphrase.exists():
        # Of two starts at once the first one's stays: states may be encrypted with it by then.
        draft = home / f"passphrase-{secrets.token_hex(8)}.draft"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, passphrase)
        draft.unlink()
    return home


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    deadline = time.monotonic() + LOCK_SECONDS
    with (home / "lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalCloudError(
                        f"another command has been starting or stopping the cloud in {home} for "
                        f"{LOCK_SECONDS:.0f} s: wait for it, or end it"
                    ) from None
                time.sleep(POLL_SECONDS)
        yield


def _state(process: Process | None, *, healthy: bool) -> str:
    if process is None or not process.alive:
        return "stopped"
    return "running" if healthy else "unhealthy"


def main() -> None:
    """`python -m localcloud.control up|down|status|reset|logs --home DIR`, for finding faults."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.control")
    parser.add_argument("command", choices=("up", "down", "status", "reset", "logs"))
    parser.add_argument("--home", type=Path, default=launch.ROOT / ".local" / "cloud")
    arguments = parser.parse_args()
    home = arguments.home
    commands: dict[str, Callable[[], object]] = {
        "up": lambda: start(home, _tell).endpoint,
        "down": lambda: stop(home),
        "status": lambda: status(home),
        "reset": lambda: reset(home, _tell),
        "logs": lambda: launch.last_lines(home, "cloud", 200),
    }
    try:
        _tell(commands[arguments.command]() or "done")
    except LocalCloudError as error:
        sys.exit(str(error))


def _tell(text: object) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
