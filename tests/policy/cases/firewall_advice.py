"""Cases of what is advised on web ACLs."""

import json
from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
)
from tests.policy.cases.web_acls import (
    ACL_ARN,
    ACL_GROUP,
    ACL_RULE,
    CLOUDFRONT_ACL,
    REGIONAL_ACL,
    STAGE_ARN,
    UNPROTECTED,
    acl,
    association,
)

POOL = "aws:cognito/userPool:UserPool"
APP = "aws:amplify/app:App"
POOL_ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf"
APP_ARN = "arn:aws:amplify:eu-west-1:123456789012:apps/d1a2b3"
GROUP_NAME = "AWSManagedRulesKnownBadInputsRuleSet"
LETS_THROUGH = "lets inputs through that are known to be bad"
UNMEASURED = "has no metrics for all it matches"


def group(**changes: Any) -> dict[str, Any]:
    return {"name": GROUP_NAME, "vendorName": "AWS", **changes}


def rule(override: object = None, **changes: Any) -> dict[str, Any]:
    return {
        "overrideAction": {"none": {}} if override is None else override,
        "statement": {"managedRuleGroupStatement": group(**changes)},
    }


def in_json(override: str = "None", **changes: Any) -> str:
    statement = {"Name": GROUP_NAME, "VendorName": "AWS", **changes}
    return json.dumps(
        [{"OverrideAction": {override: {}}, "Statement": {"ManagedRuleGroupStatement": statement}}]
    )


def of_its_own(type_: str, properties: dict[str, Any], of: Sequence[Resource] = (REGIONAL_ACL,)) -> Resource:
    return resource(type_, {"webAclArn": UNKNOWN_TEXT, **properties}, name="own", sources={"webAclArn": of})


def turned_down(name: object, action: object) -> dict[str, Any]:
    return rule(ruleActionOverrides=[{"name": name, "actionToUse": action}])


