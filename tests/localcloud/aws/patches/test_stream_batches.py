"""Streams of tables that feed functions, on a running local cloud."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

RIGHTS = [{"Effect": "Allow", "Action": ["sqs:*", "dynamodb:*"], "Resource": "*"}]
# Tells a queue which items a call brought, then does as the items say.
TELLING = """
    import boto3, json
    sqs = boto3.client("sqs")
    def handler(event, context):
        records = [record["dynamodb"] for record in event["Records"]]
        names = [record["Keys"]["id"]["S"] for record in records]
        sqs.send_message(QueueUrl="{url}", MessageBody=json.dumps(names))
        kinds = [record.get("NewImage", {{}}).get("kind", {{}}).get("S") for record in records]
        if "break" in kinds:
            raise ValueError("broken")
        failed = [record["SequenceNumber"] for record, kind in zip(records, kinds) if kind == "later"]
        answer = {{"batchItemFailures": [{{"itemIdentifier": number}} for number in failed]}}
        return answer if "wrong" not in kinds else {{"batchItemFailures": [{{"itemIdentifier": "7"}}]}}
"""
# Waits until its queue has a message.
WAITING = """
    import boto3
    sqs = boto3.client("sqs")
    def handler(event, context):
        sqs.receive_message(QueueUrl="{url}", WaitTimeSeconds=20)
