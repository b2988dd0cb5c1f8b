"""Cases of the rule on events that a function fails on."""

from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import UNKNOWN_TEXT, Kind, cases_of, resource, without_none
from tests.policy.cases.dead_letters import (
    CONFIG,
    FUNCTION,
    MAPPING,
    QUEUE,
    QUEUE_ARN,
    SCHEDULE,
    SUBSCRIPTION,
    TARGET,
    names,
)

ALIAS = "aws:lambda/alias:Alias"
LOST = "loses the events that it fails on"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:twin"
PERMISSION = "aws:lambda/permission:Permission"


def function(**properties: Any) -> Resource:
    return resource(FUNCTION, {"name": "twin", **properties})


def permission(principal: object, name: object = "twin", *sources: Resource) -> Resource:
    return resource(
        PERMISSION,
        {"principal": principal, "function": name},
        name="permission",
        sources={"function": sources},
    )


def on_failure(name: object, destination: object, *sources: Resource) -> Resource:
    return resource(
        CONFIG,
        {"functionName": name, "destinationConfig": {"onFailure": without_none(destination=destination)}},
        name="config",
        sources={"functionName": sources},
    )


def subscription(endpoint: object, protocol: object = "lambda", *sources: Resource) -> Resource:
    return resource(
        SUBSCRIPTION,
        {"protocol": protocol, "endpoint": endpoint},
        name="subscription",
        sources={"endpoint": sources},
    )


TWIN = function()
DEPLOYED = resource(FUNCTION, {"name": "twin"}, outputs={"arn": FUNCTION_ARN})
NEW = resource(FUNCTION, {})
SECOND = resource(FUNCTION, {"name": "second"}, name="second")
FROM_SNS = permission("sns.amazonaws.com")
LATEST = resource(ALIAS, {"functionName": UNKNOWN_TEXT}, name="alias", sources={"functionName": [NEW]})