known = cases_of("waf-known-bad-inputs")
KNOWN = (
    known(Kind.MISSING, "no rules", [acl()], LETS_THROUGH),
    known(
        Kind.WRONG, "another group", [acl(rules=[rule(name="AWSManagedRulesCommonRuleSet")])], LETS_THROUGH
    ),
    known(Kind.WRONG, "another vendor", [acl(rules=[rule(vendorName="Fortinet")])], LETS_THROUGH),
    known(Kind.WRONG, "a rule that is no group", [acl(rules=[{"action": {"block": {}}}])], LETS_THROUGH),
    known(
        Kind.WRONG,
        "it only counts, as some providers write it",
        [acl(rules=[rule({"count": [{}], "none": []})])],
        LETS_THROUGH,
    ),
    known(
        Kind.CORRECT,
        "it acts, as some providers write it",
        [acl(rules=[rule({"count": [], "none": [{}]})])],
    ),
    known(Kind.WRONG, "it only counts", [acl(rules=[rule({"count": {}, "none": None})])], LETS_THROUGH),
    known(
        Kind.WRONG,
        "Log4j is only counted",
        [acl(rules=[turned_down("Log4JRCE_BODY", {"count": {}})])],
        LETS_THROUGH,
    ),
    known(
        Kind.WRONG,
        "Log4j is allowed",
        [acl(rules=[turned_down("Log4JRCE_BODY", {"allow": {}})])],
        LETS_THROUGH,
    ),
    known(
        Kind.WRONG,
        "Log4j is left out in the old way",
        [acl(ruleJson=in_json(ExcludedRules=[{"Name": "Log4JRCE_HEADER"}]))],
        LETS_THROUGH,
    ),
    known(Kind.WRONG, "the JSON counts", [acl(ruleJson=in_json("Count"))], LETS_THROUGH),
    known(Kind.WRONG, "a broken JSON", [acl(ruleJson="[{")], LETS_THROUGH),
    known(
        Kind.WRONG,
        "its own group counts",
        [acl(), of_its_own(ACL_GROUP, {"managedRuleGroup": group(), "overrideAction": "count"}, [acl()])],
        LETS_THROUGH,
    ),
    known(
        Kind.WRONG,
        "another web ACL's",
        [acl(), of_its_own(ACL_GROUP, {"managedRuleGroup": group()}), REGIONAL_ACL],
        LETS_THROUGH,
    ),
    known(
        Kind.WRONG,
        "its own group is another",
        [
            acl(),
            of_its_own(ACL_GROUP, {"managedRuleGroup": group(name="AWSManagedRulesCommonRuleSet")}, [acl()]),
        ],
        LETS_THROUGH,
    ),
    known(
        Kind.UNKNOWN,
        "what is left out in the old way is not known",
        [acl(rules=[rule(excludedRules=UNKNOWN_LIST)])],
        undecided=True,
    ),
    known(
        Kind.CORRECT,
        "an override of nothing",
        [acl(rules=[rule(ruleActionOverrides=[{"actionToUse": {"count": {}}}])])],
    ),
    known(Kind.UNKNOWN, "the rules are not known", [acl(rules=UNKNOWN_LIST)], undecided=True),
    known(Kind.UNKNOWN, "the JSON is not known", [acl(ruleJson=UNKNOWN_TEXT)], undecided=True),
    known(Kind.UNKNOWN, "the name is not known", [acl(rules=[rule(name=UNKNOWN_TEXT)])], undecided=True),
    known(
        Kind.UNKNOWN,
        "the name is not known, and the vendor is another",
        [acl(rules=[rule(name=UNKNOWN_TEXT, vendorName="Fortinet")])],
        LETS_THROUGH,
    ),
    known(Kind.UNKNOWN, "the override is not known", [acl(rules=[rule(UNKNOWN_BLOCK)])], undecided=True),
    known(
        Kind.UNKNOWN,
        "the overrides are not known",
        [acl(rules=[rule(ruleActionOverrides=UNKNOWN_LIST)])],
        undecided=True,
    ),
    known(
        Kind.UNKNOWN,
        "what is counted is not known",
        [acl(rules=[turned_down(UNKNOWN_TEXT, {"count": {}})])],
        undecided=True,
    ),
    known(
        Kind.UNKNOWN,
        "what becomes of Log4j is not known",
        [acl(rules=[turned_down("Log4JRCE_BODY", UNKNOWN_BLOCK)])],
        undecided=True,
    ),
    known(
        Kind.UNKNOWN,
        "whose group it is, is not known",
        [acl(), of_its_own(ACL_GROUP, {"managedRuleGroup": group()}, [])],
        undecided=True,
    ),
    known(Kind.CORRECT, "among its rules", [acl(rules=[{"action": {"block": {}}}, rule()])]),
    known(
        Kind.CORRECT, "Log4j is asked a riddle", [acl(rules=[turned_down("Log4JRCE_BODY", {"captcha": {}})])]
    ),
    known(
        Kind.CORRECT,
        "another of its rules is counted",
        [acl(rules=[turned_down("Host_Localhost_HEADER", {"count": {"__defaults": []}})])],
    ),
    known(Kind.CORRECT, "in its JSON", [acl(ruleJson=in_json())]),
    known(Kind.CORRECT, "as a rule of its own", [acl(), of_its_own(ACL_RULE, rule(), [acl()])]),
    known(
        Kind.CORRECT,
        "as a group of its own",
        [acl(), of_its_own(ACL_GROUP, {"managedRuleGroup": [group()]}, [acl()])],
    ),
)

