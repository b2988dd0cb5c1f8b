"""The table adapter against a client that answers as told: conflicts, overload, numbers."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from omnitrack.adapters.dead_letters import DeadLetterQueue
from omnitrack.adapters.table import MOST_ATTEMPTS, Cancellation, Table, from_attributes, to_attributes
from omnitrack.domain.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

NONE, CONFLICT, FAILED = "None", "TransactionConflict", "ConditionalCheckFailed"
KEY = {"PK": "p", "SK": "s"}


def fault(code: str, status: int = 400, **more: Any) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "Operation")  # type: ignore[arg-type] # the parts that matter


def cancelled(*codes: str) -> ClientError:
    return fault("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


class Scripted:
    """A client whose calls fail as told, one after the other, and then succeed."""

    def __init__(self, *faults: Exception) -> None:
        self.faults: Iterator[Exception] = iter(faults)
        self.calls = 0
        self.tokens: set[str] = set()

    def _call(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        self.tokens.add(request.get("ClientRequestToken", ""))
        for error in self.faults:
            raise error
        return {"Attributes": {"version": {"N": "7"}}}

    get_item = update_item = delete_item = transact_write_items = send_message = _call


def table_with(*faults: Exception) -> tuple[Table, Scripted, list[float]]:
    client, pauses = Scripted(*faults), list[float]()
    return Table(client, "main", pause=pauses.append), client, pauses  # type: ignore[arg-type] # a fake


@pytest.mark.parametrize(
    "error",
    [
        cancelled(NONE, CONFLICT),
        cancelled("ThrottlingError", NONE),
        cancelled("ProvisionedThroughputExceeded"),
        fault("TransactionInProgressException"),
        fault("ThrottlingException"),
        fault("InternalServerError", 500),
        fault("Whatever", 503),
    ],
)
def test_a_write_that_met_another_or_an_overload_is_repeated_after_growing_pauses(error: ClientError) -> None:
    table, client, pauses = table_with(*[error] * 3)
    table.transact(table.creating(KEY))
    assert (client.calls, len(pauses)) == (4, 3)
    assert all(0 <= pause <= 0.02 * 2**number for number, pause in enumerate(pauses))


def test_a_single_write_that_met_a_transaction_is_repeated() -> None:
    table, client, _ = table_with(fault("TransactionConflictException"))
    assert table.update(KEY, UpdateExpression="SET a = :a") == {"version": 7}
    assert client.calls == 2


def test_all_attempts_of_a_transaction_are_one_to_aws_and_the_next_is_another() -> None:
    table, client, _ = table_with(*[cancelled(CONFLICT)] * 3)
    table.transact(table.creating(KEY))
    assert len(client.tokens) == 1
    table.transact(table.creating(KEY))
    assert len(client.tokens) == 2


def test_a_table_for_what_can_wait_is_asked_once() -> None:
    client, pauses = Scripted(*[fault("ThrottlingException")] * 9), list[float]()
    table = Table(client, "main", attempts=1, pause=pauses.append)  # type: ignore[arg-type] # a fake
    with pytest.raises(UnavailableError):
        table.update(KEY, UpdateExpression="SET a = :a")
    assert client.calls == 1


def test_repeating_ends() -> None:
    table, client, _ = table_with(*[cancelled(CONFLICT)] * 99)
    with pytest.raises(UnavailableError, match="try again"):
        table.transact(table.creating(KEY))
    assert client.calls == MOST_ATTEMPTS


def test_a_failed_condition_is_told_at_once_with_what_it_met() -> None:
    met = {"PK": {"S": "p"}, "version": {"N": "3"}}
    reasons = [{"Code": NONE}, {"Code": FAILED, "Item": met}, {"Code": NONE}]
    table, client, _ = table_with(fault("TransactionCanceledException", CancellationReasons=reasons))
    with pytest.raises(Cancellation) as caught:
        table.transact(table.creating(KEY))
    assert list(caught.value.failed) == [False, True, False]
    assert list(caught.value.items) == [None, {"PK": "p", "version": 3}, None]
    assert client.calls == 1


@pytest.mark.parametrize("disturbance", [CONFLICT, "ThrottlingError"])
def test_a_condition_that_failed_beside_another_writer_is_asked_again(disturbance: str) -> None:
    table, client, _ = table_with(cancelled(disturbance, FAILED), cancelled(FAILED, FAILED))
    with pytest.raises(Cancellation) as caught:
        table.transact(table.creating(KEY))
    assert (list(caught.value.failed), client.calls) == ([True, True], 2)


@pytest.mark.parametrize(
    "error",
    [fault("AccessDeniedException"), fault("ResourceNotFoundException"), cancelled("ValidationError")],
)
def test_what_repeating_cannot_mend_is_raised_as_it_is(error: ClientError) -> None:
    table, client, _ = table_with(error)
    with pytest.raises(ClientError) as caught:
        table.transact(table.creating(KEY))
    assert (caught.value, client.calls) == (error, 1)


@pytest.mark.parametrize(
    "error",
    [
        fault("ThrottlingException"),
        fault("Throttling"),
        fault("Throttled", 429),
        fault("ThrottledException", 429),
        fault("KMSThrottling"),
        fault("KMSThrottlingException"),
        fault("KMS.ThrottlingException"),
        fault("KmsThrottled", 403),
        fault("RequestThrottled", 403),
        fault("OverLimit", 403),
        fault("TooManyRequestsException"),
        fault("Whatever", 429),
        EndpointConnectionError(endpoint_url="http://x"),
    ],
)
def test_a_table_or_a_queue_that_does_not_answer_is_unavailable(error: Exception) -> None:
    table, _, _ = table_with(error)
    with pytest.raises(UnavailableError, match="the table"):
        table.get(KEY)
    with pytest.raises(UnavailableError, match="the dead-letter queue"):
        DeadLetterQueue(Scripted(error), "url").send("body", "reason")  # type: ignore[arg-type] # a fake


numbers = st.floats(-1e15, 1e15).filter(lambda number: number == 0 or abs(number) >= 1e-130)


@given(
    st.dictionaries(
        st.text("abc", min_size=1),
        numbers
        | st.integers(-(10**15), 10**15)
        | st.text()
        | st.lists(numbers)
        | st.dictionaries(st.text(), numbers),
    )
)
def test_every_item_comes_back_equal(item: dict[str, Any]) -> None:
    assert from_attributes(to_attributes(item)) == item
