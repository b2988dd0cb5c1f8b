"""Subscriptions that wait, mappings of streams, and resources in a region of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.provider import services
from localcloud.provider.check import check
from tests.localcloud.provider.types.cases_lambda import archive
from tests.localcloud.provider.types.cases_scheduler import a_role_and_queues, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.provider.types.scene import Scene

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
REGION = "eu-west-1"


@pytest.mark.cloud
def test_a_subscription_by_mail_waits_and_goes_with_its_topic(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(SUBSCRIPTION)
    topic = it.make("aws:sns/topic:Topic", name="alerts")["arn"]
    it.create(it.check({"endpoint": "on-call@shop.example", "protocol": "email", "topic": topic}))
    assert it.outputs["pendingConfirmation"] is True
    assert it.id.startswith(f"{topic}:")
    assert it.refresh() == set()
    it.delete()  # AWS ends nothing that waits, and that is no fault
    assert it.read().id
    it.aws("sns").delete_topic(TopicArn=topic)
    assert it.read().id == ""


def a_stream_and_a_function(it: Scene) -> dict[str, Any]:
    table = it.make(
        "aws:dynamodb/table:Table",
        attributes=[{"name": "id", "type": "S"}],
        billingMode="PAY_PER_REQUEST",
        hashKey="id",
        name="orders",
        streamEnabled=True,
        streamViewType="NEW_AND_OLD_IMAGES",
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = it.make(
        "aws:iam/role:Role", assumeRolePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    grant = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    it.aws("iam").put_role_policy(RoleName=role["name"], PolicyName="grants", PolicyDocument=document)
    function = it.make(
        "aws:lambda/function:Function",
        code=archive("def handler(event, context): return {}\n"),
        handler="index.handler",
        name="orders",
        role=role["arn"],
        runtime="python3.11",
    )
    queue = it.make("aws:sqs/queue:Queue", name="rest")["arn"]
    return {"stream": table["streamArn"], "function": function["arn"], "queue": queue}


@pytest.mark.cloud
def test_a_mapping_of_a_stream_keeps_its_settings_and_changes_them_in_place(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(MAPPING)
    needs = a_stream_and_a_function(it)
    pattern = {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "NODE#"}]}}}}
    program = {
        "batchSize": 100,
        "bisectBatchOnFunctionError": True,
        "destinationConfig": {"onFailure": {"destinationArn": needs["queue"]}},
        "eventSourceArn": needs["stream"],
        "filterCriteria": {"filters": [{"pattern": json.dumps(pattern)}]},
        "functionName": needs["function"],
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "maximumBatchingWindowInSeconds": 0,
        "maximumRecordAgeInSeconds": 86_400,
        "maximumRetryAttempts": 10,
        "parallelizationFactor": 2,
        "startingPosition": "TRIM_HORIZON",
    }
    it.create(it.check(program))
    assert it.refresh() == set()
    assert it.diff(it.check(program, it.inputs)).names == set()

    dropped = ("bisectBatchOnFunctionError", "destinationConfig", "maximumRetryAttempts")
    wanted = it.check({name: value for name, value in program.items() if name not in dropped}, it.inputs)
    changes = it.diff(wanted)
    assert (changes.names, changes.replaces) == (set(dropped), set())
    it.update(wanted)
    found = it.aws("lambda").get_event_source_mapping(UUID=it.id)
    assert (found["BisectBatchOnFunctionError"], found["MaximumRetryAttempts"]) == (False, -1)
    assert it.refresh() == set()
    latest = it.check({**it.inputs, "startingPosition": "LATEST"}, it.inputs)
    assert it.diff(latest).replaces == {"startingPosition"}


@pytest.mark.parametrize(
    ("inputs", "property_", "words"),
    [
        ({}, "startingPosition", "is required for a stream"),
        ({"startingPosition": "AT_TIMESTAMP"}, "startingPosition", "must be TRIM_HORIZON or LATEST"),
        ({"scalingConfig": {"maximumConcurrency": 2}}, "scalingConfig", "is for queues only"),
        ({"parallelizationFactor": 11}, "parallelizationFactor", "must be at least 1 and at most 10"),
        ({"functionResponseTypes": ["Some"]}, "functionResponseTypes", "ReportBatchItemFailures"),
        ({"tumblingWindowInSeconds": 5}, "tumblingWindowInSeconds", "has no tumbling windows"),
    ],
)
def test_a_mapping_of_a_stream_that_cannot_be_is_refused(
    inputs: dict[str, Any], property_: str, words: str
) -> None:
    stream = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
    program = {"eventSourceArn": stream, "functionName": "orders", **inputs}
    _, failures = check(services.resource(MAPPING), program, old_inputs={}, name="n", seed=b"s")
    told = {failure.property.partition("[")[0]: failure.reason for failure in failures}
    assert words in told[property_]


@pytest.mark.parametrize(
    ("inputs", "property_", "words"),
    [
        ({"scheduleExpression": "every hour"}, "scheduleExpression", "must match the pattern"),
        ({"scheduleExpressionTimezone": "Europe/Madrid"}, "scheduleExpressionTimezone", "must be UTC"),
        (
            {"flexibleTimeWindow": {"mode": "FLEXIBLE"}},
            "flexibleTimeWindow.maximumWindowInMinutes",
            "is required when mode is FLEXIBLE",
        ),
        (
            {"flexibleTimeWindow": {"mode": "OFF", "maximumWindowInMinutes": 5}},
            "flexibleTimeWindow.maximumWindowInMinutes",
            "must be left out when mode is OFF",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(inputs: dict[str, Any], property_: str, words: str) -> None:
    called = {"arn": "arn:aws:sqs:us-east-1:123456789012:q", "roleArn": "arn:aws:iam::123456789012:role/r"}
    program = {
        "flexibleTimeWindow": {"mode": "OFF"},
        "scheduleExpression": "rate(1 hour)",
        "target": called,
        **inputs,
    }
    row = services.resource("aws:scheduler/schedule:Schedule")
    _, failures = check(row, program, old_inputs={}, name="n", seed=b"s")
    assert words in {failure.property: failure.reason for failure in failures}[property_]


def a_schedule(it: Scene) -> dict[str, Any]:
    it.needs = a_role_and_queues(it)
    return {
        "flexibleTimeWindow": {"mode": "OFF"},
        "scheduleExpression": "rate(1 hour)",
        "target": target(it, "snapshot"),
    }


@pytest.mark.cloud
@pytest.mark.parametrize(
    ("type_", "service", "program"),
    [
        ("aws:sns/topic:Topic", "sns", lambda _: {"tags": {"owner": "us"}}),
        ("aws:secretsmanager/secret:Secret", "secretsmanager", lambda _: {"tags": {"owner": "us"}}),
        ("aws:scheduler/schedule:Schedule", "scheduler", a_schedule),
        ("aws:scheduler/scheduleGroup:ScheduleGroup", "scheduler", lambda _: {}),
        (
            "aws:acm/certificate:Certificate",
            "acm",
            lambda _: {"domainName": "shop.example", "validationMethod": "DNS"},
        ),
        (
            "aws:cloudwatch/logDeliverySource:LogDeliverySource",
            "logs",
            lambda it: {
                "logType": "ACCESS_LOGS",
                "name": "edge",
                "resourceArn": f"arn:aws:cloudfront::{it.account}:distribution/E1",
            },
        ),
    ],
    ids=lambda value: value.split(":", 1)[1] if isinstance(value, str) and ":" in value else "",
)
def test_a_resource_may_be_in_a_region_of_its_own(
    scene_of: Callable[[str], Scene],
    type_: str,
    service: str,
    program: Callable[[Scene], dict[str, Any]],
) -> None:
    it = scene_of(type_)
    it.create(it.check({**program(it), "region": REGION}))
    arn = it.outputs["arn"]
    assert arn.split(":")[3] == REGION
    assert it.refresh() == set()
    assert service in arn
    # Nothing of it is in the provider's own region.
    elsewhere = replace(
        it, inputs={**it.inputs, "region": it.region}, outputs={**it.outputs, "region": it.region}
    )
    assert elsewhere.read().id == ""
    it.delete()
    assert it.read().id == ""
