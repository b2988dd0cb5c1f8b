"""Amazon EventBridge Scheduler."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def a_role_and_queues(it: Scene) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues = {name: it.make("aws:sqs/queue:Queue", name=name)["arn"] for name in ("hourly", "rest")}
    return {**queues, "role": it.make("aws:iam/role:Role", assumeRolePolicy=trust)["arn"]}


def target(it: Scene, text: str) -> dict[str, Any]:
    return {
        "arn": it.needs["hourly"],
        "deadLetterConfig": {"arn": it.needs["rest"]},
        "input": json.dumps({"text": text}),
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 5},
        "roleArn": it.needs["role"],
    }


def schedule(it: Scene) -> Any:
    return it.aws("scheduler").get_schedule(Name="hourly")


CASES = [
    Case(
        type="aws:scheduler/schedule:Schedule",
        needs=a_role_and_queues,
        inputs=lambda it: {
            "description": "each hour",
            "flexibleTimeWindow": {"mode": "OFF"},
            "kmsKeyArn": f"arn:aws:kms:{it.region}:{it.account}:key/1b2c3d4e-0000-4000-8000-000000000000",
            "name": "hourly",
            "scheduleExpression": "cron(0 * * * ? *)",
            "scheduleExpressionTimezone": "UTC",
            "startDate": "2026-01-01T00:00:00Z",
            "target": target(it, "snapshot"),
        },
        update=lambda it: {
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5},
            "scheduleExpression": "rate(1 hour)",
            "target": target(it, "another"),
        },
        seen=lambda it: [
            schedule(it)["ScheduleExpression"],
            schedule(it)["FlexibleTimeWindow"]["Mode"],
            schedule(it)["Target"]["Input"],
        ],
        expected=["rate(1 hour)", "FLEXIBLE", json.dumps({"text": "another"})],
        replace={"name": "daily"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-scheduler-schedule.html",
        drift=lambda it: it.aws("scheduler").update_schedule(
            **{
                name: value
                for name, value in schedule(it).items()
                if name not in {"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata"}
            }
            | {"State": "DISABLED"}
        ),
        drifted={"state"},
        vanish=lambda it: it.aws("scheduler").delete_schedule(Name="hourly"),
    ),
    Case(
        type="aws:scheduler/scheduleGroup:ScheduleGroup",
        inputs={"tags": {"owner": "us"}},
        update={"tags": {"owner": "them"}},
        seen=lambda it: it.aws("scheduler").list_tags_for_resource(ResourceArn=it.outputs["arn"])["Tags"],
        expected=[{"Key": "owner", "Value": "them"}],
        replace={"name": "hourly"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-scheduler-schedulegroup.html",
        drift=lambda it: it.aws("scheduler").tag_resource(
            ResourceArn=it.outputs["arn"], Tags=[{"Key": "owner", "Value": "me"}]
        ),
        drifted={"tags"},
        vanish=lambda it: it.aws("scheduler").delete_schedule_group(Name=it.id),
    ),
]
