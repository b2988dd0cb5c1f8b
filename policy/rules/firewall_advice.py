"""Firewall, what is advised: known attacks, metrics, sign-in and the web application."""

import re

from policy.graph import UNKNOWN, Link, Resource, blocks, every_link, is_set, read
from policy.predicates import any_link, at_least_one, fault_unless, is_on, is_one_of, negated
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.web_acls import (
    ACL_RULE,
    ACL_RULE_GROUP,
    ASSOCIATION,
    NO_ACL,
    PROTECTABLE,
    WEB_ACL,
    Scope,
    inner_rules,
    outer_rules,
    protections,
)

USER_POOL = "aws:cognito/userPool:UserPool"
AMPLIFY_APP = "aws:amplify/app:App"
KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
LOG4J = "Log4JRCE"  # what the group's rules against Log4j begin with

_PROTECTED: dict[str, tuple[Scope, re.Pattern[str]]] = {
    USER_POOL: ("REGIONAL", re.compile(r"arn:[^:]+:cognito-idp:[^:]+:\d{12}:userpool/.+")),
    AMPLIFY_APP: ("CLOUDFRONT", re.compile(r"arn:[^:]+:amplify:[^:]+:\d{12}:apps/.+")),
}
_METRICS = ("cloudwatchMetricsEnabled", "cloudWatchMetricsEnabled")  # the second is the JSON's spelling


def stops_known_bad_inputs(acl: Resource, context: Context) -> Verdict:
    """AWS's group against known bad inputs acts in the web ACL, and keeps the inputs of Log4j out."""
    answers = [
        every_link(
            _is_the_group(read(rule, "statement.managedRuleGroupStatement")),
            _not_counting(read(rule, "overrideAction")),
        )
        for rule in inner_rules(acl)
    ]
    for rule, link in outer_rules(acl, context.graph):
        place = "statement.managedRuleGroupStatement" if rule.type == ACL_RULE else "managedRuleGroup"
        acts = _not_counting(rule.read("overrideAction"))
        answers.append(every_link(link, _is_the_group(rule.read(place)), acts))
    return at_least_one(answers, "lets inputs through that are known to be bad")


def _is_the_group(group: object) -> Link:
    named = [is_one_of(read(group, "name"), KNOWN_BAD_INPUTS), is_one_of(read(group, "vendorName"), "AWS")]
    return every_link(*named, _keeps_log4j_out(group))


def _keeps_log4j_out(group: object) -> Link:
    overrides, excluded = blocks(group, "ruleActionOverrides"), blocks(group, "excludedRules")
    if overrides is UNKNOWN or excluded is UNKNOWN:
        return UNKNOWN
    turned_down = [
        every_link(_is_log4j(override), _lets_through(read(override, "actionToUse")))
        for override in overrides
    ]
    turned_down += [_is_log4j(rule) for rule in excluded]
    return negated(any_link(turned_down))


def _is_log4j(rule: object) -> Link:
    name = read(rule, "name")
    return UNKNOWN if name is UNKNOWN else isinstance(name, str) and name.startswith(LOG4J)


def _lets_through(action: object) -> Link:
    if action is UNKNOWN:
        return UNKNOWN
    return any(is_set(read(action, kind)) for kind in ("count", "allow"))


def _not_counting(override: object) -> Link:
    if override is UNKNOWN:
        return UNKNOWN
    return override != "count" and not is_set(read(override, "count"))


def has_metrics(subject: Resource, _context: Context) -> Verdict:
    """A web ACL and each rule of it tell CloudWatch what they match."""
    if subject.type == ACL_RULE_GROUP and not is_set(subject.read("visibilityConfig")):
        return None  # the provider switches the metrics on
    answers = [_measured(subject.properties)]
    if subject.type == WEB_ACL:
        answers += [_measured(rule) for rule in inner_rules(subject)]
    return fault_unless(every_link(*answers), "has no metrics for all it matches")


def _measured(rule: object) -> Link:
    config = read(rule, "visibilityConfig")
    return any_link(is_on(read(config, name)) for name in _METRICS)


def has_web_acl(subject: Resource, context: Context) -> Verdict:
    """A web ACL of the scope that AWS wants is associated with the resource by its ARN."""
    scope, form = _PROTECTED[subject.type]

    def points(association: Resource) -> Link:
        arn = association.read("resourceArn")
        own = isinstance(subject.identity("arn"), str)
        if isinstance(arn, str) and not own and not form.fullmatch(arn):
            return False
        return context.graph.links(association, "resourceArn", subject, names=("arn",), instead=PROTECTABLE)

    return at_least_one(protections(context.graph, scope, points), NO_ACL)


RULES = (
    Rule(
        id="waf-known-bad-inputs",
        title="A web ACL stops inputs that are known to be bad.",
        types=(WEB_ACL,),
        related=(ACL_RULE, ACL_RULE_GROUP),
        judge=stops_known_bad_inputs,
        fix=f"add the managed group {KNOWN_BAD_INPUTS} of AWS with override_action none",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html",
        frameworks=("CKV_AWS_192", "CKV2_AWS_47", "CKV2_AWS_77"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="waf-metrics-enabled",
        title="A web ACL and its rules send metrics to CloudWatch.",
        types=(WEB_ACL, ACL_RULE, ACL_RULE_GROUP),
        judge=has_metrics,
        fix="set cloudwatch_metrics_enabled to True in visibility_config, of the web ACL and of each rule",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/waf/latest/developerguide/monitoring-cloudwatch.html",
        frameworks=("FSBP WAF.12",),
        level=Level.ADVISORY,
    ),
    Rule(
        id="cognito-waf",
        title="A web ACL of the region stands before a user pool.",
        types=(USER_POOL,),
        related=(WEB_ACL, ASSOCIATION),
        judge=has_web_acl,
        fix="add a wafv2.WebAclAssociation with resource_arn=pool.arn and a web_acl_arn of scope REGIONAL",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html",
        frameworks=("cognito_user_pool_waf_acl_attached",),
        level=Level.ADVISORY,
    ),
    Rule(
        id="amplify-waf",
        title="A web ACL of scope CLOUDFRONT stands before an Amplify app.",
        types=(AMPLIFY_APP,),
        related=(WEB_ACL, ASSOCIATION),
        judge=has_web_acl,
        fix="add a wafv2.WebAclAssociation with resource_arn=app.arn and a web_acl_arn of scope CLOUDFRONT",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/amplify/latest/userguide/amplify-waf-configuration.html",
        level=Level.ADVISORY,
    ),
)
