"""A GitHub on this machine: one pull request with its comments, as the REST API serves them."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from runbook.pull_request_comment import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "ghs_0123456789abcdefghij"
BOT = "github-actions[bot]"
COMMENTS = "/repos/acme/omnitrack/issues/7/comments"


@dataclass
class GitHub:
    """A GitHub with one pull request, of which a test decides how it fails.

    Attributes:
        login: whom the token belongs to; None for a workflow's, which may not ask.
        comments: of the pull request, oldest first.
        faults: (method, status, headers) that the next matching requests meet, each once.
        forgets: the next comment is made, but its answer is an error.
        asked: method and path of every request.
    """

    address: str = ""
    login: str | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)
    forgets: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def add(self, login: str | None, body: str) -> dict[str, Any]:
        number = len(self.comments) + 1
        page = f"https://github.example/acme/omnitrack/pull/7#issuecomment-{number}"
        user = {"login": login} if login else None
        self.comments.append({"id": number, "body": body, "user": user, "html_url": page})
        return self.comments[-1]

    def answer(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        path = urlsplit(target).path
        self.asked.append((method, path))
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}, {}
        if path == "/user":
            return (200, {"login": self.login}, {}) if self.login else (403, {"message": "no"}, {})
        for fault in self.faults:
            if fault[0] == method:
                self.faults.remove(fault)
                return fault[1], {"message": "as the test wants it"}, fault[2]
        return *self._served(method, path, parse_qs(urlsplit(target).query), body), {}

    def _served(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        match method, path.split("/")[-2:]:
            case "GET", ["7", "comments"]:
                size, page = int(query["per_page"][0]), int(query["page"][0])
                return 200, self.comments[(page - 1) * size : page * size]
            case "POST", ["7", "comments"]:
                made = self.add(self.login or BOT, body["body"])
                forgotten, self.forgets = self.forgets, False
                return (502, {}) if forgotten else (201, made)
            case "PATCH", ["comments", number]:
                comment = next(entry for entry in self.comments if entry["id"] == int(number))
                comment["body"] = body["body"]
                return 200, comment
        return 404, {"message": "Not Found"}

    def publish(self, text: str, *, number: int = 7, token: str = TOKEN) -> str:
        return publish(
            text,
            repository="acme/omnitrack",
            number=number,
            token=token,
            api=self.address,
            pause=self.pauses.append,
        )


@contextmanager
def serving() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("Authorization", "")
            status, document, headers = state.answer(self.command, self.path, token, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.serve()

        def do_POST(self) -> None:
            self.serve()

        def do_PATCH(self) -> None:
            self.serve()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
