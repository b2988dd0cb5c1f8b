"""Requests with an Idempotency-Key in a real table."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from omnitrack.adapters.idempotency import RepetitionsTable
from omnitrack.adapters.table import Table
from omnitrack.domain.errors import IdempotencyKeyReusedError, RequestInProgressError
from omnitrack.domain.idempotency import LIFETIME, LONGEST_ATTEMPT, Attempt, RequestKey, StoredReply

from tests.functions.lost_answers import write_twice

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
REQUEST = RequestKey(user="user-1", operation="put_node", key="k1", digest="d1")
REPLY = StoredReply(status=201, headers={"ETag": '"1"'}, body='{"id":"a"}')


@pytest.fixture
def table(aws: Callable[[str], Any], table_name: str) -> Table:
    return Table(aws("dynamodb"), table_name)


@pytest.fixture
def repetitions(table: Table) -> RepetitionsTable:
    return RepetitionsTable(table)


def test_a_finished_request_is_answered_again(repetitions: RepetitionsTable) -> None:
    attempt = repetitions.begin(REQUEST, NOW)
    assert isinstance(attempt, Attempt)
    repetitions.finish(attempt, REPLY, NOW)
    assert repetitions.begin(REQUEST, NOW + timedelta(hours=23)) == REPLY


@pytest.mark.parametrize("answers", [[], [REPLY]])
@pytest.mark.parametrize("later", [timedelta(0), LONGEST_ATTEMPT, timedelta(hours=23)])
def test_another_request_under_the_same_key_is_refused(
    repetitions: RepetitionsTable, later: timedelta, answers: list[StoredReply]
) -> None:
    attempt = repetitions.begin(REQUEST, NOW)
    assert isinstance(attempt, Attempt)
    for answer in answers:
        repetitions.finish(attempt, answer, NOW)
    other = RequestKey(user="user-1", operation="put_node", key="k1", digest="d2")
    with pytest.raises(IdempotencyKeyReusedError):
        repetitions.begin(other, NOW + later)


@pytest.mark.parametrize(
    "other",
    [
        RequestKey(user="user-2", operation="put_node", key="k1", digest="d2"),
        RequestKey(user="user-1", operation="put_lane", key="k1", digest="d2"),
        RequestKey(user="user-1", operation="put_node", key="k2", digest="d2"),
    ],
)
def test_a_key_holds_for_one_user_and_one_operation(repetitions: RepetitionsTable, other: RequestKey) -> None:
    repetitions.begin(REQUEST, NOW)
    assert isinstance(repetitions.begin(other, NOW), Attempt)


def test_a_request_in_progress_is_waited_for_but_not_longer_than_it_can_live(
    repetitions: RepetitionsTable,
) -> None:
    first = repetitions.begin(REQUEST, NOW)
    with pytest.raises(RequestInProgressError):
        repetitions.begin(REQUEST, NOW + LONGEST_ATTEMPT - timedelta(seconds=1))
    second = repetitions.begin(REQUEST, NOW + LONGEST_ATTEMPT)
    assert isinstance(first, Attempt)
    assert isinstance(second, Attempt)
    assert timedelta(seconds=30) < LONGEST_ATTEMPT < timedelta(minutes=1)
    repetitions.finish(first, StoredReply(status=500, headers={}, body=""), NOW)
    repetitions.abandon(first)
    repetitions.finish(second, REPLY, NOW)
    assert repetitions.begin(REQUEST, NOW + LONGEST_ATTEMPT) == REPLY


def test_an_attempt_whose_answer_got_lost_may_go_on(
    repetitions: RepetitionsTable, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_twice(table, monkeypatch)
    attempt = repetitions.begin(REQUEST, NOW)
    assert isinstance(attempt, Attempt)
    with pytest.raises(RequestInProgressError):
        repetitions.begin(REQUEST, NOW)
    repetitions.finish(attempt, REPLY, NOW)
    assert repetitions.begin(REQUEST, NOW) == REPLY


def test_an_abandoned_request_can_be_repeated_at_once(repetitions: RepetitionsTable) -> None:
    attempt = repetitions.begin(REQUEST, NOW)
    assert isinstance(attempt, Attempt)
    repetitions.abandon(attempt)
    assert isinstance(repetitions.begin(REQUEST, NOW), Attempt)


def test_a_key_is_free_again_after_a_day_though_its_item_is_still_there(
    repetitions: RepetitionsTable, table: Table
) -> None:
    attempt = repetitions.begin(REQUEST, NOW)
    assert isinstance(attempt, Attempt)
    repetitions.finish(attempt, REPLY, NOW)
    item = table.get({"PK": "IDEMPOTENCY#user-1", "SK": "put_node#k1"})
    assert item is not None
    assert item["expiresAt"] == int((NOW + LIFETIME).timestamp())
    other = RequestKey(user="user-1", operation="put_node", key="k1", digest="d2")
    assert isinstance(repetitions.begin(other, NOW + LIFETIME), Attempt)


def test_of_many_at_once_one_may_go_on(repetitions: RepetitionsTable) -> None:
    def begins(_number: int) -> bool:
        try:
            return isinstance(repetitions.begin(REQUEST, NOW), Attempt)
        except RequestInProgressError:
            return False

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(begins, range(16))) == 1
