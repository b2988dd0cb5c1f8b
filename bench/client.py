"""An HTTP client whose own cost is small beside what it measures: the standard library's, connection kept."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Final, Self

from bench.workspace import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

PATIENCE_SECONDS: Final = 30.0


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
            BenchmarkError: the status is another than 200.
        """
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise BenchmarkError(f"GET {path} answers {answer.status}: {body.decode(errors='replace')[:200]}")
        return body