event = cases_of("lambda-async-dlq")
ASYNCHRONOUS = (
    "events.amazonaws.com",
    "s3.amazonaws.com",
    "iot.amazonaws.com",
    "logs.amazonaws.com",
    "logs.eu-west-1.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com.cn",
    "lambda.alarms.cloudwatch.amazonaws.com",
)
SYNCHRONOUS = (
    "apigateway.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "sns.amazonaws.com.example.org",
    "123456789012",
    "*",
)
CASES = (
    event(Kind.MISSING, "a topic invokes it", [TWIN, FROM_SNS], LOST),
    event(Kind.MISSING, "an empty block", [function(deadLetterConfig={}), FROM_SNS], LOST),
    event(Kind.MISSING, "an empty target", [function(deadLetterConfig={"targetArn": ""}), FROM_SNS], LOST),
    *(event(Kind.MISSING, f"{one} invokes it", [TWIN, permission(one)], LOST) for one in ASYNCHRONOUS),
    event(Kind.MISSING, "a subscription by ARN", [TWIN, subscription(FUNCTION_ARN)], LOST),
    event(Kind.MISSING, "a subscription of a version", [DEPLOYED, subscription(FUNCTION_ARN + ":7")], LOST),
    event(
        Kind.MISSING, "a subscription by reference", [NEW, subscription(UNKNOWN_TEXT, "lambda", NEW)], LOST
    ),
    event(Kind.MISSING, "an event rule", [NEW, names(TARGET, {"arn": UNKNOWN_TEXT}, NEW)], LOST),
    event(
        Kind.MISSING, "a schedule", [TWIN, names(SCHEDULE, {"target": {"arn": FUNCTION_ARN + ":live"}})], LOST
    ),
    event(Kind.MISSING, "a version by name", [DEPLOYED, permission("s3.amazonaws.com", "twin:live")], LOST),
    event(
        Kind.MISSING,
        "an ARN of another form",
        [resource(FUNCTION, {}, outputs={"arn": "twin/arn"}), subscription("twin/arn")],
        LOST,
    ),
    event(
        Kind.MISSING,
        "a part of the ARN",
        [TWIN, permission("s3.amazonaws.com", "123456789012:function:twin")],
        LOST,
    ),
    event(
        Kind.MISSING,
        "an ARN and a reference",
        [NEW, permission("s3.amazonaws.com", FUNCTION_ARN, NEW)],
        LOST,
    ),
    event(Kind.WRONG, "another's destination", [TWIN, FROM_SNS, on_failure("twin-2", QUEUE_ARN)], LOST),
    event(Kind.WRONG, "no destination", [TWIN, FROM_SNS, on_failure("twin", None)], LOST),
    event(
        Kind.WRONG,
        "another's destination by reference",
        [TWIN, FROM_SNS, on_failure(UNKNOWN_TEXT, QUEUE_ARN, SECOND), SECOND],
        LOST,
    ),
    event(Kind.UNKNOWN, "who invokes it", [TWIN, permission(UNKNOWN_TEXT)], undecided=True),
    event(Kind.UNKNOWN, "what is subscribed", [TWIN, subscription(UNKNOWN_TEXT)], undecided=True),
    event(
        Kind.UNKNOWN, "how it is subscribed", [TWIN, subscription(FUNCTION_ARN, UNKNOWN_TEXT)], undecided=True
    ),
    event(Kind.UNKNOWN, "an ARN, and it has no name yet", [NEW, subscription(FUNCTION_ARN)], undecided=True),
    event(
        Kind.WRONG,
        "invoked by its alias",
        [NEW, permission("s3.amazonaws.com", UNKNOWN_TEXT, LATEST), LATEST],
        LOST,
    ),
    event(
        Kind.UNKNOWN,
        "whose destination",
        [TWIN, FROM_SNS, on_failure(UNKNOWN_TEXT, QUEUE_ARN)],
        undecided=True,
    ),
    event(
        Kind.UNKNOWN,
        "who invokes a function that keeps them",
        [TWIN, permission(UNKNOWN_TEXT), on_failure("twin", QUEUE_ARN)],
    ),
    event(Kind.CORRECT, "a queue", [function(deadLetterConfig={"targetArn": QUEUE_ARN}), FROM_SNS]),
    event(
        Kind.CORRECT,
        "a queue by reference",
        [function(deadLetterConfig={"__defaults": [], "targetArn": UNKNOWN_TEXT}), FROM_SNS],
    ),
    event(Kind.CORRECT, "a destination", [TWIN, FROM_SNS, on_failure("twin", QUEUE_ARN)]),
    event(
        Kind.CORRECT,
        "a destination by reference",
        [NEW, permission("s3.amazonaws.com", UNKNOWN_TEXT, NEW), on_failure(UNKNOWN_TEXT, UNKNOWN_TEXT, NEW)],
    ),
    event(Kind.NOT_APPLICABLE, "nothing invokes it", [TWIN]),
    *(event(Kind.NOT_APPLICABLE, f"{one} invokes it", [TWIN, permission(one)]) for one in SYNCHRONOUS),
    event(Kind.NOT_APPLICABLE, "a queue feeds it", [TWIN, names(MAPPING, {"functionName": "twin"})]),
    event(Kind.NOT_APPLICABLE, "another is invoked", [TWIN, permission("sns.amazonaws.com", "twin-2")]),
    event(
        Kind.NOT_APPLICABLE,
        "one of that name in another region",
        [DEPLOYED, subscription(FUNCTION_ARN.replace("eu-west-1", "us-east-1"))],
    ),
    event(
        Kind.NOT_APPLICABLE,
        "another is invoked by reference",
        [NEW, permission("sns.amazonaws.com", UNKNOWN_TEXT, SECOND), SECOND],
    ),
    *(
        event(
            Kind.NOT_APPLICABLE,
            f"a {type_} is the target by reference",
            [NEW, names(TARGET, {"arn": UNKNOWN_TEXT}, target), target],
        )
        for type_ in (
            QUEUE,
            "aws:sns/topic:Topic",
            "aws:sfn/stateMachine:StateMachine",
            "aws:cloudwatch/eventBus:EventBus",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:kinesis/stream:Stream",
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        )
        for target in (resource(type_, {}, name="target"),)
    ),
    event(
        Kind.NOT_APPLICABLE,
        "nobody is permitted",
        [TWIN, resource(PERMISSION, {"function": "twin"}, name="permission")],
    ),
    event(Kind.NOT_APPLICABLE, "a queue is the target", [NEW, names(TARGET, {"arn": QUEUE_ARN})]),
    event(Kind.NOT_APPLICABLE, "an address is subscribed", [TWIN, subscription("twin", "email")]),
    event(Kind.NOT_APPLICABLE, "a permission for no function", [TWIN, permission("s3.amazonaws.com", None)]),
)
