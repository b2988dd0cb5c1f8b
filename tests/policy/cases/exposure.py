"""Cases of the rules on what is open to everybody."""

from collections.abc import Mapping

from policy.graph import Resource
from policy.rules.exposure import PUBLIC_ACCESS
from tests.policy.cases import resource_policies
from tests.policy.cases.case import (
    UNKNOWN_FLAG,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    value_cases,
    without_none,
)
from tests.policy.cases.resource_policies import ACCOUNT, BUCKET, DATA, OLD_BUCKET, UNNAMED

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"

ALL_ON = dict.fromkeys(PUBLIC_ACCESS, True)
UNBLOCKED = "does not block all public access"


blocked = cases_of("s3-public-access-block")
OTHER = resource(BUCKET, {"bucket": "other"}, name="other")


def block(
    bucket: object, *sources: Resource, type_: str = BLOCK, flags: Mapping[str, object] = ALL_ON
) -> Resource:
    properties = {**ALL_ON, **flags}
    return resource(
        type_, without_none(bucket=bucket, **properties), name="block", sources={"bucket": sources}
    )


BLOCKS = (
    blocked(Kind.MISSING, "no block", [DATA], UNBLOCKED),
    blocked(Kind.MISSING, "no block of an old bucket", [resource(OLD_BUCKET, {"bucket": "data"})], UNBLOCKED),
    blocked(
        Kind.MISSING,
        "a block without settings",
        [DATA, resource(BLOCK, {"bucket": "data"}, name="b")],
        UNBLOCKED,
    ),
    *(
        blocked(Kind.MISSING, f"{flag} left out", [DATA, block("data", flags={flag: None})], UNBLOCKED)
        for flag in PUBLIC_ACCESS
    ),
    *(
        blocked(Kind.WRONG, f"{flag} off", [DATA, block("data", flags={flag: False})], UNBLOCKED)
        for flag in PUBLIC_ACCESS
    ),
    blocked(Kind.WRONG, "another bucket's", [DATA, block("data-2")], UNBLOCKED),
    blocked(
        Kind.WRONG, "another bucket's by reference", [DATA, block(UNKNOWN_TEXT, OTHER), OTHER], UNBLOCKED
    ),
    blocked(
        Kind.WRONG,
        "an account's that is not whole",
        [DATA, block(None, type_=ACCOUNT_BLOCK, flags={"blockPublicAcls": False})],
        UNBLOCKED,
    ),
    blocked(
        Kind.UNKNOWN,
        "a setting",
        [DATA, block("data", flags={"blockPublicAcls": UNKNOWN_FLAG})],
        undecided=True,
    ),
    blocked(Kind.UNKNOWN, "from another stack", [DATA, block(UNKNOWN_TEXT)], undecided=True),
    blocked(
        Kind.UNKNOWN,
        "an account's",
        [DATA, block(None, type_=ACCOUNT_BLOCK, flags={"blockPublicAcls": UNKNOWN_FLAG})],
        undecided=True,
    ),
    blocked(Kind.CORRECT, "by name", [DATA, block("data")]),
    blocked(Kind.CORRECT, "by reference", [UNNAMED, block(UNKNOWN_TEXT, UNNAMED)]),
    blocked(Kind.CORRECT, "of an old bucket", [resource(OLD_BUCKET, {"bucket": "data"}), block("data")]),
    blocked(Kind.CORRECT, "the account's", [DATA, block(None, type_=ACCOUNT_BLOCK)]),
    blocked(
        Kind.CORRECT,
        "named by the provider",
        [resource(BUCKET, {}, outputs={"bucket": "data-1a2b"}), block("data-1a2b")],
    ),
)

