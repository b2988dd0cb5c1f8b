"""AWS Secrets Manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def policy(action: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def described(it: Scene, secret: str) -> Any:
    return it.aws("secretsmanager").describe_secret(SecretId=secret)


def secrets(it: Scene) -> dict[str, Any]:
    """Two secrets, of which the first has a value already."""
    made = {
        name: it.make("aws:secretsmanager/secret:Secret", name=name)["arn"] for name in ("orders", "others")
    }
    it.make("aws:secretsmanager/secretVersion:SecretVersion", secretId=made["orders"], secretString="first")
    return made


def stages(it: Scene) -> list[str]:
    secret, _, version = it.id.partition("|")
    return sorted(described(it, secret)["VersionIdsToStages"].get(version, ()))


def move(it: Scene, stage: str, **versions: str) -> Any:
    secret = it.id.partition("|")[0]
    return it.aws("secretsmanager").update_secret_version_stage(
        SecretId=secret, VersionStage=stage, **versions
    )


CASES = [
    Case(
        type="aws:secretsmanager/secret:Secret",
        needs=lambda it: it.make("aws:kms/key:Key"),
        inputs={"description": "for orders", "recoveryWindowInDays": 7, "tags": {"owner": "us"}},
        update=lambda it: {"description": "for all orders", "kmsKeyId": it.needs["arn"]},
        seen=lambda it: [
            described(it, it.id)["Description"],
            described(it, it.id).get("KmsKeyId") == it.needs["arn"],
        ],
        expected=["for all orders", True],
        replace={"name": "orders"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-secretsmanager-secret.html",
        drift=lambda it: it.aws("secretsmanager").update_secret(SecretId=it.id, Description="mine"),
        drifted={"description"},
        vanish=lambda it: it.aws("secretsmanager").delete_secret(SecretId=it.id),
        unread={"recoveryWindowInDays"},
    ),
    Case(
        type="aws:secretsmanager/secretVersion:SecretVersion",
        needs=secrets,
        inputs=lambda it: {
            "secretId": it.needs["orders"],
            "secretString": "second",
            "versionStages": ["next"],
        },
        update={"versionStages": ["AWSCURRENT", "later"]},
        seen=stages,
        expected=["AWSCURRENT", "later"],
        replace={"secretString": "third"},
        replace_page="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html",
        drift=lambda it: move(it, "seen", MoveToVersionId=it.id.partition("|")[2]),
        drifted={"versionStages"},
        vanish=lambda it: move(it, "next", RemoveFromVersionId=it.id.partition("|")[2]),
    ),
    Case(
        type="aws:secretsmanager/secretPolicy:SecretPolicy",
        needs=secrets,
        inputs=lambda it: {
            "policy": policy("secretsmanager:GetSecretValue"),
            "secretArn": it.needs["orders"],
        },
        update={"policy": policy("secretsmanager:*")},
        seen=lambda it: json.loads(
            it.aws("secretsmanager").get_resource_policy(SecretId=it.id)["ResourcePolicy"]
        )["Statement"][0]["Action"],
        expected="secretsmanager:*",
        replace=lambda it: {"secretArn": it.needs["others"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-secretsmanager-resourcepolicy.html",
        drift=lambda it: it.aws("secretsmanager").put_resource_policy(
            SecretId=it.id, ResourcePolicy=policy("secretsmanager:DescribeSecret")
        ),
        drifted={"policy"},
        vanish=lambda it: it.aws("secretsmanager").delete_resource_policy(SecretId=it.id),
    ),
]
