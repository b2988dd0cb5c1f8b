"""The most that any role of the program may ever do, whatever its own policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.bootstrap.names import Names

# Name of the statement -> service, actions, ARNs as `Names.filled` takes them.
USES: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "Logs": (
        "logs",
        "CreateLogGroup CreateLogStream DescribeLogStreams FilterLogEvents GetLogEvents PutLogEvents",
        ("arn:aws:logs:{region}:{account}:log-group:*",),
    ),
    # Workflows deliver their logs themselves.
    "LogDelivery": (
        "logs",
        (
            "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery"
            " ListLogDeliveries PutResourcePolicy UpdateLogDelivery"
        ),
        ("*",),
    ),
    "Traces": (
        "xray",
        "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments",
        ("*",),
    ),
    "Metrics": ("cloudwatch", "PutMetricData", ("*",)),
    "Tables": (
        "dynamodb",
        (
            "BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem DescribeStream GetItem GetRecords"
            " GetShardIterator PutItem Query UpdateItem"
        ),
        ("arn:aws:dynamodb:{region}:{account}:table/{prefix}-*",),
    ),
    "Streams": ("dynamodb", "ListStreams", ("*",)),
    "Secrets": (
        "secretsmanager",
        "GetSecretValue",
        ("arn:aws:secretsmanager:{region}:{account}:secret:{prefix}-*",),
    ),
    "TableBackups": (
        "dynamodb",
        "CreateBackup DeleteBackup DescribeBackup DescribeTable ListTagsOfResource StartAwsBackupJob",
        ("arn:aws:dynamodb:{region}:{account}:table/{prefix}-*",),
    ),
    "Backups": ("backup", "TagResource", ("arn:aws:backup:{region}:{account}:recovery-point:*",)),
    "KeysLookedAt": ("kms", "DescribeKey", ("arn:aws:kms:{region}:{account}:key/*",)),
    "Queues": (
        "sqs",
        "ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage SendMessage",
        ("arn:aws:sqs:{region}:{account}:{prefix}-*",),
    ),
    "Topics": ("sns", "Publish", ("arn:aws:sns:{region}:{account}:{prefix}-*",)),
    "Events": (
        "events",
        "PutEvents",
        (
            "arn:aws:events:{region}:{account}:event-bus/default",
            "arn:aws:events:{region}:{account}:event-bus/{prefix}-*",
        ),
    ),
    "Workflows": (
        "states",
        "DescribeExecution StartExecution StopExecution",
        (
            "arn:aws:states:{region}:{account}:execution:{prefix}-*",
            "arn:aws:states:{region}:{account}:stateMachine:{prefix}-*",
        ),
    ),
    "Functions": ("lambda", "InvokeFunction", ("arn:aws:lambda:{region}:{account}:function:{prefix}-*",)),
    "Sockets": ("execute-api", "ManageConnections", ("arn:aws:execute-api:{region}:{account}:*",)),
    "Models": (
        "bedrock",
        "ApplyGuardrail InvokeModel InvokeModelWithResponseStream",
        (
            # A profile across regions runs the model in any of them.
            "arn:aws:bedrock:*::foundation-model/*",
            "arn:aws:bedrock:{region}:{account}:guardrail/*",
            "arn:aws:bedrock:{region}:{account}:inference-profile/*",
        ),
    ),
    "Devices": ("iot", "Publish", ("arn:aws:iot:{region}:{account}:topic/omnitrack/*",)),
    "Buckets": ("s3", "DeleteObject GetObject ListBucket PutObject", ("arn:aws:s3:::{prefix}-*",)),
}
KEY_USE: Final = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def boundary(names: Names, key_arn: str) -> dict[str, Any]:
    """The policy that bounds the program's roles.

    It names data and messages, and nothing that gives permissions: no IAM, no policy of a key, no other role.

    Args:
        names: the stack.
        key_arn: the key of the state, which no role of the program may use.
    """
    uses = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Action": [f"{service}:{action}" for action in actions.split()],
            "Resource": [names.filled(arn) for arn in arns]
            + (names.table_arns if sid in {"Tables", "TableBackups"} else []),
        }
        for sid, (service, actions, arns) in USES.items()
    ]
    keys = {
        "Sid": "KeysThroughTheirService",
        "Effect": "Allow",
        "Action": list(KEY_USE),
        "Resource": names.arn("kms", "key/*"),
        "Condition": {"StringLike": {"kms:ViaService": f"*.{names.region}.amazonaws.com"}},
    }
    # What outlives the call, such as a backup, keeps the right to its key.
    grants = {
        "Sid": "KeysKeptByServices",
        "Effect": "Allow",
        "Action": ["kms:CreateGrant"],
        "Resource": names.arn("kms", "key/*"),
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }
    state = {
        "Sid": "NotTheState",
        "Effect": "Deny",
        "Action": ["kms:*", "s3:*"],
        "Resource": [key_arn, names.bucket_arn, f"{names.bucket_arn}/*"],
    }
    return {"Version": "2012-10-17", "Statement": [*uses, keys, grants, state]}
