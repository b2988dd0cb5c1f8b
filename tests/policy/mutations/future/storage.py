"""Keys, buckets, tables, secrets and backups."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import backup, cloudwatch, dynamodb, ecr, iam, kms, s3, secretsmanager, ssm, xray

from tests.policy.mutations.future.parts import KEY_ABROAD, document, for_own_account, trust

LOGS = "aws-waf-logs-omnitrack-future"


@dataclass(frozen=True, kw_only=True)
class Storage:
    """What the other parts use."""

    key: kms.Key
    logs: s3.Bucket
    streamed_table: dynamodb.Table
    secret: secretsmanager.Secret


def declare() -> Storage:
    key = kms.Key(
        "key", enable_key_rotation=True, deletion_window_in_days=30, policy=for_own_account("kms:*")
    )
    kms.KeyPolicy("key", key_id=key.id, policy=for_own_account("kms:*"))
    kms.ReplicaKey("abroad", primary_key_arn=key.arn, policy=for_own_account("kms:*"))
    kms.ExternalKey("imported", policy=for_own_account("kms:*"))
    kms.ReplicaExternalKey("imported", primary_key_arn=KEY_ABROAD, policy=for_own_account("kms:*"))
    kms.Alias("key", name="alias/omnitrack-future", target_key_id=key.id)
    ssm.Parameter("password", name="/future/password", type="SecureString", value="made-up", key_id=key.arn)
    ssm.Parameter("mode", name="/future/mode", type="String", value="fast")
    xray.EncryptionConfig("traces", type="KMS", key_id=key.arn)
    ecr.RepositoryPolicy("images", repository="images", policy=for_own_account("ecr:BatchGetImage"))
    cloudwatch.EventBusPolicy("events", event_bus_name="default", policy=for_own_account("events:PutEvents"))
    return Storage(key=key, logs=_buckets(key), streamed_table=_tables(key), secret=_secret(key))


def _tls_only(bucket: str) -> str:
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def _logs(name: str, called: str) -> s3.Bucket:
    """A bucket for the access logs of another; S3 delivers none to one with a key of ours."""
    logs = s3.Bucket(name, bucket=called)
    s3.BucketVersioning(name, bucket=logs.id, versioning_configuration={"status": "Enabled"})
    s3.BucketPolicy(name, bucket=logs.id, policy=_tls_only(called))
    _block_public_access(name, logs)
    return logs


def _block_public_access(name: str, bucket: s3.Bucket | s3.BucketV2) -> None:
    s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )


def _buckets(key: kms.Key) -> s3.Bucket:
    """Three ways to set up a bucket: by separate resources, by those of before, and by its own blocks."""
    logs = _logs("logs", LOGS)
    data = s3.Bucket("data", bucket="omnitrack-future-data", force_destroy=False)
    rules: Any = [
        {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": key.arn,
            }
        }
    ]
    s3.BucketServerSideEncryptionConfiguration("data", bucket=data.id, rules=rules)
    s3.BucketVersioning("data", bucket=data.id, versioning_configuration={"status": "Enabled"})
    s3.BucketLogging("data", bucket=data.id, target_bucket=logs.id, target_prefix="data/")
    s3.BucketPolicy("data", bucket=data.id, policy=_tls_only("omnitrack-future-data"))
    _block_public_access("data", data)

    old_logs = _logs("logs-of-old", "omnitrack-future-logs-of-old")
    old = s3.BucketV2("old", bucket="omnitrack-future-old")
    s3.BucketServerSideEncryptionConfigurationV2("old", bucket=old.id, rules=rules)
    s3.BucketVersioningV2("old", bucket=old.id, versioning_configuration={"status": "Enabled"})
    s3.BucketLoggingV2("old", bucket=old.id, target_bucket=old_logs.id, target_prefix="old/")
    s3.BucketPolicy("old", bucket=old.id, policy=_tls_only("omnitrack-future-old"))
    _block_public_access("old", old)

    inline_logs = _logs("logs-of-inline", "omnitrack-future-logs-of-inline")
    inline = s3.Bucket(
        "inline",
        bucket="omnitrack-future-inline",
        server_side_encryption_configuration={
            "rule": {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key.arn,
                }
            }
        },
        versioning={"enabled": True},
        logging={"target_bucket": inline_logs.id, "target_prefix": "inline/"},
        policy=_tls_only("omnitrack-future-inline"),
    )
    _block_public_access("inline", inline)
    return logs


def _tables(key: kms.Key) -> dynamodb.Table:
    """One that its backup plan takes by its ARN, and one that another takes by its tag."""

    def table(name: str, tags: dict[str, str], replicas: Any) -> dynamodb.Table:
        return dynamodb.Table(
            name,
            name=f"omnitrack-future-{name}",
            hash_key="PK",
            attributes=[{"name": "PK", "type": "S"}],
            server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=True,
            stream_enabled=True,
            replicas=replicas,
            tags=tags,
        )

    named = table("named", {}, [{"region_name": "us-west-2", "kms_key_arn": KEY_ABROAD}])
    tagged = table("tagged", {"Backup": "daily"}, [])
    dynamodb.TableReplica("tagged", global_table_arn=tagged.arn, kms_key_arn=KEY_ABROAD)
    dynamodb.ResourcePolicy("tagged", resource_arn=tagged.arn, policy=for_own_account("dynamodb:GetItem"))

    vault = backup.Vault("vault", name="future", kms_key_arn=key.arn)
    backup.VaultPolicy(
        "vault", backup_vault_name=vault.name, policy=for_own_account("backup:StartRestoreJob")
    )
    plan = backup.Plan("plan", rules=[{"rule_name": "daily", "target_vault_name": vault.name}])
    role = iam.Role("backup", assume_role_policy=trust("backup"))
    backup.Selection("named", plan_id=plan.id, iam_role_arn=role.arn, resources=[named.arn])
    backup.Selection(
        "tagged",
        plan_id=plan.id,
        iam_role_arn=role.arn,
        selection_tags=[{"type": "STRINGEQUALS", "key": "Backup", "value": "daily"}],
    )
    return named


def _secret(key: kms.Key) -> secretsmanager.Secret:
    secret = secretsmanager.Secret(
        "database",
        name="future/database",
        kms_key_id=key.arn,
        replicas=[{"region": "us-west-2", "kms_key_id": KEY_ABROAD}],
        policy=for_own_account("secretsmanager:GetSecretValue"),
    )
    secretsmanager.SecretVersion(
        "database", secret_id=secret.id, secret_string=pulumi.Output.secret(json.dumps({"made": "up"}))
    )
    secretsmanager.SecretPolicy(
        "database", secret_arn=secret.arn, policy=for_own_account("secretsmanager:GetSecretValue")
    )
    return secret
