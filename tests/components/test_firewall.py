"""The web ACL blocks attacks wherever they stand in a request, and says so in its log."""

from typing import Any

import pytest

from components.firewall import ATTACKS, MANAGED_GROUPS
from tests.support.program import Deployed

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
FREE_CAPACITY = 1500


def fields(rule: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    statements = rule["statement"]["orStatement"]["statements"]
    return [statement[kind]["fieldToMatch"] for statement in statements]


@pytest.mark.parametrize(
    ("name", "kind"), [("sql-injection", "sqliMatchStatement"), ("cross-site-scripting", "xssMatchStatement")]
)
def test_own_rules_block_attacks_in_every_part_of_a_request(staging: Deployed, name: str, kind: str) -> None:
    rule = next(rule for rule in staging.only(WEB_ACL)["rules"] if rule["name"] == name)
    assert rule["action"] == {"block": {}}
    looked_at = {part for field in fields(rule, kind) for part in field}
    assert looked_at == {"uriPath", "allQueryArguments", "body", "headers"}
    for statement in rule["statement"]["orStatement"]["statements"]:
        kinds = [each["type"] for each in statement[kind]["textTransformations"]]
        assert kinds == ["URL_DECODE", "HTML_ENTITY_DECODE"]


def test_the_token_is_not_mistaken_for_an_attack(staging: Deployed) -> None:
    rule = next(rule for rule in staging.only(WEB_ACL)["rules"] if rule["name"] == "sql-injection")
    headers = next(f["headers"] for f in fields(rule, "sqliMatchStatement") if "headers" in f)
    assert "authorization" in headers[0]["matchPattern"]["excludedHeaders"]


def test_managed_groups_keep_their_own_actions(staging: Deployed) -> None:
    managed = [rule for rule in staging.only(WEB_ACL)["rules"] if rule["name"] in MANAGED_GROUPS]
    assert len(managed) == len(MANAGED_GROUPS)
    assert all(rule["overrideAction"] == {"none": {}} and "action" not in rule for rule in managed)


def test_every_rule_has_a_priority_and_a_metric_of_its_own(staging: Deployed) -> None:
    rules = staging.only(WEB_ACL)["rules"]
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
    for rule in staging.only(WEB_ACL)["rules"]:
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
    logging = staging.only("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    assert logging["redactedFields"] == [{"singleHeader": {"name": "authorization"}}]
    group = staging.only("aws:cloudwatch/logGroup:LogGroup", "firewall")["name"]
    assert group == "aws-waf-logs-omnitrack-staging-api"
    delivery = staging.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").policy("policyDocument")[0]
    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert delivery["Resource"].endswith(f":log-group:{group}:log-stream:*")
