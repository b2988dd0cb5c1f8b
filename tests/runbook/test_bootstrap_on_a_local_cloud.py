"""A bootstrap on a local cloud: made once, kept, and mended where it drifted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from runbook.bootstrap.names import ISSUER
from runbook.bootstrap.trust import Repository
from runbook.cli import app
from tests.runbook import iam_evaluator
from tests.runbook.bootstrapped import ACCOUNT, PARTS, Account, empty_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("bootstrap-cloud")]

REPOSITORY = Repository(owner="acme", name="twin", owner_id="11", repository_id="22")
ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with empty_account(tmp_path_factory.mktemp("cloud"), REPOSITORY) as account:
        yield account


@pytest.fixture(scope="module")
def first_run(empty: Account) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """What a look at the empty account said, and what the first run did."""
    return empty.run(dry_run=True), empty.run()


@pytest.fixture
def account(empty: Account, first_run: object) -> Account:
    assert first_run
    return empty


def test_a_look_at_an_empty_account_names_every_part_and_makes_none(
    first_run: tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]],
) -> None:
    looked, made = first_run
    assert len(looked) == PARTS
    assert looked.keys() == made.keys(), "the look made nothing, so the run made everything"
    assert all(changes[0].startswith("made") for changes in looked.values())


def test_a_second_run_changes_nothing(account: Account) -> None:
    assert account.run() == {}
    assert account.run(dry_run=True) == {}


def test_the_command_tells_the_outputs_as_json(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(account.cloud.home))
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")  # which leads a local run nowhere
    numbers = ["--owner-id", "11", "--repository-id", "22"]
    command = ["bootstrap", "-s", "staging", "--local", "--repository", "acme/twin", *numbers, "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert len(told["parts"]) == PARTS
    assert not any(part["changes"] for part in told["parts"])
    assert told["outputs"] == {
        "stateUrl": f"s3://omnitrack-staging-state-{ACCOUNT}?region=us-east-1",
        "secretsProvider": "awskms://alias/omnitrack-staging-pulumi?region=us-east-1",
        "deployRoleArn": f"arn:aws:iam::{ACCOUNT}:role/omnitrack-staging-deploy",
        "previewRoleArn": f"arn:aws:iam::{ACCOUNT}:role/omnitrack-staging-preview",
        "permissionsBoundary": "omnitrack-staging-boundary",
    }


def test_the_state_is_encrypted_kept_and_private(account: Account) -> None:
    s3, kms = account.aws("s3"), account.aws("kms")
    rule = s3.get_bucket_encryption(**account.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": kms.describe_key(**account.key)["KeyMetadata"]["Arn"],
    }
    assert s3.get_bucket_versioning(**account.bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(**account.bucket)["PublicAccessBlockConfiguration"].values())
    owner = s3.get_bucket_ownership_controls(**account.bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert kms.get_key_rotation_status(**account.key)["KeyRotationEnabled"]


def test_the_history_of_the_state_cannot_be_deleted(account: Account) -> None:
    policy = json.loads(account.aws("s3").get_bucket_policy(**account.bucket)["Policy"])
    for action, arn in (
        ("s3:DeleteBucket", account.names.bucket_arn),
        ("s3:DeleteObjectVersion", f"{account.names.bucket_arn}/.pulumi/x"),
    ):
        (statement,) = [each for each in policy["Statement"] if "Condition" not in each]
        assert statement["Effect"] == "Deny"
        assert iam_evaluator.applies(statement, action, arn, {})


def test_the_key_encrypts_for_who_may_use_it(account: Account) -> None:
    kms = account.aws("kms")
    sealed = kms.encrypt(KeyId=account.names.alias, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"


@pytest.mark.parametrize(
    ("role", "subject", "answer"),
    [
        ("deploy", "repo:acme/twin:environment:staging", True),
        ("deploy", "repo:acme@11/twin@22:environment:staging", True),
        ("deploy", "repo:acme/twin:environment:staging-preview", False),
        ("deploy", "repo:acme@11/twin@22:pull_request", False),
        ("preview", "repo:acme/twin:environment:staging-preview", True),
        ("preview", "repo:acme@11/twin@22:environment:staging-preview", True),
        ("preview", "repo:acme@11/other@33:environment:staging-preview", False),
    ],
)
def test_the_roles_in_the_account_trust_the_repository_only(
    account: Account,
    role: str,
    subject: str,
    answer: bool,  # noqa: FBT001 - a column of the table
) -> None:
    about = account.aws("iam").get_role(RoleName=f"omnitrack-staging-{role}")["Role"]
    claims = {"sub": subject, "aud": "sts.amazonaws.com", "repository_id": "22"}
    context = {f"{ISSUER}:{name}": text for name, text in claims.items()}
    document = about["AssumeRolePolicyDocument"]
    assert iam_evaluator.allows([document], "sts:AssumeRoleWithWebIdentity", "*", context) is answer
    assert document["Statement"][0]["Principal"] == {"Federated": account.names.issuer_arn}


def test_a_role_of_the_program_may_be_made_with_the_boundary(account: Account) -> None:
    iam, name = account.aws("iam"), "omnitrack-staging-twin-1"
    document = {"Version": "2012-10-17", "Statement": [ANYBODY]}
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(document),
        PermissionsBoundary=account.boundary["PolicyArn"],
    )
    bound = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert bound["PermissionsBoundaryArn"] == account.boundary["PolicyArn"]
    iam.delete_role(RoleName=name)


def forget_the_role(it: Account) -> None:
    iam = it.aws("iam")
    for policy in iam.list_attached_role_policies(**it.role)["AttachedPolicies"]:
        iam.detach_role_policy(**it.role, PolicyArn=policy["PolicyArn"])
    iam.delete_role(**it.role)


def widen_the_boundary(it: Account) -> None:
    for _ in range(4):  # as often as there is room for versions
        it.aws("iam").create_policy_version(**it.boundary, PolicyDocument=EVERYTHING, SetAsDefault=True)


BUCKET, KEY = f"bucket omnitrack-staging-state-{ACCOUNT}", "key alias/omnitrack-staging-pulumi"
ROLE, BOUNDARY = "role omnitrack-staging-deploy", "policy omnitrack-staging-boundary"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DRIFT: dict[str, tuple[Callable[[Account], object], str, str]] = {
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


@pytest.mark.parametrize("case", DRIFT)
def test_what_drifted_is_shown_and_mended(account: Account, case: str) -> None:
    drift, part, change = DRIFT[case]
    drift(account)
    seen = account.run(dry_run=True)
    mended = account.run()
    assert seen.keys() == mended.keys() == {part}
    assert seen[part][0] == change
    assert mended[part][0] == change
    assert account.run() == {}


def test_what_stays_out_of_the_boundary_is_out_for_good(account: Account) -> None:
    """After widening and mending, the version in force is the bootstrap's own."""
    iam = account.aws("iam")
    versions = iam.list_policy_versions(**account.boundary)["Versions"]
    assert len(versions) <= 5
    (default,) = [each for each in versions if each["IsDefaultVersion"]]
    found = iam.get_policy_version(**account.boundary, VersionId=default["VersionId"])
    statements = found["PolicyVersion"]["Document"]["Statement"]
    assert "*" not in [each["Action"] for each in statements]
