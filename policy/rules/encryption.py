"""Encryption: what stores data uses a key of the platform, never one that AWS owns or manages."""

from policy.graph import UNKNOWN, Resource, is_set, read
from policy.predicates import (
    both,
    customer_key,
    each_key,
    equals,
    every,
    fault_unless,
    has,
    is_,
    is_on,
    key_fault,
    not_,
    when,
    worst,
)
from policy.rule import Context, Rule, Severity, Verdict
from policy.rules import encryption_advice, keys
from policy.rules.keys import (
    BUCKET_ENCRYPTIONS,
    BUCKET_KEY,
    BUCKETS,
    DEFAULT_ENCRYPTION,
    FUNCTION,
    KEY,
    LOG_GROUP,
    PARAMETER,
    QUEUE,
    REPLICA_KEY,
    SECRET,
    TABLE,
    TABLE_REPLICA,
    TOPIC,
    VAULT,
)

BUCKET_LOGGINGS = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")

_KEY_ARN = "set {} to the ARN of the platform's key (such as encryption.queues_key_arn)"


def queue_encrypted(queue: Resource, _context: Context) -> Verdict:
    """A queue says how it is encrypted: with a key, or at least with the service's own."""
    if is_set(queue.read(KEY[QUEUE])):
        return None
    return fault_unless(is_on(queue.read("sqsManagedSseEnabled")), "does not say how it is encrypted")


def queue_key(queue: Resource, _context: Context) -> Verdict:
    """An encrypted queue uses a key of the platform; that it is encrypted at all is the other rule's."""
    key = queue.read(KEY[QUEUE])
    if is_set(key):
        return key_fault(key)
    if queue.read("sqsManagedSseEnabled") in (True, UNKNOWN):
        return "is encrypted with the key of the service, not with one of the platform"
    return None


def replica_key(table: Resource, context: Context) -> Verdict:
    """Each replica uses a key of the platform in its region, as a block of the table or as a resource."""
    replicas = REPLICA_KEY.get(table.type)
    judge = customer_key(KEY[TABLE_REPLICA]) if replicas is None else each_key(replicas)
    return judge(table, context)


def bucket_key(bucket: Resource, context: Context) -> Verdict:
    """A bucket encrypts with a key of the platform, by its own block or by the separate resource.

    Targets of server access logs are exempt: S3 delivers none to a bucket with SSE-KMS.
    """
    graph = context.graph
    targets = [(logging, "targetBucket") for logging in graph.of(*BUCKET_LOGGINGS)]
    targets += [
        (other, f"{block}.targetBucket") for other in graph.of(*BUCKETS) for block in ("logging", "loggings")
    ]
    if any(
        graph.links(source, path, bucket, names=("bucket",), instead=BUCKETS) is True
        for source, path in targets
    ):
        return None

    verdicts: list[Verdict] = []
    for separate in graph.of(*BUCKET_ENCRYPTIONS):
        link = graph.links(separate, "bucket", bucket, names=("bucket",), instead=BUCKETS)
        if link is True:
            return worst(map(_default_encryption, _blocks(separate)))
        if link is UNKNOWN:
            verdicts.append(UNKNOWN)
    verdicts += [_default_encryption(block) for block in _blocks(bucket) if is_set(block)]
    if UNKNOWN in verdicts:
        return UNKNOWN  # the separate resource may be this bucket's, and would decide
    return verdicts[0] if verdicts else "is not encrypted with a key of the platform"


def _blocks(resource: Resource) -> list[object]:
    return [resource.read(path) for path in DEFAULT_ENCRYPTION[resource.type]]


def _default_encryption(block: object) -> Verdict:
    algorithm = read(block, "sseAlgorithm")
    if algorithm is not UNKNOWN and algorithm not in ("aws:kms", "aws:kms:dsse"):
        return "is encrypted with the key of the service, not with one of the platform"
    fault = key_fault(read(block, BUCKET_KEY))
    return UNKNOWN if algorithm is UNKNOWN and fault is None else fault


