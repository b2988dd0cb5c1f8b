"""What may happen to a bootstrapped account, with the part that mends it and what that says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runbook.bootstrap.bucket import LIFECYCLE
from runbook.bootstrap.names import ISSUER
from tests.runbook.bootstrapped import ACCOUNT, Account

if TYPE_CHECKING:
    from collections.abc import Callable

ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def forget_the_role(it: Account) -> None:
    iam = it.aws("iam")
    for policy in iam.list_attached_role_policies(**it.role)["AttachedPolicies"]:
        iam.detach_role_policy(**it.role, PolicyArn=policy["PolicyArn"])
    iam.delete_role(**it.role)


def foreign_provider(it: Account) -> None:
    """As where others of the account trust GitHub's tokens with an audience of their own."""
    iam = it.aws("iam")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=it.names.issuer_arn)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["https://github.com/acme"])


def widen_the_boundary(it: Account) -> None:
    for _ in range(4):  # as often as there is room for versions
        it.aws("iam").create_policy_version(**it.boundary, PolicyDocument=EVERYTHING, SetAsDefault=True)


BUCKET, KEY = f"bucket omnitrack-staging-state-{ACCOUNT}", "key alias/omnitrack-staging-pulumi"
ROLE, BOUNDARY = "role omnitrack-staging-deploy", "policy omnitrack-staging-boundary"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DRIFT: dict[str, tuple[Callable[[Account], object], str, str]] = {
    "the state ends after a day": (
        lambda it: it.aws("s3").put_bucket_lifecycle_configuration(
            **it.bucket,
            LifecycleConfiguration={"Rules": [{**LIFECYCLE[0], "Expiration": {"Days": 1}}]},
        ),
        BUCKET,
        "versions kept for 90 days, and the latest 20 for good",
    ),
    "a second rule ends the state": (
        lambda it: it.aws("s3").put_bucket_lifecycle_configuration(
            **it.bucket,
            LifecycleConfiguration={
                "Rules": [
                    *LIFECYCLE,
                    {
                        "ID": "x",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ".pulumi/"},
                        "Expiration": {"Days": 1},
                    },
                ]
            },
        ),
        BUCKET,
        "versions kept for 90 days, and the latest 20 for good",
    ),
    "the role has lost a tag": (
        lambda it: it.aws("iam").untag_role(**it.role, TagKeys=["Project"]),
        ROLE,
        "tagged",
    ),
    "the boundary has lost a tag": (
        lambda it: it.aws("iam").untag_policy(**it.boundary, TagKeys=["ManagedBy"]),
        BOUNDARY,
        "tagged",
    ),
    "the identity provider is somebody else's": (
        foreign_provider,
        f"identity provider {ISSUER}",
        "audience sts.amazonaws.com admitted",
    ),
    "versions are suspended": (
        lambda it: it.aws("s3").put_bucket_versioning(
            **it.bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        BUCKET,
        "versions kept",
    ),
    "public access is let in": (
        lambda it: it.aws("s3").delete_public_access_block(**it.bucket),
        BUCKET,
        "public access blocked",
    ),
    "the bucket's policy is deleted": (
        lambda it: it.aws("s3").delete_bucket_policy(**it.bucket),
        BUCKET,
        "deletion and connections without TLS refused",
    ),
    "old versions stay for ever": (
        lambda it: it.aws("s3").delete_bucket_lifecycle(**it.bucket),
        BUCKET,
        "versions kept for 90 days, and the latest 20 for good",
    ),
    "the state is encrypted with another key": (
        lambda it: it.aws("s3").delete_bucket_encryption(**it.bucket),
        BUCKET,
        "encrypted with the key",
    ),
    "the key does not rotate": (
        lambda it: it.aws("kms").disable_key_rotation(**it.key),
        KEY,
        "yearly rotation set",
    ),
    "the key is disabled": (lambda it: it.aws("kms").disable_key(**it.key), KEY, "enabled"),
    "the key is to be deleted": (
        lambda it: it.aws("kms").schedule_key_deletion(**it.key, PendingWindowInDays=7),
        KEY,
        "deletion cancelled",
    ),
    "the key's policy is another": (
        lambda it: it.aws("kms").put_key_policy(
            **it.key,
            PolicyName="default",
            Policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                }
            ),
        ),
        KEY,
        "policy put",
    ),
    "the identity provider is deleted": (
        lambda it: it.aws("iam").delete_open_id_connect_provider(
            OpenIDConnectProviderArn=it.names.issuer_arn
        ),
        f"identity provider {ISSUER}",
        "made",
    ),
    "the boundary admits everything": (widen_the_boundary, BOUNDARY, "document put"),
    "anybody may take the role": (
        lambda it: it.aws("iam").update_assume_role_policy(
            **it.role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})
        ),
        ROLE,
        "trust put",
    ),
    "sessions are longer": (
        lambda it: it.aws("iam").update_role(**it.role, MaxSessionDuration=43200),
        ROLE,
        "description and length of sessions put",
    ),
    "the role may do more": (
        lambda it: it.aws("iam").attach_role_policy(**it.role, PolicyArn=ADMIN),
        ROLE,
        "AdministratorAccess detached",
    ),
    "the role has a policy inside": (
        lambda it: it.aws("iam").put_role_policy(**it.role, PolicyName="more", PolicyDocument=EVERYTHING),
        ROLE,
        "inline policy more deleted",
    ),
    "the role may do less": (
        lambda it: it.aws("iam").detach_role_policy(
            **it.role, PolicyArn=it.names.iam("policy/omnitrack-staging-deploy-data")
        ),
        ROLE,
        "omnitrack-staging-deploy-data attached",
    ),
    "the role is deleted": (forget_the_role, ROLE, "made, with its policies"),
}
