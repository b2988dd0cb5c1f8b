"""Functions, their errors, their aliases and the queues that feed them, on a running local cloud."""

import io
import json
import statistics
import time
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localcloud.aws.patches.worker_starts import STARTS

pytestmark = pytest.mark.cloud

FAILING = """
class OutOfStockError(ValueError):
    pass
def deeper():
    raise OutOfStockError("secret: none left")
def handler(event, context):
    deeper()
"""
QUEUE_RIGHTS = [
    {
        "Effect": "Allow",
        "Action": ["sqs:*", "dynamodb:*"],
        "Resource": "*",
    }
]


def test_an_error_has_the_class_of_its_exception_and_a_stack_trace(workbench: Any) -> None:
    error = workbench.invoke(workbench.function(FAILING))
    assert error["errorType"] == "OutOfStockError"
    assert error["errorMessage"] == "secret: none left"
    assert [name in "".join(error["stackTrace"]) for name in ("in handler", "in deeper")] == [True, True]
    assert len(error["stackTrace"]) == 2


def test_an_error_of_a_package_is_named_without_its_module(workbench: Any) -> None:
    error = workbench.invoke(workbench.function("import json\ndef handler(e, c): json.loads('{')"))
    assert error["errorType"] == "JSONDecodeError"


def test_a_worker_that_is_killed_is_reported_as_an_exit(workbench: Any) -> None:
    source = "import os, signal\ndef handler(e, c): os.kill(os.getpid(), signal.SIGKILL)"
    assert workbench.invoke(workbench.function(source))["errorType"] == "Runtime.ExitError"


def test_a_failing_function_behind_an_api_tells_the_caller_nothing(workbench: Any) -> None:
    api = workbench.api(workbench.function(FAILING))
    answer = workbench.call(f"/_aws/execute-api/{api}/test/a")
    assert (answer.status, answer.document) == (502, {"message": "Internal server error"})


def test_a_silent_function_is_not_kept_waiting_for_log_lines(workbench: Any) -> None:
    function = workbench.function("def handler(event, context): return 1")
    workbench.invoke(function)
    times = []
    for _ in range(15):
        begin = time.perf_counter()
        workbench.invoke(function)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.05, statistics.median(times)  # upstream waits 50 ms before it answers


def test_a_burst_of_calls_waits_for_few_workers_instead_of_starting_one_each(workbench: Any) -> None:
    function = workbench.function(
        "import os, time\ntime.sleep(0.5)\ndef handler(event, context): return os.getpid()"
    )
    with ThreadPoolExecutor(20) as callers:
        processes = list(callers.map(workbench.invoke, [function] * 20))
    assert len(set(processes)) <= 2 * STARTS


def test_a_call_does_not_wait_for_a_worker_that_waits_for_that_call(workbench: Any) -> None:
    grant = [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]
    source = """
        import boto3, json
        def handler(event, context):
            if event == 0:
                return "done"
            payload = json.dumps(event - 1)
            answer = boto3.client("lambda").invoke(FunctionName=context.function_name, Payload=payload)
            return json.load(answer["Payload"])
    """
    function = workbench.function(source, timeout=25, statements=grant)
    answer = workbench.client("lambda").invoke(FunctionName=function, Payload=str(STARTS + 2))
    assert json.load(answer["Payload"]) == "done"


def test_workers_share_an_unpacked_layer_and_others_do_not_see_it(workbench: Any) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("python/of_the_layer.py", "")
    functions = workbench.client("lambda")
    layer = functions.publish_layer_version(LayerName="shared", Content={"ZipFile": archive.getvalue()})
    source = "import of_the_layer\ndef handler(event, context): return of_the_layer.__file__"
    with_layer, other, without = (workbench.function(source) for _ in range(3))
    for arn in (with_layer, other):
        functions.update_function_configuration(FunctionName=arn, Layers=[layer["LayerVersionArn"]])
        functions.get_waiter("function_updated_v2").wait(FunctionName=arn)
    assert workbench.invoke(with_layer) == workbench.invoke(other)
    assert "of_the_layer" in workbench.invoke(without)["errorMessage"]


def test_a_weighted_alias_shares_its_calls(workbench: Any) -> None:
    functions = workbench.client("lambda")
    name = workbench.function("def handler(event, context): return context.function_version").rpartition(":")[
        2
    ]
    first = functions.publish_version(FunctionName=name)["Version"]
    functions.update_function_configuration(FunctionName=name, Description="next")
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    second = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: 0.5}},
    )
    called = {json.load(functions.invoke(FunctionName=name, Qualifier="live")["Payload"]) for _ in range(40)}
    assert called == {first, second}  # the chance of a false alarm is 1 in 10^12
    functions.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    called = {json.load(functions.invoke(FunctionName=name, Qualifier="live")["Payload"]) for _ in range(5)}
    assert called == {first}