MEASURED = {"visibilityConfig": {"cloudwatchMetricsEnabled": True}}
SILENT = {"visibilityConfig": {"cloudwatchMetricsEnabled": False}}
metrics = cases_of("waf-metrics-enabled")
METRICS = (
    metrics(Kind.MISSING, "no block", [acl()], UNMEASURED),
    metrics(Kind.MISSING, "a rule without a block", [acl(**MEASURED, rules=[{"name": "x"}])], UNMEASURED),
    metrics(Kind.MISSING, "a rule of its own without a block", [resource(ACL_RULE, {})], UNMEASURED),
    metrics(Kind.WRONG, "switched off", [acl(**SILENT)], UNMEASURED),
    metrics(Kind.WRONG, "a text", [acl(visibilityConfig={"cloudwatchMetricsEnabled": "true"})], UNMEASURED),
    metrics(Kind.WRONG, "a rule is switched off", [acl(**MEASURED, rules=[MEASURED, SILENT])], UNMEASURED),
    metrics(
        Kind.WRONG,
        "a rule of the JSON is switched off",
        [acl(**MEASURED, ruleJson=json.dumps([{"VisibilityConfig": {"CloudWatchMetricsEnabled": False}}]))],
        UNMEASURED,
    ),
    metrics(Kind.WRONG, "an unknown rule does not hide it", [acl(**SILENT, rules=UNKNOWN_LIST)], UNMEASURED),
    metrics(Kind.WRONG, "a rule of its own is switched off", [resource(ACL_RULE, SILENT)], UNMEASURED),
    metrics(Kind.WRONG, "a group of its own is switched off", [resource(ACL_GROUP, SILENT)], UNMEASURED),
    metrics(
        Kind.UNKNOWN,
        "the switch is not known",
        [acl(visibilityConfig={"cloudwatchMetricsEnabled": UNKNOWN_FLAG})],
        undecided=True,
    ),
    metrics(Kind.UNKNOWN, "the rules are not known", [acl(**MEASURED, rules=UNKNOWN_LIST)], undecided=True),
    metrics(Kind.UNKNOWN, "the JSON is not known", [acl(**MEASURED, ruleJson=UNKNOWN_TEXT)], undecided=True),
    metrics(Kind.CORRECT, "the web ACL and its rules", [acl(**MEASURED, rules=[MEASURED, MEASURED])]),
    metrics(
        Kind.CORRECT,
        "the rules of the JSON",
        [acl(**MEASURED, ruleJson=json.dumps([{"VisibilityConfig": {"CloudWatchMetricsEnabled": True}}]))],
    ),
    metrics(Kind.CORRECT, "a rule of its own", [resource(ACL_RULE, MEASURED)]),
    metrics(Kind.CORRECT, "a group of its own", [resource(ACL_GROUP, MEASURED)]),
    metrics(Kind.NOT_APPLICABLE, "a group of its own, measured by default", [resource(ACL_GROUP, {})]),
)


def attachments(rule_id: str, type_: str, arn: str, right: Resource, wrong: Resource) -> list[Case]:
    """The cases of a resource that must have a web ACL of one scope, and not of the other."""
    case = cases_of(rule_id)
    new = resource(type_, {"name": UNKNOWN_TEXT}, outputs={"arn": UNKNOWN_TEXT})
    live = resource(type_, {}, outputs={"arn": arn})
    other = resource(type_, {}, name="other")
    scopes = {"REGIONAL": ACL_ARN, "CLOUDFRONT": ACL_ARN.replace("regional", "global")}
    right_arn, wrong_arn = (scopes[str(one.read("scope"))] for one in (right, wrong))
    by_reference = association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[new], acl=[right])
    refused = association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[new], acl=[wrong])
    return [
        case(Kind.MISSING, "no association", [new, right], UNPROTECTED),
        case(
            Kind.WRONG,
            "another's",
            [new, association(UNKNOWN_TEXT, right_arn, of=[other]), other],
            UNPROTECTED,
        ),
        case(Kind.WRONG, "a longer ARN", [live, association(arn + "x", right_arn)], UNPROTECTED),
        case(Kind.WRONG, "a stage's ARN", [new, association(STAGE_ARN, right_arn)], UNPROTECTED),
        case(Kind.WRONG, "no web ACL", [new, association(UNKNOWN_TEXT, None, of=[new])], UNPROTECTED),
        case(Kind.WRONG, "a web ACL of the other scope", [new, refused, wrong, right], UNPROTECTED),
        case(Kind.WRONG, "an ARN of the other scope", [live, association(arn, wrong_arn)], UNPROTECTED),
        case(Kind.UNKNOWN, "from elsewhere", [new, association(UNKNOWN_TEXT, right_arn)], undecided=True),
        case(Kind.UNKNOWN, "an ARN that may be its own", [new, association(arn, right_arn)], undecided=True),
        case(Kind.CORRECT, "by reference", [new, by_reference, right, wrong]),
        case(Kind.CORRECT, "by its ARN", [live, association(arn, right_arn)]),
        case(
            Kind.CORRECT,
            "by an ARN of a form of its own",
            [
                resource(type_, {}, outputs={"arn": "arn:aws:made-up"}),
                association("arn:aws:made-up", right_arn),
            ],
        ),
        case(Kind.CORRECT, "a web ACL of another stack", [live, association(arn, UNKNOWN_TEXT)]),
    ]


CASES = (
    *KNOWN,
    *METRICS,
    *attachments("cognito-waf", POOL, POOL_ARN, REGIONAL_ACL, CLOUDFRONT_ACL),
    *attachments("amplify-waf", APP, APP_ARN, CLOUDFRONT_ACL, REGIONAL_ACL),
)
