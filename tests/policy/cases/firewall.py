"""Cases of the rules on web ACLs."""

import json
from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    without_none,
)

STAGE = "aws:apigateway/stage:Stage"
API = "aws:apigateway/restApi:RestApi"
ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
ACL_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
GROUP = "aws:cloudwatch/logGroup:LogGroup"

ACL_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/api/1"
STAGE_ARN = "arn:aws:apigateway:eu-west-1::/restapis/a1b2/stages/prod"
UNPROTECTED = "has no web ACL"
HARMLESS = "blocks nothing, it only counts or allows"
SILENT = "keeps no log"
REFUSED = "logs to a destination that AWS WAF refuses for its name"


def cases_of(rule: str) -> "CaseBuilder":
    return CaseBuilder(rule)


class CaseBuilder:
    def __init__(self, rule: str) -> None:
        self.rule = rule

    def __call__(
        self,
        kind: Kind,
        name: str,
        resources: Sequence[Resource],
        fault: str | None = None,
        *,
        undecided: bool = False,
    ) -> Case:
        return Case(
            rule=self.rule, kind=kind, name=name, resources=resources, fault=fault, undecided=undecided
        )


def association(
    resource_arn: object,
    acl_arn: object = ACL_ARN,
    *,
    of: Sequence[Resource] = (),
    acl: Sequence[Resource] = (),
) -> Resource:
    return resource(
        ASSOCIATION,
        without_none(resourceArn=resource_arn, webAclArn=acl_arn),
        name="association",
        sources={"resourceArn": of, "webAclArn": acl},
    )


def acl(**properties: Any) -> Resource:
    return resource(ACL, {"scope": "REGIONAL", **properties})


NEW = resource(STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "prod"}, outputs={"arn": UNKNOWN_TEXT})
LIVE = resource(STAGE, {"restApi": "a1b2", "stageName": "prod"}, outputs={"arn": STAGE_ARN})
IMPORTED = resource(STAGE, {"restApi": "a1b2", "stageName": "prod"})
OTHER_STAGE = resource(STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "beta"}, name="beta")
CLOUDFRONT_ACL = resource(ACL, {"scope": "CLOUDFRONT"}, name="edge")
REGIONAL_ACL = resource(ACL, {"scope": "REGIONAL"}, name="regional")


def behind(api_types: object) -> list[Resource]:
    api = resource(API, {"endpointConfiguration": {"types": api_types}}, name="api")
    return [resource(STAGE, {"restApi": UNKNOWN_TEXT}, sources={"restApi": [api]}), api]


