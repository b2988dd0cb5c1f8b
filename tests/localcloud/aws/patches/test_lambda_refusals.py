"""What Lambda refuses, on a running local cloud."""

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

SOURCE = "def handler(event, context): return 1"
READS = [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]


def queue(bench: Any, visibility: int = 30) -> tuple[str, str]:
    """The URL and the ARN of a new queue."""
    sqs = bench.client("sqs")
    attributes = {"VisibilityTimeout": str(visibility)}
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def test_an_alias_of_a_missing_version_is_refused(workbench: Any) -> None:
    functions = workbench.client("lambda")
    name = workbench.function(SOURCE).rpartition(":")[2]
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match=f"{name}:7"):
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="7")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    functions.create_alias(FunctionName=name, Name="next", FunctionVersion="$LATEST")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion="9")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.update_alias(
            FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"9": 0.1}}
        )
    functions.update_alias(FunctionName=name, Name="live", Description="served")
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == version


def test_a_queue_less_patient_than_its_function_is_refused(workbench: Any) -> None:
    functions = workbench.client("lambda")
    function = workbench.function(SOURCE, timeout=10, statements=READS)
    url, arn = queue(workbench, visibility=9)
    told = "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds"
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match=told):
        functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
    workbench.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)["UUID"]
    slow = workbench.function(SOURCE, timeout=11, statements=READS)
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.update_event_source_mapping(UUID=mapping, FunctionName=slow)
    assert functions.update_event_source_mapping(UUID=mapping, BatchSize=3)["BatchSize"] == 3


def test_a_second_mapping_of_the_same_queue_and_function_is_refused(workbench: Any) -> None:
    functions = workbench.client("lambda")
    function = workbench.function(SOURCE, statements=READS)
    _, arn = queue(workbench)
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)["UUID"]
    for name in (function, function.rpartition(":")[2]):
        with pytest.raises(functions.exceptions.ResourceConflictException, match=mapping):
            functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
    _, other = queue(workbench)
    functions.create_event_source_mapping(EventSourceArn=other, FunctionName=function)
    functions.delete_event_source_mapping(UUID=mapping)
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
