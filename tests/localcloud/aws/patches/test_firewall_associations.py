"""Web ACLs, the stages that they protect, and the capacity that they need, on a running local cloud."""

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
QUERY: dict[str, Any] = {"FieldToMatch": {"QueryString": {}}}
PLAIN = [{"Priority": 0, "Type": "NONE"}]
DECODED = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]
XSS = {"XssMatchStatement": {**QUERY, "TextTransformations": PLAIN}}
SQL = {"SqliMatchStatement": {**QUERY, "TextTransformations": DECODED}}
WORD = {"SearchString": b"x", **QUERY, "TextTransformations": PLAIN}
MANAGED = {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}
RATE = {"Limit": 100, "AggregateKeyType": "IP", "ScopeDownStatement": XSS}
NEEDED = [
    (XSS, 40),
    (SQL, 40),
    ({"ByteMatchStatement": {**WORD, "PositionalConstraint": "EXACTLY"}}, 2),
    ({"ByteMatchStatement": {**WORD, "PositionalConstraint": "CONTAINS"}}, 10),
    ({"ManagedRuleGroupStatement": MANAGED}, 700),
    ({"RateBasedStatement": RATE}, 42),
    ({"NotStatement": {"Statement": {"AndStatement": {"Statements": [XSS, SQL]}}}}, 80),
]


def rules(*statements: Any) -> list[dict[str, Any]]:
    return [
        {
            "Name": f"rule-{place}",
            "Priority": place,
            "Statement": statement,
            "VisibilityConfig": SEEN,
            **(
                {"OverrideAction": {"None": {}}}
                if "ManagedRuleGroupStatement" in statement
                else {"Action": {"Block": {}}}
            ),
        }
        for place, statement in enumerate(statements)
    ]


def a_web_acl(bench: Any, *statements: Any) -> dict[str, Any]:
    """What identifies a new web ACL to a call that changes it, and its ARN."""
    name = f"acl-{uuid.uuid4().hex[:8]}"
    made = bench.client("wafv2").create_web_acl(
        Name=name,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=SEEN,
        Rules=rules(*statements),
    )["Summary"]
    key = {"Name": name, "Scope": "REGIONAL", "Id": made["Id"], "LockToken": made["LockToken"]}
    return {"key": key, "arn": made["ARN"]}


def a_stage(bench: Any) -> tuple[str, str]:
    """A new API with a stage `test`: the API's id and the stage's ARN."""
    api = bench.api(bench.function("def handler(event, context): return {'statusCode': 200}"))
    return api, f"arn:aws:apigateway:{bench.cloud.region}::/restapis/{api}/stages/test"


def test_a_web_acl_that_protects_a_stage_is_not_deleted(workbench: Any) -> None:
    waf, gateway = workbench.client("wafv2"), workbench.client("apigateway")
    acl = a_web_acl(workbench)
    api, stage = a_stage(workbench)
    waf.associate_web_acl(WebACLArn=acl["arn"], ResourceArn=stage)
    assert gateway.get_stage(restApiId=api, stageName="test")["webAclArn"] == acl["arn"]
    with pytest.raises(waf.exceptions.WAFAssociatedItemException):
        waf.delete_web_acl(**acl["key"])
    waf.disassociate_web_acl(ResourceArn=stage)
    assert "webAclArn" not in gateway.get_stage(restApiId=api, stageName="test")
    waf.delete_web_acl(**acl["key"])


@pytest.mark.parametrize("whole", [True, False], ids=["api", "stage"])
def test_a_deleted_stage_leaves_no_association_behind(workbench: Any, *, whole: bool) -> None:
    waf, gateway = workbench.client("wafv2"), workbench.client("apigateway")
    acl = a_web_acl(workbench)
    api, stage = a_stage(workbench)
    waf.associate_web_acl(WebACLArn=acl["arn"], ResourceArn=stage)
    if whole:
        gateway.delete_rest_api(restApiId=api)
    else:
        gateway.delete_stage(restApiId=api, stageName="test")
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.get_web_acl_for_resource(ResourceArn=stage)
    waf.delete_web_acl(**acl["key"])


def test_a_stage_that_is_not_there_is_not_protected(workbench: Any) -> None:
    waf = workbench.client("wafv2")
    acl = a_web_acl(workbench)
    _, stage = a_stage(workbench)
    for missing in (f"{stage}s", stage.replace("restapis/", "restapis/x")):
        with pytest.raises(waf.exceptions.WAFNonexistentItemException):
            waf.associate_web_acl(WebACLArn=acl["arn"], ResourceArn=missing)
    assert waf.list_resources_for_web_acl(WebACLArn=acl["arn"])["ResourceArns"] == []


@pytest.mark.parametrize(("statement", "needed"), NEEDED)
def test_the_capacity_of_a_web_acl_is_what_its_rules_need(
    workbench: Any, statement: Any, needed: int
) -> None:
    waf = workbench.client("wafv2")
    assert waf.check_capacity(Scope="REGIONAL", Rules=rules(statement))["Capacity"] == needed
    acl = a_web_acl(workbench, statement)["key"]
    assert waf.get_web_acl(**_without_token(acl))["WebACL"]["Capacity"] == needed
    waf.update_web_acl(**acl, DefaultAction={"Allow": {}}, VisibilityConfig=SEEN, Rules=[])
    assert waf.get_web_acl(**_without_token(acl))["WebACL"]["Capacity"] == 0


def _without_token(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "LockToken"}


def test_a_rule_group_needs_the_capacity_that_it_was_made_with(workbench: Any) -> None:
    waf = workbench.client("wafv2")
    group = waf.create_rule_group(
        Name="own", Scope="REGIONAL", Capacity=123, Rules=[], VisibilityConfig=SEEN
    )["Summary"]["ARN"]
    acl = a_web_acl(workbench, {"RuleGroupReferenceStatement": {"ARN": group}})["key"]
    assert waf.get_web_acl(**_without_token(acl))["WebACL"]["Capacity"] == 123
