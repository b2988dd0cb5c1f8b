"""`omnitrack health` waits until the stack's API says that it is well."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from runbook.chapters import health
from runbook.cli import app
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterator

WELL = {"status": "ok", "version": "1.4.0", "environment": "staging", "checks": {"table": "ok"}}
ILL = {**WELL, "status": "unavailable", "checks": {"table": "unavailable", "clock": "ok"}}


@contextmanager
def serving(*answers: tuple[int, Any]) -> Iterator[str]:
    """The address of an API that gives these answers one after the other, and then the last for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = left.pop(0) if len(left) > 1 else left[0]
            body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status if self.path == "/v1/health" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait(api: str, *, within: float = 1.0) -> tuple[dict[str, Any], list[str]]:
    told: list[str] = []
    document = health.wait(
        f"{api}/health", within=within, report=told.append, through_proxy=False, between=0.01
    )
    return document, told


def test_a_stack_that_is_well_is_asked_once() -> None:
    with serving((200, WELL)) as api:
        assert wait(api) == (WELL, [])


def test_it_is_asked_again_until_it_is_well() -> None:
    forbidden = {"message": "Missing Authentication Token"}
    with serving((403, forbidden), (502, "<html>"), (503, ILL), (200, [1]), (200, WELL)) as api:
        document, told = wait(api, within=30)
    assert document == WELL
    assert told == [
        "it answers 403",
        "it answers 502 without JSON",
        "it answers 503, unavailable: table",
        "it answers 200 without a health document",
    ]


def test_what_it_answered_last_is_told_when_the_time_is_over() -> None:
    with serving((503, ILL)) as api, pytest.raises(RunbookError, match="it answers 503, unavailable: table"):
        wait(api, within=0.1)


def test_an_address_where_nobody_listens_is_told() -> None:
    with serving((200, WELL)) as api:
        pass
    with pytest.raises(RunbookError, match=r"not well after 0 s: it does not answer \(ConnectError\)"):
        wait(api, within=0.1)


def test_the_command_asks_the_address_among_the_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving((200, WELL)) as api:
        target = SimpleNamespace(cloud=object(), output={"ApiEndpoint": api}.__getitem__)
        monkeypatch.setattr("runbook.targets.open_target", lambda *_, **__: target)
        result = CliRunner().invoke(app, ["health", "-s", "staging", "--local"])
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{api}/health: ok, version 1.4.0\n"


def test_the_command_uses_the_profile_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def open_target(_stack: str, **options: object) -> None:
        asked.append(options)
        raise RunbookError("enough")

    monkeypatch.setattr("runbook.targets.open_target", open_target)
    CliRunner().invoke(app, ["health", "-s", "staging", "--live", "--profile", "acme"])
    assert asked == [{"local": False, "live": True, "profile": "acme"}]
