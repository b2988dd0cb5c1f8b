"""Amazon EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_LOCAL = {
    "ecsParameters": "must be left out: the local cloud runs no containers",
    "sagemakerPipelineParameters": "must be left out: the local cloud has no pipelines of SageMaker",
}
ZONE = "UTC"
# Local time of the time zone, to the second.
MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"


class ScheduleResource(Resource):
    """A schedule; each update says all of it again."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A flexible window has a length; the local cloud lacks some targets and all time zones but one."""
        zone = inputs.get("scheduleExpressionTimezone", ZONE)
        if isinstance(zone, str) and zone != ZONE:
            yield (
                "scheduleExpressionTimezone",
                f"must be {ZONE} or left out: the local cloud has no other clock",
            )
        window, target = inputs.get("flexibleTimeWindow"), inputs.get("target")
        if isinstance(window, dict):
            flexible, long = window.get("mode") == "FLEXIBLE", "maximumWindowInMinutes" in window
            if isinstance(window.get("mode"), str) and flexible != long:
                verb = "is required" if flexible else "must be left out"
                yield "flexibleTimeWindow.maximumWindowInMinutes", f"{verb} when mode is {window['mode']}"
        if isinstance(target, dict):
            for name in sorted(target.keys() & NOT_LOCAL):
                yield f"target.{name}", NOT_LOCAL[name]

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Moments as the program writes them."""
        del values
        moments = {name: found[name] for name in ("startDate", "endDate") if name in found}
        return {**found, **{name: text.replace("+00:00", "Z") for name, text in moments.items()}}


RESOURCES = (
    ScheduleResource(
        type="aws:scheduler/schedule:Schedule",
        service="scheduler",
        create="CreateSchedule",
        reads=(Read(operation="GetSchedule"),),
        updates=(
            Call(
                operation="UpdateSchedule",
                properties=(
                    "actionAfterCompletion",
                    "description",
                    "endDate",
                    "flexibleTimeWindow",
                    "kmsKeyArn",
                    "scheduleExpression",
                    "scheduleExpressionTimezone",
                    "startDate",
                    "state",
                    "target",
                ),
            ),
        ),
        delete="DeleteSchedule",
        id="{groupName}/{name}",
        name=Name(longest=64),
        replace=("groupName", "name"),
        defaults={
            "actionAfterCompletion": "NONE",
            "description": "",
            "groupName": "default",
            "scheduleExpressionTimezone": ZONE,
            "state": "ENABLED",
            "target.retryPolicy.maximumEventAgeInSeconds": 86_400,
            "target.retryPolicy.maximumRetryAttempts": 185,
        },
        handled={f"target.{name}": "" for name in NOT_LOCAL},
        computed={"arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{groupName}/{name}"},
        # A new role needs a moment until the scheduler may act as it.
        retry=("The execution role you provide must allow",),
        limits={
            "scheduleExpression": Limit(
                pattern=rf"rate\([1-9]\d* (minute|hour|day)s?\)|cron\(\S+( \S+){{5}}\)|at\({MOMENT}\)"
            ),
        },
    ),
    Resource(
        type="aws:scheduler/scheduleGroup:ScheduleGroup",
        service="scheduler",
        create="CreateScheduleGroup",
        reads=(Read(operation="GetScheduleGroup"),),
        delete="DeleteScheduleGroup",
        id="{name}",
        name=Name(longest=64),
        replace=("name",),
        computed={"arn": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}"},
        tags=Tags(),
        await_gone=True,
    ),
)