"""


class Stream:
    """A table whose stream feeds a function that tells what it got, and a queue for what is given up."""

    def __init__(self, bench: Any, *, source: str = TELLING, rights: Any = RIGHTS) -> None:
        self.name = f"t-{uuid.uuid4().hex[:12]}"
        self.functions, self.sqs, self._tables = (bench.client(one) for one in ("lambda", "sqs", "dynamodb"))
        self.arn = self._tables.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]["LatestStreamArn"]
        self.told, self.given_up = (self._queue(f"{self.name}-{end}") for end in ("told", "rest"))
        self.function = bench.function(source.format(url=self.told), statements=rights, timeout=30)
        self.mapping = ""

    def feed(self, **options: Any) -> None:
        """Let the stream feed the function, from its beginning."""
        if options.pop("with_destination", False):
            arn = self.sqs.get_queue_attributes(QueueUrl=self.given_up, AttributeNames=["QueueArn"])
            options["DestinationConfig"] = {"OnFailure": {"Destination": arn["Attributes"]["QueueArn"]}}
        self.mapping = self.functions.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self.function, StartingPosition="TRIM_HORIZON", **options
        )["UUID"]

    def put(self, **kinds: str) -> None:
        """Put an item of each name, with its kind."""
        for name, kind in kinds.items():
            item = {"id": {"S": name}, "kind": {"S": kind}}
            self._tables.put_item(TableName=self.name, Item=item)

    def calls(self, count: int) -> list[list[str]]:
        """The names that the first calls brought, in their order."""
        found: list[list[str]] = []
        deadline = time.monotonic() + 30
        while len(found) < count:
            assert time.monotonic() < deadline, f"only these calls came: {found}"
            found += [json.loads(one) for one in self._receive(self.told)]
        return found

    def given(self) -> Any:
        """The next message about records that were given up."""
        deadline = time.monotonic() + 30
        while not (found := self._receive(self.given_up)):
            assert time.monotonic() < deadline, "nothing was given up"
        return json.loads(found[0])

    def result(self) -> str:
        return str(self.functions.get_event_source_mapping(UUID=self.mapping)["LastProcessingResult"])

    def _queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def _receive(self, url: str) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
        for message in answer.get("Messages", ()):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in answer.get("Messages", ())]


@pytest.fixture
def stream_of(workbench: Any) -> Iterator[Callable[..., Stream]]:
    made: list[Stream] = []

    def make(**options: Any) -> Stream:
        made.append(Stream(workbench, **options))
        return made[-1]

    yield make
    for stream in made:
        if stream.mapping:
            stream.functions.delete_event_source_mapping(UUID=stream.mapping)


def test_records_come_in_batches_in_the_order_of_the_writes(stream_of: Callable[..., Stream]) -> None:
    stream = stream_of()
    stream.put(a="", b="", c="", d="", e="")
    stream.feed(BatchSize=2)
    assert stream.calls(3) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_write_reaches_its_function_at_once(stream_of: Callable[..., Stream]) -> None:
    stream = stream_of()
    stream.feed(BatchSize=1)
    stream.put(warm="")
    stream.calls(1)
    times = []
    for number in range(10):
        begin = time.perf_counter()
        stream.put(**{f"n{number}": ""})
        stream.calls(1)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.3, times  # upstream's next look without a sign is a second away


def test_what_the_filters_hold_back_never_reaches_the_function(stream_of: Callable[..., Stream]) -> None:
    stream = stream_of()
    stream.put(a="node", b="lane", c="alert", d="node-1")
    node = {"dynamodb": {"NewImage": {"kind": {"S": [{"prefix": "node"}]}}}}
    alert = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": ["c"]}}}}
    filters = [{"Pattern": json.dumps(pattern)} for pattern in (node, alert)]
    stream.feed(FilterCriteria={"Filters": filters})
    assert stream.calls(1) == [["a", "c", "d"]]


def test_a_batch_goes_on_from_the_first_record_that_failed(stream_of: Callable[..., Stream]) -> None:
    stream = stream_of()
    stream.put(a="", b="", c="later", d="")
    stream.feed(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0, BatchSize=4)
    assert stream.calls(2) == [["a", "b", "c", "d"], ["c", "d"]]


@pytest.mark.parametrize("kind", ["wrong", "break"])
def test_an_error_or_an_answer_that_names_no_record_of_the_batch_fails_all_of_it(
    stream_of: Callable[..., Stream], kind: str
) -> None:
    stream = stream_of()
    stream.put(a="", b=kind)
    stream.feed(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    stream.put(c="")
    assert [call[:2] for call in stream.calls(2)] == [["a", "b"], ["a", "b"]]


def test_an_answer_about_failures_counts_for_nothing_where_the_mapping_does_not_ask_for_it(
    stream_of: Callable[..., Stream],
) -> None:
    stream = stream_of()
    stream.put(a="later")
    stream.feed()
    assert stream.calls(1) == [["a"]]
    stream.put(b="")
    assert stream.calls(1) == [["b"]]


def test_a_failing_batch_is_split_until_what_is_broken_stands_alone_and_is_given_up(
    stream_of: Callable[..., Stream],
) -> None:
    stream = stream_of()
    stream.put(a="", b="", c="break", d="")
    stream.feed(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, with_destination=True)
    calls = stream.calls(6)
    assert calls == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["c"], ["d"]]

    given = stream.given()
    assert given["requestContext"]["condition"] == "RetryAttemptsExhausted"
    batch = given["DDBStreamBatchInfo"]
    assert (batch["batchSize"], batch["streamArn"]) == (1, stream.arn)
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]
    assert "c" not in json.dumps(given.get("responsePayload", ""))


def test_what_is_too_old_is_given_up_untried(stream_of: Callable[..., Stream], eventually: Any) -> None:
    stream = stream_of()
    stream.put(a="break")
    stream.feed(MaximumRecordAgeInSeconds=2, with_destination=True)
    given = stream.given()
    assert given["DDBStreamBatchInfo"]["batchSize"] == 1
    assert given["requestContext"]["condition"] == "MaxRecordAgeExceeded"
    stream.put(b="")
    assert eventually(lambda: stream.result().startswith("OK"))


def test_a_slow_function_holds_up_no_other_mapping(stream_of: Callable[..., Stream]) -> None:
    slow, quick = stream_of(source=WAITING), stream_of()
    slow.feed()
    quick.feed()
    slow.put(a="")
    quick.put(b="")
    assert quick.calls(1) == [["b"]]
    assert slow.result() == "No records processed"
    slow.sqs.send_message(QueueUrl=slow.told, MessageBody="go on")


def test_a_role_that_may_not_read_the_stream_gets_no_mapping(stream_of: Callable[..., Stream]) -> None:
    actions = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    stream = stream_of(rights=[{"Effect": "Allow", "Action": actions, "Resource": "*"}])
    with pytest.raises(
        stream.functions.exceptions.InvalidParameterValueException, match="Cannot access stream"
    ):
        stream.feed()


def test_a_role_that_may_no_longer_read_the_stream_gets_nothing(
    stream_of: Callable[..., Stream], workbench: Any, eventually: Any
) -> None:
    stream = stream_of()
    stream.feed()
    role = stream.function.rpartition(":")[2]
    workbench.client("iam").delete_role_policy(RoleName=role, PolicyName="grants")
    stream.put(a="")
    assert eventually(lambda: stream.result().startswith("PROBLEM"))
