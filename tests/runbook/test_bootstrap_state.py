"""The engine keeps a stack in the bootstrapped bucket as the deploy role, and the preview role reads it."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud import engine
from runbook.bootstrap.trust import Repository
from runbook.stacks import ROOT
from tests.runbook.bootstrapped import ACCOUNT, Account, empty_account

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.cloud, pytest.mark.engine, pytest.mark.xdist_group("bootstrap-state")]

# Tokens of GitHub cannot be had here: the account itself takes the roles, which have the same policies.
TAKEN_BY_THE_ACCOUNT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    repository = Repository(owner="acme", name="twin")
    with empty_account(tmp_path_factory.mktemp("cloud"), repository) as made:
        made.run()
        for role in (made.names.deploy, made.names.preview):
            made.aws("iam").update_assume_role_policy(RoleName=role, PolicyDocument=TAKEN_BY_THE_ACCOUNT)
        yield made


@pytest.fixture(scope="module")
def folder(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose stack the deploy role has made, with a secret."""
    made = tmp_path_factory.mktemp("project")
    shutil.copyfile(ROOT / "Pulumi.yaml", made / "Pulumi.yaml")
    key = f"awskms://{account.key['KeyId']}?region=us-east-1"
    for arguments in (
        ["stack", "init", "staging", "--secrets-provider", key],
        ["config", "set", "--secret", "token", "hidden", "--stack", "staging"],
    ):
        ended = pulumi(account, made, account.names.deploy, *arguments)
        assert ended.returncode == 0, ended.stderr
    return made


def taken(account: Account, role: str) -> dict[str, str]:
    """The credentials of a session of a role."""
    arn = account.names.iam(f"role/{role}")
    credentials: dict[str, str] = account.aws("sts").assume_role(RoleArn=arn, RoleSessionName="job")[
        "Credentials"
    ]
    return credentials


def pulumi(account: Account, folder: Path, role: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the engine as a role, with the state in the bucket."""
    keys = account.aws("sts").assume_role(RoleArn=account.names.iam(f"role/{role}"), RoleSessionName="job")[
        "Credentials"
    ]
    own = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    found = engine.ensure(print)
    environment = (
        found.environment(own, local=True)
        | account.cloud.aws_environment(ACCOUNT)
        | {
            "AWS_ENDPOINT_URL": account.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
            "PULUMI_BACKEND_URL": f"{account.names.state_url}&s3ForcePathStyle=true",
        }
    )
    return engine.run(found, [*arguments], cwd=folder, environment=environment, capture=True)


def test_the_deploy_role_keeps_the_state_in_the_bucket(account: Account, folder: Path) -> None:
    ended = pulumi(account, folder, account.names.deploy, "config", "get", "token", "--stack", "staging")
    assert (ended.returncode, ended.stdout.strip()) == (0, "hidden")
    objects = account.aws("s3").list_objects_v2(Bucket=account.names.bucket)["Contents"]
    assert {each["Key"] for each in objects} >= {".pulumi/meta.yaml", ".pulumi/stacks/omnitrack/staging.json"}
    assert all(each["Key"].startswith(".pulumi/") for each in objects)


def test_the_preview_role_reads_the_state_and_its_secrets(account: Account, folder: Path) -> None:
    ended = pulumi(account, folder, account.names.preview, "stack", "export", "--stack", "staging")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["version"]
    secret = pulumi(account, folder, account.names.preview, "config", "get", "token", "--stack", "staging")
    assert secret.stdout.strip() == "hidden"


@pytest.mark.parametrize(
    "arguments",
    [
        ["stack", "tag", "set", "a", "b", "--stack", "staging"],
        ["stack", "rm", "staging", "--yes"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_the_preview_role_changes_nothing(account: Account, folder: Path, arguments: list[str]) -> None:
    ended = pulumi(account, folder, account.names.preview, *arguments)
    assert ended.returncode != 0
    assert "is not authorized to perform" in ended.stderr


ATTACKS: dict[str, tuple[str, Callable[[Account, Any], object]]] = {
    "iam:PutRolePolicy": (
        "iam",
        lambda it, iam: iam.put_role_policy(**it.role, PolicyName="x", PolicyDocument=TAKEN_BY_THE_ACCOUNT),
    ),
    "iam:UpdateAssumeRolePolicy": (
        "iam",
        lambda it, iam: iam.update_assume_role_policy(**it.role, PolicyDocument=TAKEN_BY_THE_ACCOUNT),
    ),
    "iam:CreatePolicyVersion": (
        "iam",
        lambda it, iam: iam.create_policy_version(**it.boundary, PolicyDocument=TAKEN_BY_THE_ACCOUNT),
    ),
    "iam:DeleteOpenIDConnectProvider": (
        "iam",
        lambda it, iam: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=it.names.issuer_arn),
    ),
    "s3:PutBucketVersioning": (
        "s3",
        lambda it, s3: s3.put_bucket_versioning(**it.bucket, VersioningConfiguration={"Status": "Suspended"}),
    ),
    "s3:DeleteBucketPolicy": ("s3", lambda it, s3: s3.delete_bucket_policy(**it.bucket)),
    "kms:ScheduleKeyDeletion": ("kms", lambda it, kms: kms.schedule_key_deletion(**it.key)),
}


@pytest.mark.parametrize("action", ATTACKS)
def test_the_deploy_role_cannot_get_out_of_its_bounds(account: Account, action: str) -> None:
    service, attack = ATTACKS[action]
    keys = taken(account, account.names.deploy)
    client: Any = boto3.client(
        service,  # type: ignore[call-overload] # one of those above
        endpoint_url=account.cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(proxies={}),
    )
    with pytest.raises(ClientError, match=f"not authorized to perform: {action}"):
        attack(account, client)