RULES = (
    Rule(
        id="kms-key-rotation",
        title="A symmetric key of the platform rotates automatically.",
        types=("aws:kms/key:Key",),
        # AWS rotates symmetric keys of its own store only.
        judge=when(
            both(
                is_("customerMasterKeySpec", wanted="SYMMETRIC_DEFAULT", default="SYMMETRIC_DEFAULT"),
                not_(has("customKeyStoreId")),
            ),
            equals("enableKeyRotation", wanted=True, fault="does not rotate automatically"),
        ),
        fix="set enable_key_rotation to True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
        frameworks=("CIS AWS 5.0 3.6", "FSBP KMS.4", "CKV_AWS_7", "AwsSolutions-KMS5", "AWS-0065"),
    ),
    Rule(
        id="dynamodb-table-cmk",
        title="A table is encrypted with a key of the platform.",
        types=(TABLE,),
        judge=every(
            equals(
                "serverSideEncryption.enabled", wanted=True, fault="is encrypted with a key that AWS owns"
            ),
            customer_key(KEY[TABLE]),
        ),
        fix=_KEY_ARN.format("server_side_encryption with enabled=True and kms_key_arn"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html",
        frameworks=("CKV_AWS_119", "AWS-0025", "dynamodb_tables_kms_cmk_encryption_enabled"),
    ),
    Rule(
        id="dynamodb-replica-cmk",
        title="Each replica of a table is encrypted with a key of the platform in its region.",
        types=(TABLE, TABLE_REPLICA),
        judge=replica_key,
        fix="set kms_key_arn of the replica to the ARN of a platform key in its region",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html",
        frameworks=("CKV_AWS_271",),
    ),
    Rule(
        id="s3-bucket-cmk",
        title="A bucket is encrypted with a key of the platform.",
        types=BUCKETS,
        related=BUCKET_ENCRYPTIONS + BUCKET_LOGGINGS,
        judge=bucket_key,
        fix="add an s3.BucketServerSideEncryptionConfiguration with sse_algorithm aws:kms and "
        "kms_master_key_id",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        frameworks=("FSBP S3.17", "CKV_AWS_145", "S3DefaultEncryptionKMS", "AWS-0132"),
    ),
    Rule(
        id="sns-topic-cmk",
        title="A topic is encrypted with a key of the platform.",
        types=(TOPIC,),
        judge=customer_key(KEY[TOPIC]),
        fix=_KEY_ARN.format("kms_master_key_id"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
        frameworks=("FSBP SNS.1", "CKV_AWS_26", "SNSEncryptedKMS", "AWS-0095", "AWS-0136"),
    ),
    Rule(
        id="sqs-queue-encrypted",
        title="A queue says how it is encrypted.",
        types=(QUEUE,),
        judge=queue_encrypted,
        fix=_KEY_ARN.format("kms_master_key_id"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
        frameworks=("FSBP SQS.1", "CKV_AWS_27", "AwsSolutions-SQS2", "AWS-0096"),
    ),
    Rule(
        id="sqs-queue-cmk",
        title="An encrypted queue uses a key of the platform.",
        types=(QUEUE,),
        judge=queue_key,
        fix=_KEY_ARN.format("kms_master_key_id"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
        frameworks=("CKV2_AWS_73", "AWS-0135"),
    ),
    Rule(
        id="lambda-env-cmk",
        title="A function's environment is encrypted with a key of the platform.",
        types=(FUNCTION,),
        judge=when(has("environment.variables"), customer_key(KEY[FUNCTION])),
        fix=_KEY_ARN.format("kms_key_arn") + ", which encrypts the environment",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
        frameworks=("CKV_AWS_173", "awslambda_function_env_vars_not_encrypted_with_cmk"),
    ),
    Rule(
        id="log-group-cmk",
        title="A log group is encrypted with a key of the platform.",
        types=(LOG_GROUP,),
        judge=customer_key(KEY[LOG_GROUP]),
        fix=_KEY_ARN.format("kms_key_id"),
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        frameworks=("CT.CLOUDWATCH.PR.3", "CKV_AWS_158", "CloudWatchLogGroupEncrypted", "AWS-0017"),
    ),
    Rule(
        id="secret-cmk",
        title="A secret and its replicas are encrypted with keys of the platform.",
        types=(SECRET,),
        judge=every(customer_key(KEY[SECRET]), each_key(REPLICA_KEY[SECRET])),
        fix=_KEY_ARN.format("kms_key_id (and that of each replica)"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        frameworks=("CKV_AWS_149", "SecretsManagerUsingKMSKey", "AWS-0098"),
    ),
    Rule(
        id="ssm-securestring-cmk",
        title="A secure parameter is encrypted with a key of the platform.",
        types=(PARAMETER,),
        judge=when(is_("type", wanted="SecureString"), customer_key(KEY[PARAMETER])),
        fix=_KEY_ARN.format("key_id"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html",
        frameworks=("CKV_AWS_337", "CKV2_AWS_34"),
    ),
    Rule(
        id="backup-vault-cmk",
        title="A backup vault is encrypted with a key of the platform.",
        types=(VAULT,),
        judge=customer_key(KEY[VAULT]),
        fix=_KEY_ARN.format("kms_key_arn"),
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html",
        frameworks=("FSBP Backup.1", "CKV_AWS_166"),
    ),
    *keys.RULES,
    Rule(
        id="apigw-cache-encrypted",
        title="A stage that caches answers encrypts them.",
        types=("aws:apigateway/methodSettings:MethodSettings",),
        judge=when(
            is_("settings.cachingEnabled", wanted=True),
            equals("settings.cacheDataEncrypted", wanted=True, fault="caches answers in clear"),
        ),
        fix="set cache_data_encrypted to True in settings",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
        frameworks=("FSBP APIGateway.5", "CKV_AWS_308", "AWS-0002"),
    ),
    *encryption_advice.RULES,
)
