"""Cases of the rule on dead-letter queues."""

import json
from dataclasses import replace
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    without_none,
)

QUEUE = "aws:sqs/queue:Queue"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
FUNCTION = "aws:lambda/function:Function"
CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TOPIC_RULE = "aws:iot/topicRule:TopicRule"

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
NO_QUEUE = "has no dead-letter queue"


def redrive(arn: object) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})


def queue(policy: object = None, *sources: Resource, **properties: Any) -> Resource:
    return resource(
        QUEUE,
        {"name": "orders", **without_none(redrivePolicy=policy), **properties},
        sources={"redrivePolicy": sources},
    )


def separate(policy: object, url: object, *sources: Resource, of: tuple[Resource, ...] = ()) -> Resource:
    return resource(
        REDRIVE,
        {"queueUrl": url, "redrivePolicy": policy},
        name="redrive",
        sources={"queueUrl": of, "redrivePolicy": sources},
    )


def names(type_: str, properties: dict[str, Any], *sources: Resource) -> Resource:
    """A resource that names a queue; its values come from these sources."""
    return resource(type_, properties, name="names", sources=dict.fromkeys(properties, sources))


ORDERS = queue()
LIVE = resource(QUEUE, {"name": "orders"}, outputs={"arn": QUEUE_ARN, "url": QUEUE_URL, "id": QUEUE_URL})
UNNAMED = resource(QUEUE, {})
OTHER = resource(QUEUE, {"name": "other"}, name="other")
TOPIC = resource("aws:sns/topic:Topic", {}, name="topic")
IN_COMPONENT = replace(
    TOPIC, urn="urn:pulumi:production::omnitrack::omnitrack:api:Api$aws:sns/topic:Topic::x"
)
MADE_UP = resource(
    QUEUE, {"name": "orders"}, outputs={"arn": "orders-arn", "url": "orders-url", "id": "orders-id"}
)
ALL_NAMES = (
    (QUEUE, {"redrivePolicy": UNKNOWN_TEXT}),
    (REDRIVE, {"redrivePolicy": UNKNOWN_TEXT}),
    (SUBSCRIPTION, {"redrivePolicy": UNKNOWN_TEXT}),
    (FUNCTION, {"deadLetterConfig": {"targetArn": UNKNOWN_TEXT}}),
    (CONFIG, {"destinationConfig": {"onFailure": {"destination": UNKNOWN_TEXT}}}),
    (MAPPING, {"destinationConfig": {"onFailure": {"destinationArn": UNKNOWN_TEXT}}}),
    (TARGET, {"deadLetterConfig": {"arn": UNKNOWN_TEXT}}),
    (SCHEDULE, {"target": {"deadLetterConfig": {"arn": UNKNOWN_TEXT}}}),
    (TOPIC_RULE, {"errorAction": {"sqs": {"queueUrl": UNKNOWN_TEXT}}}),
)

