"""Cases of the rules on encryption."""

from typing import Any

from tests.policy.cases import buckets, encryption_advice
from tests.policy.cases.case import (
    AWS_KEY,
    KEY_ARN,
    NO_KEY,
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    key_cases,
    resource,
    value_cases,
    without_none,
)

KEY = "aws:kms/key:Key"
TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"
QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
SECRET = "aws:secretsmanager/secret:Secret"
PARAMETER = "aws:ssm/parameter:Parameter"
SETTINGS = "aws:apigateway/methodSettings:MethodSettings"

SERVICE_KEY = "is encrypted with the key of the service, not with one of the platform"


def single(  # noqa: PLR0917 - rows read best in columns
    rule: str,
    kind: Kind,
    name: str,
    type_: str,
    properties: dict[str, Any],
    fault: str | None = None,
    *,
    undecided: bool = False,
) -> Case:
    return Case(
        rule=rule,
        kind=kind,
        name=name,
        resources=[resource(type_, properties)],
        fault=fault,
        undecided=undecided,
    )


KEYS = (
    *value_cases(
        "kms-key-rotation",
        KEY,
        lambda rotates: without_none(enableKeyRotation=rotates, policy=UNKNOWN_TEXT),
        right=True,
        wrong=[False, "true"],
        unknown=UNKNOWN_FLAG,
        fault="does not rotate automatically",
    ),
    single(
        "kms-key-rotation",
        Kind.WRONG,
        "a symmetric key by name",
        KEY,
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        "does not rotate automatically",
    ),
    single(
        "kms-key-rotation",
        Kind.WRONG,
        "a state shows what is not set as empty",
        KEY,
        {"customerMasterKeySpec": "", "customKeyStoreId": "", "enableKeyRotation": False},
        "does not rotate automatically",
    ),
    single("kms-key-rotation", Kind.NOT_APPLICABLE, "asymmetric", KEY, {"customerMasterKeySpec": "RSA_2048"}),
    single("kms-key-rotation", Kind.NOT_APPLICABLE, "HMAC", KEY, {"customerMasterKeySpec": "HMAC_256"}),
    single("kms-key-rotation", Kind.NOT_APPLICABLE, "a custom store", KEY, {"customKeyStoreId": "cks-1"}),
    single(
        "kms-key-rotation",
        Kind.UNKNOWN,
        "the kind of key is not known",
        KEY,
        {"customerMasterKeySpec": UNKNOWN_TEXT},
        undecided=True,
    ),
    single(
        "kms-key-rotation",
        Kind.CORRECT,
        "it rotates, whatever its kind",
        KEY,
        {"customerMasterKeySpec": UNKNOWN_TEXT, "enableKeyRotation": True},
    ),
    *key_cases("sns-topic-cmk", "aws:sns/topic:Topic", lambda key: without_none(kmsMasterKeyId=key)),
    *key_cases("log-group-cmk", "aws:cloudwatch/logGroup:LogGroup", lambda key: without_none(kmsKeyId=key)),
    *key_cases("backup-vault-cmk", "aws:backup/vault:Vault", lambda key: without_none(kmsKeyArn=key)),
    *key_cases("secret-cmk", SECRET, lambda key: without_none(kmsKeyId=key)),
    single(
        "secret-cmk",
        Kind.WRONG,
        "a replica without a key",
        SECRET,
        {"kmsKeyId": KEY_ARN, "replicas": [{"kmsKeyId": UNKNOWN_TEXT}, {"region": "eu-central-1"}]},
        f"has a replica that {NO_KEY}",
    ),
    single(
        "secret-cmk",
        Kind.WRONG,
        "a replica with a key of AWS",
        SECRET,
        {"kmsKeyId": KEY_ARN, "replicas": [{"kmsKeyId": KEY_ARN}, {"kmsKeyId": "alias/aws/secretsmanager"}]},
        f"has a replica that {AWS_KEY}",
    ),
    single(
        "secret-cmk",
        Kind.CORRECT,
        "a replica with a key",
        SECRET,
        {"kmsKeyId": KEY_ARN, "replicas": [{"kmsKeyId": KEY_ARN}]},
    ),
    *key_cases("ssm-securestring-cmk", PARAMETER, lambda key: without_none(type="SecureString", keyId=key)),
    single("ssm-securestring-cmk", Kind.NOT_APPLICABLE, "a plain text", PARAMETER, {"type": "String"}),
    single(
        "ssm-securestring-cmk",
        Kind.UNKNOWN,
        "the kind of parameter is not known",
        PARAMETER,
        {"type": UNKNOWN_TEXT},
        undecided=True,
    ),
)