PERMISSION = "aws:lambda/permission:Permission"
FOR_ANY_ACCOUNT = "lets a service call the function for any account"
FOR_ANY_RESOURCE = "lets a service call the function for any resource of the account"
NOT_NARROW = "lets a service call the function for a source that is not narrowed to an account"
ANYBODY = "lets everybody call the function"
ANY_OWNER = "lets whoever owns the bucket's name call the function"
GATEWAY = "apigateway.amazonaws.com"
API_ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/*"
permission = cases_of("lambda-permission-scoped")


def called(principal: object, **more: object) -> list[Resource]:
    return [resource(PERMISSION, without_none(action="lambda:InvokeFunction", principal=principal, **more))]


PERMISSIONS = (
    permission(Kind.MISSING, "no source", called(GATEWAY), FOR_ANY_ACCOUNT),
    permission(Kind.MISSING, "an empty source", called(GATEWAY, sourceArn=""), FOR_ANY_ACCOUNT),
    permission(
        Kind.MISSING, "a source account alone", called(GATEWAY, sourceAccount=ACCOUNT), FOR_ANY_RESOURCE
    ),
    permission(Kind.MISSING, "no caller", called(None)),
    permission(
        Kind.MISSING,
        "a bucket without its account",
        called("s3.amazonaws.com", sourceArn="arn:aws:s3:::data"),
        ANY_OWNER,
    ),
    permission(
        Kind.MISSING,
        "an unknown bucket without its account",
        called("s3.amazonaws.com", sourceArn=UNKNOWN_TEXT),
        ANY_OWNER,
    ),
    permission(Kind.MISSING, "AWS Config without account", called("config.amazonaws.com"), FOR_ANY_ACCOUNT),
    permission(Kind.MISSING, "an empty caller", called("", sourceArn="*")),
    permission(Kind.WRONG, "everybody", called("*"), ANYBODY),
    permission(Kind.WRONG, "everybody for a source", called("*", sourceArn=API_ARN), ANYBODY),
    permission(Kind.WRONG, "every source", called(GATEWAY, sourceArn="*"), NOT_NARROW),
    permission(
        Kind.WRONG, "every account's", called(GATEWAY, sourceArn="arn:aws:execute-api:*:*:*"), NOT_NARROW
    ),
    permission(Kind.WRONG, "a regional service", called("logs.cn-north-1.amazonaws.com.cn"), FOR_ANY_ACCOUNT),
    permission(Kind.WRONG, "a skill without its id", called("alexa-appkit.amazon.com"), FOR_ANY_ACCOUNT),
    permission(Kind.UNKNOWN, "a caller by reference", called(UNKNOWN_TEXT), undecided=True),
    permission(Kind.CORRECT, "a source by reference", called(GATEWAY, sourceArn=UNKNOWN_TEXT)),
    permission(Kind.CORRECT, "a source", called(GATEWAY, sourceArn=API_ARN)),
    permission(
        Kind.CORRECT,
        "a bucket",
        called("s3.amazonaws.com", sourceArn="arn:aws:s3:::data", sourceAccount=ACCOUNT),
    ),
    permission(
        Kind.CORRECT,
        "AWS Config, which has no source",
        called("config.amazonaws.com", sourceAccount=UNKNOWN_TEXT),
    ),
    permission(
        Kind.CORRECT, "a skill", called("alexa-appkit.amazon.com", eventSourceToken="amzn1.ask.skill.1")
    ),
    permission(Kind.CORRECT, "an organisation", called("*", principalOrgId="o-1")),
    permission(Kind.CORRECT, "an account", called(ACCOUNT)),
    permission(Kind.CORRECT, "a role", called("arn:aws:iam::123456789012:role/caller")),
)

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
POOL = "aws:cognito/identityPool:IdentityPool"
subscription = cases_of("sns-no-http-subscription")
guests = cases_of("cognito-no-guests")
VALUES = (
    *value_cases(
        "lambda-url-auth",
        "aws:lambda/functionUrl:FunctionUrl",
        lambda kind: without_none(authorizationType=kind),
        right="AWS_IAM",
        wrong=["NONE", ""],
        unknown=UNKNOWN_TEXT,
        fault=ANYBODY,
    ),
    subscription(Kind.MISSING, "no protocol", [resource(SUBSCRIPTION, {})]),
    subscription(Kind.WRONG, "http", [resource(SUBSCRIPTION, {"protocol": "http"})], "delivers in clear"),
    subscription(
        Kind.UNKNOWN, "by reference", [resource(SUBSCRIPTION, {"protocol": UNKNOWN_TEXT})], undecided=True
    ),
    subscription(Kind.CORRECT, "https", [resource(SUBSCRIPTION, {"protocol": "https"})]),
    subscription(Kind.CORRECT, "a queue", [resource(SUBSCRIPTION, {"protocol": "sqs"})]),
    guests(Kind.MISSING, "the service's default", [resource(POOL, {})]),
    guests(
        Kind.WRONG,
        "guests",
        [resource(POOL, {"allowUnauthenticatedIdentities": True})],
        "gives credentials to guests",
    ),
    guests(
        Kind.UNKNOWN,
        "by reference",
        [resource(POOL, {"allowUnauthenticatedIdentities": UNKNOWN_FLAG})],
        undecided=True,
    ),
    guests(Kind.CORRECT, "no guests", [resource(POOL, {"allowUnauthenticatedIdentities": False})]),
)

CASES = (*resource_policies.CASES, *BLOCKS, *PERMISSIONS, *VALUES)
