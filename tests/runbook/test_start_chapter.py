"""The parts of `omnitrack start` that need no cloud."""

from __future__ import annotations

import io
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from runbook import deployments
from runbook.chapters import deploy, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.pulumi_arguments import Divided


class Terminal(io.StringIO):
    """Standard output of a person."""

    def isatty(self) -> bool:
        """As a terminal answers."""
        return True


@pytest.mark.parametrize(
    ("populated", "out", "as_diff"),
    [(True, io.StringIO(), True), (False, io.StringIO(), False), (True, Terminal(), False)],
    ids=["again", "first time", "terminal"],
)
def test_a_repeated_start_writes_only_what_changes(
    monkeypatch: pytest.MonkeyPatch, *, populated: bool, out: io.StringIO, as_diff: bool
) -> None:
    @contextmanager
    def opened(*_arguments: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(populated=populated)

    ran: list[Divided] = []
    monkeypatch.setattr(deployments, "opened", opened)
    monkeypatch.setattr(deploy, "update", lambda *arguments: ran.extend(arguments[2:]))
    monkeypatch.setattr("sys.stdout", out)
    start.deploy_development()
    (arguments,) = ran
    for half in (arguments.preview, arguments.update):
        assert ("--diff" in half, "--refresh" in half) == (as_diff, True)


class FakeAccount:
    """An account whose queues hold as many messages as their address says, and whose index has two pages."""

    def output(self, name: str) -> str:
        """The depth of the dead letters in their order, and a name for the table."""
        depths = {"DeadLetterQueueUrl": "0", "EvaluationDeadLetterQueueUrl": "2"}
        return depths.get(name, "1" if name == "NotificationDeadLetterQueueUrl" else name)

    def client(self, _service: str) -> FakeAccount:
        return self

    def get_paginator(self, _operation: str) -> FakeAccount:
        return self

    def paginate(self, **query: Any) -> list[dict[str, int]]:
        wanted = {":open": {"S": "ALERTS#STATUS#open"}}
        assert (query["TableName"], query["IndexName"]) == ("MainTableName", "GSI1")
        return [{"Count": 2}, {"Count": 3}] if query["ExpressionAttributeValues"] == wanted else []

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": dict.fromkeys(AttributeNames, "0") | {AttributeNames[0]: QueueUrl}}


def test_the_table_counts_open_alerts_and_dead_letters_of_every_kind() -> None:
    account: Any = FakeAccount()
    assert start._open_alerts(account) == 5
    assert start._dead_letters(account) == "0 readings, 2 evaluations, 1 notifications"


def test_the_sign_in_page_is_where_the_local_cloud_serves_it() -> None:
    on_aws = (
        "https://x.auth.us-east-1.amazoncognito.com/oauth2/authorize?client_id=a&redirect_uri=http%3A%2F%2Fb"
    )
    page = start.local_page(on_aws, "http://127.0.0.1:4566")
    assert page == "http://127.0.0.1:4566/oauth2/authorize?client_id=a&redirect_uri=http%3A%2F%2Fb"
