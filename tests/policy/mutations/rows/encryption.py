"""Defects of encryption."""

from policy.rule import Outcome
from policy.rules.keys import KEY_PATHS, KEYS
from tests.policy.mutations.defects import (
    AWS_KEYS,
    KEY,
    TRUE,
    Moment,
    Structure,
    Where,
    also,
    anywhere,
    both,
    elsewhere,
    gone,
    has,
    has_no,
    is_at,
    named,
    removed,
    rows,
    source_of,
    structural,
    to,
    value,
)
from tests.policy.mutations.rows import tokens as t

_OF_BUCKET = source_of("bucket", *t.BUCKETS)
_TARGET = source_of("targetBucket", *t.BUCKETS)
_INLINE = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault"
_SEPARATE = "rules.0.applyServerSideEncryptionByDefault"
_ALGORITHMS = value(["AES256", "", False])
_PREVIEW = (Moment.PREVIEW,)
_KNOWN = "at update the value is known"

_LISTS = ("replicas", "rules")
"""Blocks that the programs write as a list."""


def _placed(path: str) -> str:
    """The path of a key, in the first of the blocks that stand in a list."""
    name, _, rest = path.partition(".")
    return f"{name}.0.{rest}" if name in _LISTS else path


def _takes_key(path: str) -> Where:
    """Those that have a key there, and buckets, which have it in any of three places."""
    return lambda resource: resource.type in t.BUCKETS or has(path)(resource)


BUCKETS = (
    *gone("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, "rules", {"none": removed, "empty": to([])}, on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, _SEPARATE, {"not set": removed}, on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, f"{_SEPARATE}.sseAlgorithm", _ALGORITHMS, on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, f"{_SEPARATE}.kmsMasterKeyId", KEY, on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, "bucket", value(["", "another"]), on=_OF_BUCKET),
    *elsewhere("s3-bucket-cmk", t.BUCKET_ENCRYPTIONS, "bucket", on=_OF_BUCKET),
    *rows("s3-bucket-cmk", t.BUCKET, "serverSideEncryptionConfiguration", {"not set": removed}),
    *rows("s3-bucket-cmk", t.BUCKET, f"{_INLINE}.sseAlgorithm", _ALGORITHMS),
    *rows("s3-bucket-cmk", t.BUCKET, f"{_INLINE}.kmsMasterKeyId", KEY),
    # A bucket that takes logs no longer has no excuse any more.
    *gone(
        "s3-bucket-cmk",
        t.BUCKET_LOGGINGS,
        on=_TARGET,
        also=(also("s3-access-logs", _TARGET), also("s3-access-logs", _OF_BUCKET)),
    ),
    *rows(
        "s3-bucket-cmk",
        t.BUCKET_LOGGINGS,
        "targetBucket",
        {"not set": removed, "empty": to("")},
        on=_TARGET,
        also=(also("s3-access-logs", _TARGET), also("s3-access-logs", _OF_BUCKET)),
    ),
    *elsewhere(
        "s3-bucket-cmk",
        t.BUCKET_LOGGINGS,
        "targetBucket",
        other=named("inline"),
        on=_TARGET,
        also=(also("s3-access-logs", _TARGET),),
    ),
    *rows(
        "s3-bucket-cmk",
        t.BUCKET,
        "logging",
        {"not set": removed, "empty": to({})},
        on=source_of("logging", *t.BUCKETS),
        also=(also("s3-access-logs", source_of("logging", *t.BUCKETS)), also("s3-access-logs")),
    ),
)

ROWS = (
    *rows("kms-key-rotation", t.KEY, "enableKeyRotation", TRUE),
    *rows("dynamodb-table-cmk", t.TABLE, "serverSideEncryption", {"not set": removed, "empty": to({})}),
    *rows("dynamodb-table-cmk", t.TABLE, "serverSideEncryption.enabled", TRUE),
    *rows("dynamodb-table-cmk", t.TABLE, "serverSideEncryption.kmsKeyArn", KEY),
    *rows("dynamodb-replica-cmk", t.TABLE, "replicas.0.kmsKeyArn", KEY),
    *rows("dynamodb-replica-cmk", t.aws("dynamodb/tableReplica"), "kmsKeyArn", KEY),
    *BUCKETS,
    *rows("sns-topic-cmk", t.TOPIC, "kmsMasterKeyId", KEY),
    *rows("sqs-queue-encrypted", t.QUEUE, "kmsMasterKeyId", {"no key": removed, "empty": to("")}),
    *rows("sqs-queue-cmk", t.QUEUE, "kmsMasterKeyId", {**AWS_KEYS, "a flag": to(False)}),
    *rows(
        "sqs-queue-cmk",
        t.QUEUE,
        "",
        {
            "the service's key": lambda queue: {
                **{name: one for name, one in queue.items() if name != "kmsMasterKeyId"},
                "sqsManagedSseEnabled": True,
            }
        },
        where=has("kmsMasterKeyId"),
    ),
    *rows("lambda-env-cmk", t.FUNCTION, "kmsKeyArn", KEY, where=both(has("environment"), has("kmsKeyArn"))),
    *rows("log-group-cmk", t.LOG_GROUP, "kmsKeyId", KEY),
    *rows("secret-cmk", t.SECRET, "kmsKeyId", KEY),
    *rows("secret-cmk", t.SECRET, "replicas.0.kmsKeyId", KEY),
    *rows("ssm-securestring-cmk", t.PARAMETER, "keyId", KEY),
    *rows(
        "ssm-securestring-cmk",
        t.PARAMETER,
        "type",
        {"secure without a key": to("SecureString")},
        where=both(is_at("type", "String"), has_no("keyId")),
    ),
    *rows("backup-vault-cmk", t.VAULT, "kmsKeyArn", KEY),
    *(
        row
        for type_, paths in KEY_PATHS.items()
        for path in map(_placed, paths)
        for row in (
            *structural(
                Structure.FOREIGN,
                "customer-key-source",
                type_,
                path,
                other=lambda one: one.type.startswith("aws:") and one.type not in KEYS,
                where=_takes_key(path),
                moments=_PREVIEW,
                reason=_KNOWN,
            ),
            *structural(
                Structure.NOWHERE,
                "customer-key-source",
                type_,
                path,
                where=_takes_key(path),
                preview=Outcome.UNDECIDED,
                moments=_PREVIEW,
                reason=f"nobody can tell what it is, and the guard stops; {_KNOWN}",
            ),
        )
    ),
    *rows("apigw-cache-encrypted", t.METHOD_SETTINGS, "settings.cacheDataEncrypted", TRUE),
    *rows(
        "apigw-cache-encrypted",
        t.METHOD_SETTINGS,
        "settings.cachingEnabled",
        {"a cache in clear": to(True)},
        where=has_no("settings.cacheDataEncrypted"),
    ),
    *rows("kms-key-usable", t.KEY, "isEnabled", {"false": to(False)}, where=anywhere),
    *rows("kms-key-usable", t.KEY, "deletionWindowInDays", {"7": to(7), "29": to(29)}),
    *rows("sfn-cmk", t.MACHINE, "encryptionConfiguration", {"not set": removed}),
    *rows("sfn-cmk", t.MACHINE, "encryptionConfiguration.type", value(["AWS_OWNED_KEY", ""])),
    *rows("sfn-cmk", t.MACHINE, "encryptionConfiguration.kmsKeyId", KEY),
    *rows("xray-encryption-kms", t.aws("xray/encryptionConfig"), "type", value(["NONE", ""])),
    *rows("xray-encryption-kms", t.aws("xray/encryptionConfig"), "keyId", KEY),
)
