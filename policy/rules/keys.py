"""Keys: where each type names the key that encrypts it, and what a key may come from."""

from collections.abc import Iterator, Mapping

from policy.graph import ABSENT, UNKNOWN, Graph, Resource
from policy.predicates import worst
from policy.rule import Context, Rule, Severity, Verdict

TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BUCKET_ENCRYPTIONS = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
PARAMETER = "aws:ssm/parameter:Parameter"
VAULT = "aws:backup/vault:Vault"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
TRACES = "aws:xray/encryptionConfig:EncryptionConfig"
KEYS = (
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
    "aws:kms/alias:Alias",
)
"""What makes a key of the platform, or another name of one."""
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
"""Hands on the id of its key: what waits for the policy takes the key from here."""

KEY = {
    TABLE: "serverSideEncryption.kmsKeyArn",
    TABLE_REPLICA: "kmsKeyArn",
    QUEUE: "kmsMasterKeyId",
    TOPIC: "kmsMasterKeyId",
    FUNCTION: "kmsKeyArn",
    LOG_GROUP: "kmsKeyId",
    SECRET: "kmsKeyId",
    PARAMETER: "keyId",
    VAULT: "kmsKeyArn",
    STATE_MACHINE: "encryptionConfiguration.kmsKeyId",
    TRACES: "keyId",
}
"""Where a type names its own key."""
REPLICA_KEY = {TABLE: "replicas.kmsKeyArn", SECRET: "replicas.kmsKeyId"}
"""Where a type names the key of each of its replicas."""
DEFAULT_ENCRYPTION = {
    **dict.fromkeys(BUCKET_ENCRYPTIONS, ("rules.applyServerSideEncryptionByDefault",)),
    **dict.fromkeys(
        BUCKETS,
        (
            "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault",
            "serverSideEncryptionConfigurations.rules.applyServerSideEncryptionByDefaults",
        ),
    ),
}
"""Where the default encryption of a bucket stands, as a block of algorithm and key."""
BUCKET_KEY = "kmsMasterKeyId"
"""The key in such a block."""

KEY_PATHS: Mapping[str, tuple[str, ...]] = {
    **{type_: (path, *filter(None, (REPLICA_KEY.get(type_),))) for type_, path in KEY.items()},
    **{type_: tuple(f"{path}.{BUCKET_KEY}" for path in paths) for type_, paths in DEFAULT_ENCRYPTION.items()},
}
"""All of these: every path at which a rule looks for a key."""


def key_source(resource: Resource, context: Context) -> Verdict:
    """A key that is not known yet comes from a key of this program, and not from a look-up of AWS's own."""
    verdicts: list[Verdict] = []
    for path in KEY_PATHS[resource.type]:
        if UNKNOWN not in list(_values(resource.properties, path.split("."))):
            continue
        verdicts.append(_comes_from_a_key(resource, path, context.graph))
    return worst(verdicts)


def _comes_from_a_key(resource: Resource, path: str, graph: Graph) -> Verdict:
    sources = graph.sources(resource, path)
    if any(source.type in (*KEYS, KEY_POLICY) for source in sources):
        return None
    urns = resource.dependencies.get(path.partition(".")[0], ())
    if not urns:
        return UNKNOWN
    # What another stack hands on, or what is only read, may be a key of the platform that nobody sees here.
    if len(sources) < len(urns) or not all(source.type.startswith("aws:") for source in sources):
        return None
    if any(graph.is_made_of(source, key) for source in sources for key in graph.of(*KEYS)):
        return UNKNOWN  # it may pass its key on
    return "takes its key from what is no key of the platform"


def _values(value: object, names: list[str]) -> Iterator[object]:
    """What stands at a path, once for each of the blocks on the way; `UNKNOWN` where a block is not known."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, names)
    elif value is UNKNOWN or not names:
        yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(names[0], ABSENT), names[1:])


RULES = (
    Rule(
        id="customer-key-source",
        title="A key that is not known yet comes from a key of this program.",
        types=tuple(KEY_PATHS),
        related=KEYS,
        judge=key_source,
        fix="set the key (kms_key_id, kms_key_arn ...) to the arn of a kms.Key of this program, or to an ARN",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html",
    ),
)
