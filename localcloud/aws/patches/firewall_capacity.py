"""Computes the capacity that rules need, where MiniStack says 1 of any rules and 0 of every web ACL.

What WAF saves when several rules transform the same part of a request is not subtracted.
https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html
BASE: Mapping[str, int] = {
    "ByteMatchStatement": 2,
    "SqliMatchStatement": 20,
    "XssMatchStatement": 40,
    "SizeConstraintStatement": 1,
    "GeoMatchStatement": 1,
    "AsnMatchStatement": 1,
    "IPSetReferenceStatement": 1,
    "RegexMatchStatement": 3,
    "RegexPatternSetReferenceStatement": 25,
    "RateBasedStatement": 2,
    "LabelMatchStatement": 1,
}
SEARCHES = ("CONTAINS", "CONTAINS_WORD")
SEARCH, SENSITIVE_SQL, ANY_FORWARDED = 10, 30, 5
ALL_QUERY_ARGUMENTS, TRANSFORMATION, CUSTOM_KEY = 10, 10, 30
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED: Mapping[str, int] = {
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesWordPressRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesAntiDDoSRuleSet": 50,
}
# Of a rule group of another vendor, which tells its capacity in the AWS Marketplace only.
UNKNOWN_GROUP = 0


def apply() -> None:
    """Wrap what creates, changes and measures web ACLs.

    Raises:
        PatchError: MiniStack has changed.
    """
    waf = Upstream("firewall_capacity", "services.waf")
    waf.require("_parse_local_waf_arn", "arn", "allowed_types")
    waf.require("_resource_store", "resource_type")
    waf.require("web_acl_record", "uid", "scope")

    def of_group(arn: str) -> int:
        kind, key, error = waf.module._parse_local_waf_arn(arn, ("rulegroup",))
        group = None if error else waf.module._resource_store(kind).get_scoped(*key)
        return int(group["Capacity"]) if group else UNKNOWN_GROUP

    def created(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(name: str, scope: str, props: dict[str, Any]) -> Any:  # noqa: ANN401
            uid, arn, record = original(name, scope, props)
            record["Capacity"] = capacity(record["Rules"], of_group)
            return uid, arn, record

        return create

    def updated(original: Callable[..., Any]) -> Callable[..., Any]:
        def update(data: dict[str, Any]) -> Any:  # noqa: ANN401
            answer = original(data)
            record = waf.module.web_acl_record(data.get("Id", ""), data.get("Scope", "REGIONAL"))
            if record:
                record["Capacity"] = capacity(record["Rules"], of_group)
            return answer

        return update

    def measured(_original: Callable[..., Any]) -> Callable[..., Any]:
        def check(data: dict[str, Any]) -> Any:  # noqa: ANN401
            return waf.module.json_response({"Capacity": capacity(data.get("Rules", ()), of_group)})

        return check

    waf.require("json_response")
    waf.wrap("create_web_acl_record", "name", "scope", "props", by=created)
    waf.wrap("_update_web_acl", "data", by=updated)
    waf.wrap("_check_capacity", "data", by=measured)


def capacity(rules: Any, of_group: Callable[[str], int]) -> int:  # noqa: ANN401
    """The web ACL capacity units that rules need; `of_group` tells those of a rule group by its ARN."""
    return sum(_of_statement(rule.get("Statement") or {}, of_group) for rule in rules)


def _of_statement(statement: Mapping[str, Any], of_group: Callable[[str], int]) -> int:
    return sum(_of_part(kind, part, of_group) for kind, part in statement.items())


def _of_part(kind: str, part: Mapping[str, Any], of_group: Callable[[str], int]) -> int:
    needed: int
    if kind == "ManagedRuleGroupStatement":
        needed = MANAGED.get(part["Name"], UNKNOWN_GROUP)
    elif kind == "RuleGroupReferenceStatement":
        needed = of_group(part["ARN"])
    elif kind == "ByteMatchStatement" and part.get("PositionalConstraint") in SEARCHES:
        needed = SEARCH
    elif kind == "SqliMatchStatement" and part.get("SensitivityLevel") == "HIGH":
        needed = SENSITIVE_SQL
    elif (part.get("IPSetForwardedIPConfig") or {}).get("Position") == "ANY":
        needed = ANY_FORWARDED
    else:
        needed = BASE.get(kind, 0)
    field = part.get("FieldToMatch") or {}
    if "AllQueryArguments" in field:
        needed += ALL_QUERY_ARGUMENTS
    if "JsonBody" in field:
        needed *= 2
    transformations = part.get("TextTransformations") or ()
    needed += TRANSFORMATION * sum(one.get("Type") != "NONE" for one in transformations)
    needed += CUSTOM_KEY * len(part.get("CustomKeys") or ())
    nested = [*part.get("Statements", ()), part.get("Statement"), part.get("ScopeDownStatement")]
    return needed + sum(_of_statement(inner, of_group) for inner in nested if inner)