dlq = cases_of("sqs-dlq")
CASES = (
    dlq(Kind.MISSING, "nothing said", [ORDERS], NO_QUEUE),
    dlq(Kind.MISSING, "an empty text, as a state says it", [queue("")], NO_QUEUE),
    dlq(Kind.MISSING, "a policy without a target", [queue('{"maxReceiveCount": 5}')], NO_QUEUE),
    dlq(Kind.WRONG, "an empty target", [queue(redrive(""))], NO_QUEUE),
    dlq(Kind.WRONG, "a policy that is too deep", [queue("[" * 10**5)], NO_QUEUE),
    dlq(Kind.WRONG, "no target", [queue(redrive(None))], NO_QUEUE),
    dlq(Kind.WRONG, "no JSON", [queue("{")], NO_QUEUE),
    dlq(Kind.WRONG, "a JSON of something else", [queue("[]")], NO_QUEUE),
    dlq(
        Kind.WRONG,
        "a policy of another queue",
        [ORDERS, separate(UNKNOWN_TEXT, UNKNOWN_TEXT, OTHER, of=(OTHER,)), OTHER],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a separate policy without a target",
        [LIVE, separate('{"maxReceiveCount": 5}', QUEUE_URL)],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a queue whose name begins alike takes them",
        [LIVE, names(FUNCTION, {"deadLetterConfig": {"targetArn": QUEUE_ARN + "-dead"}})],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a queue of that name in another region takes them",
        [LIVE, names(QUEUE, {"redrivePolicy": redrive(QUEUE_ARN.replace("eu-west-1", "us-east-1"))})],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a topic takes them, whatever it is called",
        [ORDERS, names(FUNCTION, {"deadLetterConfig": {"targetArn": QUEUE_ARN.replace("sqs", "sns")}})],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a topic takes them by reference",
        [ORDERS, names(FUNCTION, {"deadLetterConfig": {"targetArn": UNKNOWN_TEXT}}, TOPIC), TOPIC],
        NO_QUEUE,
    ),
    dlq(
        Kind.WRONG,
        "a topic of a component takes them by reference",
        [
            ORDERS,
            names(FUNCTION, {"deadLetterConfig": {"targetArn": UNKNOWN_TEXT}}, IN_COMPONENT),
            IN_COMPONENT,
        ],
        NO_QUEUE,
    ),
    *(
        dlq(
            Kind.WRONG,
            f"a {type_} takes them by reference",
            [ORDERS, names(CONFIG, {"destinationConfig": UNKNOWN_BLOCK}, one), one],
            NO_QUEUE,
        )
        for type_ in ("aws:cloudwatch/eventBus:EventBus", "aws:s3/bucket:Bucket", FUNCTION)
        for one in (resource(type_, {}, name="other"),)
    ),
    dlq(
        Kind.WRONG,
        "another takes them by reference",
        [ORDERS, names(CONFIG, {"destinationConfig": UNKNOWN_BLOCK}, OTHER), OTHER],
        NO_QUEUE,
    ),
    dlq(Kind.UNKNOWN, "a policy from nowhere we know", [queue(UNKNOWN_TEXT)], undecided=True),
    dlq(
        Kind.UNKNOWN,
        "whose policy it is",
        [ORDERS, separate(redrive(QUEUE_ARN + "-dead"), UNKNOWN_TEXT)],
        undecided=True,
    ),
    dlq(
        Kind.UNKNOWN,
        "an ARN, and this queue has no name yet",
        [UNNAMED, names(QUEUE, {"redrivePolicy": redrive(QUEUE_ARN)})],
        undecided=True,
    ),
    dlq(
        Kind.UNKNOWN,
        "who takes them",
        [ORDERS, names(TARGET, {"deadLetterConfig": {"arn": UNKNOWN_TEXT}})],
        undecided=True,
    ),
    dlq(Kind.CORRECT, "by ARN", [queue(redrive(QUEUE_ARN + "-dead"))]),
    dlq(Kind.CORRECT, "by reference", [queue(UNKNOWN_TEXT, OTHER), OTHER]),
    dlq(Kind.CORRECT, "a separate policy", [LIVE, separate(redrive(QUEUE_ARN + "-dead"), QUEUE_URL)]),
    dlq(
        Kind.CORRECT,
        "a separate policy by reference",
        [ORDERS, separate(UNKNOWN_TEXT, UNKNOWN_TEXT, OTHER, of=(ORDERS,)), OTHER],
    ),
    *(
        dlq(Kind.NOT_APPLICABLE, f"it is one, of a {type_}", [ORDERS, names(type_, properties, ORDERS)])
        for type_, properties in ALL_NAMES
    ),
    dlq(
        Kind.NOT_APPLICABLE,
        "it is one by ARN",
        [LIVE, names(QUEUE, {"redrivePolicy": redrive(QUEUE_ARN)})],
    ),
    dlq(
        Kind.NOT_APPLICABLE,
        "it is one by its URL",
        [LIVE, names(TOPIC_RULE, {"errorAction": {"sqs": {"queueUrl": QUEUE_URL}}})],
    ),
    *(
        dlq(Kind.CORRECT, f"a separate policy of {url}", [MADE_UP, separate(redrive("dead-arn"), url)])
        for url in ("orders-url", "orders-id")
    ),
    dlq(
        Kind.NOT_APPLICABLE,
        "it is one by the name in an ARN",
        [ORDERS, names(SUBSCRIPTION, {"redrivePolicy": redrive(QUEUE_ARN)})],
    ),
    dlq(
        Kind.NOT_APPLICABLE,
        "it is one by the name in a URL",
        [ORDERS, names(TOPIC_RULE, {"errorAction": {"sqs": {"queueUrl": QUEUE_URL}}})],
    ),
    dlq(
        Kind.NOT_APPLICABLE,
        "it is one by ARN and reference",
        [UNNAMED, names(QUEUE, {"redrivePolicy": redrive(QUEUE_ARN)}, UNNAMED)],
    ),
)
