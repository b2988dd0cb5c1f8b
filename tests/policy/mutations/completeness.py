"""What has to be mutated, and what is not, with the reason."""

from collections.abc import Iterable, Mapping
from typing import Final

from policy.graph import ABSENT
from policy.rules.access import ATTACHMENTS
from tests.policy.mutations.mutants import Mutant
from tests.policy.mutations.reads import Read
from tests.policy.mutations.rows import tokens as t

IDENTITY: Final = "an output that names the resource; no program sets it"
EXCUSES: Final = "set, it takes the resource out of the rule; its cases try it"
NEVER: Final = "no input of the type: the rule reads it for its other types"
NAME: Final = "identity only, what points at the resource is mutated instead"
PERMITS: Final = "another way to keep the rule, which the graph does not need"

NAMES: Final = frozenset({"arn", "id", "url", "tagsAll"})

_BUCKETS: Final = (t.BUCKET, t.BUCKET_V2)
_NAME_OF_A_BUCKET: Final = (
    "s3-bucket-cmk",
    "s3-access-logs",
    "s3-public-access-block",
    "s3-tls-only",
    "s3-versioning",
)
_GROUPS: Final = "apigw-execution-log-group-managed"

EXCEPTIONS: Final[Mapping[Read, str]] = {
    ("waf-log-destination-name", t.LOG_GROUP, "namePrefix"): PERMITS,
    ("waf-log-destination-name", t.BUCKET, "bucketPrefix"): PERMITS,
    ("kms-key-rotation", t.KEY, "customKeyStoreId"): EXCUSES,
    ("kms-key-rotation", t.KEY, "customerMasterKeySpec"): EXCUSES,
    ("lambda-env-cmk", t.FUNCTION, "environment"): "without it there is nothing to encrypt",
    ("lambda-role-xray-write", t.FUNCTION, "tracingConfig"): "without it there are no traces to send",
    ("log-group-retention", t.LOG_GROUP, "logGroupClass"): EXCUSES,
    ("iot-log-group-managed", t.aws("iot/loggingOptions"), "defaultLogLevel"): EXCUSES,
    ("iot-log-group-managed", t.aws("iot/loggingOptions"), "disableAllLogs"): EXCUSES,
    ("lambda-runtime-supported", t.FUNCTION, "packageType"): EXCUSES,
    ("lambda-permission-scoped", t.PERMISSION, "eventSourceToken"): PERMITS,
    ("lambda-async-dlq", t.SUBSCRIPTION, "protocol"): "the function has more callers that do not wait",
    ("waf-acl-blocks", t.WEB_ACL, "defaultAction"): PERMITS,
    ("apigw-route-auth", t.ROUTE, "apiKeyRequired"): PERMITS,
    (_GROUPS, t.METHOD_SETTINGS, "settings"): "without a level nothing is logged",
    (_GROUPS, t.METHOD_SETTINGS, "defaultRouteSettings"): NEVER,
    (_GROUPS, t.METHOD_SETTINGS, "routeSettings"): NEVER,
    (_GROUPS, t.STAGE, "settings"): NEVER,
    **{("iam-no-admin", type_, "policy"): NEVER for type_ in ATTACHMENTS if type_ != t.ROLE},
    ("backup-plan-covers-table", t.PROVIDER, "defaultTags"): PERMITS,
    ("backup-plan-covers-table", t.TABLE, "name"): NAME,
    ("lambda-async-dlq", t.FUNCTION, "name"): NAME,
    ("lambda-concurrency", t.FUNCTION, "name"): NAME,
    ("lambda-role-xray-write", t.ROLE, "name"): NAME,
    ("secret-rotation", t.SECRET, "name"): NAME,
    ("sqs-dlq", t.QUEUE, "name"): NAME,
    **{(rule, type_, "bucket"): NAME for rule in _NAME_OF_A_BUCKET for type_ in _BUCKETS},
    **{
        (rule, type_, "loggings"): PERMITS
        for rule in ("s3-bucket-cmk", "s3-access-logs")
        for type_ in _BUCKETS
    },
    **{(rule, t.BUCKET_V2, "logging"): PERMITS for rule in ("s3-bucket-cmk", "s3-access-logs")},
    ("s3-bucket-cmk", t.BUCKET, "serverSideEncryptionConfigurations"): PERMITS,
    ("s3-versioning", t.BUCKET, "versionings"): PERMITS,
    ("s3-tls-only", t.BUCKET_V2, "policy"): PERMITS,
}
"""Properties that no row mutates."""


UNUSED: Final[Mapping[str, str]] = {
    "*": "stands for every type",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "it would keep the rule for every bucket",
    **dict.fromkeys(
        (
            "aws:apigateway/apiKey:ApiKey",
            "aws:iam/accessKey:AccessKey",
            "random:index/randomBytes:RandomBytes",
            "random:index/randomPassword:RandomPassword",
            "random:index/randomString:RandomString",
            "tls:index/privateKey:PrivateKey",
        ),
        "hands out a credential, as a SecretVersion does, which stands for all",
    ),
}
"""Types of rules that no graph has."""
UNTOUCHED: Final[Mapping[str, str]] = {
    "aws:iot/loggingOptions:LoggingOptions": "its values take it out of the rule"
}
"""Types of which no resource is mutated."""


def missing(read: Iterable[Read], mutants: Iterable[Mutant]) -> set[Read]:
    """What is read, but in no mutant that the rule tells."""
    return {one for one in set(read) - mutated(mutants) if one[2] not in NAMES and one not in EXCEPTIONS}


def mutated(mutants: Iterable[Mutant]) -> set[Read]:
    """The properties that differ in some mutant which the rule tells."""
    found: set[Read] = set()
    for mutant in mutants:
        before, after = mutant.before[mutant.urn], mutant.after.get(mutant.urn)
        if after is None:
            continue
        names = [
            name
            for name in {**before.properties, **after.properties}
            if repr(before.properties.get(name, ABSENT)) != repr(after.properties.get(name, ABSENT))
            or before.dependencies.get(name) != after.dependencies.get(name)
        ]
        found |= {(rule, before.type, name) for rule, _, _ in mutant.expected for name in names}
    return found
