"""The web ACL blocks attacks wherever they stand in a request, and says so in its log."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from omnitrack.contract import ErrorBody, error_codes
from omnitrack.domain.twin import Node

from components.firewall_rules import MANAGED_GROUPS
from tests.support.program import Deployed, deploy_program

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
NAMES = ("firewall", "firewall-sign-in")
ALL_NAMES = (*NAMES, "firewall-edge")
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


@pytest.mark.parametrize("name", ALL_NAMES)
def test_every_rule_has_a_priority_and_a_metric_of_its_own(staging: Deployed, name: str) -> None:
    rules = staging.only(WEB_ACL, name)["rules"]
    assert [rule["priority"] for rule in rules] == list(range(len(rules)))
    metrics = {rule["visibilityConfig"]["metricName"] for rule in rules}
    assert len(metrics) == len(rules)
    assert all(rule["visibilityConfig"]["cloudwatchMetricsEnabled"] is True for rule in rules)


def matches(statement: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, inspected part and transformations of every match within a statement."""
    for kind, options in statement.items():
        if "fieldToMatch" in options:
            (field,) = options["fieldToMatch"]
            yield kind, field, [each["type"] for each in options["textTransformations"]]
        for inner in options.get("statements", [options["statement"]] if "statement" in options else []):
            yield from matches(inner)


@pytest.mark.parametrize(
    ("name", "generation"), [("firewall", "1"), ("firewall", "2"), ("firewall-edge", "2")]
)
def test_the_rules_stay_within_the_capacity_that_costs_nothing_extra(name: str, generation: str) -> None:
    # https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html and the groups' pages
    managed = {
        "AWSManagedRulesAmazonIpReputationList": 25,
        "AWSManagedRulesCommonRuleSet": 700,
        "AWSManagedRulesKnownBadInputsRuleSet": 200,
        "AWSManagedRulesSQLiRuleSet": 200,
    }
    base = {"sqliMatchStatement": 20, "xssMatchStatement": 40, "byteMatchStatement": 2}
    deployed = deploy_program("staging", {"omnitrack:edgeSecretGeneration": generation})
    transformed: set[tuple[str, str]] = set()
    used = 0
    for rule in deployed.only(WEB_ACL, name)["rules"]:
        used += managed.get(rule["name"], 0) + (2 if "rateBasedStatement" in rule["statement"] else 0)
        for kind, field, transformations in matches(rule["statement"]):
            used += base[kind] + (10 if field == "allQueryArguments" else 0)
            transformed |= {(field, each) for each in transformations}
    assert 1_300 < used + 10 * len(transformed) <= FREE_CAPACITY


def test_the_largest_node_stays_below_what_the_common_rules_take_for_too_large_a_body() -> None:
    # https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    size_restrictions_body = 8_192
    largest = {
        "name": "\N{GRINNING FACE}" * 120,  # twelve bytes each, where a client writes ASCII only
        "type": "manufacturer",
        "status": "operational",
        "location": {"latitude": -1.2345678901234567e-300, "longitude": -1.2345678901234567e-300},
        "capacity": 123456789.01234567,
        "inventory": 1.2345678901234567e-300,
        "utilization": 1.2345678901234567e-300,
        "temperatureRange": {"minimum": -1.2345678901234567e-300, "maximum": 1.2345678901234567e-300},
        "energyKwhPerDay": 1.2345678901234567e-300,
        "energySource": "renewable",
    }
    body = json.dumps(largest, indent=8)
    Node.model_validate_json(body)
    assert {field.alias for field in Node.model_fields.values()} == set(largest)
    assert len(body) < size_restrictions_body / 2


@pytest.mark.parametrize(("edge", "api"), [("10", 100), ("2000000000", 2_000_000_000)])
def test_the_api_counts_ten_times_as_far_as_the_edge_and_never_further_than_aws(edge: str, api: int) -> None:
    rules = deploy_program("staging", {"omnitrack:edgeRateLimit": edge}).only(WEB_ACL, "firewall")["rules"]
    assert [
        rule["statement"]["rateBasedStatement"]["limit"]
        for rule in rules
        if "rateBasedStatement" in rule["statement"]
    ] == [api]


def edge_only(deployed: Deployed) -> dict[str, Any]:
    rule: dict[str, Any] = deployed.only(WEB_ACL, "firewall")["rules"][0]
    assert rule["name"] == "edge-only"
    return rule


def test_the_rest_api_answers_nobody_who_comes_past_the_edge(staging: Deployed) -> None:
    rule = edge_only(staging)
    assert rule["action"] == {"block": {}}
    match = rule["statement"]["notStatement"]["statement"]["byteMatchStatement"]
    assert match["fieldToMatch"] == {"singleHeader": {"name": "x-omnitrack-edge"}}
    assert match["positionalConstraint"] == "EXACTLY"
    assert match["textTransformations"] == [{"priority": 0, "type": "NONE"}]
    (origin, *_) = staging.only("aws:cloudfront/distribution:Distribution")["origins"]
    assert origin["customHeaders"] == [{"name": "x-omnitrack-edge", "value": match["searchString"]}]