class Queue:
    """A queue with dead letters that feeds a function."""

    def __init__(
        self, bench: Any, source: str, *, visibility: int = 4, receives: int = 3, **options: Any
    ) -> None:
        self.bench = bench
        self.sqs = bench.client("sqs")
        name = uuid.uuid4().hex[:12]
        self.table = f"seen-{name}"
        bench.client("dynamodb").create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        self.dead_letters = self.sqs.create_queue(QueueName=f"dead-{name}")["QueueUrl"]
        redrive = {"deadLetterTargetArn": self.arn(self.dead_letters), "maxReceiveCount": receives}
        attributes = {"VisibilityTimeout": str(visibility), "RedrivePolicy": json.dumps(redrive)}
        self.url = self.sqs.create_queue(QueueName=f"work-{name}", Attributes=attributes)["QueueUrl"]
        function = bench.function(
            source.replace("TABLE", self.table), timeout=visibility, statements=QUEUE_RIGHTS
        )
        bench.client("lambda").invoke(
            FunctionName=function, Payload=b'{"Records": []}'
        )  # no cold start later
        bench.client("lambda").create_event_source_mapping(
            EventSourceArn=self.arn(self.url), FunctionName=function, BatchSize=10, **options
        )

    def arn(self, url: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def send(self, *bodies: str) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def left(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def dead(self) -> list[str]:
        answer = self.sqs.receive_message(
            QueueUrl=self.dead_letters, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return sorted(message["Body"] for message in answer.get("Messages", []))

    def seen(self) -> dict[str, int]:
        items = self.bench.client("dynamodb").scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: int(item["times"]["N"]) for item in items}


COUNTING = """
import boto3, os, signal
table = boto3.resource("dynamodb").Table("TABLE")
def count(body):
    update = {"UpdateExpression": "ADD times :one", "ExpressionAttributeValues": {":one": 1}}
    return int(table.update_item(Key={"id": body}, ReturnValues="ALL_NEW", **update)["Attributes"]["times"])
"""
PARTIAL: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def test_a_batch_whose_worker_is_killed_is_delivered_again_and_nothing_is_lost(
    workbench: Any, eventually: Any
) -> None:
    source = (
        COUNTING
        + """
def handler(event, context):
    for record in event["Records"]:
        if count(record["body"]) == 1 and record["body"] == "b":
            os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    queue = Queue(workbench, source, receives=5)
    queue.send("a", "b", "c")
    eventually(lambda: set(queue.seen()) == {"a", "b", "c"} and queue.seen()["b"] >= 2)
    eventually(lambda: queue.left(queue.url) == 0)
    assert queue.left(queue.dead_letters) == 0


def test_only_the_reported_item_is_delivered_again(workbench: Any, eventually: Any) -> None:
    source = (
        COUNTING
        + """
def handler(event, context):
    failed = [r for r in event["Records"] if count(r["body"]) == 1 and r["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in failed]}
"""
    )
    queue = Queue(workbench, source, **PARTIAL)
    queue.send("good", "bad", "fine")
    eventually(lambda: queue.left(queue.url) == 0 and queue.seen().get("bad") == 2)
    assert queue.seen() == {"good": 1, "bad": 2, "fine": 1}


def test_what_fails_too_often_ends_in_the_dead_letters_and_the_rest_does_not(
    workbench: Any, eventually: Any
) -> None:
    source = (
        COUNTING
        + """
def handler(event, context):
    failed = [r for r in event["Records"] if r["body"] == "poison" and count(r["body"])]
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in failed]}
"""
    )
    queue = Queue(workbench, source, receives=2, **PARTIAL)
    queue.send("good", "poison")
    eventually(lambda: queue.dead() == ["poison"])
    assert queue.seen() == {"poison": 2}
    assert queue.left(queue.url) == 0


@pytest.mark.parametrize(
    "answer",
    ['{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', '{"batchItemFailures": [{}]}', '"no"'],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(
    workbench: Any, eventually: Any, answer: Any
) -> None:
    source = (
        COUNTING
        + f"""
def handler(event, context):
    for record in event["Records"]:
        count(record["body"])
    return {answer}
"""
    )
    queue = Queue(workbench, source, receives=1, **PARTIAL)
    queue.send("a", "b")
    eventually(lambda: queue.dead() == ["a", "b"])
