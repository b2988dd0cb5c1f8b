"""The local cloud's chapter: logs are followed line by line, a reset takes what is worthless with it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from localcloud.control import LocalCloud
from runbook import stacks
from runbook.chapters import local
from runbook.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(tmp_path))
    (tmp_path / "logs").mkdir()
    return tmp_path


def test_logs_end_with_the_last_lines_of_every_file(home: Path) -> None:
    (home / "logs" / "cloud.log").write_text("".join(f"line {number}\n" for number in range(1000)))
    (home / "logs" / "provider.log").write_bytes(b"no \xff UTF-8\n")
    lines = runner.invoke(app, ["local", "logs"]).stdout.splitlines()
    assert lines[0] == f"cloud.log: line {1000 - local.LAST_LINES}"
    assert lines[-2:] == ["cloud.log: line 999", "provider.log: no \ufffd UTF-8"]


def test_an_unfinished_line_waits_for_its_end(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = home / "logs" / "cloud.log"
    log.write_text("one\ntw")
    position = local._print_from(log, 0)
    with log.open("a") as file:
        file.write("o\n")
    local._print_from(log, position)
    assert capsys.readouterr().out == "cloud.log: one\ncloud.log: two\n"


def test_a_log_that_was_emptied_is_read_from_its_start(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = home / "logs" / "cloud.log"
    log.write_text("a long line of the last run\n")
    position = local._print_from(log, 0)
    log.write_text("new\n")
    local._print_from(log, position)
    assert capsys.readouterr().out.splitlines()[-1] == "cloud.log: new"


def test_a_reset_removes_the_devices_and_keeps_the_demo_passwords(home: Path) -> None:
    for name in ("devices/development/a", "stacks", "state", "backend"):
        (home / name).mkdir(parents=True)
    (home / "demo-users.json").write_text("{}")
    assert runner.invoke(app, ["local", "reset"]).exit_code == 0
    assert not (home / "devices").exists()
    assert not (home / "stacks").exists()
    assert (home / "demo-users.json").exists()


MAIL = {
    "time": "2026-11-24T14:00:00Z",
    "kind": "notification",
    "to": "ops@example.com",
    "subject": "Port of Shanghai",
    "body": "It is hot.\n\nSee \x1b[31mit.\ncurl https://d1.cloudfront.net/v1/a\ncurl https://d1.cloudfront.net/v1/b\n",
}


@pytest.fixture
def mailbox(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A local cloud of which only the mailbox answers; the paths that were asked for."""
    asked: list[str] = []

    class Box(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, {"mails": [MAIL] if "nobody" not in self.path else []})

        def do_POST(self) -> None:
            waits = "nobody" not in self.path
            done = {"confirmed": [{"to": "ops@example.com", "topic": "arn:t"}]}
            self.answer(*((200, done) if waits else (404, {"message": "no confirmation waits there"})))

        def answer(self, status: int, document: object) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Box)
    cloud = LocalCloud(
        home=home, port=server.server_port, mqtt_port=0, provider_port=0, account="0" * 12, region="us-east-1"
    )
    monkeypatch.setattr(stacks, "running_cloud", lambda: cloud)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_mail_is_printed_without_what_could_steer_the_terminal(mailbox: list[str]) -> None:
    host = "d1.cloudfront.net"
    api = f"{stacks.running_cloud().endpoint}/v1"
    result = runner.invoke(app, ["local", "mail", "--to", "ops+a@example.com"])
    assert result.stdout.splitlines() == [
        "2026-11-24T14:00:00Z  notification  to ops@example.com: Port of Shanghai",
        "  It is hot.",
        "",
        "  See [31mit.",
        "  curl https://d1.cloudfront.net/v1/a",
        "  curl https://d1.cloudfront.net/v1/b",
        f"(this machine serves https://{host}/v1 at {api} for the header `Host: {host}`)",
    ]
    assert mailbox == ["GET /_omnitrack/mail?to=ops%2Ba%40example.com"]


@pytest.mark.usefixtures("mailbox")
def test_mails_are_printed_for_programs_as_they_are() -> None:
    assert json.loads(runner.invoke(app, ["local", "mail", "--json"]).stdout) == [MAIL]
    assert runner.invoke(app, ["local", "mail", "--to", "nobody"]).stdout == "No mail.\n"


def test_a_confirmation_says_what_was_joined_or_that_none_waits(mailbox: list[str]) -> None:
    result = runner.invoke(app, ["local", "mail", "--confirm", "ops@example.com"])
    assert result.stdout == "ops@example.com receives what is published to arn:t.\n"
    failed = runner.invoke(app, ["local", "mail", "--confirm", "nobody"])
    assert failed.exit_code == 1
    assert "no confirmation waits there" in failed.stderr
    assert mailbox[0].startswith("POST /_omnitrack/mail/confirm?to=ops")
