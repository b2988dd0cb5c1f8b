"""A provider for one preview is there, and gone afterwards."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from runbook import preview_provider
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from pathlib import Path


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


def test_it_listens_while_it_is_needed_and_no_longer() -> None:
    with preview_provider.started() as port:
        assert listens(port)
    assert not listens(port)


def test_it_ends_also_when_the_preview_fails() -> None:
    ports: list[int] = []

    def preview() -> None:
        with preview_provider.started() as port:
            ports.append(port)
            raise LookupError

    with pytest.raises(LookupError):
        preview()
    assert not listens(ports[0])


def test_one_that_does_not_start_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho starting >&2\necho 'no module named grpc' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(broken))
    with (
        pytest.raises(RunbookError, match="the provider for previews did not start: no module named grpc"),
        preview_provider.started(),
    ):
        pass
