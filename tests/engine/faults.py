"""A way to the local cloud on which chosen calls fail or never end, and a provider that goes this way."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REFUSAL = b'{"__type": "InternalFailure", "message": "refused by the test"}'


@dataclass
class Faults:
    """What goes wrong; tests change it while the provider runs.

    Attributes:
        refused: Operations that are answered with an error that is not retried, such as `EnableKeyRotation`.
        held: Operations that are not answered before `released`.
        holding: Set when a held operation has arrived.
        released: Lets the held operations end.
        provider_port: Port of the provider.
    """

    refused: set[str] = field(default_factory=set)
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


def _handler(faults: Faults, upstream: str) -> type[BaseHTTPRequestHandler]:
    class Way(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if operation in faults.held:
                faults.holding.set()
                faults.released.wait(60)
            if operation in faults.refused:
                self._answer(400, REFUSAL, "application/x-amz-json-1.1")
                return
            connection = http.client.HTTPConnection(upstream, timeout=60)
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            self._answer(answer.status, answer.read(), answer.headers.get("Content-Type", ""))
            connection.close()

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            with contextlib.suppress(OSError):  # the provider gave up waiting
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Way
