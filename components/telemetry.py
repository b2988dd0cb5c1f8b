"""How readings come in: device policy, topic rule, queue, function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import iam, iot, lambda_, sqs

from components.permissions import policy, role_name_prefix, role_policy, trust

if TYPE_CHECKING:
    from components.function import Function
    from components.location import Location
    from components.queues import QueueWithDeadLetters

READINGS_TOPIC = "omnitrack/sensors/{nodeId}/data"
SQL_VERSION = "2016-03-23"
READINGS_SQL = (
    "SELECT encode(*, 'base64') AS payload, topic(3) AS topicNodeId, timestamp() AS receivedAt"
    " FROM 'omnitrack/sensors/+/data'"
)
THING_NAME = "${iot:Connection.Thing.ThingName}"
BATCH_SIZE = 10


@dataclass(frozen=True, kw_only=True)
class TelemetryArgs:
    """What readings pass through.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        boundary_arn: The policy that the rule's role cannot exceed; None for no bound.
        queue: Between the rule and the function.
        consumer: The function that stores readings.
    """

    prefix: str
    location: Location
    boundary_arn: str | None
    queue: QueueWithDeadLetters
    consumer: Function


class Telemetry(pulumi.ComponentResource):
    """The way from a sensor to the function."""

    sensor_policy_name: pulumi.Output[str]
    readings_topic: str

    def __init__(self, name: str, args: TelemetryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:telemetry:Telemetry", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        main, dead_letters = args.queue.main, args.queue.dead_letters
        # Rule names know no hyphen.
        rule_name = f"{args.prefix}-readings".replace("-", "_")

        sensor_policy = iot.Policy(
            f"{name}-sensor",
            name=f"{args.prefix}-sensor-policy",
            policy=policy(_sensor_statements(args.location)),
            opts=child,
        )
        role = iam.Role(
            f"{name}-rule",
            name_prefix=role_name_prefix(args.prefix, "rule"),
            assume_role_policy=trust(
                "iot.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": args.location.account},
                    "ArnEquals": {"aws:SourceArn": args.location.arn("iot", f"rule/{rule_name}")},
                },
            ),
            permissions_boundary=args.boundary_arn,
            opts=child,
        )
        # IoT sends as this role, so the role, not the service, uses the queues' key.
        permissions = iam.RolePolicy(
            f"{name}-rule",
            role=role.id,
            policy=role_policy([*main.sending, *dead_letters.sending]),
            opts=child,
        )
        for suffix, queue, senders in (
            ("ingest", main, [role.arn]),
            ("dead-letters", dead_letters, [role.arn, args.consumer.role_arn]),
        ):
            sqs.QueuePolicy(f"{name}-{suffix}", queue_url=queue.url, policy=queue.policy(senders), opts=child)
        iot.TopicRule(
            f"{name}-readings",
            name=rule_name,
            description="Readings of sensors go to the ingest queue, as they came",
            enabled=True,
            sql=READINGS_SQL,
            sql_version=SQL_VERSION,
            sqs=[iot.TopicRuleSqsArgs(queue_url=main.url, role_arn=role.arn, use_base64=False)],
            error_action=iot.TopicRuleErrorActionArgs(
                sqs=iot.TopicRuleErrorActionSqsArgs(
                    queue_url=dead_letters.url, role_arn=role.arn, use_base64=False
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions]),
        )
        lambda_.EventSourceMapping(
            f"{name}-readings",
            event_source_arn=main.arn,
            function_name=args.consumer.alias_arn,
            batch_size=BATCH_SIZE,
            function_response_types=["ReportBatchItemFailures"],
            # The mapping knows nothing of the function's own limit: what exceeds it is refused, and after
            # some times a dead letter. Half of it leaves room for calls from elsewhere.
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
            scaling_config=lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.consumer.concurrency // 2
            ),
            # The queue is named by an ARN that is known beforehand: wait for the queue itself.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.queue]),
        )

        self.sensor_policy_name = sensor_policy.name
        self.readings_topic = READINGS_TOPIC
        self.register_outputs({"sensor_policy_name": self.sensor_policy_name})


def _sensor_statements(location: Location) -> list[dict[str, Any]]:
    own_topic = READINGS_TOPIC.replace("{nodeId}", THING_NAME)
    return [
        {
            "Sid": "ConnectAsItself",
            "Effect": "Allow",
            "Action": "iot:Connect",
            "Resource": location.arn("iot", f"client/{THING_NAME}"),
            "Condition": {"Bool": {"iot:Connection.Thing.IsAttached": "true"}},
        },
        {
            "Sid": "PublishToItsOwnTopic",
            "Effect": "Allow",
            "Action": "iot:Publish",
            "Resource": location.arn("iot", f"topic/{own_topic}"),
        },
    ]
