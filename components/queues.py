"""A queue that feeds a function, with the dead-letter queue that takes what the function cannot digest."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import sqs

from components.location import Location
from components.permissions import Grant, key_grants

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
    """One of the two queues, as others use it.

    Attributes:
        url: Its address.
        arn: Known before the queue exists.
        sending: What a role needs to send to it.
        receiving: What a role needs to read from it.
    """

    url: pulumi.Output[str]
    arn: str
    sending: tuple[Grant, ...]
    receiving: tuple[Grant, ...]


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

        self.main = _as_used(args, main, arn)
        self.dead_letters = _as_used(args, dead_letters, dead_letters_arn)
        self.register_outputs({"url": self.main.url, "dead_letters_url": self.dead_letters.url})


def _encryption(key_arn: pulumi.Input[str] | None) -> dict[str, Any]:
    if key_arn is None:
        return {"sqs_managed_sse_enabled": True}
    return {"kms_master_key_id": key_arn, "kms_data_key_reuse_period_seconds": KEY_REUSE_SECONDS}


def _as_used(args: QueueWithDeadLettersArgs, queue: sqs.Queue, arn: str) -> Queue:
    via = args.location.endpoint("sqs")
    reason = "the queue is encrypted with it"
    return Queue(
        url=queue.url,
        arn=arn,
        sending=(
            Grant(actions=("sqs:SendMessage",), resources=(arn,), reason="sends messages to the queue"),
            *key_grants(args.key_arn, KEY_USE_TO_SEND, via=via, reason=reason),
        ),
        receiving=(
            Grant(actions=RECEIVE, resources=(arn,), reason="the event source mapping reads as the function"),
            *key_grants(args.key_arn, KEY_USE_TO_RECEIVE, via=via, reason=reason),
        ),
    )
