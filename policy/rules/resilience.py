"""Resilience: data can be brought back, is not deleted by accident, and failures are kept and told."""

import re

from policy.graph import ABSENT, UNKNOWN, Graph, Link, Resource, every_link, is_set
from policy.predicates import at_least_one, equals, is_on, is_one_of
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.backups import SELECTION, plan_covers_table
from policy.rules.dead_letters import (
    ALIAS,
    DEAD_LETTER_PATHS,
    EVENT_SOURCE,
    FUNCTION,
    INVOKE_CONFIG,
    INVOKERS,
    QUEUE,
    function_keeps_failed_events,
    queue_has_dead_letters,
    runs,
)
from policy.rules.keys import BUCKETS, TABLE
from policy.stages import AWS_PROVIDER

USER_POOL = "aws:cognito/userPool:UserPool"
METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
BUCKET_VERSIONINGS = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)

_ALARM_NAMES = {METRIC_ALARM: "name", COMPOSITE_ALARM: "alarmName"}
_ALARM_IN_RULE = re.compile(
    r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"
    r"(?:arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(?P<of_arn>[^\"()\s]+)"
    r"|\"(?:arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:)?(?P<quoted>[^\"]+)\"|(?P<bare>[^\"()\s]+))\s*\)"
)


def bucket_keeps_versions(bucket: Resource, context: Context) -> Verdict:
    """A bucket keeps the old versions of its objects, by the separate resource or by its own block."""
    fault = "keeps no versions of its objects"
    answers: list[Link] = []
    for separate in context.graph.of(*BUCKET_VERSIONINGS):
        link = context.graph.links(separate, "bucket", bucket, names=("bucket",), instead=BUCKETS)
        enabled = is_one_of(separate.read("versioningConfiguration.status"), "Enabled")
        if link is True:
            # It decides alone: what a state says of the block beside it may be stale.
            return at_least_one([enabled], fault)
        answers.append(every_link(link, enabled))
    answers += [is_on(bucket.read(f"{block}.enabled")) for block in ("versioning", "versionings")]
    return at_least_one(answers, fault)


def bucket_outlives_its_objects(bucket: Resource, _context: Context) -> Verdict:
    """A bucket with objects in it is not deleted: that is what S3 does unless it is told otherwise."""
    force = bucket.read("forceDestroy")
    if force is UNKNOWN:
        return UNKNOWN
    return None if force is False or force is ABSENT else "may be deleted together with its objects"


def function_is_limited(function: Resource, context: Context) -> Verdict:
    """The function has a limit of its own, or the queue that feeds it has one for it."""
    reserved = function.read("reservedConcurrentExecutions")
    if reserved is UNKNOWN:
        return UNKNOWN
    # The provider says -1 where nothing is reserved; 0 lets nothing run and is a limit.
    if isinstance(reserved, int | float) and not isinstance(reserved, bool) and reserved >= 0:
        return None
    answers = [
        runs(mapping, "functionName", function, context.graph)
        for mapping in context.graph.of(EVENT_SOURCE)
        if is_set(mapping.read("scalingConfig.maximumConcurrency"))
    ]
    return at_least_one(answers, "may use the concurrency of the whole account")


def alarm_acts(alarm: Resource, context: Context) -> Verdict:
    """An alarm acts when it goes off, itself or through a composite alarm that it is part of."""
    answers = [_acts(alarm), *_composites_act(alarm, context.graph, frozenset({alarm.urn}))]
    return at_least_one(answers, "tells nobody when it goes off")


def _acts(alarm: Resource) -> Link:
    actions = alarm.read("alarmActions")
    has_action = any(map(is_set, actions)) if isinstance(actions, list) else is_set(actions)
    enabled = alarm.read("actionsEnabled")
    return every_link(has_action, UNKNOWN if enabled is UNKNOWN else enabled is not False)


def _composites_act(alarm: Resource, graph: Graph, seen: frozenset[str]) -> list[Link]:
    links: list[Link] = []
    for composite in graph.of(COMPOSITE_ALARM):
        if composite.urn in seen:
            continue
        part = _is_part(alarm, composite, graph)
        links.append(every_link(part, _acts(composite)))
        if part is not False:
            above = _composites_act(composite, graph, seen | {composite.urn})
            links += [every_link(part, link) for link in above]
    return links


def _is_part(alarm: Resource, composite: Resource, graph: Graph) -> Link:
    rule = composite.read("alarmRule")
    name = alarm.identity(_ALARM_NAMES[alarm.type])
    if isinstance(rule, str) and isinstance(name, str):
        return name in _names_in(rule)
    sources = graph.sources(composite, "alarmRule")
    if alarm in sources:
        return True
    # A name that is left to Pulumi stands in no rule that the program spells out.
    spelt_out = rule is not UNKNOWN and name is not UNKNOWN
    return False if spelt_out or any(source.type in _ALARM_NAMES for source in sources) else UNKNOWN


