"""Cases of the rule on the encryption of buckets."""

from collections.abc import Sequence

from policy.graph import Resource
from tests.policy.cases.case import (
    AWS_KEY,
    AWS_MANAGED_KEYS,
    KEY_ARN,
    NO_KEY,
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    without_none,
)

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"

SERVICE_KEY = "is encrypted with the key of the service, not with one of the platform"


def bucket(
    kind: Kind, name: str, resources: Sequence[Resource], fault: str | None = None, *, undecided: bool = False
) -> Case:
    return Case(
        rule="s3-bucket-cmk", kind=kind, name=name, resources=resources, fault=fault, undecided=undecided
    )


def sse(**default: object) -> dict[str, object]:
    return {"applyServerSideEncryptionByDefault": without_none(**default)}


def separate(rule: object, bucket_name: object = "data", sources: Sequence[Resource] = ()) -> Resource:
    return resource(
        BUCKET_ENCRYPTION,
        {"bucket": bucket_name, "rules": [rule]},
        name="encryption",
        sources={"bucket": sources},
    )


KMS = sse(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_ARN)
DATA = resource(BUCKET, {"bucket": "data"})
OTHER = resource(BUCKET, {"bucket": "other"}, name="other")
UNENCRYPTED = "is not encrypted with a key of the platform"

CASES = (
    bucket(Kind.MISSING, "nothing", [DATA], UNENCRYPTED),
    bucket(Kind.MISSING, "only another bucket's", [DATA, separate(KMS, "other")], UNENCRYPTED),
    bucket(Kind.MISSING, "a longer name", [DATA, separate(KMS, "data-2")], UNENCRYPTED),
    bucket(
        Kind.MISSING,
        "another bucket's by reference",
        [DATA, separate(KMS, UNKNOWN_TEXT, [OTHER]), OTHER],
        UNENCRYPTED,
    ),
    bucket(Kind.WRONG, "AES256", [DATA, separate(sse(sseAlgorithm="AES256"))], SERVICE_KEY),
    bucket(Kind.WRONG, "KMS without a key", [DATA, separate(sse(sseAlgorithm="aws:kms"))], NO_KEY),
    *(
        bucket(
            Kind.WRONG,
            f"KMS with a key of AWS as {key}",
            [DATA, separate(sse(sseAlgorithm="aws:kms", kmsMasterKeyId=key))],
            AWS_KEY,
        )
        for key in AWS_MANAGED_KEYS
    ),
    bucket(
        Kind.WRONG,
        "an unknown algorithm does not hide a missing key",
        [DATA, separate(sse(sseAlgorithm=UNKNOWN_TEXT))],
        NO_KEY,
    ),
    bucket(
        Kind.WRONG,
        "the separate resource decides, not the block",
        [
            resource(BUCKET, {"bucket": "data", "serverSideEncryptionConfiguration": {"rule": KMS}}),
            separate(sse(sseAlgorithm="AES256")),
        ],
        SERVICE_KEY,
    ),
    bucket(
        Kind.WRONG,
        "AES256 in its own block",
        [resource(BUCKET, {"serverSideEncryptionConfiguration": {"rule": sse(sseAlgorithm="AES256")}})],
        SERVICE_KEY,
    ),
    bucket(
        Kind.UNKNOWN,
        "the algorithm is not known",
        [DATA, separate(sse(sseAlgorithm=UNKNOWN_TEXT, kmsMasterKeyId=KEY_ARN))],
        undecided=True,
    ),
    bucket(Kind.UNKNOWN, "the rule is not known", [DATA, separate(UNKNOWN_BLOCK)], undecided=True),
    bucket(
        Kind.UNKNOWN,
        "whose encryption it is, is not known",
        [DATA, separate(KMS, UNKNOWN_TEXT)],
        undecided=True,
    ),
    bucket(Kind.CORRECT, "a separate resource by name", [DATA, separate(KMS)]),
    bucket(
        Kind.CORRECT,
        "a separate resource by reference",
        [resource(BUCKET, {}), separate(KMS, UNKNOWN_TEXT, [resource(BUCKET, {})])],
    ),
    bucket(
        Kind.CORRECT,
        "two layers of KMS",
        [DATA, separate(sse(sseAlgorithm="aws:kms:dsse", kmsMasterKeyId=KEY_ARN))],
    ),
    bucket(
        Kind.CORRECT,
        "its own block",
        [resource(BUCKET, {"serverSideEncryptionConfiguration": {"rule": KMS}})],
    ),
    bucket(
        Kind.CORRECT,
        "a bucket of the old type",
        [
            resource(
                BUCKET_V2,
                {
                    "serverSideEncryptionConfigurations": [
                        {
                            "rules": [
                                {
                                    "applyServerSideEncryptionByDefaults": [
                                        {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}
                                    ]
                                }
                            ]
                        }
                    ]
                },
            )
        ],
    ),
    bucket(
        Kind.CORRECT,
        "what the provider answers about the bucket's own block is stale",
        [
            resource(
                BUCKET,
                {"bucket": "data"},
                outputs={"serverSideEncryptionConfiguration": {"rule": sse(sseAlgorithm="AES256")}},
            ),
            separate(KMS),
        ],
    ),
    bucket(
        Kind.NOT_APPLICABLE,
        "it takes access logs, where S3 supports no KMS",
        [
            DATA,
            resource(BUCKET_LOGGING, {"bucket": "other", "targetBucket": "data"}, name="logging"),
        ],
    ),
    bucket(
        Kind.UNKNOWN,
        "its own block, unless a separate resource is its own too",
        [
            resource(BUCKET, {"bucket": "data", "serverSideEncryptionConfiguration": {"rule": KMS}}),
            separate(sse(sseAlgorithm="AES256"), UNKNOWN_TEXT),
        ],
        undecided=True,
    ),
    bucket(
        Kind.NOT_APPLICABLE,
        "it takes access logs of a bucket of the old type",
        [DATA, resource(BUCKET_V2, {"loggings": [{"targetBucket": "data"}]}, name="other")],
    ),
    bucket(
        Kind.NOT_APPLICABLE,
        "it takes access logs of a bucket that says so itself",
        [DATA, resource(BUCKET, {"logging": {"targetBucket": "data"}}, name="other")],
    ),
)
