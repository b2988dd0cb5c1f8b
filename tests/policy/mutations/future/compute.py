"""Functions with their roles, what invokes them, where failures go, and a state machine."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, iot, lambda_, scheduler, secretsmanager, sfn, sns, sqs, xray

from tests.policy.mutations.future.parts import (
    ACCOUNT,
    OWN_ACCOUNT,
    TRACES,
    document,
    for_own_account,
    log_group,
    trust,
)
from tests.policy.mutations.future.storage import Storage

WRITING = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"


@dataclass(frozen=True, kw_only=True)
class Compute:
    """What the other parts use."""

    topic: sns.Topic
    letters_of_rule: sqs.Queue


def declare(kept: Storage) -> Compute:
    key_arn = kept.key.arn
    topic = sns.Topic(
        "alerts",
        name="future-alerts",
        kms_master_key_id=key_arn,
        tracing_config="Active",
        policy=for_own_account("sns:Publish"),
    )
    sns.TopicPolicy("alerts", arn=topic.arn, policy=for_own_account("sns:Publish"))
    _queues(key_arn)
    _worker(kept, topic)
    _others(kept)
    _machine(key_arn)
    xray.SamplingRule(
        "sampling",
        rule_name="future",
        fixed_rate=0.05,
        reservoir_size=1,
        host="*",
        http_method="*",
        priority=100,
        resource_arn="*",
        service_name="*",
        service_type="*",
        url_path="*",
        version=1,
    )
    return Compute(topic=topic, letters_of_rule=_letters("rule", key_arn))


def _letters(source: str, key_arn: pulumi.Input[str]) -> sqs.Queue:
    """A queue for what fails; each kind of source has one of its own."""
    return sqs.Queue(f"letters-of-{source}", name=f"letters-of-{source}", kms_master_key_id=key_arn)


def _redrive(letters: sqs.Queue) -> pulumi.Output[str]:
    return letters.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5}))


def _queues(key_arn: pulumi.Input[str]) -> None:
    sqs.Queue(
        "jobs",
        name="jobs",
        kms_master_key_id=key_arn,
        redrive_policy=_redrive(_letters("queue", key_arn)),
        policy=for_own_account("sqs:SendMessage"),
    )
    orders = sqs.Queue("orders", name="orders", kms_master_key_id=key_arn)
    sqs.RedrivePolicy("orders", queue_url=orders.id, redrive_policy=_redrive(_letters("redrive", key_arn)))
    sqs.QueuePolicy("orders", queue_url=orders.id, policy=for_own_account("sqs:SendMessage"))


def _function(
    name: str,
    kept: Storage,
    role: iam.Role,
    *,
    reserved: int | None = None,
    dead_letters: sqs.Queue | None = None,
    logs: cloudwatch.LogGroup | None = None,
) -> lambda_.Function:
    return lambda_.Function(
        name,
        name=f"future-{name}",
        role=role.arn,
        runtime="python3.13",
        handler="future.handler",
        code=pulumi.FileArchive("functions"),
        environment={"variables": {"MODE": "fast", "DB_SECRET_ARN": kept.secret.arn}},
        kms_key_arn=kept.key.arn,
        tracing_config={"mode": "Active"},
        reserved_concurrent_executions=reserved,
        dead_letter_config={"target_arn": dead_letters.arn} if dead_letters else None,
        logging_config={"log_format": "JSON", "log_group": logs.name} if logs else None,
    )


def _worker(kept: Storage, topic: sns.Topic) -> None:
    """A function that nobody waits for."""
    key_arn = kept.key.arn
    role = iam.Role("worker", assume_role_policy=trust("lambda"))
    iam.RolePolicy("worker", role=role.id, policy=document(TRACES))
    logs = log_group("worker", "/future/worker", key_arn)
    worker = _function("worker", kept, role, reserved=5, logs=logs)
    lambda_.FunctionEventInvokeConfig(
        "worker",
        function_name=worker.name,
        destination_config={"on_failure": {"destination": _letters("invocation", key_arn).arn}},
    )
    rule = cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
    cloudwatch.EventTarget(
        "nightly",
        rule=rule.name,
        arn=worker.arn,
        dead_letter_config={"arn": _letters("target", key_arn).arn},
    )
    lambda_.Permission(
        "nightly",
        action="lambda:InvokeFunction",
        function=worker.name,
        principal="events.amazonaws.com",
        source_arn=rule.arn,
    )
    lambda_.FunctionUrl("worker", function_name=worker.name, authorization_type="AWS_IAM")
    scheduler.Schedule(
        "hourly",
        flexible_time_window={"mode": "OFF"},
        schedule_expression="rate(1 hour)",
        target={
            "arn": worker.arn,
            "role_arn": role.arn,
            "dead_letter_config": {"arn": _letters("schedule", key_arn).arn},
        },
    )
    sns.TopicSubscription(
        "worker",
        topic=topic.arn,
        protocol="lambda",
        endpoint=worker.arn,
        redrive_policy=_redrive(_letters("subscription", key_arn)),
    )
    secretsmanager.SecretRotation(
        "database",
        secret_id=kept.secret.id,
        rotation_lambda_arn=worker.arn,
        rotation_rules={"automatically_after_days": 30},
    )


def _others(kept: Storage) -> None:
    """Functions whose role and limit are written in other ways."""
    key_arn = kept.key.arn
    inline = iam.Role(
        "fed",
        assume_role_policy=trust("lambda"),
        inline_policies=[{"name": "traces", "policy": document(TRACES)}],
    )
    log_group("fed", "/aws/lambda/future-fed", key_arn)
    fed = _function("fed", kept, inline)
    queue = sqs.Queue(
        "work", name="work", kms_master_key_id=key_arn, redrive_policy=_redrive(_letters("work", key_arn))
    )
    lambda_.EventSourceMapping(
        "fed",
        function_name=fed.arn,
        event_source_arn=queue.arn,
        scaling_config={"maximum_concurrency": 5},
    )

    attached = iam.Role("streamed", assume_role_policy=trust("lambda"))
    traces = iam.Policy("traces", policy=document(TRACES))
    iam.RolePolicyAttachment("streamed", role=attached.name, policy_arn=traces.arn)
    logs = log_group("streamed", "/future/streamed", key_arn)
    streamed = _function(
        "streamed", kept, attached, reserved=1, dead_letters=_letters("function", key_arn), logs=logs
    )
    lambda_.EventSourceMapping(
        "streamed",
        function_name=streamed.name,
        event_source_arn=kept.streamed_table.stream_arn,
        starting_position="LATEST",
        destination_config={"on_failure": {"destination_arn": _letters("stream", key_arn).arn}},
    )
    lambda_.Permission(
        "uploads",
        action="lambda:InvokeFunction",
        function=streamed.arn,
        principal="s3.amazonaws.com",
        source_arn="arn:aws:s3:::omnitrack-future-data",
        source_account=ACCOUNT,
    )

    managed = iam.Role("managed", assume_role_policy=trust("lambda"), managed_policy_arns=[WRITING])
    waited_for = _function(
        "managed", kept, managed, reserved=1, logs=log_group("managed", "/future/managed", key_arn)
    )
    lambda_.Permission(
        "calls",
        action="lambda:InvokeFunction",
        function=waited_for.name,
        principal="apigateway.amazonaws.com",
        source_arn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:made-up/*",
    )

    shared = iam.Role("shared", assume_role_policy=trust("lambda"), name="future-shared")
    iam.PolicyAttachment("shared", name="shared", roles=[shared.name], policy_arn=WRITING)
    _function("shared", kept, shared, reserved=1, logs=log_group("shared", "/future/shared", key_arn))
    lambda_.Permission(
        "colleagues", action="lambda:InvokeFunction", function="future-shared", principal=OWN_ACCOUNT
    )


def _machine(key_arn: pulumi.Input[str]) -> None:
    role = iam.Role("workflow", assume_role_policy=trust("states"))
    logs = log_group("workflow", "/future/workflow", key_arn)
    sfn.StateMachine(
        "workflow",
        role_arn=role.arn,
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        logging_configuration={"level": "ERROR", "log_destination": pulumi.Output.concat(logs.arn, ":*")},
        tracing_configuration={"enabled": True},
        encryption_configuration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kms_key_id": key_arn},
    )


def topic_rule(letters: sqs.Queue, role_arn: pulumi.Input[str]) -> None:
    """A rule of AWS IoT whose failures go to a queue."""
    iot.TopicRule(
        "readings",
        name="readings",
        enabled=True,
        sql="SELECT * FROM 'readings'",
        sql_version="2016-03-23",
        error_action={"sqs": {"queue_url": letters.url, "role_arn": role_arn, "use_base64": False}},
    )
