"""The one comment that a pull request carries about its previews: found again, updated, or made."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from runbook.changes.report import MARKER
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GITHUB: Final = "https://api.github.com"
WORKFLOW_AUTHOR: Final = "github-actions[bot]"
"""Whom a workflow's token writes as; unlike a person's token it may not ask who it is."""
LARGEST_COMMENT: Final = 65_536
"""Characters that GitHub takes in one comment."""
CUT_NOTE: Final = (
    "\n\n*The report is longer than a comment may be: the run's summary and artifact have all of it.*\n"
)
ATTEMPTS: Final = 4
LONGEST_PAUSE: Final = 60.0
PER_PAGE: Final = 100
TIMEOUT: Final = httpx2.Timeout(20.0)
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


class CommentError(RunbookError):
    """The comment could not be published; `omnitrack preview comment` ends with exit code 1."""


class ReadOnlyTokenError(CommentError):
    """The token may read only, as a fork's does. The text has to be read in the run's summary."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            f"the token may not comment in {repository}, as in every run for a fork: "
            "the text is in the summary of the run; elsewhere give the job `pull-requests: write`"
        )


class _TryAgainError(Exception):
    """GitHub is busy or out of reach for a moment.

    Attributes:
        reason: the sentence, if this was the last attempt.
        pause: seconds that GitHub asks to wait; None where it names none.
    """

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


