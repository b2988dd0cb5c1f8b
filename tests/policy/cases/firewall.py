"""Cases of the rules on web ACLs."""

from policy.graph import Resource
from tests.policy.cases import firewall_advice, firewall_logs, firewall_rules
from tests.policy.cases.case import (
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    without_none,
)
from tests.policy.cases.web_acls import (
    ACL,
    ACL_ARN,
    ASSOCIATION,
    CLOUDFRONT_ACL,
    REGIONAL_ACL,
    STAGE_ARN,
    UNPROTECTED,
    association,
)

STAGE = "aws:apigateway/stage:Stage"
API = "aws:apigateway/restApi:RestApi"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"

NEW = resource(STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "prod"}, outputs={"arn": UNKNOWN_TEXT})
LIVE = resource(STAGE, {"restApi": "a1b2", "stageName": "prod"}, outputs={"arn": STAGE_ARN})
IMPORTED = resource(STAGE, {"restApi": "a1b2", "stageName": "prod"})
TOPIC = resource("aws:sns/topic:Topic", {}, name="topic")
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:alerts"
OTHER_STACK = resource("pulumi:pulumi:StackReference", {}, name="edge-stack")
ODD_ACL = resource(ACL, {"scope": ["REGIONAL"]}, name="odd")
OTHER_STAGE = resource(STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "beta"}, name="beta")


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
        "an association with an empty web ACL",
        [NEW, association(UNKNOWN_TEXT, "", of=[NEW])],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "a web ACL for CloudFront, by its ARN",
        [NEW, association(UNKNOWN_TEXT, ACL_ARN.replace("regional", "global"), of=[NEW])],
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
    stage(
        Kind.WRONG,
        "a topic for a web ACL",
        [NEW, association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[NEW], acl=[TOPIC]), TOPIC],
        UNPROTECTED,
    ),
    stage(
        Kind.WRONG,
        "a topic's ARN for that of a web ACL",
        [LIVE, association(STAGE_ARN, TOPIC_ARN)],
        UNPROTECTED,
    ),
    stage(
        Kind.CORRECT,
        "a web ACL of a look-up",
        [NEW, association(UNKNOWN_TEXT, UNKNOWN_TEXT, of=[NEW])],
    ),
    stage(Kind.UNKNOWN, "an association from elsewhere", [NEW, association(UNKNOWN_TEXT)], undecided=True),
    stage(Kind.UNKNOWN, "an ARN that may be ours", [NEW, association(STAGE_ARN)], undecided=True),
    stage(
        Kind.UNKNOWN,
        "whether its API is the private one",
        [
            resource(STAGE, {"restApi": UNKNOWN_TEXT}),
            resource(API, {"endpointConfiguration": {"types": "PRIVATE"}}, name="api"),
        ],
        undecided=True,
    ),
    stage(
        Kind.MISSING,
        "another API is the private one",
        [*behind("REGIONAL"), resource(API, {"endpointConfiguration": {"types": "PRIVATE"}}, name="other")],
        UNPROTECTED,
    ),
    stage(Kind.UNKNOWN, "the API's kind is not known", behind(UNKNOWN_TEXT), undecided=True),
    stage(
        Kind.UNKNOWN,
        "one of two stages",
        [NEW, association(UNKNOWN_TEXT, of=[OTHER_STAGE, NEW]), OTHER_STAGE],
        undecided=True,
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
    stage(
        Kind.NOT_APPLICABLE,
        "a private API by its id",
        [
            IMPORTED,
            resource(
                API, {"endpointConfiguration": {"types": "PRIVATE"}}, outputs={"id": "a1b2"}, name="api"
            ),
        ],
    ),
    stage(
        Kind.WRONG,
        "an ARN of no form",
        [NEW, association(UNKNOWN_TEXT, "arn:aws:made-up", of=[NEW])],
        UNPROTECTED,
    ),
    stage(Kind.MISSING, "a regional API", behind("REGIONAL"), UNPROTECTED),
    stage(
        Kind.NOT_APPLICABLE, "a WebSocket stage", [resource("aws:apigatewayv2/stage:Stage", {"name": "ws"})]
    ),
)

edge = cases_of("cloudfront-waf")


NO_WEB_ACL = "names what is no web ACL"


def distribution(acl_id: object, *sources: Resource) -> Resource:
    return resource(DISTRIBUTION, without_none(webAclId=acl_id), sources={"webAclId": sources})


LOGGED = resource(
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    {"resourceArn": UNKNOWN_TEXT},
    name="logged",
    sources={"resourceArn": [CLOUDFRONT_ACL]},
)
EDGES = (
    edge(Kind.MISSING, "nothing set", [distribution(None)], UNPROTECTED),
    edge(Kind.MISSING, "an empty id", [distribution("")], UNPROTECTED),
    edge(
        Kind.WRONG,
        "a regional web ACL",
        [distribution(UNKNOWN_TEXT, REGIONAL_ACL), REGIONAL_ACL],
        "has a web ACL of the wrong scope",
    ),
    edge(
        Kind.WRONG,
        "a regional web ACL by its ARN",
        [distribution(ACL_ARN)],
        "has a web ACL of the wrong scope",
    ),
    edge(
        Kind.WRONG,
        "a web ACL of AWS WAF Classic, which AWS has ended",
        [distribution("473e64fd-f30b-4765-81a0-62ad96dd167a")],
        NO_WEB_ACL,
    ),
    edge(Kind.WRONG, "a topic by its ARN", [distribution(TOPIC_ARN)], NO_WEB_ACL),
    edge(Kind.WRONG, "a topic", [distribution(UNKNOWN_TEXT, TOPIC), TOPIC], NO_WEB_ACL),
    edge(Kind.WRONG, "a flag", [distribution(True)], NO_WEB_ACL),
    edge(
        Kind.UNKNOWN,
        "another stack's output",
        [distribution(UNKNOWN_TEXT, OTHER_STACK), OTHER_STACK, REGIONAL_ACL],
    ),
    edge(
        Kind.UNKNOWN,
        "what is made of a web ACL may pass it on",
        [distribution(UNKNOWN_TEXT, LOGGED), LOGGED, CLOUDFRONT_ACL],
    ),
    edge(
        Kind.UNKNOWN,
        "what the program only reads",
        [distribution(UNKNOWN_TEXT, TOPIC), CLOUDFRONT_ACL],
    ),
    edge(
        Kind.UNKNOWN,
        "a web ACL that the program only reads",
        [distribution(UNKNOWN_TEXT, CLOUDFRONT_ACL), REGIONAL_ACL],
    ),
    edge(
        Kind.CORRECT,
        "a web ACL and what is said with it",
        [distribution(UNKNOWN_TEXT, TOPIC, CLOUDFRONT_ACL), TOPIC, CLOUDFRONT_ACL],
    ),
    edge(
        Kind.UNKNOWN,
        "a web ACL whose scope is no text",
        [distribution(UNKNOWN_TEXT, ODD_ACL), ODD_ACL],
    ),
    edge(Kind.UNKNOWN, "from another stack", [distribution(UNKNOWN_TEXT), REGIONAL_ACL]),
    edge(
        Kind.CORRECT,
        "by reference",
        [distribution(UNKNOWN_TEXT, CLOUDFRONT_ACL), CLOUDFRONT_ACL, REGIONAL_ACL],
    ),
    edge(Kind.CORRECT, "by ARN", [distribution(ACL_ARN.replace("regional", "global"))]),
)

CASES = (*STAGES, *EDGES, *firewall_rules.CASES, *firewall_logs.CASES, *firewall_advice.CASES)
