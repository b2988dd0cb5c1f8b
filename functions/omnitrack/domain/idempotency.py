"""Requests that a client may repeat: what the first one was answered, the others are answered too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

LIFETIME = timedelta(hours=24)
# A function behind the API lives 29 s at most: whoever has not finished by then has died.
LONGEST_ATTEMPT = timedelta(seconds=35)


@dataclass(frozen=True, kw_only=True)
class RequestKey:
    """A client's key: it holds for one user and one operation, and for one request (by its digest)."""

    user: str
    operation: str
    key: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class StoredReply:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The right to serve a request, until its time is over."""

    request: RequestKey
    id: str


class Repetitions(Protocol):
    """Where requests with a key are remembered."""

    def begin(self, request: RequestKey, at: datetime) -> Attempt | StoredReply:
        """Take the right to serve the request, or learn what it was answered.

        Raises:
            IdempotencyKeyReusedError: The key came with another request.
            RequestInProgressError: The same request is being served.
        """
        ...

    def finish(self, attempt: Attempt, reply: StoredReply, at: datetime) -> None:
        """Remember the answer; nothing happens when the attempt's time is over and another has begun."""
        ...

    def abandon(self, attempt: Attempt) -> None:
        """Forget the request, so that it can be repeated at once."""
        ...
