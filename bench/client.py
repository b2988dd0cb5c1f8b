"""An HTTP client whose own cost is small beside what it measures: the standard library's, connection kept."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Final, Self

from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

PATIENCE_SECONDS: Final = 30.0
SUCCESS: Final = (http.client.OK, http.client.CREATED)


class Client:
    """A connection to the local cloud.

    Args:
        port: of the local cloud.
        headers: sent with each request.
    """

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = dict(headers or {})

    def __enter__(self) -> Self:
        self._connection.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> bytes:
        """The body that a path answers with.

        Raises:
            BenchmarkError: it answers with an error.
        """
        return self._ask("GET", path, None, {})

    def put(self, path: str, document: Mapping[str, object], *, replaces: bool) -> bytes:
        """Write what a path stands for, and give the body of the answer.

        Args:
            path: of what is written.
            document: its new state.
            replaces: it is there, in whatever version; otherwise it is created.

        Raises:
            BenchmarkError: it answers with an error.
        """
        condition = {"If-Match": "*"} if replaces else {}
        return self._ask("PUT", path, json.dumps(document), {"Content-Type": "application/json", **condition})

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> bytes:
        self._connection.request(method, path, body=body, headers=self._headers | dict(headers))
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status not in SUCCESS:
            text = said.decode(errors="replace")[:200]
            raise BenchmarkError(f"{method} {path} answers {answer.status}: {text}")
        return said