def publish(
    text: str,
    *,
    repository: str,
    number: int,
    token: str,
    api: str = GITHUB,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Make the pull request's one comment say this text.

    The comment of an earlier run is updated: it begins with `MARKER` and was written by the same account. A
    stranger's comment with the same marker is left alone. A text that is too long is cut, and says so.

    Args:
        text: Markdown.
        repository: as in `owner/name`.
        number: of the pull request.
        token: of GitHub, with the right to write to pull requests. It is in no message.
        api: address of GitHub's API, as in the variable GITHUB_API_URL of a workflow.
        pause: waits so many seconds before the next attempt.

    Returns:
        The address of the comment's page.

    Raises:
        ReadOnlyTokenError: the token may not write, as on a fork.
        CommentError: anything else; GitHub's trouble (5xx, time-outs, rate limits) after four attempts.
    """
    token = token.strip()
    _check(repository, number, token, api)
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    body = fitted(text if text.startswith(MARKER) else f"{MARKER}\n{text}")
    with httpx2.Client(
        base_url=api.rstrip("/"), headers=headers, timeout=TIMEOUT, follow_redirects=True
    ) as client:
        pull_request = _PullRequest(client, repository, number)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                # From the start each time: an attempt that seemed to fail may have made the comment.
                return pull_request.say(body)
            except _TryAgainError as error:
                if attempt == ATTEMPTS:
                    raise CommentError(f"{error.reason}: run the job again later") from None
                pause(min(2.0 ** (attempt - 1) if error.pause is None else error.pause, LONGEST_PAUSE))
    raise AssertionError  # the last attempt returns or raises


def fitted(text: str) -> str:
    """The text, cut between two lines where it is longer than GitHub takes, or within one that is too long.

    What the cut leaves open, a block of code or of details, is closed again.
    """
    if len(text) <= LARGEST_COMMENT:
        return text
    room = LARGEST_COMMENT - len(CUT_NOTE)
    kept: list[str] = []
    used, closing, in_code, details = 0, "", False, 0
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        details += line.count("<details") - line.count("</details>")
        closing_here = "\n```" * in_code + "\n</details>" * details
        used += len(line) + 1
        if used + len(closing_here) > room:
            left = room - used + len(line) - len(closing)
            if left > room // 2 and closing_here == closing:
                kept.append(_beginning(line, left))
            break
        kept.append(line)
        closing = closing_here
    return "\n".join(kept) + closing + CUT_NOTE


def _beginning(line: str, length: int) -> str:
    """So much of a line; a tag that is cut in two would take in what follows."""
    text = line[:length]
    before, opened, tag = text.rpartition("<")
    return before if opened and ">" not in tag else text


def _check(repository: str, number: int, token: str, api: str) -> None:
    if not token:
        raise CommentError("there is no token: set GITHUB_TOKEN, in a workflow to `${{ github.token }}`")
    if not re.fullmatch(r"[!-~]+", token):
        # The HTTP library would quote the token when it refuses it.
        raise CommentError("the token holds a space or another character that no token has")
    # A part of dots only would lead to another address of the API.
    if not re.fullmatch(r"(?!\.+/)[\w.-]+/(?!\.+$)[\w.-]+", repository, re.ASCII):
        raise CommentError(f"{repository!r} is no repository: write it as owner/name")
    if number < 1:
        raise CommentError(f"{number} is no pull request's number")
    address = urlsplit(api)
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise CommentError(f"{api} is no https address: the token is sent to no other")


class _PullRequest:
    """The comments of one pull request."""

    def __init__(self, client: httpx2.Client, repository: str, number: int) -> None:
        self._client = client
        self._repository = repository
        self._number = number

    def say(self, body: str) -> str:
        """Update or make the comment, and answer its page."""
        for earlier in self._own():
            with suppress(_GoneError):
                return self._page("PATCH", f"/repos/{self._repository}/issues/comments/{earlier}", body)
        try:
            return self._page("POST", self._comments, body)
        except _GoneError:
            raise self._not_found() from None

    @property
    def _comments(self) -> str:
        return f"/repos/{self._repository}/issues/{self._number}/comments"

    def _page(self, method: str, path: str, body: str) -> str:
        return str(self._ask(method, path, json={"body": body})["html_url"])

    def _own(self) -> Iterator[int]:
        """The numbers of the comments that earlier runs left, oldest first."""
        author = self._author()
        page = 1
        while True:
            try:
                found = self._ask("GET", self._comments, params={"per_page": PER_PAGE, "page": page})
            except _GoneError:
                raise self._not_found() from None
            for comment in found:
                # `user` is null where the account was deleted.
                login = (comment.get("user") or {}).get("login")
                if login == author and (comment.get("body") or "").startswith(MARKER):
                    yield int(comment["id"])
            if len(found) < PER_PAGE:
                return
            page += 1

    def _author(self) -> str:
        answer = self._send("GET", "/user")
        return (
            WORKFLOW_AUTHOR if answer.status_code == httpx2.codes.FORBIDDEN else _login(self._judge(answer))
        )

    def _ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        return self._judge(self._send(method, path, **options))

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:  # noqa: ANN401 - of httpx2
        try:
            answer = self._client.request(method, path, **options)
        except httpx2.HTTPError as error:
            raise _TryAgainError(f"GitHub does not answer ({type(error).__name__})") from None
        limited = answer.status_code == httpx2.codes.TOO_MANY_REQUESTS or (
            answer.status_code == httpx2.codes.FORBIDDEN
            and ("retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0")
        )
        if limited:
            raise _TryAgainError("GitHub takes no more requests for now", _seconds(answer))
        if answer.is_server_error:
            raise _TryAgainError(f"GitHub answers {answer.status_code}", _seconds(answer))
        return answer

    def _judge(self, answer: httpx2.Response) -> Any:  # noqa: ANN401 - JSON
        match answer.status_code:
            case 401:
                raise CommentError("GitHub does not accept the token: it is wrong or has expired")
            case 403:
                raise ReadOnlyTokenError(self._repository)
            case 404 | 410:
                raise _GoneError
        try:
            document = answer.json()
        except ValueError:
            raise _TryAgainError(f"GitHub answers {answer.status_code} without JSON") from None
        if answer.is_success:
            return document
        reason = document.get("message") if isinstance(document, dict) else None
        raise CommentError(
            f"GitHub refuses the comment ({answer.status_code}): {reason or 'no reason given'}"
        )

    def _not_found(self) -> CommentError:
        return CommentError(
            f"{self._repository} has no pull request {self._number}, or the token cannot see it"
        )


class _GoneError(Exception):
    """What was asked for is not there."""


def _login(user: Any) -> str:  # noqa: ANN401 - JSON
    return str(user["login"])


def _seconds(answer: httpx2.Response) -> float | None:
    with suppress(ValueError):
        return max(0.0, float(answer.headers.get("retry-after", "")))
    return None
