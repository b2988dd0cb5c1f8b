"""What happens by the clock: a function, called by a schedule, and a place for the calls that fail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam, scheduler, sqs

from components.permissions import Grant, role_name_prefix, role_policy, trust

if TYPE_CHECKING:
    from components.function import Function
    from components.location import Location
    from components.queues import Queue

GROUP = "default"
TIME_ZONE = "UTC"
# What happened an hour ago is the next call's business.
EVENT_AGE_SECONDS = 3600
RETRIES = 10
# EventBridge Scheduler puts the moment in place of the word, the same for each retry:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
INPUT = {"scheduledTime": "<aws.scheduler.scheduled-time>"}


@dataclass(frozen=True, kw_only=True)
class ScheduledCallArgs:
    """Who is called, and when.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        boundary_arn: The policy that the schedule's role cannot exceed; None for no bound.
        target: The function.
        schedule_name: Physical name.
        expression: When, in the words of EventBridge Scheduler, UTC.
        undelivered: Where calls go that the function did not take.
    """

    prefix: str
    location: Location
    boundary_arn: str | None
    target: Function
    schedule_name: str
    expression: str
    undelivered: Queue


class ScheduledCall(pulumi.ComponentResource):
    """A schedule and the role that it calls with.

    Attributes:
        schedule_arn: The schedule.
    """

    schedule_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ScheduledCallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:schedules:ScheduledCall", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            name,
            name_prefix=role_name_prefix(args.prefix, name),
            # The group, as the page on the confused deputy asks: the schedule itself cannot be named here.
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assume_role_policy=trust(
                "scheduler.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": args.location.account},
                    "ArnEquals": {"aws:SourceArn": args.location.arn("scheduler", f"schedule-group/{GROUP}")},
                },
            ),
            permissions_boundary=args.boundary_arn,
            opts=child,
        )
        permissions = iam.RolePolicy(name, role=role.id, policy=role_policy(_grants(args)), opts=child)
        sqs.QueuePolicy(
            name,
            queue_url=args.undelivered.url,
            policy=args.undelivered.policy([role.arn, args.target.role_arn]),
            opts=child,
        )
        schedule = scheduler.Schedule(
            name,
            name=args.schedule_name,
            group_name=GROUP,
            schedule_expression=args.expression,
            schedule_expression_timezone=TIME_ZONE,
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(
                arn=args.target.alias_arn,
                role_arn=role.arn,
                input=json.dumps(INPUT),
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=EVENT_AGE_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=args.undelivered.arn),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions]),
        )
        self.schedule_arn = schedule.arn
        self.register_outputs({"schedule_arn": self.schedule_arn})


def _grants(args: ScheduledCallArgs) -> list[Grant]:
    call = Grant(
        actions=("lambda:InvokeFunction",),
        resources=(args.target.alias_arn,),
        reason="the scheduler calls the function as this role",
    )
    return [call, *args.undelivered.sending]