def test_while_the_secret_changes_both_values_are_good() -> None:
    deployed = deploy_program("staging", {"omnitrack:edgeSecretGeneration": "2"})
    either = edge_only(deployed)["statement"]["notStatement"]["statement"]["orStatement"]["statements"]
    values = [each["byteMatchStatement"]["searchString"] for each in either]
    made = [
        deployed.only("aws:secretsmanager/secretVersion:SecretVersion", f"edge-secret-{generation}")
        for generation in (2, 1)
    ]
    assert values == [each["secretString"] for each in made]
    assert len(set(values)) == 2


def test_what_the_edge_shows_is_secret_in_the_state(staging: Deployed) -> None:
    assert "rules" in staging.one(WEB_ACL, "firewall").secrets
    assert "rules" not in staging.one(WEB_ACL, "firewall-edge").secrets


def test_the_edge_counts_requests_by_address_and_the_api_by_the_address_that_the_edge_names(
    staging: Deployed,
) -> None:
    counted = {
        name: statement["rateBasedStatement"]
        for name in ("firewall", "firewall-edge")
        for statement in (rule["statement"] for rule in staging.only(WEB_ACL, name)["rules"])
        if "rateBasedStatement" in statement
    }
    assert counted["firewall-edge"]["aggregateKeyType"] == "IP"
    assert counted["firewall"]["aggregateKeyType"] == "FORWARDED_IP"
    assert counted["firewall"]["forwardedIpConfig"] == {
        "headerName": "X-Forwarded-For",
        "fallbackBehavior": "NO_MATCH",
    }
    limits = {name: each["limit"] for name, each in counted.items()}
    assert limits == {"firewall-edge": 10_000, "firewall": 100_000}, "the first forwarded address is a claim"
    assert {each["evaluationWindowSec"] for each in counted.values()} == {300}


def test_the_edge_looks_for_attacks_in_all_but_the_body_and_the_token(staging: Deployed) -> None:
    edge = staging.only(WEB_ACL, "firewall-edge")
    assert (edge["scope"], edge["region"]) == ("CLOUDFRONT", "us-east-1")
    for name, kind in (
        ("sql-injection", "sqliMatchStatement"),
        ("cross-site-scripting", "xssMatchStatement"),
    ):
        rule = next(rule for rule in edge["rules"] if rule["name"] == name)
        assert {part for field in fields(rule, kind) for part in field} == {
            *("uriPath", "allQueryArguments", "headers")
        }
        headers = next(field["headers"][0] for field in fields(rule, kind) if "headers" in field)
        excluded = set(headers["matchPattern"]["excludedHeaders"])
        assert {"authorization", "sec-websocket-protocol", "x-omnitrack-edge"} <= excluded


def test_the_edge_answers_its_own_blocks_in_the_form_of_the_platform(staging: Deployed) -> None:
    edge = staging.only(WEB_ACL, "firewall-edge")
    bodies = {body["key"]: body for body in edge["customResponseBodies"]}
    answers = {}
    for rule in edge["rules"]:
        if rule["name"] in MANAGED_GROUPS:
            continue
        custom = rule["action"]["block"]["customResponse"]
        body = bodies[custom["customResponseBodyKey"]]
        assert body["contentType"] == "APPLICATION_JSON"
        error = ErrorBody.model_validate_json(body["content"]).error
        assert error_codes()[error.code][0] == custom["responseCode"]
        answers[rule["name"]] = (custom["responseCode"], error.code)
    assert answers == {
        "too-many-attempts": (429, "throttled"),
        "sql-injection": (403, "blocked"),
        "cross-site-scripting": (403, "blocked"),
    }


def test_blocked_requests_are_logged_without_the_token(staging: Deployed) -> None:
    logging = staging.only(LOGGING, "firewall")
    redacted = [field["singleHeader"]["name"] for field in logging["redactedFields"]]
    assert redacted == ["authorization", "x-omnitrack-edge"]
    group = staging.only("aws:cloudwatch/logGroup:LogGroup", "firewall")["name"]
    assert group == "aws-waf-logs-omnitrack-staging-api"


def test_only_log_delivery_writes_to_the_groups(staging: Deployed) -> None:
    token = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    for name, groups in (("firewall", NAMES), ("firewall-edge", ["firewall-edge"])):
        (delivery,) = staging.one(token, name).policy("policyDocument")
        assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        written = [resource.partition(":log-group:")[2] for resource in delivery["Resource"]]
        kept = [staging.only("aws:cloudwatch/logGroup:LogGroup", group)["name"] for group in groups]
        assert written == [f"{group}:log-stream:*" for group in kept]


def test_the_log_of_the_edge_holds_no_token_and_lies_where_cloudfront_is(staging: Deployed) -> None:
    redacted = staging.only(LOGGING, "firewall-edge")["redactedFields"]
    assert {field["singleHeader"]["name"] for field in redacted} == {
        *("authorization", "cookie", "sec-websocket-protocol", "x-omnitrack-edge")
    }
    for token in (
        LOGGING,
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    ):
        assert staging.only(token, "firewall-edge")["region"] == "us-east-1"


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
