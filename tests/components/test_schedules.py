"""A schedule calls one function, and a call that fails is kept."""

import json

from tests.support.program import Deployed

SCHEDULE, FUNCTION = "aws:scheduler/schedule:Schedule", "aws:lambda/function:Function"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
UNDELIVERED = "arn:aws:sqs:us-east-1:123456789012:omnitrack-staging-schedules-undelivered"


def test_a_snapshot_is_asked_for_at_every_full_hour_with_the_moment_that_it_is_for(
    staging: Deployed,
) -> None:
    schedule = staging.only(SCHEDULE)
    assert schedule["name"] == "omnitrack-staging-emissions-snapshot"
    assert (schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"]) == (
        "cron(0 * * * ? *)",
        "UTC",
    )
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}
    assert json.loads(schedule["target"]["input"]) == {"scheduledTime": "<aws.scheduler.scheduled-time>"}


def test_a_call_is_repeated_until_the_next_one_is_due_and_then_kept(staging: Deployed) -> None:
    target = staging.only(SCHEDULE)["target"]
    assert target["retryPolicy"]["maximumEventAgeInSeconds"] == 3600
    assert target["retryPolicy"]["maximumRetryAttempts"] > 0
    assert target["deadLetterConfig"] == {"arn": UNDELIVERED}
    assert staging.only(FUNCTION, "emissions-snapshot")["deadLetterConfig"] == {"targetArn": UNDELIVERED}


def test_the_role_calls_this_function_and_keeps_what_failed_only(staging: Deployed) -> None:
    (trust,) = staging.one(ROLE, "snapshot-schedule").policy("assumeRolePolicy")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    statements = staging.one(ROLE_POLICY, "snapshot-schedule").policy()
    calls = [each["Resource"] for each in statements if each["Action"] == ["lambda:InvokeFunction"]]
    assert calls == [[staging.only(SCHEDULE)["target"]["arn"]]]
    actions = {action for each in statements for action in each["Action"]}
    assert actions == {
        *("lambda:InvokeFunction", "sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"),
    }


def test_the_queue_takes_from_the_schedule_and_the_function_only(staging: Deployed) -> None:
    senders, tls = staging.one("aws:sqs/queuePolicy:QueuePolicy", "snapshot-schedule").policy()
    assert {arn.rpartition("/")[2] for arn in senders["Principal"]["AWS"]} == {
        *("snapshot-schedule", "emissions-snapshot")
    }
    assert tls["Effect"] == "Deny"
