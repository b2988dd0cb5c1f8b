"""A bootstrap on a local cloud: made once, kept, and mended where it drifted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from runbook.bootstrap.names import ISSUER
from runbook.bootstrap.trust import Repository
from runbook.cli import app
from runbook.errors import RunbookError
from tests.runbook import iam_evaluator
from tests.runbook.bootstrap_drift import ANYBODY, DRIFT
from tests.runbook.bootstrapped import ACCOUNT, PARTS, Account, empty_account

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("bootstrap-cloud")]

REPOSITORY = Repository(owner="acme", name="twin", owner_id="11", repository_id="22")


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
    claims = {"sub": subject, "aud": "sts.amazonaws.com", "repository_id": "22", "ref": "refs/heads/main"}
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


@pytest.fixture
def stray_role(account: Account) -> Iterator[str]:
    """A role that somebody made by hand under the names of the program."""
    iam, name = account.aws("iam"), "omnitrack-staging-operator"
    document = {"Version": "2012-10-17", "Statement": [ANYBODY]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    yield name
    iam.delete_role(RoleName=name)


def test_a_role_among_the_programs_without_the_boundary_is_told(account: Account, stray_role: str) -> None:
    (warning,) = account.bootstrap.warnings()
    assert f"the role {stray_role} is without the boundary" in warning
    account.aws("iam").put_role_permissions_boundary(
        RoleName=stray_role, PermissionsBoundary=account.boundary["PolicyArn"]
    )
    assert account.bootstrap.warnings() == []


def test_a_boundary_of_the_deploy_role_is_told_and_left(account: Account) -> None:
    iam = account.aws("iam")
    iam.put_role_permissions_boundary(**account.role, PermissionsBoundary=account.boundary["PolicyArn"])
    assert account.run() == {}
    (warning,) = account.bootstrap.warnings()
    assert "bootstrap neither sets nor takes it" in warning
    iam.delete_role_permissions_boundary(**account.role)
    assert account.bootstrap.warnings() == []


def test_the_account_tells_who_would_lose_the_roles(account: Account) -> None:
    other = Repository(owner="acme", name="other")
    assert account.bootstrap.replaced() == []
    assert replace(account.bootstrap, repository=other).replaced() == [REPOSITORY]


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


def test_an_alias_that_names_another_key_stops_the_run_before_it_changes_anything(account: Account) -> None:
    kms, own, alias = account.aws("kms"), account.key["KeyId"], account.names.alias
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = kms.get_key_policy(KeyId=other, PolicyName="default")["Policy"]
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    try:
        with pytest.raises(RunbookError, match="which lacks the tags of the state's key"):
            account.run()
        assert kms.get_key_policy(KeyId=other, PolicyName="default")["Policy"] == policy
    finally:
        kms.update_alias(AliasName=alias, TargetKeyId=own)
    assert account.run() == {}


def test_a_lost_alias_goes_back_to_the_key_that_encrypted_the_state(account: Account) -> None:
    kms, own = account.aws("kms"), account.key
    sealed = kms.encrypt(KeyId=account.names.alias, Plaintext=b"secret")["CiphertextBlob"]
    keys = len(kms.list_keys()["Keys"])
    kms.delete_alias(AliasName=account.names.alias)
    assert account.run() == {f"key {account.names.alias}": ("named by its alias",)}
    assert (account.key, len(kms.list_keys()["Keys"])) == (own, keys)
    assert kms.decrypt(CiphertextBlob=sealed, KeyId=account.names.alias)["Plaintext"] == b"secret"
