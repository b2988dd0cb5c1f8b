"""The web ACL blocks attacks wherever they stand in a request, and says so in its log."""

from typing import Any

import pytest

from components.firewall import ATTACKS, MANAGED_GROUPS
from tests.support.program import Deployed

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
NAMES = ("firewall", "firewall-sign-in")
FREE_CAPACITY = 1500


def fields(rule: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    statements = rule["statement"]["orStatement"]["statements"]
    return [statement[kind]["fieldToMatch"] for statement in statements]


@pytest.mark.parametrize(
    ("name", "kind"), [("sql-injection", "sqliMatchStatement"), ("cross-site-scripting", "xssMatchStatement")]
)
def test_own_rules_block_attacks_in_every_part_of_a_request(staging: Deployed, name: str, kind: str) -> None:
    rule = next(rule for rule in staging.only(WEB_ACL, "firewall")["rules"] if rule["name"] == name)
    assert rule["action"] == {"block": {}}
    looked_at = {part for field in fields(rule, kind) for part in field}
    assert looked_at == {"uriPath", "allQueryArguments", "body", "headers"}
    for statement in rule["statement"]["orStatement"]["statements"]:
        kinds = [each["type"] for each in statement[kind]["textTransformations"]]
        assert kinds == ["URL_DECODE", "HTML_ENTITY_DECODE"]


def test_the_token_is_not_mistaken_for_an_attack(staging: Deployed) -> None:
    rule = next(
        rule for rule in staging.only(WEB_ACL, "firewall")["rules"] if rule["name"] == "sql-injection"
    )
    headers = next(f["headers"] for f in fields(rule, "sqliMatchStatement") if "headers" in f)
    assert "authorization" in headers[0]["matchPattern"]["excludedHeaders"]


def test_managed_groups_keep_their_own_actions(staging: Deployed) -> None:
    managed = [rule for rule in staging.only(WEB_ACL, "firewall")["rules"] if rule["name"] in MANAGED_GROUPS]
    assert len(managed) == len(MANAGED_GROUPS)
    assert all(rule["overrideAction"] == {"none": {}} and "action" not in rule for rule in managed)


def test_every_rule_has_a_priority_and_a_metric_of_its_own(staging: Deployed) -> None:
    rules = staging.only(WEB_ACL, "firewall")["rules"]
    assert len({rule["priority"] for rule in rules}) == len(rules) == len(MANAGED_GROUPS) + len(ATTACKS)
    metrics = {rule["visibilityConfig"]["metricName"] for rule in rules}
    assert len(metrics) == len(rules)
    assert all(rule["visibilityConfig"]["cloudwatchMetricsEnabled"] is True for rule in rules)


def test_the_rules_stay_within_the_capacity_that_costs_nothing_extra(staging: Deployed) -> None:
    # https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html and the groups' pages
    managed = {
        "AWSManagedRulesAmazonIpReputationList": 25,
        "AWSManagedRulesCommonRuleSet": 700,
        "AWSManagedRulesKnownBadInputsRuleSet": 200,
        "AWSManagedRulesSQLiRuleSet": 200,
    }
    base = {"sqliMatchStatement": 20, "xssMatchStatement": 40}
    transformed: set[tuple[str, str]] = set()
    used = 0
    for rule in staging.only(WEB_ACL, "firewall")["rules"]:
        if rule["name"] in managed:
            used += managed[rule["name"]]
            continue
        for statement in rule["statement"]["orStatement"]["statements"]:
            ((kind, options),) = statement.items()
            (field,) = options["fieldToMatch"]
            used += base[kind] + (10 if field == "allQueryArguments" else 0)
            transformed |= {(field, each["type"]) for each in options["textTransformations"]}
    assert used + 10 * len(transformed) <= FREE_CAPACITY


def test_blocked_requests_are_logged_without_the_token(staging: Deployed) -> None:
    logging = staging.only(LOGGING, "firewall")
    assert logging["redactedFields"] == [{"singleHeader": {"name": "authorization"}}]
    group = staging.only("aws:cloudwatch/logGroup:LogGroup", "firewall")["name"]
    assert group == "aws-waf-logs-omnitrack-staging-api"


def test_only_log_delivery_writes_to_the_groups(staging: Deployed) -> None:
    groups = [staging.only("aws:cloudwatch/logGroup:LogGroup", name)["name"] for name in NAMES]
    (delivery,) = staging.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").policy("policyDocument")
    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    written = [resource.partition(":log-group:")[2] for resource in delivery["Resource"]]
    assert written == [f"{group}:log-stream:*" for group in groups]


def test_sign_in_blocks_an_address_that_tries_too_often(staging: Deployed) -> None:
    rules = staging.only(WEB_ACL, "firewall-sign-in")["rules"]
    (rule,) = [rule for rule in rules if "rateBasedStatement" in rule["statement"]]
    assert rule["action"] == {"block": {}}
    statement = rule["statement"]["rateBasedStatement"]
    assert statement["aggregateKeyType"] == "IP"
    assert 10 <= statement["limit"] <= 1000
    assert statement["evaluationWindowSec"] in {60, 120, 300, 600}  # the windows of AWS WAF


def test_sign_in_searches_no_session_for_attacks_and_lets_addresses_return_to_localhost(
    staging: Deployed,
) -> None:
    rules = staging.only(WEB_ACL, "firewall-sign-in")["rules"]
    groups = [
        rule["statement"]["managedRuleGroupStatement"]["name"] for rule in rules if "overrideAction" in rule
    ]
    assert groups == ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"]
    assert {key for rule in rules for key in rule["statement"]} == {
        "rateBasedStatement",
        "managedRuleGroupStatement",
    }


def test_the_log_of_sign_in_holds_no_session(staging: Deployed) -> None:
    redacted = staging.only(LOGGING, "firewall-sign-in")["redactedFields"]
    assert {field["singleHeader"]["name"] for field in redacted} == {"authorization", "cookie"}


def test_stage_and_user_pool_each_have_their_web_acl(staging: Deployed) -> None:
    token = "aws:wafv2/webAclAssociation:WebAclAssociation"
    pairs = {
        name: tuple(staging.only(token, name)[key].rpartition(":")[2] for key in ("resourceArn", "webAclArn"))
        for name in NAMES
    }
    assert pairs == {
        "firewall": ("Stage/api", "WebAcl/omnitrack-staging-api"),
        "firewall-sign-in": ("UserPool/omnitrack-staging-users", "WebAcl/omnitrack-staging-sign-in"),
    }
