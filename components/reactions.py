"""What follows a change: functions that read the table's stream, and functions that read a queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi_aws import lambda_, sqs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.function import Function
    from components.queues import QueueWithDeadLetters
    from components.tables import Table

REPORT = ("ReportBatchItemFailures",)
STREAM_BATCH = 100
QUEUE_BATCH = 10
# A stream keeps its records for a day; what is given up an hour before is still there to be named.
RECORD_AGE_SECONDS = 23 * 3600
WITHOUT_END = -1
# Batches of one shard at a time, 1 to 10; each item stays in order. A batch waits for the writes of its
# alerts: four of them hide that, and leave room in the concurrency that is kept for a function.
SIDE_BY_SIDE = 4


def keys(partition: str, sort: str) -> dict[str, Any]:
    """A filter for items whose keys start so.

    Args:
        partition: Start of PK.
        sort: Start of SK.
    """
    texts = {"PK": partition, "SK": sort}
    return {"dynamodb": {"Keys": {key: {"S": [{"prefix": text}]} for key, text in texts.items()}}}


NODES: Final = keys("NETWORK#", "NODE#")
LANES: Final = keys("NETWORK#", "LANE#")
ALERTS: Final = keys("ALERT#", "ALERT")


@dataclass(frozen=True, kw_only=True)
class StreamReactionArgs:
    """Which changes a function gets.

    Attributes:
        table: Whose changes.
        consumer: The function.
        filters: Which of them, any of these.
        failures: Its dead letters name the records that the function never took.
        parallelization: How many batches of a shard it takes at a time. More than one only where it does not
            matter in which order changes of different items arrive.
    """

    table: Table
    consumer: Function
    filters: Sequence[Mapping[str, Any]]
    failures: QueueWithDeadLetters
    parallelization: int = 1


class StreamReaction(pulumi.ComponentResource):
    """A function that gets the changes of a table, in order for each key, until it has taken them."""

    mapping_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: StreamReactionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:reactions:StreamReaction", name, {}, opts)
        mapping = lambda_.EventSourceMapping(
            name,
            event_source_arn=args.table.stream_arn,
            function_name=args.consumer.alias_arn,
            # Nothing is missed between the first deployment and the first poll; who reads knows repetitions.
            starting_position="TRIM_HORIZON",
            batch_size=STREAM_BATCH,
            maximum_batching_window_in_seconds=0,
            parallelization_factor=args.parallelization,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=WITHOUT_END,
            maximum_record_age_in_seconds=RECORD_AGE_SECONDS,
            function_response_types=list(REPORT),
            filter_criteria=lambda_.EventSourceMappingFilterCriteriaArgs(
                filters=[
                    lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps(each))
                    for each in args.filters
                ]
            ),
            destination_config=lambda_.EventSourceMappingDestinationConfigArgs(
                on_failure=lambda_.EventSourceMappingDestinationConfigOnFailureArgs(
                    destination_arn=args.failures.dead_letters.arn
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.failures.dead_letters.made]),
        )
        self.mapping_id = mapping.uuid
        self.register_outputs({"mapping_id": self.mapping_id})


@dataclass(frozen=True, kw_only=True)
class QueueReactionArgs:
    """Which queue a function reads, and who writes to it.

    Attributes:
        queue: What is read.
        consumer: The function.
        senders: ARNs of the roles that send to the queue.
        dead_letter_senders: ARNs of the roles that send to its dead letters, beside the function's own.
    """

    queue: QueueWithDeadLetters
    consumer: Function
    senders: Sequence[pulumi.Input[str]] = ()
    dead_letter_senders: Sequence[pulumi.Input[str]] = ()


class QueueReaction(pulumi.ComponentResource):
    """A function that gets the messages of a queue."""

    mapping_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: QueueReactionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:reactions:QueueReaction", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        main, dead_letters = args.queue.main, args.queue.dead_letters
        sqs.QueuePolicy(name, queue_url=main.url, policy=main.policy(args.senders), opts=child)
        sqs.QueuePolicy(
            f"{name}-dead-letters",
            queue_url=dead_letters.url,
            policy=dead_letters.policy([args.consumer.role_arn, *args.dead_letter_senders]),
            opts=child,
        )
        mapping = lambda_.EventSourceMapping(
            name,
            event_source_arn=main.arn,
            function_name=args.consumer.alias_arn,
            batch_size=QUEUE_BATCH,
            function_response_types=list(REPORT),
            # Half of what is kept for the function, as the mapping knows nothing of that limit:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
            scaling_config=lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.consumer.concurrency // 2
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[main.made]),
        )
        self.mapping_id = mapping.uuid
        self.register_outputs({"mapping_id": self.mapping_id})