TABLES = (
    *key_cases(
        "dynamodb-table-cmk",
        TABLE,
        lambda key: {"serverSideEncryption": {"__defaults": [], **without_none(enabled=True, kmsKeyArn=key)}},
    ),
    *value_cases(
        "dynamodb-table-cmk",
        TABLE,
        lambda enabled: {"serverSideEncryption": without_none(enabled=enabled, kmsKeyArn=UNKNOWN_TEXT)},
        right=True,
        wrong=[False],
        unknown=UNKNOWN_FLAG,
        fault="is encrypted with a key that AWS owns",
    ),
    single(
        "dynamodb-table-cmk",
        Kind.MISSING,
        "no block at all",
        TABLE,
        {"name": UNKNOWN_TEXT},
        "is encrypted with a key that AWS owns",
    ),
    single(
        "dynamodb-table-cmk",
        Kind.UNKNOWN,
        "the whole block is not known",
        TABLE,
        {"serverSideEncryption": UNKNOWN_BLOCK},
        undecided=True,
    ),
    single(
        "dynamodb-table-cmk",
        Kind.WRONG,
        "an unknown switch does not hide a wrong key",
        TABLE,
        {"serverSideEncryption": {"enabled": UNKNOWN_FLAG, "kmsKeyArn": "alias/aws/dynamodb"}},
        AWS_KEY,
    ),
    *key_cases("dynamodb-replica-cmk", TABLE_REPLICA, lambda key: without_none(kmsKeyArn=key)),
    single(
        "dynamodb-replica-cmk",
        Kind.MISSING,
        "a replica block without a key",
        TABLE,
        {"replicas": [{"kmsKeyArn": KEY_ARN}, {"regionName": "eu-central-1"}]},
        f"has a replica that {NO_KEY}",
    ),
    single(
        "dynamodb-replica-cmk",
        Kind.WRONG,
        "one replica block with a key of AWS",
        TABLE,
        {"replicas": [{"kmsKeyArn": "alias/aws/dynamodb"}]},
        f"has a replica that {AWS_KEY}",
    ),
    single(
        "dynamodb-replica-cmk",
        Kind.UNKNOWN,
        "the replicas are not known",
        TABLE,
        {"replicas": UNKNOWN_LIST},
        undecided=True,
    ),
    single("dynamodb-replica-cmk", Kind.CORRECT, "a key", TABLE, {"replicas": [{"kmsKeyArn": KEY_ARN}]}),
    single("dynamodb-replica-cmk", Kind.NOT_APPLICABLE, "no replica", TABLE, {"replicas": []}),
)

QUEUES = (
    *key_cases(
        "sqs-queue-encrypted",
        QUEUE,
        lambda key: without_none(kmsMasterKeyId=key),
        missing="does not say how it is encrypted",
    )[:2],
    single(
        "sqs-queue-encrypted",
        Kind.WRONG,
        "switched off",
        QUEUE,
        {"sqsManagedSseEnabled": False},
        "does not say how it is encrypted",
    ),
    single("sqs-queue-encrypted", Kind.CORRECT, "a key", QUEUE, {"kmsMasterKeyId": KEY_ARN}),
    single(
        "sqs-queue-encrypted",
        Kind.CORRECT,
        "a key by reference",
        QUEUE,
        {"kmsMasterKeyId": UNKNOWN_TEXT, "sqsManagedSseEnabled": UNKNOWN_FLAG},
    ),
    single("sqs-queue-encrypted", Kind.CORRECT, "the service's key", QUEUE, {"sqsManagedSseEnabled": True}),
    single(
        "sqs-queue-encrypted",
        Kind.UNKNOWN,
        "the switch is not known",
        QUEUE,
        {"sqsManagedSseEnabled": UNKNOWN_FLAG},
        undecided=True,
    ),
    *key_cases(
        "sqs-queue-cmk",
        QUEUE,
        lambda key: without_none(kmsMasterKeyId=key, sqsManagedSseEnabled=True),
        missing=SERVICE_KEY,
    ),
    single(
        "sqs-queue-cmk",
        Kind.UNKNOWN,
        "whatever the unknown switch says, there is no key of ours",
        QUEUE,
        {"sqsManagedSseEnabled": UNKNOWN_FLAG},
        SERVICE_KEY,
    ),
    single("sqs-queue-cmk", Kind.NOT_APPLICABLE, "not encrypted at all, as the other rule says", QUEUE, {}),
)

FUNCTIONS = (
    *key_cases(
        "lambda-env-cmk",
        FUNCTION,
        lambda key: without_none(environment={"variables": {"STAGE": "production"}}, kmsKeyArn=key),
    ),
    single(
        "lambda-env-cmk",
        Kind.MISSING,
        "a variable that is not known counts as one",
        FUNCTION,
        {"environment": {"variables": {"TABLE": UNKNOWN_TEXT}}},
        NO_KEY,
    ),
    single("lambda-env-cmk", Kind.NOT_APPLICABLE, "no environment", FUNCTION, {}),
    single(
        "lambda-env-cmk", Kind.NOT_APPLICABLE, "no variables", FUNCTION, {"environment": {"variables": {}}}
    ),
    single(
        "lambda-env-cmk",
        Kind.UNKNOWN,
        "the environment is not known",
        FUNCTION,
        {"environment": UNKNOWN_BLOCK},
        undecided=True,
    ),
    *value_cases(
        "apigw-cache-encrypted",
        SETTINGS,
        lambda encrypted: {"settings": without_none(cachingEnabled=True, cacheDataEncrypted=encrypted)},
        right=True,
        wrong=[False],
        unknown=UNKNOWN_FLAG,
        fault="caches answers in clear",
    ),
    single("apigw-cache-encrypted", Kind.NOT_APPLICABLE, "no settings", SETTINGS, {}),
    single(
        "apigw-cache-encrypted",
        Kind.NOT_APPLICABLE,
        "no cache",
        SETTINGS,
        {"settings": {"cachingEnabled": False, "cacheDataEncrypted": False}},
    ),
)

CASES = (*KEYS, *TABLES, *QUEUES, *FUNCTIONS, *buckets.CASES, *encryption_advice.CASES)
