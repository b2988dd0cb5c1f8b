"""Cases of the rule that a policy names its resources."""

from policy.rules.named_resources import NAME_COMES_FIRST, NAMED_BY_AWS
from tests.policy.cases.case import UNKNOWN_TEXT, Kind
from tests.policy.cases.identity_policies import ROLE_POLICY, TABLE, allow, by_type
from tests.policy.cases.policy_documents import Judging, document

ANY_RESOURCE = "allows actions on every resource that could be named"
OTHER_RESOURCES = "allows actions on every resource that it does not name"
ALL_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)

resources = Judging("iam-no-resource-wildcard", ROLE_POLICY)
CASES = (
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
            *(
                f"arn:aws:{service}:eu-west-1:123456789012:{type_}/*"
                for service, type_ in sorted(NAMED_BY_AWS)
            ),
            *(f"arn:aws:{service}:eu-west-1:123456789012:name/*" for service in sorted(NAME_COMES_FIRST)),
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
    resources.wrong(
        "API Gateway's logs and all of a type like it",
        ANY_RESOURCE,
        allow(list(ALL_LOGS), "arn:aws:iam::1:log-group:*"),
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
    resources.wrong(
        "actions by a pattern that also starts jobs", ANY_RESOURCE, allow("comprehend:*Detect*", "*")
    ),
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
            "comprehend:Detect*",
            "comprehend:DetectEntities",
            "rekognition:DetectModerationLabels",
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
