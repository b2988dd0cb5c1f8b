"""Cases of the rules on resource policies: they let nobody in unnamed, and a bucket's nobody without TLS."""

import json
from typing import Any

from policy.graph import Resource
from policy.rules.exposure import RESOURCE_POLICIES
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
    without_none,
)
from tests.policy.cases.policy_documents import Judging, document

BUCKET = "aws:s3/bucket:Bucket"
OLD_BUCKET = "aws:s3/bucketV2:BucketV2"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
ACCOUNT = "123456789012"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:orders"
DATA = resource(BUCKET, {"bucket": "data"})
UNNAMED = resource(BUCKET, {})

OPEN = "lets everybody in"
CLEAR = "accepts requests without TLS"


def allow(principal: object, condition: object = None, **more: Any) -> dict[str, Any]:
    return (
        without_none(
            Effect="Allow", Principal=principal, Action="sqs:SendMessage", Resource="*", Condition=condition
        )
        | more
    )


def equal(key: str, value: object, operator: str = "StringEquals") -> dict[str, Any]:
    return allow("*", {operator: {key: value}})


ROLE = {"AWS": "arn:aws:iam::123456789012:role/sender"}
public = Judging("no-public-resource-policy", QUEUE_POLICY)
PUBLIC = (
    *public.usual(allow("*"), allow(ROLE), OPEN),
    *(
        Case(
            rule="no-public-resource-policy",
            kind=Kind.WRONG,
            name=f"of {type_}",
            resources=[resource(type_, {path: json.dumps(document(allow({"AWS": "*"})))})],
            fault=OPEN,
        )
        for type_, path in RESOURCE_POLICIES.items()
    ),
    public.wrong("one of several", OPEN, allow({"AWS": [ROLE["AWS"], "*"]})),
    public.wrong("all but one", OPEN, allow(None, NotPrincipal=ROLE)),
    public.wrong("roles of every account", OPEN, allow({"AWS": "arn:aws:iam::*:root"})),
    *(
        public.wrong(f"limited by nothing: {operator} {key} {value!r}", OPEN, equal(key, value, operator))
        for operator, key, value in (
            ("ArnLike", "aws:SourceArn", "*"),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:orders"),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::orders-*"),
            ("ArnLike", "aws:SourceArn", "orders"),
            ("ArnLike", "aws:SourceArn", [TOPIC_ARN, "*"]),
            ("ArnLike", "aws:SourceArn", []),
            ("ArnLikeIfExists", "aws:SourceArn", TOPIC_ARN),
            ("ArnNotLike", "aws:SourceArn", TOPIC_ARN),
            ("StringLike", "aws:SourceAccount", "*"),
            ("StringLike", "aws:SourceAccount", "12345678901?"),
            ("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"),
            ("StringEquals", "aws:SourceAccount", ""),
            ("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
            ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/r-1/*"),
            ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
            ("IpAddress", "aws:SourceIp", "::/0"),
            ("IpAddress", "aws:SourceIp", "home"),
            ("Bool", "aws:SecureTransport", "true"),
            ("Null", "aws:SourceArn", "false"),
            ("StringEquals", "kms:ViaService", "sqs.eu-west-1.amazonaws.com"),
        )
    ),
    *(
        public.right(f"limited by {operator} {key} {value!r}", equal(key, value, operator))
        for operator, key, value in (
            ("ArnLike", "aws:SourceArn", TOPIC_ARN),
            ("ArnEquals", "AWS:SOURCEARN", "arn:aws-cn:sns:*:123456789012:*"),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::orders"),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:orders"),
            ("StringEquals", "aws:SourceAccount", ACCOUNT),
            ("StringEquals", "aws:SourceAccount", 123456789012),
            ("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}"),
            ("StringEqualsIgnoreCase", "AWS:SourceOwner", ACCOUNT),
            ("StringEquals", "aws:PrincipalOrgID", ["o-1", "o-2"]),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*"),
            ("StringEquals", "kms:CallerAccount", ACCOUNT),
            ("StringEquals", "aws:SourceVpc", "vpc-1"),
            ("StringEquals", "aws:SourceVpce", "vpce-1"),
            ("StringEquals", "aws:VpceAccount", ACCOUNT),
            ("StringEquals", "aws:VpceOrgID", "o-1"),
            ("ForAnyValue:StringLike", "aws:VpceOrgPaths", "o-1/*"),
            ("StringEquals", "aws:SourceOrgID", "o-1"),
            ("ForAnyValue:StringLike", "aws:SourceOrgPaths", "o-1/*"),
            ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"),
            ("StringEquals", "aws:userid", "AIDAEXAMPLE"),
            ("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:123456789012:accesspoint/*"),
            ("StringEquals", "s3:DataAccessPointAccount", ACCOUNT),
            ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
            ("IpAddress", "aws:SourceIp", "203.0.113.7"),
        )
    ),
    public.right(
        "two conditions", allow("*", {"StringEquals": {"sns:Protocol": "sqs", "aws:SourceAccount": ACCOUNT}})
    ),
    public.right(
        "the account, as in a key policy", allow({"AWS": "arn:aws:iam::123456789012:root"}, Action="kms:*")
    ),
    public.right("a service", allow({"Service": "sns.amazonaws.com"})),
    public.right("everybody is denied", allow("*", Effect="Deny")),
    public.unknown("a principal by reference", document(allow({"AWS": UNKNOWN_TEXT}))),
    public.unknown("a source by reference", document(equal("aws:SourceArn", UNKNOWN_TEXT))),
    public.unknown("a condition by reference", document(allow("*", UNKNOWN_BLOCK))),
    public.of(
        Kind.WRONG, "another value by reference", document(equal("aws:RequestedRegion", UNKNOWN_TEXT)), OPEN
    ),
    public.of(
        Kind.CORRECT,
        "limited beside a reference",
        document(allow("*", {"StringEquals": {"a:b": UNKNOWN_TEXT, "aws:SourceAccount": ACCOUNT}})),
    ),
)

tls = cases_of("s3-tls-only")
ARNS = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]


def deny(**more: Any) -> dict[str, Any]:
    clear = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ARNS, "Condition": clear} | more


def with_policy(value: object, *sources: Resource, bucket: object = "data") -> Resource:
    text = json.dumps(value) if isinstance(value, dict) else value
    return resource(
        BUCKET_POLICY, without_none(bucket=bucket, policy=text), name="policy", sources={"bucket": sources}
    )


NOT_ENOUGH: dict[str, dict[str, Any]] = {
    "allowed": {"Effect": "Allow"},
    "for one role": {"Principal": ROLE},
    "for one action": {"Action": "s3:GetObject"},
    "for the bucket, not its objects": {"Resource": ARNS[0]},
    "for the objects, not the bucket": {"Resource": ARNS[1]},
    "without condition": {"Condition": {}},
    "of requests with TLS": {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    "by another test": {"Condition": {"Null": {"aws:SecureTransport": "false"}}},
    "of something else": {"Condition": {"Bool": {"aws:ViaAWSService": "false"}}},
    "for one network only": {
        "Condition": {
            "Bool": {"aws:SecureTransport": "false"},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        }
    },
}

TLS = (
    tls(Kind.MISSING, "no policy", [DATA], CLEAR),
    tls(Kind.MISSING, "no policy of an old bucket", [resource(OLD_BUCKET, {})], CLEAR),
    tls(Kind.MISSING, "a policy of nothing", [DATA, with_policy({"Statement": []})], CLEAR),
    tls(Kind.WRONG, "no JSON", [DATA, with_policy("{")], CLEAR),
    tls(Kind.WRONG, "another bucket's", [DATA, with_policy(document(deny()), bucket="data-2")], CLEAR),
    *(
        tls(Kind.WRONG, name, [DATA, with_policy(document(deny(**more)))], CLEAR)
        for name, more in NOT_ENOUGH.items()
    ),
    tls(Kind.UNKNOWN, "a policy by reference", [DATA, with_policy(UNKNOWN_TEXT)], undecided=True),
    tls(
        Kind.UNKNOWN,
        "of a bucket from elsewhere",
        [DATA, with_policy(document(deny()), bucket=UNKNOWN_TEXT)],
        undecided=True,
    ),
    *(
        tls(
            Kind.UNKNOWN,
            f"a {name} by reference",
            [resource(BUCKET, {"policy": document({**deny(), name: UNKNOWN_TEXT})})],
            undecided=True,
        )
        for name in ("Effect", "Principal", "Action", "Resource", "Condition")
    ),
    tls(
        Kind.UNKNOWN,
        "a statement by reference",
        [resource(BUCKET, {"policy": document(UNKNOWN_TEXT)})],
        undecided=True,
    ),
    tls(Kind.CORRECT, "as text", [DATA, with_policy(document(deny()))]),
    tls(Kind.CORRECT, "beside another statement", [DATA, with_policy(document(allow(ROLE), deny()))]),
    tls(
        Kind.CORRECT, "as a structure", [resource(BUCKET, {"policy": {"__defaults": [], **document(deny())}})]
    ),
    tls(
        Kind.CORRECT,
        "by a pattern",
        [DATA, with_policy(document(deny(Resource="arn:aws:s3:::data*", Action="*")))],
    ),
    tls(
        Kind.CORRECT,
        "also where nothing is said of TLS",
        [DATA, with_policy(document(deny(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})))],
    ),
    tls(Kind.CORRECT, "of AWS callers", [DATA, with_policy(document(deny(Principal={"AWS": "*"})))]),
    tls(
        Kind.CORRECT,
        "with a flag",
        [DATA, with_policy(document(deny(Condition={"Bool": {"AWS:securetransport": False}})))],
    ),
    tls(Kind.CORRECT, "of everything", [DATA, with_policy(document(deny(Resource="*")))]),
    tls(Kind.CORRECT, "by reference", [UNNAMED, with_policy(document(deny()), UNNAMED, bucket=UNKNOWN_TEXT)]),
)

CASES = PUBLIC + TLS
