"""Cases of the rule that a web ACL blocks something."""

import json
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
)
from tests.policy.cases.web_acls import ACL, ACL_ARN, ACL_GROUP, ACL_RULE, acl

HARMLESS = "blocks nothing, it only counts or allows"

blocks = cases_of("waf-acl-blocks")
COUNTING: dict[str, Any] = {"name": "count", "action": {"count": {}}, "overrideAction": None}
JSON_COUNTS = json.dumps([{"Name": "x", "Action": {"Count": {}}}, {"OverrideAction": {"Count": {}}}])


def own_rule(properties: dict[str, Any], acl_arn: object = UNKNOWN_TEXT, type_: str = ACL_RULE) -> Resource:
    return resource(type_, {"webAclArn": acl_arn, **properties}, name="rule", sources={"webAclArn": [acl()]})


CASES = (
    blocks(Kind.MISSING, "no rules", [acl(defaultAction={"allow": {}})], HARMLESS),
    blocks(
        Kind.MISSING,
        "null actions",
        [acl(defaultAction={"allow": {}, "block": None}, rules=[COUNTING])],
        HARMLESS,
    ),
    blocks(Kind.WRONG, "a rule that counts", [acl(rules=[COUNTING])], HARMLESS),
    blocks(
        Kind.WRONG,
        "a group that counts",
        [acl(rules=[{"overrideAction": {"count": {}, "none": None}}])],
        HARMLESS,
    ),
    blocks(
        Kind.WRONG,
        "a rule that counts, as some providers write what is not there",
        [acl(defaultAction={"block": []}, rules=[{"action": {"block": [], "count": [{}]}}])],
        HARMLESS,
    ),
    blocks(
        Kind.WRONG,
        "a group that counts, as some providers write it",
        [acl(rules=[{"overrideAction": {"none": [], "count": [{}]}}])],
        HARMLESS,
    ),
    blocks(Kind.WRONG, "a JSON that is too deep", [acl(ruleJson="[" * 10**5)], HARMLESS),
    blocks(Kind.CORRECT, "a rule that blocks, in a list", [acl(rules=[{"action": {"block": [{}]}}])]),
    blocks(Kind.WRONG, "a rule that allows", [acl(rules=[{"action": {"allow": {}}}])], HARMLESS),
    blocks(Kind.WRONG, "a rule in JSON that counts", [acl(ruleJson=JSON_COUNTS)], HARMLESS),
    blocks(Kind.WRONG, "a broken JSON", [acl(ruleJson="[{")], HARMLESS),
    blocks(Kind.WRONG, "a JSON of something else", [acl(ruleJson="5")], HARMLESS),
    blocks(Kind.WRONG, "its own rule counts", [acl(), own_rule({"action": {"count": {}}})], HARMLESS),
    blocks(
        Kind.WRONG,
        "its own group counts",
        [acl(), own_rule({"overrideAction": "count"}, type_=ACL_GROUP)],
        HARMLESS,
    ),
    blocks(
        Kind.WRONG, "another web ACL's rule", [acl(), own_rule({"action": {"block": {}}}, None)], HARMLESS
    ),
    blocks(Kind.UNKNOWN, "the rules are not known", [acl(rules=UNKNOWN_LIST)], undecided=True),
    blocks(Kind.UNKNOWN, "one rule is not known", [acl(rules=[COUNTING, UNKNOWN_BLOCK])], undecided=True),
    blocks(Kind.UNKNOWN, "an action is not known", [acl(rules=[{"action": UNKNOWN_BLOCK}])], undecided=True),
    blocks(
        Kind.UNKNOWN,
        "an override is not known",
        [acl(rules=[{"overrideAction": UNKNOWN_BLOCK}])],
        undecided=True,
    ),
    blocks(Kind.UNKNOWN, "the JSON is not known", [acl(ruleJson=UNKNOWN_TEXT)], undecided=True),
    blocks(Kind.UNKNOWN, "the default is not known", [acl(defaultAction=UNKNOWN_BLOCK)], undecided=True),
    blocks(
        Kind.UNKNOWN,
        "a group's override is not known",
        [acl(), own_rule({"overrideAction": UNKNOWN_TEXT}, type_=ACL_GROUP)],
        undecided=True,
    ),
    blocks(
        Kind.UNKNOWN,
        "an unknown statement hides nothing",
        [acl(rules=[{**COUNTING, "statement": UNKNOWN_BLOCK}])],
        HARMLESS,
    ),
    blocks(Kind.CORRECT, "blocks by default", [acl(defaultAction={"block": {}})]),
    blocks(
        Kind.CORRECT, "a rule that blocks", [acl(rules=[COUNTING, {"action": {"block": {"__defaults": []}}}])]
    ),
    blocks(Kind.CORRECT, "a rule that challenges", [acl(rules=[{"action": {"challenge": {}}}])]),
    blocks(Kind.CORRECT, "a rule that asks a riddle", [acl(rules=[{"action": {"captcha": UNKNOWN_BLOCK}}])]),
    blocks(
        Kind.CORRECT,
        "a group that is not overridden, as inputs hold it",
        [acl(rules=[{"overrideAction": {"__defaults": [], "none": {"__defaults": []}}}])],
    ),
    blocks(
        Kind.CORRECT,
        "a group that is not overridden, as outputs hold it",
        [acl(rules=[{"overrideAction": {"count": None, "none": {}}}])],
    ),
    blocks(Kind.CORRECT, "a rule in JSON", [acl(ruleJson=json.dumps([{"Action": {"Block": {}}}]))]),
    blocks(Kind.CORRECT, "a group in JSON", [acl(ruleJson=json.dumps([{"OverrideAction": {"None": {}}}]))]),
    blocks(Kind.CORRECT, "a rule of its own", [acl(), own_rule({"action": {"block": {}}})]),
    blocks(
        Kind.CORRECT,
        "a rule of its own, by ARN",
        [
            resource(ACL, {}, outputs={"arn": ACL_ARN}),
            resource(ACL_RULE, {"webAclArn": ACL_ARN, "action": {"block": {}}}, name="rule"),
        ],
    ),
    blocks(Kind.CORRECT, "a group of its own", [acl(), own_rule({}, type_=ACL_GROUP)]),
)