stage = cases_of("apigw-stage-waf")
STAGES = (
    stage(Kind.MISSING, "no association", [NEW], UNPROTECTED),
    stage(Kind.MISSING, "a web ACL alone", [NEW, REGIONAL_ACL], UNPROTECTED),
    stage(
        Kind.WRONG,
        "another stage's by reference",
        [NEW, association(UNKNOWN_TEXT, of=[OTHER_STAGE]), OTHER_STAGE],
        UNPROTECTED,
    ),
    stage(Kind.WRONG, "a longer stage name", [LIVE, association(STAGE_ARN + "uction")], UNPROTECTED),
    stage(Kind.WRONG, "a stage name that ours begins with", [LIVE, association(STAGE_ARN[:-1])], UNPROTECTED),
    stage(
        Kind.WRONG,
        "another API's stage of that name",
        [IMPORTED, association(STAGE_ARN.replace("a1b2", "c3d4"))],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "a stage of that API and name in another region",
        [LIVE, association(STAGE_ARN.replace("eu-west-1", "us-east-1"))],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "a load balancer's",
        [NEW, association("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1")],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "an association without a web ACL",
        [NEW, association(UNKNOWN_TEXT, None, of=[NEW])],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "a web ACL for CloudFront",
        [NEW, association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[NEW], acl=[CLOUDFRONT_ACL]), CLOUDFRONT_ACL],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "the stage gives another property, not the one that counts",
        [
            NEW,
            resource(
                ASSOCIATION,
                {"resourceArn": "arn:aws:cognito-idp:eu-west-1:1:userpool/x", "webAclArn": UNKNOWN_TEXT},
                name="association",
                sources={"webAclArn": [NEW]},
            ),
        ],
        UNPROTECTED,
    ),
    stage(Kind.UNKNOWN, "an association from elsewhere", [NEW, association(UNKNOWN_TEXT)], undecided=True),
    stage(Kind.UNKNOWN, "an ARN that may be ours", [NEW, association(STAGE_ARN)], undecided=True),
    stage(Kind.UNKNOWN, "the API's kind is not known", behind(UNKNOWN_TEXT), undecided=True),
    stage(
        Kind.UNKNOWN,
        "an unknown association does not hide behind another stage's",
        [NEW, association(UNKNOWN_TEXT, of=[OTHER_STAGE, NEW]), OTHER_STAGE],
    ),
    stage(
        Kind.CORRECT,
        "by reference",
        [NEW, association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[NEW], acl=[REGIONAL_ACL]), REGIONAL_ACL],
    ),
    stage(
        Kind.CORRECT,
        "by reference, beside a web ACL for CloudFront",
        [
            NEW,
            association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[NEW], acl=[REGIONAL_ACL]),
            REGIONAL_ACL,
            CLOUDFRONT_ACL,
        ],
    ),
    stage(Kind.CORRECT, "a web ACL of another stack", [NEW, association(UNKNOWN_TEXT, ACL_ARN, of=[NEW])]),
    stage(Kind.CORRECT, "by its ARN", [LIVE, association(STAGE_ARN)]),
    stage(Kind.CORRECT, "by API and name", [IMPORTED, association(STAGE_ARN)]),
    stage(
        Kind.CORRECT,
        "in another partition",
        [IMPORTED, association(STAGE_ARN.replace("arn:aws:", "arn:aws-cn:"))],
    ),
    stage(Kind.NOT_APPLICABLE, "a private API", behind("PRIVATE")),
    stage(Kind.NOT_APPLICABLE, "a private API as a list", behind(["PRIVATE"])),
    stage(Kind.MISSING, "a regional API", behind("REGIONAL"), UNPROTECTED),
    stage(
        Kind.NOT_APPLICABLE, "a WebSocket stage", [resource("aws:apigatewayv2/stage:Stage", {"name": "ws"})]
    ),
)

blocks = cases_of("waf-acl-blocks")
COUNTING: dict[str, Any] = {"name": "count", "action": {"count": {}}, "overrideAction": None}
JSON_COUNTS = json.dumps([{"Name": "x", "Action": {"Count": {}}}, {"OverrideAction": {"Count": {}}}])


def own_rule(properties: dict[str, Any], acl_arn: object = UNKNOWN_TEXT, type_: str = ACL_RULE) -> Resource:
    return resource(type_, {"webAclArn": acl_arn, **properties}, name="rule", sources={"webAclArn": [acl()]})


BLOCKS = (
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
    blocks(Kind.WRONG, "a rule that allows", [acl(rules=[{"action": {"allow": {}}}])], HARMLESS),
    blocks(Kind.WRONG, "a rule in JSON that counts", [acl(ruleJson=JSON_COUNTS)], HARMLESS),
    blocks(Kind.WRONG, "a broken JSON", [acl(ruleJson="[{")], HARMLESS),
    blocks(Kind.WRONG, "a JSON of something else", [acl(ruleJson="{}")], HARMLESS),
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
    blocks(Kind.CORRECT, "a group of its own", [acl(), own_rule({}, type_=ACL_GROUP)]),
)


def log_to(
    destinations: object, *sources: Resource, acl_arn: object = UNKNOWN_TEXT, of: Sequence[Resource] = ()
) -> Resource:
    return resource(
        LOGGING,
        without_none(resourceArn=acl_arn, logDestinationConfigs=destinations),
        sources={"logDestinationConfigs": sources, "resourceArn": of},
    )


def logging_of(
    of: Sequence[Resource], destinations: object = UNKNOWN_LIST, acl_arn: object = UNKNOWN_TEXT
) -> Resource:
    return resource(
        LOGGING,
        without_none(resourceArn=acl_arn, logDestinationConfigs=destinations),
        name="logging",
        sources={"resourceArn": of},
    )


