"""Firewall: a web ACL stands before what the internet reaches, it blocks, and it keeps a log.

API Gateway v2 stages (WebSocket, HTTP) are not judged: a web ACL cannot be attached to them.
"""

import json
import re

from policy.graph import ABSENT, UNKNOWN, Link, Resource, blocks, every_link, is_set, read
from policy.predicates import at_least_one
from policy.rule import Context, Rule, Severity, Verdict

STAGE = "aws:apigateway/stage:Stage"
REST_API = "aws:apigateway/restApi:RestApi"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
ACL_RULE_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
LOG_DESTINATIONS = {
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "name",
}
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
        _is_private(api)
        for api in graph.of(REST_API)
        if graph.links(stage, "restApi", api, names=("id",)) is True
    ]
    answers = [_protects(association, stage, context) for association in graph.of(ASSOCIATION)]
    return at_least_one(private + answers, "has no web ACL")


def _is_private(api: Resource) -> Link:
    types = api.read("endpointConfiguration.types")
    if types is UNKNOWN:
        return UNKNOWN
    return types in ("PRIVATE", ["PRIVATE"])


def _protects(association: Resource, stage: Resource, context: Context) -> Link:
    graph = context.graph
    if not is_set(association.read("webAclArn")):
        return False
    for acl in graph.of(WEB_ACL):
        if (
            acl.read("scope") == "CLOUDFRONT"
            and graph.links(association, "webAclArn", acl, names=("arn",)) is True
        ):
            return False  # AWS refuses it: a stage is regional
    arn = association.read("resourceArn")
    if not isinstance(arn, str) or isinstance(stage.identity("arn"), str):
        return graph.links(association, "resourceArn", stage, names=("arn",))
    parts = _STAGE_ARN.fullmatch(arn)
    if parts is None:
        return False
    known = {part: stage.identity(name) for part, name in (("api", "restApi"), ("stage", "stageName"))}
    if any(isinstance(value, str) and value != parts[part] for part, value in known.items()):
        return False
    return True if all(isinstance(value, str) for value in known.values()) else UNKNOWN


def web_acl_blocks(acl: Resource, context: Context) -> Verdict:
    """The web ACL blocks something, wherever its rules are written; one that only counts protects nothing."""
    graph = context.graph
    default = acl.read("defaultAction")
    answers: list[Link] = [UNKNOWN if default is UNKNOWN else read(default, "block") is not ABSENT]

    rules = blocks(acl.properties, "rules")
    answers += [UNKNOWN] if rules is UNKNOWN else [_rule_blocks(rule) for rule in rules]
    answers += _json_rules(acl.read("ruleJson"))
    for rule in graph.of(ACL_RULE):
        answers.append(
            every_link(graph.links(rule, "webAclArn", acl, names=("arn",)), _rule_blocks(rule.properties))
        )
    for group in graph.of(ACL_RULE_GROUP):
        override = group.read("overrideAction")
        acts: Link = UNKNOWN if override is UNKNOWN else override != "count"
        answers.append(every_link(graph.links(group, "webAclArn", acl, names=("arn",)), acts))
    return at_least_one(answers, "blocks nothing, it only counts or allows")


def _rule_blocks(rule: object) -> Link:
    chosen, group = read(rule, "action"), read(rule, "overrideAction")
    if any(read(chosen, kind) is not ABSENT for kind in _BLOCKING if chosen is not UNKNOWN):
        return True
    if group is not UNKNOWN and read(group, "none") is not ABSENT:
        return True
    return UNKNOWN if UNKNOWN in (chosen, group) else False


def _json_rules(document: object) -> list[Link]:
    if document is UNKNOWN:
        return [UNKNOWN]
    if not isinstance(document, str):
        return []
    try:
        rules = json.loads(document, object_hook=_lower_names)
    except ValueError:
        return []  # the service refuses it; it protects nothing
    return [_rule_blocks(rule) for rule in rules] if isinstance(rules, list) else []


def _lower_names(entry: dict[str, object]) -> dict[str, object]:
    return {name[:1].lower() + name[1:]: value for name, value in entry.items()}


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
    destinations = blocks(logging.properties, "logDestinationConfigs")
    known = () if destinations is UNKNOWN else [one for one in destinations if one is not UNKNOWN]
    names: list[object] = [
        match["name"] if isinstance(arn, str) and (match := _DESTINATION_NAME.fullmatch(arn)) else ""
        for arn in known
    ]
    if destinations is UNKNOWN or len(known) < len(destinations):
        sources = context.graph.sources(logging, "logDestinationConfigs")
        named = [
            source.identity(LOG_DESTINATIONS[source.type])
            for source in sources
            if source.type in LOG_DESTINATIONS
        ]
        names += named or [UNKNOWN]
    if any(isinstance(name, str) and not name.startswith(LOG_PREFIX) for name in names):
        return "logs to a destination that AWS WAF refuses for its name"
    return None if all(isinstance(name, str) for name in names) else UNKNOWN


def distribution_has_web_acl(distribution: Resource, context: Context) -> Verdict:
    """A distribution names a web ACL, and one of scope CLOUDFRONT where it is in this stack."""
    if not is_set(distribution.read("webAclId")):
        return "has no web ACL"
    graph = context.graph
    for acl in graph.of(WEB_ACL):
        if (
            acl.read("scope") == "REGIONAL"
            and graph.links(distribution, "webAclId", acl, names=("arn",)) is True
        ):
            return "has a web ACL of the wrong scope"
    return None


RULES = (
    Rule(
        id="apigw-stage-waf",
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
        types=(ACL_LOGGING,),
        related=tuple(LOG_DESTINATIONS),
        judge=log_destination_name,
        fix=f"name the log group, bucket or stream of log_destination_configs {LOG_PREFIX}...",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
    ),
    Rule(
        id="cloudfront-waf",
        types=(DISTRIBUTION,),
        related=(WEB_ACL,),
        judge=distribution_has_web_acl,
        fix="set web_acl_id to the ARN of a web ACL of scope CLOUDFRONT",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html",
        frameworks=("FSBP CloudFront.6", "CKV_AWS_68", "AwsSolutions-CFR2", "AWS-0011"),
    ),
)
