"""Cases of the rules on the logs that distributions and buckets deliver."""

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
DISTRIBUTION_ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
NO_REQUESTS = "keeps no log of requests"
NO_READERS = "does not log who reads and writes it"

edge = cases_of("cloudfront-access-logs")
bucket = cases_of("s3-access-logs")

NEW_EDGE = resource(DISTRIBUTION, {"enabled": True}, outputs={"arn": UNKNOWN_TEXT})
LIVE_EDGE = resource(DISTRIBUTION, {"enabled": True}, outputs={"arn": DISTRIBUTION_ARN})
OTHER_EDGE = resource(DISTRIBUTION, {}, name="other")


def logging_to(bucket: object) -> list[Resource]:
    return [
        resource(DISTRIBUTION, {"loggingConfig": {"includeCookies": False, **without_none(bucket=bucket)}})
    ]


def source(of: object, *, kind: object = "ACCESS_LOGS", sources: list[Resource] | None = None) -> Resource:
    return resource(
        DELIVERY_SOURCE,
        without_none(name="edge", resourceArn=of, logType=kind),
        name="source",
        sources={"resourceArn": sources or []},
    )


def delivery(name: object = "edge", *, of: list[Resource] | None = None) -> Resource:
    return resource(
        DELIVERY,
        without_none(deliverySourceName=name, deliveryDestinationArn=UNKNOWN_TEXT),
        name="delivery",
        sources={"deliverySourceName": of or []},
    )


NEW_SOURCE = source(UNKNOWN_TEXT, sources=[NEW_EDGE])
EDGES = (
    edge(Kind.MISSING, "nothing", [NEW_EDGE], NO_REQUESTS),
    edge(Kind.MISSING, "a block without a bucket", logging_to(None), NO_REQUESTS),
    edge(Kind.MISSING, "an empty bucket", logging_to(""), NO_REQUESTS),
    edge(Kind.MISSING, "a source without a delivery", [LIVE_EDGE, source(DISTRIBUTION_ARN)], NO_REQUESTS),
    edge(Kind.MISSING, "a delivery without a source", [LIVE_EDGE, delivery()], NO_REQUESTS),
    edge(
        Kind.WRONG,
        "another distribution's source",
        [NEW_EDGE, source(UNKNOWN_TEXT, sources=[OTHER_EDGE]), delivery(), OTHER_EDGE],
        NO_REQUESTS,
    ),
    edge(Kind.WRONG, "a longer ARN", [LIVE_EDGE, source(f"{DISTRIBUTION_ARN}2"), delivery()], NO_REQUESTS),
    edge(
        Kind.WRONG,
        "another log",
        [LIVE_EDGE, source(DISTRIBUTION_ARN, kind="WAF_LOGS"), delivery()],
        NO_REQUESTS,
    ),
    edge(
        Kind.WRONG,
        "a delivery of another source",
        [LIVE_EDGE, source(DISTRIBUTION_ARN), delivery("edge2")],
        NO_REQUESTS,
    ),
    edge(Kind.UNKNOWN, "a bucket by reference", logging_to(UNKNOWN_TEXT)),
    edge(Kind.UNKNOWN, "the block, a reference", [resource(DISTRIBUTION, {"loggingConfig": UNKNOWN_BLOCK})]),
    edge(Kind.UNKNOWN, "whose source it is", [NEW_EDGE, source(UNKNOWN_TEXT), delivery()], undecided=True),
    edge(
        Kind.UNKNOWN,
        "which log it is",
        [LIVE_EDGE, source(DISTRIBUTION_ARN, kind=UNKNOWN_TEXT), delivery()],
        undecided=True,
    ),
    edge(
        Kind.UNKNOWN,
        "whose delivery it is",
        [LIVE_EDGE, source(DISTRIBUTION_ARN), delivery(UNKNOWN_TEXT)],
        undecided=True,
    ),
    edge(Kind.CORRECT, "a bucket", logging_to("calls.s3.amazonaws.com")),
    edge(Kind.CORRECT, "a bucket as a secret", logging_to(secret("calls.s3.amazonaws.com"))),
    edge(Kind.CORRECT, "a delivery by ARN", [LIVE_EDGE, source(DISTRIBUTION_ARN), delivery()]),
    edge(
        Kind.CORRECT,
        "a delivery by reference",
        [NEW_EDGE, NEW_SOURCE, delivery(UNKNOWN_TEXT, of=[NEW_SOURCE])],
    ),
)


def bucket_cases(type_: str, logging_type: str, block: str) -> list[Case]:
    data = resource(type_, {"bucket": "data"})
    new = resource(type_, {}, outputs={"bucket": UNKNOWN_TEXT})
    other = resource(type_, {"bucket": "data-2"}, name="other")

    def separate(of: object, target: object = "calls", **sources: list[Resource]) -> Resource:
        found = without_none(bucket=of, targetBucket=target)
        return resource(logging_type, found, name="logging", sources=sources)

    def inline(target: object, name: str = "subject") -> Resource:
        return resource(
            type_, {"bucket": name, block: {"__defaults": [], **without_none(targetBucket=target)}}, name=name
        )

    wrong: dict[str, list[Resource]] = {
        "another bucket's": [data, separate("data-2")],
        "another bucket's by reference": [
            new,
            separate(UNKNOWN_TEXT, UNKNOWN_TEXT, bucket=[other], targetBucket=[other]),
            other,
        ],
        "a separate one without a target": [data, separate("data", None)],
        "a separate one with an empty target": [data, separate("data", "")],
        "an empty target": [inline("")],
        "a target of that name and more": [data, inline("data-2", "other")],
    }
    unknown: dict[str, list[Resource]] = {
        "whose it is": [data, separate(UNKNOWN_TEXT)],
        "whether it is a target": [data, separate("data-2", UNKNOWN_TEXT)],
        "whether it is a target of a block": [data, inline(UNKNOWN_TEXT, "other")],
    }
    right: dict[str, list[Resource]] = {
        "by name": [data, separate("data")],
        "by reference": [
            new,
            separate(UNKNOWN_TEXT, UNKNOWN_TEXT, bucket=[new], targetBucket=[other]),
            other,
        ],
        "to a target by reference": [inline(UNKNOWN_TEXT)],
        "by its own block": [inline("calls")],
        "by its own block, a secret": [inline(secret("calls"))],
    }
    exempt: dict[str, list[Resource]] = {
        "a target": [data, separate("data-2", "data")],
        "a target by reference": [new, separate("data-2", UNKNOWN_TEXT, targetBucket=[new])],
        "a target of a block": [data, inline("data", "other")],
    }
    return [
        bucket(Kind.MISSING, f"{type_}: nothing", [data], NO_READERS),
        bucket(Kind.MISSING, f"{type_}: an empty block", [inline(None)], NO_READERS),
        *(bucket(Kind.WRONG, f"{type_}: {name}", found, NO_READERS) for name, found in wrong.items()),
        *(bucket(Kind.UNKNOWN, f"{type_}: {name}", found, undecided=True) for name, found in unknown.items()),
        *(bucket(Kind.CORRECT, f"{type_}: {name}", found) for name, found in right.items()),
        *(bucket(Kind.NOT_APPLICABLE, f"{type_}: {name}", found) for name, found in exempt.items()),
    ]


CASES = (
    *EDGES,
    *bucket_cases("aws:s3/bucket:Bucket", "aws:s3/bucketLogging:BucketLogging", "logging"),
    *bucket_cases("aws:s3/bucketV2:BucketV2", "aws:s3/bucketLoggingV2:BucketLoggingV2", "loggings"),
)
