"""Customer keys: one per purpose, each usable only by the services of that purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import kms

from components.permissions import policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.location import Location

ROTATION_DAYS = 365
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:DisableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a key is for.

    Attributes:
        description: Shown in the console.
        service: The service that roles of this account use the key through.
        grants: Whether that service keeps the right to use the key beyond a call, by a grant.
    """

    description: str
    service: str
    grants: bool


PURPOSES: Mapping[str, Purpose] = {
    "tables": Purpose(description="DynamoDB tables", service="dynamodb", grants=True),
    "queues": Purpose(description="SQS queues", service="sqs", grants=False),
    "notifications": Purpose(description="SNS topics", service="sns", grants=False),
    "secrets": Purpose(description="secrets", service="secretsmanager", grants=False),
    "functions": Purpose(description="environment of Lambda functions", service="lambda", grants=True),
    # As AWS Backup's own key has it, so that backups outlive the key of what they were made of:
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
    "backups": Purpose(description="backups", service="backup", grants=True),
}


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """What the keys are made for.

    Attributes:
        enabled: False makes no key: AWS encrypts with keys of its own.
        prefix: Start of the aliases.
        location: Account and region.
        log_groups: Names of the log groups that the logs key encrypts; `*` for the part that AWS chooses.
        edge_log_groups: Those of CloudFront and its web ACL.
        deletion_window_days: Days between deletion and the end of a key, 7 to 30.
    """

    enabled: bool
    prefix: str
    location: Location
    log_groups: Sequence[str]
    edge_log_groups: Sequence[str]
    deletion_window_days: int


class Encryption(pulumi.ComponentResource):
    """The customer keys; every attribute is None where encryption with them is off.

    Logs of CloudFront are kept in a region of their own, and a key serves its region only: a stack in another
    region has a key there too.
    """

    tables_key_arn: pulumi.Output[str] | None
    queues_key_arn: pulumi.Output[str] | None
    notifications_key_arn: pulumi.Output[str] | None
    secrets_key_arn: pulumi.Output[str] | None
    functions_key_arn: pulumi.Output[str] | None
    backups_key_arn: pulumi.Output[str] | None
    logs_key_arn: pulumi.Output[str] | None
    edge_logs_key_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:encryption:Encryption", name, {}, opts)
        keys = {
            purpose: self._key(f"{name}-{purpose}", purpose, key, args)
            for purpose, key in _keys(args).items()
            if args.enabled
        }
        self.tables_key_arn = keys.get("tables")
        self.queues_key_arn = keys.get("queues")
        self.notifications_key_arn = keys.get("notifications")
        self.secrets_key_arn = keys.get("secrets")
        self.functions_key_arn = keys.get("functions")
        self.backups_key_arn = keys.get("backups")
        self.logs_key_arn = keys.get("logs")
        self.edge_logs_key_arn = keys.get("edge-logs", self.logs_key_arn)
        self.register_outputs({f"{purpose}_key_arn": arn for purpose, arn in keys.items()})

    def _key(self, name: str, purpose: str, key: _Key, args: EncryptionArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        made = kms.Key(
            name,
            description=f"{args.prefix}: {key.description}",
            policy=policy([_administration(args.location), *key.use]),
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=args.deletion_window_days,
            region=key.region,
            opts=child,
        )
        kms.Alias(
            name,
            name=f"alias/{args.prefix}-{purpose}",
            target_key_id=made.key_id,
            region=key.region,
            opts=child,
        )
        return made.arn


@dataclass(frozen=True, kw_only=True)
class _Key:
    description: str
    use: Sequence[Mapping[str, Any]]
    region: str | None = None


def _keys(args: EncryptionArgs) -> dict[str, _Key]:
    location = args.location
    keys = {
        name: _Key(description=purpose.description, use=_use_through_service(purpose, location))
        for name, purpose in PURPOSES.items()
    }
    keys["queues"] = replace(keys["queues"], use=[*keys["queues"].use, _use_by_topics(location, args.prefix)])
    if location.edge == location:
        groups = [*args.log_groups, *args.edge_log_groups]
        return keys | {"logs": _Key(description="log groups", use=[_use_by_logs(location, groups)])}
    edge = _use_by_logs(location.edge, args.edge_log_groups)
    return keys | {
        "logs": _Key(description="log groups", use=[_use_by_logs(location, args.log_groups)]),
        "edge-logs": _Key(description="log groups of CloudFront", use=[edge], region=location.edge.region),
    }


# In a key policy, Resource "*" means the key itself:
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
def _administration(location: Location) -> dict[str, Any]:
    return {
        "Sid": "AdministrationByPolicyOfThisAccount",
        "Effect": "Allow",
        "Principal": {"AWS": location.root},
        "Action": list(ADMINISTRATION),
        "Resource": "*",
    }


def _use_through_service(purpose: Purpose, location: Location) -> list[dict[str, Any]]:
    use = {
        "Sid": "UseThroughTheService",
        "Effect": "Allow",
        "Principal": {"AWS": location.root},
        "Action": list(USE),
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": location.account,
                "kms:ViaService": location.endpoint(purpose.service),
            }
        },
    }
    grants = use | {
        "Sid": "GrantsOfTheService",
        "Action": ["kms:CreateGrant"],
        "Condition": {**use["Condition"], "Bool": {"kms:GrantIsForAWSResource": "true"}},  # type: ignore[dict-item]
    }
    return [use, grants] if purpose.grants else [use]


def _use_by_topics(location: Location, prefix: str) -> dict[str, Any]:
    # What a topic cannot deliver it sends to a queue as itself, not as a role:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
    return {
        "Sid": "UndeliveredByTopics",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("sns", f"{prefix}-*")},
        },
    }


def _use_by_logs(location: Location, log_groups: Sequence[str]) -> dict[str, Any]:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    return {
        "Sid": "UseByCloudWatchLogs",
        "Effect": "Allow",
        "Principal": {"Service": location.endpoint("logs")},
        "Action": list(USE),
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [
                    location.arn("logs", f"log-group:{group}") for group in log_groups
                ]
            }
        },
    }
