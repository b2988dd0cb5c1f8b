"""A queue that feeds a function, with the dead-letter queue that takes what the function cannot digest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import sqs

from components.permissions import Grant, key_grants, policy, tls_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.location import Location

VISIBILITY_FACTOR = 6  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
RETENTION_SECONDS = 4 * 24 * 3600
DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps a message
MAX_RECEIVE_COUNT = 5
KEY_REUSE_SECONDS = 300
RECEIVE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
KEY_USE_TO_SEND = ("kms:GenerateDataKey", "kms:Decrypt")
KEY_USE_TO_RECEIVE = ("kms:Decrypt",)


@dataclass(frozen=True, kw_only=True)
class QueueWithDeadLettersArgs:
    """How the queues are kept.

    Attributes:
        queue_name: Physical name; the dead-letter queue adds `-dead-letters`.
        location: Account and region.
        key_arn: The customer key; None for SQS's own.
        consumer_timeout: Seconds that the function which reads it may run.
    """

    queue_name: str
    location: Location
    key_arn: pulumi.Input[str] | None
    consumer_timeout: int


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue, as others use it.

    Attributes:
        url: Its address.
        arn: Known before the queue exists.
        made: The queue itself, for those who know its ARN and must wait for it.
        sending: What a role needs to send to it.
        receiving: What a role needs to read from it.
    """

    url: pulumi.Output[str]
    arn: str
    made: pulumi.Resource
    sending: tuple[Grant, ...]
    receiving: tuple[Grant, ...]

    def policy(
        self, roles: Sequence[pulumi.Input[str]] = (), *, topic: str | None = None
    ) -> pulumi.Output[str]:
        """The queue's own policy: who sends, and nobody without TLS.

        Args:
            roles: ARNs of roles that send.
            topic: ARN of a topic that sends what it could not deliver.
        """
        sending = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.arn}
        senders = sending | {"Sid": "Senders", "Principal": {"AWS": list(roles)}}
        topics = sending | {
            "Sid": "TheTopic",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        allowed = [*([senders] if roles else []), *([topics] if topic else [])]
        return policy([*allowed, tls_only(self.arn, "sqs:*")])


class QueueWithDeadLetters(pulumi.ComponentResource):
    """A queue and its dead letters."""

    main: Queue
    dead_letters: Queue

    def __init__(
        self, name: str, args: QueueWithDeadLettersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:queues:QueueWithDeadLetters", name, {}, opts)
        dead_letters_name = f"{args.queue_name}-dead-letters"
        arn = args.location.arn("sqs", args.queue_name)
        dead_letters_arn = args.location.arn("sqs", dead_letters_name)
        encryption = _encryption(args.key_arn)

        dead_letters = sqs.Queue(
            f"{name}-dead-letters",
            name=dead_letters_name,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}),
            **encryption,
            opts=pulumi.ResourceOptions(parent=self),
        )
        main = sqs.Queue(
            name,
            name=args.queue_name,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=VISIBILITY_FACTOR * args.consumer_timeout,
            redrive_policy=json.dumps(
                {"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
            ),
            **encryption,
            # SQS refuses a redrive policy whose target does not exist.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[dead_letters]),
        )

        self.main = _as_used(main, arn, args.location, args.key_arn)
        self.dead_letters = _as_used(dead_letters, dead_letters_arn, args.location, args.key_arn)
        self.register_outputs({"url": self.main.url, "dead_letters_url": self.dead_letters.url})


@dataclass(frozen=True, kw_only=True)
class DeadLetterQueueArgs:
    """How the queue is kept.

    Attributes:
        queue_name: Physical name.
        location: Account and region.
        key_arn: The customer key; None for SQS's own.
    """

    queue_name: str
    location: Location
    key_arn: pulumi.Input[str] | None


class DeadLetterQueue(pulumi.ComponentResource):
    """A queue for what was not delivered and comes from no queue: people read it, no function."""

    queue: Queue

    def __init__(
        self, name: str, args: DeadLetterQueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:queues:DeadLetterQueue", name, {}, opts)
        queue = sqs.Queue(
            name,
            name=args.queue_name,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            **_encryption(args.key_arn),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.queue = _as_used(queue, args.location.arn("sqs", args.queue_name), args.location, args.key_arn)
        self.register_outputs({"url": self.queue.url})


def _encryption(key_arn: pulumi.Input[str] | None) -> dict[str, Any]:
    if key_arn is None:
        return {"sqs_managed_sse_enabled": True}
    return {"kms_master_key_id": key_arn, "kms_data_key_reuse_period_seconds": KEY_REUSE_SECONDS}


def _as_used(queue: sqs.Queue, arn: str, location: Location, key_arn: pulumi.Input[str] | None) -> Queue:
    via = location.endpoint("sqs")
    reason = "the queue is encrypted with it"
    return Queue(
        url=queue.url,
        arn=arn,
        made=queue,
        sending=(
            Grant(actions=("sqs:SendMessage",), resources=(arn,), reason="sends messages to the queue"),
            *key_grants(key_arn, KEY_USE_TO_SEND, via=via, reason=reason),
        ),
        receiving=(
            Grant(actions=RECEIVE, resources=(arn,), reason="the event source mapping reads as the function"),
            *key_grants(key_arn, KEY_USE_TO_RECEIVE, via=via, reason=reason),
        ),
    )
