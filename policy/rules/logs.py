"""Logs: they are kept as long as the stage demands, also those that AWS would start by itself."""

from policy.graph import ABSENT, UNKNOWN, Link, Resource
from policy.predicates import at_least_one, is_, not_, when
from policy.rule import Context, Rule, Severity, Verdict

FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


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
        links = [(group, _is_named(group, wanted, function)) for group in context.graph.of(LOG_GROUP)]
    if any(link is True and _passes_on(group) is True for group, link in links):
        return "writes to a log group that only passes logs on and keeps none"
    return at_least_one([link for _, link in links], "writes to a log group that is not declared")


_passes_on = is_("logGroupClass", wanted="DELIVERY")


def _is_named(group: Resource, wanted: object, function: Resource) -> Link:
    name = group.identity("name")
    if name is UNKNOWN:
        sources = group.dependencies.get("name", ())
        if function.urn in sources:
            return True
        if sources and wanted is not UNKNOWN:
            return False  # named after something else, as an API's execution log is
    if UNKNOWN in (name, wanted):
        return UNKNOWN
    return name is not ABSENT and name == wanted


RULES = (
    Rule(
        id="log-group-retention",
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
        types=(FUNCTION,),
        related=(LOG_GROUP,),
        judge=function_has_log_group,
        fix="add a cloudwatch.LogGroup and name it in logging_config, or call it /aws/lambda/<function name>",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
    ),
)
