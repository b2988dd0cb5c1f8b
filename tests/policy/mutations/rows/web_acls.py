"""Defects inside of web ACLs, wherever their rules are written."""

import json
from typing import Any

from policy.graph import Resource
from tests.policy.mutations.defects import (
    SWITCH,
    Named,
    also,
    edited,
    elsewhere,
    gone,
    removed,
    rows,
    source_of,
    to,
    value,
)
from tests.policy.mutations.rows import tokens as t

KNOWN_BAD = "AWSManagedRulesKnownBadInputsRuleSet"
_ACL_OF_RULE = source_of("webAclArn", t.WEB_ACL)


def _on_acls(edit: Any) -> Any:
    """Changes each rule of a list."""
    return lambda rules: [edit(rule) for rule in rules]


def _counting(rule: dict[str, Any]) -> dict[str, Any]:
    kept = {name: one for name, one in rule.items() if name not in ("action", "overrideAction")}
    return {**kept, "overrideAction" if "overrideAction" in rule else "action": {"count": {}}}


def _known_bad(rule: Any) -> bool:
    return KNOWN_BAD in json.dumps(rule, default=str)


def _group(**changes: object) -> Any:
    """Changes the group against known bad inputs, wherever it stands among the rules."""

    def edit(rule: dict[str, Any]) -> dict[str, Any]:
        if not _known_bad(rule):
            return rule
        group = {**rule["statement"]["managedRuleGroupStatement"], **changes}
        return {**rule, "statement": {**rule["statement"], "managedRuleGroupStatement": group}}

    return _on_acls(edit)


def _has_known_bad(acl: Resource) -> bool:
    return _known_bad(acl.properties.get("rules", []))


def _json_rule(**changes: object) -> Any:
    return edited(lambda rules: [{**rule, **changes} for rule in rules])


_LOG4J: Named = {
    "another group": to({"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}),
    "of another vendor": to({"name": KNOWN_BAD, "vendorName": "Somebody"}),
    "Log4j counted": to(
        {
            "name": KNOWN_BAD,
            "vendorName": "AWS",
            "ruleActionOverrides": [{"name": "Log4JRCE_BODY", "actionToUse": {"count": {}}}],
        }
    ),
    "no group": removed,
}
_BOTH = (also("waf-known-bad-inputs"),)
_BOTH_OUTSIDE: dict[str, Any] = {"on": _ACL_OF_RULE, "also": (also("waf-known-bad-inputs", _ACL_OF_RULE),)}

ROWS = (
    *rows("waf-acl-blocks", t.WEB_ACL, "rules", {"none": removed, "empty": to([])}, also=_BOTH),
    *rows("waf-acl-blocks", t.WEB_ACL, "rules", {"all count": _on_acls(_counting)}, also=_BOTH),
    *rows(
        "waf-acl-blocks",
        t.WEB_ACL,
        "ruleJson",
        {
            "none": removed,
            "no JSON": to("["),
            "all count": _json_rule(OverrideAction={"Count": {}}),
            "an empty list": to("[]"),
        },
        also=_BOTH,
    ),
    *gone("waf-acl-blocks", (t.ACL_RULE, t.ACL_GROUP), **_BOTH_OUTSIDE),
    *rows("waf-acl-blocks", (t.ACL_RULE, t.ACL_GROUP), "webAclArn", value([""]), **_BOTH_OUTSIDE),
    *elsewhere("waf-acl-blocks", (t.ACL_RULE, t.ACL_GROUP), "webAclArn", **_BOTH_OUTSIDE),
    *rows("waf-acl-blocks", t.ACL_GROUP, "overrideAction", {"count": to("count")}, **_BOTH_OUTSIDE),
    *rows("waf-acl-blocks", t.ACL_RULE, "overrideAction", {"count": to({"count": {}})}, **_BOTH_OUTSIDE),
    *rows(
        "waf-acl-blocks",
        t.ACL_RULE,
        "",
        {
            "it counts": lambda rule: {
                **{name: one for name, one in rule.items() if name != "overrideAction"},
                "action": {"count": {}},
            }
        },
        on=_ACL_OF_RULE,
    ),
    *rows(
        "waf-known-bad-inputs",
        t.WEB_ACL,
        "rules",
        {
            "another group": _group(name="AWSManagedRulesCommonRuleSet"),
            "of another vendor": _group(vendorName="Somebody"),
            "Log4j counted": _group(
                ruleActionOverrides=[{"name": "Log4JRCE_BODY", "actionToUse": {"count": {}}}]
            ),
            "Log4j allowed": _group(
                ruleActionOverrides=[
                    {"name": "Other", "actionToUse": {"block": {}}},
                    {"name": "Log4JRCE_URIPATH", "actionToUse": {"allow": {}}},
                ]
            ),
        },
        where=_has_known_bad,
    ),
    *rows(
        "waf-known-bad-inputs",
        t.WEB_ACL,
        "ruleJson",
        {
            "another group": _json_rule(
                Statement={"ManagedRuleGroupStatement": {"Name": "Other", "VendorName": "AWS"}}
            ),
            "Log4j left out": _json_rule(
                Statement={
                    "ManagedRuleGroupStatement": {
                        "Name": KNOWN_BAD,
                        "VendorName": "AWS",
                        "ExcludedRules": [{"Name": "Log4JRCE_HEADER"}],
                    }
                }
            ),
        },
    ),
    *rows("waf-known-bad-inputs", t.ACL_GROUP, "managedRuleGroup", _LOG4J, on=_ACL_OF_RULE),
    *rows("waf-known-bad-inputs", t.ACL_RULE, "statement.managedRuleGroupStatement", _LOG4J, on=_ACL_OF_RULE),
    *rows("waf-metrics-enabled", (t.WEB_ACL, t.ACL_RULE), "visibilityConfig", {"not set": removed}),
    *rows(
        "waf-metrics-enabled",
        (t.WEB_ACL, t.ACL_RULE, t.ACL_GROUP),
        "visibilityConfig.cloudwatchMetricsEnabled",
        SWITCH,
    ),
    *rows("waf-metrics-enabled", t.WEB_ACL, "rules.0.visibilityConfig.cloudwatchMetricsEnabled", SWITCH),
    *rows("waf-metrics-enabled", t.WEB_ACL, "rules.0.visibilityConfig", {"not set": removed}),
    *rows("waf-metrics-enabled", t.WEB_ACL, "ruleJson", {"not counted": _json_rule(VisibilityConfig={})}),
)
