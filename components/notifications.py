"""How alerts reach people: a topic, the addresses that it sends to, and what it could not deliver."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import sns, sqs

from components.permissions import Grant, key_grants, policy, tls_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.function import Function
    from components.location import Location
    from components.queues import Queue

SIGNATURE_VERSION = 2  # SHA-256
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
KEY_USE_TO_PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """How the topic is kept.

    Attributes:
        topic_name: Physical name.
        location: Account and region.
        key_arn: The customer key; None for none.
        tracing: Whether X-Ray follows a message through the topic.
    """

    topic_name: str
    location: Location
    key_arn: pulumi.Input[str] | None
    tracing: bool


class AlertTopic(pulumi.ComponentResource):
    """The topic that alerts are published to.

    Attributes:
        name: Physical name, known before the topic exists.
        arn: Its address.
        publishing: What a role needs to publish.
    """

    name: str
    arn: pulumi.Output[str]
    publishing: tuple[Grant, ...]

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:notifications:AlertTopic", name, {}, opts)
        topic = sns.Topic(
            name,
            name=args.topic_name,
            kms_master_key_id=args.key_arn,
            signature_version=SIGNATURE_VERSION,
            tracing_config="Active" if args.tracing else "PassThrough",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = args.topic_name
        self.arn = topic.arn
        self.publishing = (
            Grant(
                actions=("sns:Publish",),
                resources=(args.location.arn("sns", args.topic_name),),
                reason="tells people of alerts",
            ),
            *key_grants(
                args.key_arn,
                KEY_USE_TO_PUBLISH,
                via=args.location.endpoint("sns"),
                reason="the topic is encrypted with it",
            ),
        )
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Who publishes, and who hears of it.

    Attributes:
        topic: What is published to.
        publisher: The one function that publishes.
        emails: Addresses that get every notification, once each has confirmed.
        location: Account and region.
        undelivered: Where notifications go that an address did not take.
    """

    topic: AlertTopic
    publisher: Function
    emails: Sequence[str]
    location: Location
    undelivered: Queue


class Notifications(pulumi.ComponentResource):
    """The topic's policy and its subscriptions.

    Attributes:
        subscription_arns: One for each address; AWS gives it when the address has confirmed.
    """

    subscription_arns: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:notifications:Notifications", name, {}, opts)
        sns.TopicPolicy(
            name,
            arn=args.topic.arn,
            policy=policy(_topic_statements(args)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.subscription_arns = pulumi.Output.all(*self._subscriptions(name, args))
        self.register_outputs({"subscription_arns": self.subscription_arns})

    def _subscriptions(self, name: str, args: NotificationsArgs) -> list[pulumi.Output[str]]:
        topic_arn = args.location.arn("sns", args.topic.name)
        allowed = sqs.QueuePolicy(
            name,
            queue_url=args.undelivered.url,
            policy=args.undelivered.policy(topic=topic_arn),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [
            sns.TopicSubscription(
                # Every log of a deployment shows the names of resources: addresses are none.
                f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}",
                topic=args.topic.arn,
                protocol="email",
                endpoint=address,
                redrive_policy=json.dumps({"deadLetterTargetArn": args.undelivered.arn}),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
            ).arn
            for address in args.emails
        ]


def _topic_statements(args: NotificationsArgs) -> list[dict[str, Any]]:
    publisher = {
        "Sid": "Publisher",
        "Effect": "Allow",
        "Principal": {"AWS": args.publisher.role_arn},
        "Action": "sns:Publish",
        "Resource": args.topic.arn,
    }
    # SNS refuses `sns:*` here: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    return [publisher, tls_only(args.topic.arn, "sns:Publish")]
