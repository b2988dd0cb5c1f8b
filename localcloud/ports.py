"""Free loopback ports."""

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def reserved() -> Iterator[None]:
    """Keep other starts of this user from choosing ports, until those chosen here are listened on."""
    path = Path(tempfile.gettempdir()) / f"omnitrack-ports-{os.getuid()}.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def choose(purpose: str, *, remembered: int | None, usual: int, report: Callable[[str], None]) -> int:
    """A port to listen on: the one of the last start, else the usual one, else any that is free.

    Args:
        purpose: what the port is for, for the report.
        remembered: the port of the last start.
        usual: the port that people expect.
        report: told when the remembered port has been taken.
    """
    if remembered:
        if free(remembered):
            return remembered
        report(f"port {remembered} of {purpose} has been taken by another process: choosing a new one")
    elif free(usual):
        return usual
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def free(port: int) -> bool:
    """Whether nothing listens on `port`.

    Args:
        port: the port to ask for.
    """
    if connects(port):  # asked first: a listener on all interfaces would not keep a bind from working
        return False
    try:
        with socket.create_server((LOOPBACK, port)):
            return True
    except OSError:
        return False


def connects(port: int) -> bool:
    """Whether a process takes connections on `port`.

    Args:
        port: the port to connect to.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2):
            return True
    except OSError:
        return False