logs = cases_of("waf-acl-logging")
LOGS = (
    logs(Kind.MISSING, "no configuration", [acl()], SILENT),
    logs(Kind.MISSING, "no destination", [acl(), logging_of([acl()], [])], SILENT),
    logs(Kind.WRONG, "another web ACL's", [acl(), logging_of([REGIONAL_ACL]), REGIONAL_ACL], SILENT),
    logs(
        Kind.WRONG,
        "another web ACL's by ARN",
        [resource(ACL, {}, outputs={"arn": ACL_ARN}), logging_of([], acl_arn=ACL_ARN + "2")],
        SILENT,
    ),
    logs(Kind.UNKNOWN, "whose it is, is not known", [acl(), logging_of([])], undecided=True),
    logs(Kind.CORRECT, "by reference", [acl(), logging_of([acl()])]),
    logs(
        Kind.CORRECT, "by ARN", [resource(ACL, {}, outputs={"arn": ACL_ARN}), logging_of([], acl_arn=ACL_ARN)]
    ),
)

names = cases_of("waf-log-destination-name")
LOGS_ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:{}"
WAF_GROUP = resource(GROUP, {"name": "aws-waf-logs-api"}, name="group")
APP_GROUP = resource(GROUP, {"name": "/aws/waf/api"}, name="group")
NAMES = (
    names(Kind.MISSING, "a name without the prefix", [log_to([LOGS_ARN.format("waf")])], REFUSED),
    names(
        Kind.WRONG, "the prefix inside the name", [log_to([LOGS_ARN.format("my-aws-waf-logs-api")])], REFUSED
    ),
    names(Kind.WRONG, "not an ARN", [log_to(["aws-waf-logs-api"])], REFUSED),
    names(
        Kind.WRONG,
        "a group of another name by reference",
        [log_to([UNKNOWN_TEXT], APP_GROUP), APP_GROUP],
        REFUSED,
    ),
    names(
        Kind.WRONG,
        "an unknown one does not hide a wrong one",
        [log_to([UNKNOWN_TEXT, "arn:aws:s3:::logs"])],
        REFUSED,
    ),
    names(Kind.UNKNOWN, "comes from nowhere we know", [log_to([UNKNOWN_TEXT])], undecided=True),
    names(Kind.UNKNOWN, "the list is not known", [log_to(UNKNOWN_LIST)], undecided=True),
    names(
        Kind.UNKNOWN,
        "the group's name is left to Pulumi",
        [log_to([UNKNOWN_TEXT], resource(GROUP, {}, name="group")), resource(GROUP, {}, name="group")],
        undecided=True,
    ),
    names(Kind.CORRECT, "a group by reference", [log_to([UNKNOWN_TEXT], WAF_GROUP), WAF_GROUP]),
    names(Kind.CORRECT, "a list by reference", [log_to(UNKNOWN_LIST, WAF_GROUP), WAF_GROUP]),
    names(Kind.CORRECT, "a group", [log_to([LOGS_ARN.format("aws-waf-logs-api")])]),
    names(Kind.CORRECT, "a group with its streams", [log_to([LOGS_ARN.format("aws-waf-logs-api:*")])]),
    names(Kind.CORRECT, "a bucket", [log_to(["arn:aws:s3:::aws-waf-logs-api"])]),
    names(
        Kind.CORRECT, "a stream", [log_to(["arn:aws:firehose:eu-west-1:1:deliverystream/aws-waf-logs-api"])]
    ),
    names(Kind.NOT_APPLICABLE, "no destination, as the other rule says", [log_to([])]),
)

edge = cases_of("cloudfront-waf")


def distribution(acl_id: object, *sources: Resource) -> Resource:
    return resource(DISTRIBUTION, without_none(webAclId=acl_id), sources={"webAclId": sources})


EDGES = (
    edge(Kind.MISSING, "nothing set", [distribution(None)], UNPROTECTED),
    edge(Kind.MISSING, "an empty id", [distribution("")], UNPROTECTED),
    edge(
        Kind.WRONG,
        "a regional web ACL",
        [distribution(UNKNOWN_TEXT, REGIONAL_ACL), REGIONAL_ACL],
        "has a web ACL of the wrong scope",
    ),
    edge(Kind.UNKNOWN, "from another stack", [distribution(UNKNOWN_TEXT), REGIONAL_ACL]),
    edge(
        Kind.CORRECT,
        "by reference",
        [distribution(UNKNOWN_TEXT, CLOUDFRONT_ACL), CLOUDFRONT_ACL, REGIONAL_ACL],
    ),
    edge(Kind.CORRECT, "by ARN", [distribution(ACL_ARN.replace("regional", "global"))]),
)

CASES = STAGES + BLOCKS + LOGS + NAMES + EDGES
