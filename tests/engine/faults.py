"""A way to the local cloud on which chosen calls fail or never end, and a provider that goes this way."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

REFUSAL = {"__type": "InternalFailure", "message": "refused by the test"}
THROTTLING = {"__type": "ThrottlingException", "message": "Rate exceeded"}
DENIAL = {"__type": "AccessDeniedException", "message": "you may not"}


@dataclass
class Faults:
    """What goes wrong; tests change it while the provider runs.

    Operations are named as in the API (`EnableKeyRotation`), those of a REST API by a regular expression of
    method and path (`PATCH /restapis/.*`).

    Attributes:
        refused: Operations that are answered with an error that is not retried.
        refusal: That error.
        throttled: Operations -> how many more times they are answered with a throttling error.
        held: Operations that are not answered before `released`.
        holding: Set when a held operation has arrived.
        released: Lets the held operations end.
        provider_port: Port of the provider.
    """

    refused: set[str] = field(default_factory=set)
    refusal: Mapping[str, str] = field(default_factory=lambda: REFUSAL)
    throttled: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    holding: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    provider_port: int = 0


@contextlib.contextmanager
def faulty_way(endpoint: str, environment: Mapping[str, str]) -> Iterator[Faults]:
    """Start the way and its provider; both end with the block."""
    faults = Faults()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(faults, urlsplit(endpoint).netloc))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    command = [sys.executable, "-m", "localcloud.provider", "--port", "0"]
    command += ["--endpoint", f"http://127.0.0.1:{server.server_port}"]
    provider = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, text=True)
    try:
        assert provider.stdout is not None
        faults.provider_port = int(provider.stdout.readline())
        yield faults
    finally:
        faults.released.set()
        provider.terminate()
        provider.wait(timeout=10)
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(faults: Faults, upstream: str) -> type[_Way]:
    methods = {f"do_{method}": _Way.handle_request for method in ("DELETE", "GET", "PATCH", "POST", "PUT")}
    return type("Way", (_Way,), {"faults": faults, "upstream": upstream, **methods})


class _Way(BaseHTTPRequestHandler):
    faults: Faults
    upstream: str

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        called = self._called(body)
        if _named(called, self.faults.held):
            self.faults.holding.set()
            self.faults.released.wait(60)
        throttled = _named(called, {name for name, times in self.faults.throttled.items() if times})
        if throttled:
            self.faults.throttled[throttled] -= 1
            self._refuse(THROTTLING)
        elif _named(called, self.faults.refused):
            self._refuse(self.faults.refusal)
        else:
            self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        kind = answer.headers.get("Content-Type", "")
        self._answer(answer.status, answer.read(), {"Content-Type": kind})
        connection.close()

    def _called(self, body: bytes) -> tuple[str, str]:
        """The operation, where the request names it, and method with path."""
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        form = parse_qs(body.decode(errors="replace")) if body.startswith(b"Action=") else {}
        return target or "".join(form.get("Action", ())), f"{self.command} {urlsplit(self.path).path}"

    def _refuse(self, error: Mapping[str, str]) -> None:
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error["__type"]}
        self._answer(400, json.dumps(error).encode(), headers)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):  # the provider gave up waiting
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _named(called: tuple[str, str], names: AbstractSet[str]) -> str:
    """The name that stands for the call."""
    operation, request = called
    return next((name for name in names if name == operation or re.fullmatch(name, request)), "")
