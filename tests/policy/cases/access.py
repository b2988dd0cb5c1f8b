"""Cases of the rules on what roles, users and devices may do, and on who may assume a role."""

import json
from typing import Any

from policy.rules.access import ATTACHMENTS, IDENTITY_POLICIES
from tests.policy.cases import federation
from tests.policy.cases.case import (
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    without_none,
)
from tests.policy.cases.policy_documents import ROLE, SERVICES, Judging, document, trusted

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/twins"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"

ALL_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)

EVERYTHING = "allows every action on every resource"
WIDE = "attaches a policy of AWS that allows nearly everything"
SERVICE = "allows every action of a service"
PATTERN = "allows actions by a pattern"
UNNAMED = "allows every action that it does not name"
ANY_RESOURCE = "allows actions on every resource that could be named"
OTHER_RESOURCES = "allows actions on every resource that it does not name"
ANYBODY = "can be assumed by anybody"
ANY_OF_ACCOUNT = "can be assumed by anybody of an account"
ANY_DEVICE = "allows a device to act as, or on, any other"


def allow(action: object, target: object = TABLE, **more: Any) -> dict[str, Any]:
    return without_none(Effect="Allow", Action=action, Resource=target) | more


def by_type(rule: str, bad: dict[str, Any], fault: str) -> list[Case]:
    """The bad statement in each kind of identity policy."""
    text = json.dumps(document(bad))
    places: list[tuple[str, dict[str, Any]]] = [(type_, {"policy": text}) for type_ in IDENTITY_POLICIES[2:]]
    places += [
        (IDENTITY_POLICIES[0], {"policy": text}),
        (
            ROLE,
            {"inlinePolicies": [{"policy": json.dumps(document(allow("s3:GetObject")))}, {"policy": text}]},
        ),
    ]
    return [
        Case(rule=rule, kind=Kind.WRONG, name=f"in {type_}", resources=[resource(type_, place)], fault=fault)
        for type_, place in places
    ] + [
        Case(
            rule=rule,
            kind=Kind.UNKNOWN,
            name="inline policies that are not known",
            resources=[resource(ROLE, {"inlinePolicies": UNKNOWN_LIST})],
            undecided=True,
        ),
        Case(
            rule=rule,
            kind=Kind.CORRECT,
            name="a role without inline policies",
            resources=[resource(ROLE, {"inlinePolicies": []})],
        ),
        Case(
            rule=rule,
            kind=Kind.NOT_APPLICABLE,
            name="a key policy, whose * is the key",
            resources=[resource("aws:kms/key:Key", {"policy": json.dumps(document(bad))})],
        ),
    ]


def attached(type_: str, arn: object) -> dict[str, Any]:
    path = ATTACHMENTS[type_]
    return {path: [READER, arn] if path.endswith("s") else arn}


admin = Judging("iam-no-admin", ROLE_POLICY)
arns = Judging("iam-no-admin", ATTACHMENT, "policyArn")
ADMIN = (
    *admin.usual(allow("*", "*"), allow("dynamodb:GetItem"), EVERYTHING),
    *by_type("iam-no-admin", allow("*", "*"), EVERYTHING),
    admin.wrong("by service and action", EVERYTHING, allow(["s3:GetObject", "*:*"], [TABLE, "*"])),
    admin.wrong("on every ARN", EVERYTHING, allow("*", "arn:aws:*")),
    admin.wrong("on every ARN part by part", EVERYTHING, allow("*", "arn:aws:*:*:*:*")),
    admin.wrong("on all resources but one", EVERYTHING, allow("*", None, NotResource=TABLE)),
    admin.wrong(
        "under a condition", EVERYTHING, allow("*", "*", Condition={"Bool": {"aws:ViaAWSService": "true"}})
    ),
    admin.right("every action on one resource, as another rule says", allow("*", TABLE)),
    admin.right("some actions on everything, as another rule says", allow("s3:*", "*")),
    admin.unknown("an action by reference", document(allow(UNKNOWN_TEXT, "*"))),
    admin.unknown("a resource by reference", document(allow("*", UNKNOWN_TEXT))),
    admin.of(
        Kind.CORRECT,
        "named actions on a resource by reference",
        document(allow("s3:GetObject", UNKNOWN_TEXT)),
    ),
    *(
        Case(
            rule="iam-no-admin",
            kind=Kind.WRONG,
            name=f"attached by {type_}",
            resources=[resource(type_, attached(type_, ADMINISTRATOR))],
            fault=WIDE,
        )
        for type_ in ATTACHMENTS
    ),
    *(
        arns.of(Kind.WRONG, f"attached {name}", f"arn:aws-us-gov:iam::aws:policy/{name}", WIDE)
        for name in (
            "PowerUserAccess",
            "IAMFullAccess",
            "AWSLambda_FullAccess",
            "AmazonDynamoDBFullAccess_v2",
            "CloudWatchFullAccessV2",
            "AdministratorAccess-Amplify",
            "job-function/AdministratorAccess",
        )
    ),
    arns.of(Kind.CORRECT, "attached read only", READER),
    arns.of(
        Kind.CORRECT,
        "attached service role",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ),
    arns.of(
        Kind.CORRECT, "an own policy of that name", "arn:aws:iam::123456789012:policy/AdministratorAccess"
    ),
    arns.unknown("attached by reference", UNKNOWN_TEXT),
    Judging("iam-no-admin", ROLE, "managedPolicyArns").unknown("a list that is not known", UNKNOWN_LIST),
    Judging("iam-no-admin", ROLE, "permissionsBoundary").of(
        Kind.CORRECT, "a boundary, which grants nothing", ADMINISTRATOR
    ),
)

