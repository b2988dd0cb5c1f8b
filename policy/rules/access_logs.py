"""Access logs: a call of an API, workflow, distribution or bucket leaves a trace, but not its content."""

from policy.graph import UNKNOWN, Link, Resource, every_link, is_set, read
from policy.predicates import any_link, at_least_one, entries, fault_if, is_on, is_one_of, present
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.api import (
    API,
    METHOD_SETTINGS,
    REST_API,
    REST_STAGE,
    STAGE,
    protocol_of,
    settings_for_all,
)
from policy.rules.encryption import BUCKET_LOGGINGS
from policy.rules.keys import BUCKETS

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"

_INLINE_LOGGINGS = ("logging", "loggings")
_LEVELS = ("ERROR", "INFO")


def execution_logged(stage: Resource, context: Context) -> Verdict:
    """A REST or WebSocket stage logs failed executions at least and counts all; HTTP APIs cannot log them."""
    answers: list[Link] = []
    if stage.type == REST_STAGE:
        answers += [
            every_link(holds, _logs(settings.read("settings"), "metricsEnabled"))
            for settings, holds in settings_for_all(stage, context)
        ]
    else:
        answers.append(is_one_of(protocol_of(stage, context), "HTTP"))
        answers.append(_logs(stage.read("defaultRouteSettings"), "detailedMetricsEnabled"))
    return at_least_one(answers, "does not log and count the executions of all its methods")


def _logs(settings: object, metrics: str) -> Link:
    logged = is_one_of(read(settings, "loggingLevel"), *_LEVELS)
    return every_link(logged, is_on(read(settings, metrics)))


def no_data_trace(resource: Resource, _context: Context) -> Verdict:
    """Bodies and headers, tokens among them, stay out of the log; the services' default is off."""
    if resource.type == METHOD_SETTINGS:
        found = [resource.read("settings.dataTraceEnabled")]
    else:
        found = [resource.read("defaultRouteSettings.dataTraceEnabled")]
        found += [read(route, "dataTraceEnabled") for route in entries(resource.properties, "routeSettings")]
    traced = any_link(map(is_on, found))
    return fault_if(traced, "writes bodies and headers to its log")


def executions_kept(machine: Resource, _context: Context) -> Verdict:
    """A state machine logs at least its failures, to a log group in the form that Step Functions takes.

    That the log holds the execution's data is not asked: it may be personal.
    """
    level = machine.read("loggingConfiguration.level")
    if level is not UNKNOWN and level not in ("ALL", "ERROR", "FATAL"):
        return "does not log its executions"
    destination = machine.read("loggingConfiguration.logDestination")
    if not is_set(destination):
        return "logs to no log group"
    if isinstance(destination, str) and not destination.endswith(":*"):
        return "logs to an ARN that does not end in :*"
    return UNKNOWN if level is UNKNOWN else None


def requests_delivered(distribution: Resource, context: Context) -> Verdict:
    """A distribution logs to a bucket (standard logging v1), or CloudWatch Logs delivers its log (v2)."""
    if is_set(distribution.read("loggingConfig.bucket")):
        return None
    graph = context.graph
    answers = []
    for source in graph.of(DELIVERY_SOURCE):
        ours = every_link(
            is_one_of(source.read("logType"), "ACCESS_LOGS"),
            graph.links(source, "resourceArn", distribution, names=("arn",)),
        )
        answers += [
            every_link(ours, graph.links(delivery, "deliverySourceName", source, names=("name",)))
            for delivery in graph.of(DELIVERY)
        ]
    return at_least_one(answers, "keeps no log of requests")


def bucket_logs(bucket: Resource, context: Context) -> Verdict:
    """A bucket logs who reads and writes it, unless it keeps such logs itself: that would log the logging."""
    graph = context.graph
    answers: list[Link] = [is_set(bucket.read(f"{block}.targetBucket")) for block in _INLINE_LOGGINGS]
    for logging in graph.of(*BUCKET_LOGGINGS):
        answers.append(
            every_link(
                is_set(logging.read("targetBucket")),
                graph.links(logging, "bucket", bucket, names=("bucket",), instead=BUCKETS),
            )
        )
        answers.append(graph.links(logging, "targetBucket", bucket, names=("bucket",), instead=BUCKETS))
    answers += [
        graph.links(other, f"{block}.targetBucket", bucket, names=("bucket",), instead=BUCKETS)
        for other in graph.of(*BUCKETS)
        for block in _INLINE_LOGGINGS
    ]
    return at_least_one(answers, "does not log who reads and writes it")


RULES = (
    Rule(
        id="apigw-stage-access-logs",
        title="A stage logs every request.",
        types=(REST_STAGE, STAGE),
        judge=present(
            "accessLogSettings.destinationArn", "accessLogSettings.format", fault="keeps no access log"
        ),
        fix="set access_log_settings with destination_arn and format",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        frameworks=("FSBP APIGateway.9", "CKV_AWS_76", "CKV_AWS_95", "AwsSolutions-APIG1", "AWS-0001"),
    ),
    Rule(
        id="apigw-execution-logging",
        title="A stage logs failed executions and counts all.",
        types=(REST_STAGE, STAGE),
        related=(METHOD_SETTINGS, REST_API, API),
        judge=execution_logged,
        fix="set logging_level to ERROR and metrics_enabled to True in apigateway.MethodSettings of "
        "method_path */* (of a WebSocket stage: detailed_metrics_enabled, in default_route_settings)",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        frameworks=("FSBP APIGateway.1", "CKV2_AWS_4", "AwsSolutions-APIG6"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="apigw-no-data-trace",
        title="The execution log holds no bodies and headers.",
        types=(METHOD_SETTINGS, STAGE),
        judge=no_data_trace,
        fix="set data_trace_enabled to False",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        frameworks=("CKV_AWS_276",),
        level=Level.ADVISORY,
    ),
    Rule(
        id="sfn-logging",
        title="A state machine logs its executions.",
        types=(STATE_MACHINE,),
        judge=executions_kept,
        fix="set logging_configuration with level ERROR or ALL and log_destination, the group's ARN and :*",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
        frameworks=("FSBP StepFunctions.1", "CKV_AWS_285", "AwsSolutions-SF1"),
    ),
    Rule(
        id="cloudfront-access-logs",
        title="A distribution logs its requests.",
        types=(DISTRIBUTION,),
        related=(DELIVERY_SOURCE, DELIVERY),
        judge=requests_delivered,
        fix="set logging_config with bucket, or add a cloudwatch.LogDeliverySource and its LogDelivery",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
        frameworks=("FSBP CloudFront.5", "CKV_AWS_86", "AwsSolutions-CFR3", "AWS-0010"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="s3-access-logs",
        title="A bucket logs who reads and writes it.",
        types=BUCKETS,
        related=BUCKET_LOGGINGS,
        judge=bucket_logs,
        fix="add an s3.BucketLogging of the bucket with target_bucket",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
        frameworks=("FSBP S3.9", "CKV_AWS_18", "AwsSolutions-S1", "AWS-0089"),
        level=Level.ADVISORY,
    ),
)
