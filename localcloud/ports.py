"""Free loopback ports."""

import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


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
