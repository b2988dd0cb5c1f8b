"""What EventBridge Scheduler calls, on a running local cloud."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.cloud

TRUST = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
WORDS = {"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}
ONCE = "at(2026-01-01T00:00:00)"


class Clockwork:
    """Schedules, a role, and a queue for what they cannot deliver."""

    def __init__(self, bench: Any) -> None:
        self.iam, self.sqs, self.scheduler = (bench.client(name) for name in ("iam", "sqs", "scheduler"))
        document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        self.role = self.iam.create_role(RoleName="clock", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("told", "rest")}

    def queue(self, name: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=self.urls[name], AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def allow(self, *actions: str) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName="clock", PolicyName="grants", PolicyDocument=document)

    def schedule(self, target: str, *, words: bool = True) -> str:
        """Call a target once, as soon as may be."""
        called = {"Arn": target, "RoleArn": self.role, "DeadLetterConfig": {"Arn": self.queue("rest")}}
        called |= {"Input": json.dumps(WORDS)} if words else {}
        return str(
            self.scheduler.create_schedule(
                Name="once", ScheduleExpression=ONCE, FlexibleTimeWindow={"Mode": "OFF"}, Target=called
            )["ScheduleArn"]
        )

    def receive(self, name: str) -> Any:
        answer = self.sqs.receive_message(
            QueueUrl=self.urls[name], WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        return (answer.get("Messages") or [None])[0]


@pytest.fixture
def clockwork(workbench: Any) -> Clockwork:
    return Clockwork(workbench)


def test_a_function_is_called_with_the_schedulers_words_filled_in(
    clockwork: Clockwork, workbench: Any, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    source = f"""
        import boto3, json
        def handler(event, context):
            sqs = boto3.client("sqs")
            sqs.send_message(QueueUrl="{clockwork.urls["told"]}", MessageBody=json.dumps(event))
    """
    grant = [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]
    function = workbench.function(source, statements=grant)
    clockwork.allow("lambda:InvokeFunction")
    schedule = clockwork.schedule(function)
    event = json.loads(eventually(lambda: clockwork.receive("told"))["Body"])
    assert event["by"] == schedule
    called = time.mktime(time.strptime(event["at"], "%Y-%m-%dT%H:%M:00Z")) - time.timezone
    assert abs(time.time() - called) < 120


def test_a_call_that_the_role_may_not_make_goes_to_the_dead_letters_with_the_reason(
    clockwork: Clockwork, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    clockwork.allow("sqs:SendMessage")
    function = f"arn:aws:lambda:us-east-1:{clockwork.role.split(':')[4]}:function:none"
    schedule = clockwork.schedule(function)
    message = eventually(lambda: clockwork.receive("rest"))
    reasons = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert reasons["ERROR_CODE"] == "AccessDeniedException"
    assert "lambda:InvokeFunction" in reasons["ERROR_MESSAGE"]
    assert (reasons["SCHEDULE_ARN"], reasons["TARGET_ARN"]) == (schedule, function)
    assert json.loads(message["Body"])["by"] == schedule


def test_another_target_gets_what_the_schedule_says(
    clockwork: Clockwork, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    clockwork.allow("sqs:SendMessage")
    schedule = clockwork.schedule(clockwork.queue("told"))
    assert json.loads(eventually(lambda: clockwork.receive("told"))["Body"])["by"] == schedule


def test_a_target_without_an_input_gets_a_notice(
    clockwork: Clockwork, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    clockwork.allow("sqs:SendMessage")
    schedule = clockwork.schedule(clockwork.queue("told"), words=False)
    notice = json.loads(eventually(lambda: clockwork.receive("told"))["Body"])
    assert (notice["source"], notice["resources"]) == ("aws.scheduler", [schedule])


def test_a_role_that_does_not_trust_the_scheduler_gets_no_schedule(clockwork: Clockwork) -> None:
    other = {**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    clockwork.iam.update_assume_role_policy(RoleName="clock", PolicyDocument=document)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume"):
        clockwork.schedule(clockwork.queue("told"))


def test_all_tags_that_a_request_names_are_taken_away(clockwork: Clockwork) -> None:
    tags = [{"Key": name, "Value": "x"} for name in ("a", "b", "c")]
    arn = clockwork.scheduler.create_schedule_group(Name="g", Tags=tags)["ScheduleGroupArn"]
    clockwork.scheduler.untag_resource(ResourceArn=arn, TagKeys=["a", "b"])
    assert clockwork.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags[2:]
