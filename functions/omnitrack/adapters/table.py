"""The main table as the adapters use it: exact numbers, patience with conflicts, and errors of the platform.

Keys and indexes are those of docs/architecture.md, section 4.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError
from omnitrack.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Item = dict[str, Any]
Result = TypeVar("Result")

MOST_ATTEMPTS = 10
FIRST_PAUSE = 0.02  # seconds; doubles with each attempt, and the real pause is drawn from zero up to it
LONGEST_PAUSE = 1.0

CONDITION_FAILED = "ConditionalCheckFailed"
# A write that met another writer's transaction, as one write says it and as a transaction says it.
CONFLICTS = frozenset(
    {"TransactionConflictException", "TransactionInProgressException", "TransactionConflict"}
)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
OVERLOADS = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "TooManyRequestsException",
    }
)
THROTTLED = "throttl"  # part of what every service calls it in a way of its own, in either case
TOO_MANY_REQUESTS, SERVER_FAULT = 429, 500
LAST = "\U0010ffff"  # sorts after every text that the platform uses as a key
SMALLEST_NUMBER = 1e-130  # DynamoDB knows nothing between it and zero


class Cancellation(Exception):  # noqa: N818 - an answer that the caller turns into an error
    """A conditional write that did not happen: per write, whether its condition failed and what it met."""

    def __init__(
        self, *, failed: Sequence[bool], items: Sequence[Item | None], is_final: bool = True
    ) -> None:
        super().__init__(f"conditions that failed, in the order of the writes: {failed}")
        self.failed = failed
        self.items = items
        self.is_final = is_final  # not beside a write that was disturbed: that one's condition is not known


class FullPage(list[Item]):
    """A page after which more items follow; it is never empty."""


def to_attributes(value: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping in the form DynamoDB takes; floats become the shortest decimals that read back the same."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(_exact(part)) for name, part in value.items()}


def from_attributes(attributes: Mapping[str, Any]) -> Item:
    """What `to_attributes` wrote, with whole numbers as int."""
    deserializer = TypeDeserializer()
    return {name: _plain(deserializer.deserialize(part)) for name, part in attributes.items()}


def _exact(value: object) -> object:
    match value:
        case float():
            return Decimal(repr(value)) if abs(value) >= SMALLEST_NUMBER else Decimal(0)
        case dict():
            return {name: _exact(part) for name, part in value.items()}
        case list():
            return [_exact(part) for part in value]
    return value


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list():
            return [_plain(part) for part in value]
    return value


@contextmanager
def available(service: str) -> Iterator[None]:
    """Tell apart, for calls to a service of AWS, what may succeed later from what is wrong.

    Raises:
        UnavailableError: The service is overloaded, failing or out of reach.
    """
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        may_pass = status == TOO_MANY_REQUESTS or status >= SERVER_FAULT
        if may_pass or _is_passing(error.response["Error"]["Code"]):
            raise UnavailableError(f"{service} does not answer at the moment: try again") from error
        raise
    except BotoCoreError as error:
        raise UnavailableError(f"{service} is out of reach at the moment: try again") from error


class Table:
    """The main table behind a DynamoDB client; safe to share among threads."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        attempts: int = MOST_ATTEMPTS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self.name = name
        self._attempts = attempts
        self._pause = pause

    def get(self, key: Mapping[str, str]) -> Item | None:
        """One item, as of now."""
        with available("the table"):
            found = self.client.get_item(TableName=self.name, Key=to_attributes(key), ConsistentRead=True)
        return from_attributes(found["Item"]) if "Item" in found else None

    def page(
        self, partition: str, *, prefix: str = "", after: str = "", limit: int | None = None
    ) -> list[Item]:
        """The items of a partition by ascending sort key, as of now, as far as one answer reaches.

        That is at most `limit`, and at most 1 MB; the list is a `FullPage` when more follow.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            "ConsistentRead": True,
            "KeyConditionExpression": "PK = :pk" + (" AND begins_with(SK, :prefix)" if prefix else ""),
            "ExpressionAttributeValues": to_attributes(
                {":pk": partition} | ({":prefix": prefix} if prefix else {})
            ),
        }
        if limit is not None:
            request["Limit"] = limit + 1  # the one too many tells whether more follow
        if after:
            request["ExclusiveStartKey"] = to_attributes({"PK": partition, "SK": after})
        with available("the table"):
            answer = self.client.query(**request)
        items = [from_attributes(item) for item in answer["Items"]]
        if limit is not None and len(items) > limit:
            return FullPage(items[:limit])
        return FullPage(items) if "LastEvaluatedKey" in answer else items

    def newest(
        self,
        partition: str,
        *,
        limit: int,
        index: str = "",
        start: str = "",
        end: str = LAST,
        after: Mapping[str, str] | None = None,
    ) -> list[Item]:
        """At most `limit` items of a partition by descending sort key, from `end` down to `start`.

        `index` is GSI1 or GSI2, without it the table itself; `after` is the key of the last item that is
        known already, with its index keys. The list is a `FullPage` when more follow.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": f"{index}PK = :pk AND {index}SK BETWEEN :start AND :end",
            "ExpressionAttributeValues": to_attributes(
                {":pk": partition, ":start": start or " ", ":end": end}
            ),
            "ScanIndexForward": False,
            "Limit": limit + 1,  # the one too many tells whether more follow
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        if after is not None:
            request["ExclusiveStartKey"] = to_attributes(after)
        with available("the table"):
            answer = self.client.query(**request)
        items = [from_attributes(item) for item in answer["Items"]]
        if len(items) > limit:
            return FullPage(items[:limit])
        return FullPage(items) if "LastEvaluatedKey" in answer else items

    def all(self, partition: str, *, prefix: str, after: str = "") -> Iterator[Item]:
        """Every item of a partition whose sort key begins with the prefix, and is after a text, by page."""
        page = self.page(partition, prefix=prefix, after=after)
        yield from page
        while isinstance(page, FullPage):
            page = self.page(partition, prefix=prefix, after=page[-1]["SK"])
            yield from page

    def update(self, key: Mapping[str, str], **expressions: object) -> Item:
        """Change one item and answer it as it is then; raises Cancellation when its condition fails."""
        request = self._write(key, expressions) | {"ReturnValues": "ALL_NEW"}
        answer = self._patiently(lambda: self.client.update_item(**request))
        return from_attributes(answer["Attributes"])

    def delete(self, key: Mapping[str, str], **expressions: object) -> None:
        """Remove one item; raises Cancellation when its condition fails."""
        request = self._write(key, expressions)
        self._patiently(lambda: self.client.delete_item(**request))

    def transact(self, *writes: "TransactWriteItemTypeDef") -> None:
        """Do all the writes or none; raises Cancellation when a condition fails."""
        # One token for all attempts: what AWS did, though its answer got lost, it does not do again.
        token = str(uuid.uuid4())
        self._patiently(
            lambda: self.client.transact_write_items(TransactItems=writes, ClientRequestToken=token)
        )

    def updating(self, key: Mapping[str, str], **expressions: object) -> "TransactWriteItemTypeDef":
        """An update as a part of a transaction."""
        return {"Update": self._write(key, expressions)}  # type: ignore[typeddict-item] # boto3's own arguments

    def deleting(self, key: Mapping[str, str], **expressions: object) -> "TransactWriteItemTypeDef":
        """A deletion as a part of a transaction."""
        return {"Delete": self._write(key, expressions)}  # type: ignore[typeddict-item] # as above

    def creating(self, item: Item) -> "TransactWriteItemTypeDef":
        """A creation as a part of a transaction: its condition fails when the key is taken."""
        return {
            "Put": {
                "TableName": self.name,
                "Item": to_attributes(item),
                "ConditionExpression": "attribute_not_exists(PK)",
            }
        }

    def _write(self, key: Mapping[str, str], expressions: Mapping[str, object]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "TableName": self.name,
            "Key": to_attributes(key),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **expressions,
        }
        if "ExpressionAttributeValues" in request:
            request["ExpressionAttributeValues"] = to_attributes(request["ExpressionAttributeValues"])
        return request

    def _patiently(self, write: Callable[[], Result]) -> Result:
        """Repeat a write that met another writer, after growing random pauses: so the two come apart."""
        for attempt in range(self._attempts):
            try:
                with available("the table"):
                    return write()
            except ClientError as error:
                cancellation = _cancellation(error)
                if cancellation is None:
                    raise
                if cancellation.is_final:
                    raise cancellation from None
            except UnavailableError as error:
                if not isinstance(error.__cause__, ClientError):
                    raise
            ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
            self._pause(random.uniform(0, ceiling))  # noqa: S311 - no secret hangs on it
        raise UnavailableError("too many writers want the same part of the table: try again")


def _cancellation(error: ClientError) -> Cancellation | None:
    """What a failed conditional write says, alike for single writes and transactions; None for others."""
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        return Cancellation(failed=[True], items=[_item(error.response)])
    reasons = error.response.get("CancellationReasons")
    if reasons is None:
        return None
    disturbed = [r["Code"] for r in reasons if r["Code"] not in {"None", CONDITION_FAILED}]
    if not all(map(_is_passing, disturbed)):
        return None
    return Cancellation(
        failed=[reason["Code"] == CONDITION_FAILED for reason in reasons],
        items=[_item(reason) for reason in reasons],
        is_final=not disturbed,
    )


def _is_passing(code: str) -> bool:
    return code in OVERLOADS | CONFLICTS or THROTTLED in code.lower()


def _item(answer: Mapping[str, Any]) -> Item | None:
    return from_attributes(answer["Item"]) if answer.get("Item") else None
