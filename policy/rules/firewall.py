"""Firewall: a web ACL stands before what the internet reaches, it blocks, and it logs.

API Gateway v2 stages (WebSocket, HTTP) are not judged: a web ACL cannot be attached to them.
"""

import re
from collections.abc import Iterable

from policy.graph import UNKNOWN, Graph, Link, Resource, every_link, is_set, read
from policy.predicates import at_least_one, entries
from policy.rule import Context, Rule, Severity, Verdict
from policy.rules import firewall_advice
from policy.rules.web_acls import (
    ACL_RULE,
    ACL_RULE_GROUP,
    ASSOCIATION,
    NO_ACL,
    PROTECTABLE,
    WEB_ACL,
    acl_fault,
    inner_rules,
    outer_rules,
    protections,
)

STAGE = "aws:apigateway/stage:Stage"
REST_API = "aws:apigateway/restApi:RestApi"
ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
LOG_DESTINATIONS = {
    "aws:cloudwatch/logGroup:LogGroup": ("name", "namePrefix"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix"),
    "aws:s3/bucketV2:BucketV2": ("bucket", "bucketPrefix"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("name",),
}
"""Where each type says what it is called, or with what its name begins."""
LOG_PREFIX = "aws-waf-logs-"  # AWS WAF accepts no other destination

_STAGE_ARN = re.compile(r"arn:[^:]+:apigateway:[^:]+::/restapis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)")
_DESTINATION_NAME = re.compile(
    r"arn:[^:]+:(?:logs:[^:]*:[^:]*:log-group:|s3:::|firehose:[^:]*:[^:]*:deliverystream/)(?P<name>[^:]+)(?::\*)?"
)
_BLOCKING = ("block", "captcha", "challenge")


def stage_has_web_acl(stage: Resource, context: Context) -> Verdict:
    """A web ACL of this region is associated with the stage; a private API needs none."""
    graph = context.graph
    private = [
        every_link(graph.links(stage, "restApi", api, names=("id",)), _is_private(api))
        for api in graph.of(REST_API)
    ]
    answers = protections(graph, "REGIONAL", lambda association: _points_at(association, stage, graph))
    return at_least_one(private + answers, NO_ACL)


def _is_private(api: Resource) -> Link:
    types = api.read("endpointConfiguration.types")
    if types is UNKNOWN:
        return UNKNOWN
    return types in ("PRIVATE", ["PRIVATE"])


def _points_at(association: Resource, stage: Resource, graph: Graph) -> Link:
    arn = association.read("resourceArn")
    if not isinstance(arn, str) or isinstance(stage.identity("arn"), str):
        return graph.links(association, "resourceArn", stage, names=("arn",), instead=PROTECTABLE)
    parts = _STAGE_ARN.fullmatch(arn)
    if parts is None:
        return False
    known = {part: stage.identity(name) for part, name in (("api", "restApi"), ("stage", "stageName"))}
    if any(isinstance(value, str) and value != parts[part] for part, value in known.items()):
        return False
    return True if all(isinstance(value, str) for value in known.values()) else UNKNOWN


def web_acl_blocks(acl: Resource, context: Context) -> Verdict:
    """The web ACL blocks something, wherever its rules are written; one that only counts protects nothing."""
    default = acl.read("defaultAction")
    answers: list[Link] = [UNKNOWN if default is UNKNOWN else is_set(read(default, "block"))]
    answers += [_rule_blocks(rule) for rule in inner_rules(acl)]
    answers += [every_link(link, _acts(rule)) for rule, link in outer_rules(acl, context.graph)]
    return at_least_one(answers, "blocks nothing, it only counts or allows")


def _acts(rule: Resource) -> Link:
    if rule.type == ACL_RULE:
        return _rule_blocks(rule.properties)
    override = rule.read("overrideAction")
    return UNKNOWN if override is UNKNOWN else override != "count"


def _rule_blocks(rule: object) -> Link:
    chosen, group = read(rule, "action"), read(rule, "overrideAction")
    if any(is_set(read(chosen, kind)) for kind in _BLOCKING if chosen is not UNKNOWN):
        return True
    if group is not UNKNOWN and is_set(read(group, "none")):
        return True
    return UNKNOWN if UNKNOWN in (chosen, group) else False


def web_acl_logs(acl: Resource, context: Context) -> Verdict:
    """A logging configuration with a destination belongs to the web ACL."""
    graph = context.graph
    answers = [
        graph.links(logging, "resourceArn", acl, names=("arn",))
        for logging in graph.of(ACL_LOGGING)
        if is_set(logging.read("logDestinationConfigs"))
    ]
    return at_least_one(answers, "keeps no log")


def log_destination_name(logging: Resource, context: Context) -> Verdict:
    """The destination is named as AWS WAF demands, known by its ARN or by the resource it comes from."""
    destinations = entries(logging.properties, "logDestinationConfigs")
    names = _names_in(destinations)
    if UNKNOWN in destinations:
        sources = context.graph.sources(logging, "logDestinationConfigs")
        named = [_name_of(source) for source in sources if source.type in LOG_DESTINATIONS]
        # Of several it is not told which one is meant.
        alike = len({_refused([name]) for name in named}) == 1
        names += named if alike or destinations.count(UNKNOWN) > 1 else [UNKNOWN]
    return _refused(names) or (None if all(isinstance(name, str) for name in names) else UNKNOWN)


def known_destination_name(logging: Resource, _context: Context) -> Verdict:
    """What the destinations that are known already tell."""
    return _refused(_names_in(entries(logging.properties, "logDestinationConfigs")))


def _name_of(destination: Resource) -> object:
    """The name of a destination, or the beginning of it."""
    found = [destination.identity(name) for name in LOG_DESTINATIONS[destination.type]]
    return next((name for name in found if isinstance(name, str) and name), UNKNOWN)


def _names_in(destinations: Iterable[object]) -> list[object]:
    return [
        match["name"] if isinstance(arn, str) and (match := _DESTINATION_NAME.fullmatch(arn)) else ""
        for arn in destinations
        if arn is not UNKNOWN
    ]


def _refused(names: Iterable[object]) -> str | None:
    refused = any(isinstance(name, str) and not name.startswith(LOG_PREFIX) for name in names)
    return "logs to a destination that AWS WAF refuses for its name" if refused else None


def distribution_has_web_acl(distribution: Resource, context: Context) -> Verdict:
    """A distribution names a web ACL, and one of scope CLOUDFRONT."""
    return acl_fault(distribution, "webAclId", "CLOUDFRONT", context.graph)


RULES = (
    Rule(
        id="apigw-stage-waf",
        title="A web ACL of the region stands before every public REST stage.",
        types=(STAGE,),
        related=(REST_API, WEB_ACL, ASSOCIATION),
        judge=stage_has_web_acl,
        fix="add a wafv2.WebAclAssociation with resource_arn=stage.arn and a web_acl_arn of scope REGIONAL",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
        frameworks=(
            "FSBP APIGateway.4",
            "CKV2_AWS_29",
            "AwsSolutions-APIG3",
            "apigateway_restapi_waf_acl_attached",
        ),
    ),
    Rule(
        id="waf-acl-blocks",
        title="A web ACL blocks something.",
        types=(WEB_ACL,),
        related=(ACL_RULE, ACL_RULE_GROUP),
        judge=web_acl_blocks,
        fix="give it a rule with action block, a group with override_action none, or default_action block",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html",
        frameworks=("FSBP WAF.10", "CKV_AWS_175", "CKV_AWS_342", "wafv2_webacl_with_rules"),
    ),
    Rule(
        id="waf-acl-logging",
        title="A web ACL keeps a log.",
        types=(WEB_ACL,),
        related=(ACL_LOGGING,),
        judge=web_acl_logs,
        fix="add a wafv2.WebAclLoggingConfiguration of resource_arn=web_acl.arn with log_destination_configs",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging.html",
        frameworks=("FSBP WAF.11", "CKV2_AWS_31", "WAFv2LoggingEnabled"),
    ),
    Rule(
        id="waf-log-destination-name",
        title="The log of a web ACL goes where AWS WAF accepts it.",
        types=(ACL_LOGGING,),
        related=tuple(LOG_DESTINATIONS),
        judge=log_destination_name,
        alone=known_destination_name,
        fix=f"name the log group, bucket or stream of log_destination_configs {LOG_PREFIX}...",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
    ),
    Rule(
        id="cloudfront-waf",
        title="A web ACL of scope CLOUDFRONT stands before every distribution.",
        types=(DISTRIBUTION,),
        related=(WEB_ACL,),
        judge=distribution_has_web_acl,
        alone=distribution_has_web_acl,
        fix="set web_acl_id to the ARN of a web ACL of scope CLOUDFRONT",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html",
        frameworks=("FSBP CloudFront.6", "CKV_AWS_68", "AwsSolutions-CFR2", "AWS-0011"),
    ),
    *firewall_advice.RULES,
)