actions = Judging("iam-no-service-wildcard", ROLE_POLICY)
ACTIONS = (
    *actions.usual(allow("dynamodb:*"), allow("dynamodb:GetItem"), SERVICE),
    *by_type("iam-no-service-wildcard", allow("dynamodb:*"), SERVICE),
    actions.wrong("every action", SERVICE, allow("*")),
    actions.wrong("one of several", SERVICE, allow(["s3:GetObject", "SQS:*"])),
    *(
        actions.wrong(f"a whole service as {action}", SERVICE, allow(action))
        for action in ("s3:**", "s3:?*", "s3:*?", "s?:*", "*:*", "**")
    ),
    actions.right("actions that begin alike", allow("xray:Put*")),
    actions.right("actions of one letter's difference", allow("s3:?etObject")),
    actions.right("actions of one letter, which no service has as a whole", allow("s3:?")),
    actions.wrong("all but some", UNNAMED, allow(None, NotAction="iam:*")),
    actions.unknown("an action by reference", document(allow([UNKNOWN_TEXT, "s3:GetObject"]))),
    actions.of(Kind.WRONG, "beside an action by reference", document(allow([UNKNOWN_TEXT, "s3:*"])), SERVICE),
    actions.of(Kind.CORRECT, "a resource by reference", document(allow("s3:GetObject", UNKNOWN_TEXT))),
    actions.right("many actions by name", allow(["s3:GetObject", "s3:PutObject"]), allow("sqs:SendMessage")),
)

