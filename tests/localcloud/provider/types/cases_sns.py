"""Amazon SNS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def policy(topic: str, action: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": action,
        "Resource": topic,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def attributes(it: Scene, arn: str) -> Any:
    return it.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"]


def subscription(it: Scene) -> Any:
    return it.aws("sns").get_subscription_attributes(SubscriptionArn=it.id)["Attributes"]


def topics(it: Scene) -> dict[str, Any]:
    return {name: it.make("aws:sns/topic:Topic", name=name)["arn"] for name in ("orders", "others")}


def topics_and_a_queue(it: Scene) -> dict[str, Any]:
    return {**topics(it), "queue": it.make("aws:sqs/queue:Queue", name="orders")["arn"]}


CASES = [
    Case(
        type="aws:sns/topic:Topic",
        needs=lambda it: it.make("aws:kms/key:Key"),
        inputs=lambda it: {
            "displayName": "Orders",
            "kmsMasterKeyId": it.needs["arn"],
            "lambdaFailureFeedbackRoleArn": f"arn:aws:iam::{it.account}:role/feedback",
            "lambdaSuccessFeedbackSampleRate": 10,
            "signatureVersion": 2,
            "tags": {"owner": "us"},
            "tracingConfig": "PassThrough",
        },
        update={"displayName": "All orders", "signatureVersion": 1, "tracingConfig": "Active"},
        seen=lambda it: [
            attributes(it, it.id)[name] for name in ("DisplayName", "SignatureVersion", "TracingConfig")
        ],
        expected=["All orders", "1", "Active"],
        replace={"fifoTopic": True},
        replace_page=f"{CLOUDFORMATION}/aws-resource-sns-topic.html",
        drift=lambda it: it.aws("sns").set_topic_attributes(
            TopicArn=it.id, AttributeName="DisplayName", AttributeValue="Mine"
        ),
        drifted={"displayName"},
        vanish=lambda it: it.aws("sns").delete_topic(TopicArn=it.id),
    ),
    Case(
        type="aws:sns/topicPolicy:TopicPolicy",
        needs=topics,
        inputs=lambda it: {
            "arn": it.needs["orders"],
            "policy": policy(it.needs["orders"], "sns:Publish"),
        },
        update=lambda it: {"policy": policy(it.needs["orders"], "sns:Subscribe")},
        seen=lambda it: json.loads(attributes(it, it.id)["Policy"])["Statement"][0]["Action"],
        expected="sns:Subscribe",
        replace=lambda it: {"arn": it.needs["others"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-sns-topicinlinepolicy.html",
        drift=lambda it: it.aws("sns").set_topic_attributes(
            TopicArn=it.id, AttributeName="Policy", AttributeValue=policy(it.id, "sns:*")
        ),
        drifted={"policy"},
        vanish=lambda it: it.aws("sns").delete_topic(TopicArn=it.id),
    ),
    Case(
        type="aws:sns/topicSubscription:TopicSubscription",
        needs=topics_and_a_queue,
        inputs=lambda it: {
            "endpoint": it.needs["queue"],
            "filterPolicy": json.dumps({"kind": ["order"]}),
            "protocol": "sqs",
            "topic": it.needs["orders"],
        },
        update=lambda it: {
            "filterPolicy": json.dumps({"kind": ["order", "parcel"]}),
            "rawMessageDelivery": True,
            "redrivePolicy": json.dumps({"deadLetterTargetArn": it.needs["queue"]}),
        },
        seen=lambda it: [
            subscription(it).get("RawMessageDelivery"),
            json.loads(subscription(it)["FilterPolicy"]),
            "RedrivePolicy" in subscription(it),
        ],
        expected=["true", {"kind": ["order", "parcel"]}, True],
        replace=lambda it: {"topic": it.needs["others"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-sns-subscription.html",
        drift=lambda it: it.aws("sns").set_subscription_attributes(
            SubscriptionArn=it.id, AttributeName="RawMessageDelivery", AttributeValue="true"
        ),
        drifted={"rawMessageDelivery"},
        vanish=lambda it: it.aws("sns").unsubscribe(SubscriptionArn=it.id),
    ),
]