def _names_in(rule: str) -> set[str]:
    return {match["of_arn"] or match["quoted"] or match["bare"] for match in _ALARM_IN_RULE.finditer(rule)}


RULES = (
    Rule(
        id="dynamodb-pitr",
        title="A table can be restored to a point in time.",
        types=(TABLE,),
        judge=equals("pointInTimeRecovery.enabled", wanted=True, fault="has no point-in-time recovery"),
        fix="set point_in_time_recovery with enabled=True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
        frameworks=("FSBP DynamoDB.2", "CKV_AWS_28", "AwsSolutions-DDB3", "AWS-0024"),
    ),
    Rule(
        id="s3-versioning",
        title="A bucket keeps the old versions of its objects.",
        types=BUCKETS,
        related=BUCKET_VERSIONINGS,
        judge=bucket_keeps_versions,
        fix="add an s3.BucketVersioning with versioning_configuration of status Enabled",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
        frameworks=("FSBP S3.14", "CKV_AWS_21", "S3BucketVersioningEnabled", "AWS-0090"),
    ),
    Rule(
        id="dynamodb-deletion-protection",
        title="A table is protected against deletion.",
        types=(TABLE,),
        judge=equals("deletionProtectionEnabled", wanted=True, fault="is not protected against deletion"),
        fix="set deletion_protection_enabled to True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
        frameworks=("FSBP DynamoDB.6", "dynamodb_table_deletion_protection_enabled"),
    ),
    Rule(
        id="cognito-deletion-protection",
        title="A user pool is protected against deletion.",
        types=(USER_POOL,),
        judge=equals("deletionProtection", wanted="ACTIVE", fault="is not protected against deletion"),
        fix="set deletion_protection to ACTIVE",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/config/latest/developerguide/cognito-user-pool-deletion-protection-enabled.html",
        frameworks=("cognito_user_pool_deletion_protection_enabled",),
    ),
    Rule(
        id="s3-no-force-destroy",
        title="A bucket is not deleted while objects are in it.",
        types=BUCKETS,
        judge=bucket_outlives_its_objects,
        fix="set force_destroy to False",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
    ),
    Rule(
        id="backup-plan-covers-table",
        title="A backup plan takes every table.",
        types=(TABLE,),
        related=(SELECTION, AWS_PROVIDER),
        judge=plan_covers_table,
        fix="add a backup.Selection whose resources hold the table's arn, or whose selection_tags match",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html",
        frameworks=("FSBP DynamoDB.4", "DynamoDBInBackupPlan"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="sqs-dlq",
        title="A queue moves what cannot be processed to a dead-letter queue.",
        types=(QUEUE,),
        related=tuple(type_ for type_ in DEAD_LETTER_PATHS if type_ != QUEUE),
        judge=queue_has_dead_letters,
        fix="set redrive_policy with deadLetterTargetArn and maxReceiveCount",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        frameworks=("AwsSolutions-SQS3", "SQSRedrivePolicy"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="lambda-async-dlq",
        title="A function that is invoked asynchronously keeps the events it fails on.",
        types=(FUNCTION,),
        related=(*INVOKERS, INVOKE_CONFIG, ALIAS),
        judge=function_keeps_failed_events,
        fix="set dead_letter_config, or add a lambda_.FunctionEventInvokeConfig with on_failure",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        frameworks=("CKV_AWS_116", "LambdaDLQ", "LambdaAsyncFailureDestination"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="lambda-concurrency",
        title="A function cannot use up the concurrency of the whole account.",
        types=(FUNCTION,),
        # A mapping's own limit is found in another resource.
        related=(EVENT_SOURCE, ALIAS),
        judge=function_is_limited,
        fix="set reserved_concurrent_executions, or maximum_concurrency in scaling_config of its queue",
        severity=Severity.LOW,
        source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
        frameworks=("CKV_AWS_115", "LambdaConcurrency"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="alarm-has-action",
        title="An alarm tells somebody when it goes off.",
        types=(METRIC_ALARM, COMPOSITE_ALARM),
        # A relation, as the alarms that a composite alarm combines leave the action to it.
        related=(COMPOSITE_ALARM,),
        judge=alarm_acts,
        fix="set alarm_actions to the topic's ARN, and leave actions_enabled on",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/controltower/latest/controlreference/cloudwatch-rules.html",
        frameworks=(
            "FSBP CloudWatch.15",
            "FSBP CloudWatch.17",
            "CT.CLOUDWATCH.PR.1",
            "CT.CLOUDWATCH.PR.4",
            "CKV_AWS_319",
            "CloudWatchAlarmAction",
        ),
    ),
)