resources = Judging("iam-no-resource-wildcard", ROLE_POLICY)
RESOURCES = (
    *resources.usual(allow("dynamodb:GetItem", "*"), allow("dynamodb:GetItem"), ANY_RESOURCE),
    *by_type("iam-no-resource-wildcard", allow("dynamodb:GetItem", "*"), ANY_RESOURCE),
    *(
        resources.wrong(
            f"everything as {arn}", ANY_RESOURCE, allow("s3:GetObject", ["arn:aws:s3:::data/*", arn])
        )
        for arn in (
            "arn:aws:s3:::*",
            "arn:aws:s3:::*/*",
            "arn:aws:sqs:eu-west-1:123456789012:*",
            "arn:*",
            "**",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::*:role/*",
            "arn:aws:kms:*:*:key/*",
            "arn:aws:kms:eu-west-1:123456789012:alias/*",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/*",
            "arn:aws:lambda:*:*:function:*",
            "arn:aws:lambda:eu-west-1:123456789012:function:*:live",
            "arn:aws:dynamodb:*:*:table/*",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/?*/index/*",
            "arn:aws:dynamodb:eu-west-1:123456789012:table*",
            "arn:aws:apigateway:eu-west-1::/restapis/*",
            "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/*",
            "arn:aws:execute-api:eu-west-1:123456789012:*/prod/GET/twins",
            "arn:aws:iot:eu-west-1:123456789012:topic/*",
            "arn:aws:s3:::*/twins/*",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/*",
            "arn:aws:logs:eu-west-1:123456789012:log-group:*",
        )
    ),
    *(
        resources.right(f"a name in {arn}", allow("s3:GetObject", arn))
        for arn in (
            "arn:aws:s3:::data-*/twins",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/twins/index/*",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/omnitrack-*",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/x:*",
            "arn:aws:execute-api:eu-west-1:123456789012:a1b2/*",
            "arn:aws:iot:eu-west-1:123456789012:topic/x/*",
            "arn:aws:iam::123456789012:role/deploy/*",
            "arn:aws:sqs:eu-west-1:123456789012:orders-*",
            "arn:aws:sns:eu-west-1:123456789012:alerts:*",
            "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/api/*",
            "arn:aws:apigateway:eu-west-1::/restapis/a1b2/*",
            "arn:aws:apigateway:eu-west-1::/account",
            "arn:aws:events:eu-west-1:123456789012:rule/bus/*",
            "arn:aws:backup:eu-west-1:123456789012:recovery-point:*",
            "twins/*",
        )
    ),
    resources.wrong(
        "the keys of an account beside a named one",
        ANY_RESOURCE,
        allow("kms:Decrypt", ["arn:aws:kms:e:1:key/1", "arn:aws:kms:e:1:key/*"]),
    ),
    resources.right(
        "all of a type for actions that know none", allow("kms:ListKeys", "arn:aws:kms:e:1:key/*")
    ),
    resources.wrong(
        "some of what API Gateway writes its logs with",
        ANY_RESOURCE,
        allow(list(ALL_LOGS[:-1]), "arn:aws:logs:eu-west-1:1:log-group:*"),
    ),
    resources.wrong(
        "more than API Gateway writes its logs with",
        ANY_RESOURCE,
        allow([*ALL_LOGS, "logs:DeleteLogGroup"], "arn:aws:logs:eu-west-1:1:log-group:*"),
    ),
    resources.wrong("API Gateway's logs on everything", ANY_RESOURCE, allow(list(ALL_LOGS), "*")),
    resources.wrong(
        "API Gateway's logs and all roles",
        ANY_RESOURCE,
        allow(list(ALL_LOGS), ["arn:aws:logs:e:1:log-group:*", "arn:aws:iam::1:role/*"]),
    ),
    resources.right(
        "API Gateway's logs of an account", allow(list(ALL_LOGS), "arn:aws:logs:eu-west-1:1:log-group:*")
    ),
    resources.wrong("actions by a pattern, of which some know a name", ANY_RESOURCE, allow("kms:*", "*")),
    resources.wrong("every action", ANY_RESOURCE, allow("*", "*")),
    resources.wrong("an action that AWS does not list", ANY_RESOURCE, allow("made-up:GetIt", "*")),
    resources.wrong("an action that is none", ANY_RESOURCE, allow("kms", "*")),
    resources.wrong("what metrics are shown in", ANY_RESOURCE, allow("cloudwatch:PutDashboard", "*")),
    resources.wrong("brackets, which are no pattern", ANY_RESOURCE, allow("kms:[C]reateKey", "*")),
    *(
        resources.right(f"{action}, which knows no resource", allow(action, "*"))
        for action in (
            "lambda:CreateEventSourceMapping",
            "cloudwatch:GetMetricData",
            "ec2:DescribeInstances",
            "ec2:DescribeVpcs*",
            "iot:CreateKeysAndCertificate",
            "KMS:CreateKey",
            "dynamodb:DescribeLimits",
            "sts:DecodeAuthorizationMessage",
            "cognito-idp:ListUserPools",
            "comprehend:DetectSentiment",
            "translate:TranslateText",
            "ce:GetCostAndUsage",
            "pricing:*",
        )
    ),
    resources.wrong("all but one", OTHER_RESOURCES, allow("s3:GetObject", None, NotResource=TABLE)),
    resources.wrong("all actions but some", ANY_RESOURCE, allow(None, "*", NotAction="iam:*")),
    resources.wrong("a key of every kind", ANY_RESOURCE, allow("kms:Decrypt", "*")),
    resources.wrong(
        "beside an action that knows nothing else",
        ANY_RESOURCE,
        allow(["xray:PutTraceSegments", "dynamodb:GetItem"], "*"),
    ),
    resources.wrong("an action that begins like one of those", ANY_RESOURCE, allow("logs:PutLogEvents", "*")),
    resources.wrong("an action of that name of another service", ANY_RESOURCE, allow("sqs:ListTopics", "*")),
    resources.right("traces", allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")),
    resources.right("traces by a pattern, as another rule says", allow("xray:Put*", "*")),
    resources.right(
        "what looks at a whole account or at none",
        allow(["ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "ec2:DescribeSubnets"], "*"),
        allow(["ssmmessages:OpenDataChannel", "s3:ListAllMyBuckets", "kms:GenerateRandom"], "*"),
    ),
    resources.right("metrics", allow("cloudwatch:PutMetricData", "*")),
    resources.right("delivery of logs", allow(["logs:CreateLogDelivery", "logs:PutResourcePolicy"], ["*"])),
    resources.right(
        "streams of a log group", allow("logs:PutLogEvents", "arn:aws:logs:eu-west-1:1:log-group:/x:*")
    ),
    resources.right("keys of a prefix", allow("s3:GetObject", "arn:aws:s3:::data/twins/*")),
    resources.right("objects of a bucket", allow("s3:GetObject", "arn:aws:s3:::data/*")),
    resources.unknown("a resource by reference", document(allow("s3:GetObject", UNKNOWN_TEXT))),
    resources.unknown("an action by reference", document(allow(UNKNOWN_TEXT, "*"))),
    resources.of(Kind.CORRECT, "an action by reference on one table", document(allow(UNKNOWN_TEXT))),
    resources.of(
        Kind.CORRECT, "traces on a resource by reference", document(allow("xray:PutSpans", UNKNOWN_TEXT))
    ),
)

device = Judging("iot-policy-scoped", "aws:iot/policy:Policy")
IOT = "arn:aws:iot:eu-west-1:123456789012:"
THING = "${iot:Connection.Thing.ThingName}"
DEVICES = (
    *device.usual(allow("iot:Publish", "*"), allow("iot:Publish", IOT + "topic/a"), ANY_DEVICE),
    *(
        device.wrong(f"anything as {name}", ANY_DEVICE, allow("iot:Connect", [IOT + "client/a", IOT + name]))
        for name in ("*", "client/*", "topic/*", "topicfilter/#", "topicfilter/+/#", "client/${iot:ClientId}")
    ),
    device.wrong("all but one", ANY_DEVICE, allow("iot:Connect", None, NotResource=IOT + "client/a")),
    device.wrong("every action", SERVICE, allow("iot:*", IOT + "client/a")),
    device.wrong("actions by a pattern", PATTERN, allow("iot:Pub*", IOT + "topic/a")),
    device.wrong("all actions but some", UNNAMED, allow(None, IOT + "client/a", NotAction="iot:Connect")),
    device.right("itself", allow("iot:Connect", IOT + "client/" + THING)),
    device.right("its own topic", allow("iot:Publish", f"{IOT}topic/omnitrack/sensors/{THING}/data")),
    device.right("a topic named after its client", allow("iot:Publish", IOT + "topic/${iot:ClientId}/*")),
    device.right("actions of Greengrass", allow("greengrass:ResolveComponentCandidates", "*")),
    device.right("a list that knows no resources", allow("iot:ListRetainedMessages", "*")),
    device.unknown("a topic by reference", document(allow("iot:Publish", UNKNOWN_TEXT))),
    device.unknown("an action by reference", document(allow(UNKNOWN_TEXT, IOT + "topic/a"))),
)


ACCOUNT = "arn:aws:iam::123456789012:root"
trust = Judging("iam-trust-specific", ROLE, "assumeRolePolicy")
TRUST = (
    *trust.usual(trusted("*"), trusted(SERVICES), ANYBODY),
    trust.wrong("every AWS caller", ANYBODY, trusted({"AWS": ["arn:aws:iam::123456789012:role/a", "*"]})),
    trust.wrong("every service", ANYBODY, trusted({"Service": "*"})),
    trust.wrong("all but one", ANYBODY, trusted(None, NotPrincipal={"AWS": ACCOUNT})),
    trust.wrong(
        "anybody under another condition",
        ANYBODY,
        trusted("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
    trust.wrong("an account", ANY_OF_ACCOUNT, trusted({"AWS": ACCOUNT})),
    trust.wrong("an account by its number", ANY_OF_ACCOUNT, trusted({"AWS": "123456789012"})),
    trust.wrong(
        "anybody of an account whose roles are all named",
        ANY_OF_ACCOUNT,
        trusted({"AWS": ACCOUNT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}),
    ),
    trust.wrong(
        "anybody of an account that is named once more",
        ANY_OF_ACCOUNT,
        trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ),
    trust.right(
        "a role of an account by condition",
        trusted(
            {"AWS": ACCOUNT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/deploy-*"}}
        ),
    ),
    trust.right(
        "a partner with an external id", trusted({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": "x1"}})
    ),
    trust.right(
        "those with a tag", trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:PrincipalTag/team": "ops"}})
    ),
    trust.right(
        "a user by number", trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:userid": "AIDAEXAMPLE"}})
    ),
    trust.right("an organisation", trusted("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    trust.right("a role", trusted({"AWS": "arn:aws:iam::123456789012:role/deploy"})),
    trust.right("a federation", trusted({"Federated": "arn:aws:iam::123456789012:saml-provider/x"})),
    trust.unknown("a principal by reference", document(trusted({"AWS": UNKNOWN_TEXT}))),
    trust.unknown(
        "an account, or a role of it, by reference",
        document(trusted({"AWS": UNKNOWN_TEXT}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    ),
    trust.unknown("all principals by reference", document(trusted(UNKNOWN_TEXT))),
    trust.unknown("a condition by reference", document(trusted("*", UNKNOWN_TEXT))),
    trust.unknown(
        "a tag by reference",
        document(trusted({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": UNKNOWN_TEXT}})),
    ),
)

CASES = ADMIN + ACTIONS + RESOURCES + DEVICES + TRUST + federation.CASES
