"""Logs: they are kept as long as the stage demands, also those that AWS would start by itself."""

import re
from collections.abc import Sequence

from policy.graph import ABSENT, UNKNOWN, Graph, Link, Resource, every_link, read
from policy.predicates import at_least_one, both, entries, is_, not_, when
from policy.rule import Context, Level, Rule, Severity, Verdict

FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
WEBSOCKET_STAGE = "aws:apigatewayv2/stage:Stage"
IOT_LOG_GROUP = "AWSIotLogsV2"

_API_NAMES = {
    METHOD_SETTINGS: ("restApi", "stageName", "API-Gateway-Execution-Logs_"),
    WEBSOCKET_STAGE: ("apiId", "name", "/aws/apigateway/"),
}
"""Where the API and the stage stand, and what API Gateway puts before them in the name of a log group."""


def retention(group: Resource, context: Context) -> Verdict:
    """A log group keeps its logs for at least the stack's number of days, and not for ever."""
    days = group.read("retentionInDays")
    if days is UNKNOWN:
        return UNKNOWN
    if days is ABSENT or days == 0:
        return "keeps its logs for ever"
    if not isinstance(days, int | float) or days < context.retention_days:
        return f"keeps its logs for fewer than {context.retention_days} days"
    return None


def function_has_log_group(function: Resource, context: Context) -> Verdict:
    """The group a function writes to is declared: otherwise Lambda makes one that keeps logs for ever."""
    chosen = function.read("loggingConfig.logGroup")
    if chosen is UNKNOWN:
        sources = context.graph.sources(function, "loggingConfig")
        links: list[tuple[Resource, Link]] = [(group, True) for group in sources if group.type == LOG_GROUP]
        if not links:
            return UNKNOWN
    else:
        wanted = chosen
        if chosen in (ABSENT, ""):
            name = function.identity("name")
            wanted = f"/aws/lambda/{name}" if isinstance(name, str) else name
        graph = context.graph
        links = [(group, _is_named(group, wanted, function, graph)) for group in graph.of(LOG_GROUP)]
    return _declared(links)


def _declared(links: Sequence[tuple[Resource, Link]]) -> Verdict:
    if any(link is True and _passes_on(group) is True for group, link in links):
        return "writes to a log group that only passes logs on and keeps none"
    return at_least_one([link for _, link in links], "writes to a log group that is not declared")


_passes_on = is_("logGroupClass", wanted="DELIVERY")


def _is_named(group: Resource, wanted: object, subject: Resource, graph: Graph) -> Link:
    name = group.identity("name")
    if name is UNKNOWN:
        sources = group.dependencies.get("name", ())
        if subject.urn in sources:
            return True
        # What is made of a function, an alias of it for one, tells the function's name too.
        passed_on = any(graph.is_made_of(source, subject) for source in graph.sources(group, "name"))
        if sources and wanted is not UNKNOWN and not passed_on:
            return False  # named after something else, as an API's execution log is
    if UNKNOWN in (name, wanted):
        return UNKNOWN
    return name is not ABSENT and name == wanted


def api_has_log_group(subject: Resource, context: Context) -> Verdict:
    """The group of a stage's execution log is declared: otherwise API Gateway makes one that never ends."""
    graph = context.graph
    return _declared([(group, _is_execution_log(group, subject, graph)) for group in graph.of(LOG_GROUP)])


def _logs_execution(subject: Resource) -> Link:
    levels = [subject.read("settings.loggingLevel"), subject.read("defaultRouteSettings.loggingLevel")]
    levels += [read(route, "loggingLevel") for route in entries(subject.properties, "routeSettings")]
    if any(isinstance(level, str) and level not in {"", "OFF"} for level in levels):
        return True
    return UNKNOWN if UNKNOWN in levels else False


def _is_execution_log(group: Resource, subject: Resource, graph: Graph) -> Link:
    api_path, stage_path, prefix = _API_NAMES[subject.type]
    api, stage, name = subject.read(api_path), subject.identity(stage_path), group.identity("name")
    if isinstance(name, str):
        parts = re.fullmatch(re.escape(prefix) + r"([^/]+)/(.+)", name)
        if parts is None:
            return False
        pairs = zip((api, stage), parts.groups(), strict=True)
        return every_link(*(given == part if isinstance(given, str) else UNKNOWN for given, part in pairs))
    if name is ABSENT:
        return False
    if not group.dependencies.get("name"):
        return UNKNOWN
    known = [subject, *graph.sources(subject, api_path), *graph.sources(subject, stage_path)]
    return any(source in known for source in graph.sources(group, "name"))


def iot_has_log_group(options: Resource, context: Context) -> Verdict:
    """The group that AWS IoT writes to is declared: otherwise it makes one that keeps logs for ever."""
    graph = context.graph
    groups = graph.of(LOG_GROUP)
    return _declared([(group, _is_named(group, IOT_LOG_GROUP, options, graph)) for group in groups])


RULES = (
    Rule(
        id="log-group-retention",
        title="A log group keeps its logs as long as the stage asks, and not for ever.",
        types=(LOG_GROUP,),
        # AWS fixes the retention of groups that only pass logs on.
        judge=when(not_(_passes_on), retention),
        fix="set retention_in_days to the stack's log retention",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        frameworks=(
            "FSBP CloudWatch.16",
            "CT.CLOUDWATCH.PR.2",
            "CKV_AWS_66",
            "CloudWatchLogGroupRetentionPeriod",
        ),
    ),
    Rule(
        id="lambda-log-group-managed",
        title="The log group that a function writes to is declared.",
        types=(FUNCTION,),
        related=(LOG_GROUP,),
        judge=function_has_log_group,
        fix="add a cloudwatch.LogGroup and name it in logging_config, or call it /aws/lambda/<function name>",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
    ),
    Rule(
        id="apigw-execution-log-group-managed",
        title="The log group of a stage's execution log is declared.",
        types=(METHOD_SETTINGS, WEBSOCKET_STAGE),
        related=(LOG_GROUP,),
        judge=when(_logs_execution, api_has_log_group),
        fix="add a cloudwatch.LogGroup with name API-Gateway-Execution-Logs_API/STAGE (REST) "
        "or /aws/apigateway/API/STAGE (WebSocket)",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        level=Level.ADVISORY,
    ),
    Rule(
        id="iot-log-group-managed",
        title="The log group that AWS IoT writes to is declared.",
        types=("aws:iot/loggingOptions:LoggingOptions",),
        related=(LOG_GROUP,),
        judge=when(
            both(not_(is_("defaultLogLevel", wanted="DISABLED")), not_(is_("disableAllLogs", wanted=True))),
            iot_has_log_group,
        ),
        fix=f"add a cloudwatch.LogGroup with name {IOT_LOG_GROUP}",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/iot/latest/developerguide/cloud-watch-logs.html",
        level=Level.ADVISORY,
    ),
)
