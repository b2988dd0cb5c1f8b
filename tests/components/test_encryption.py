"""Keys: one per purpose, and each opens for its services only."""

from collections.abc import Callable

import pytest

from components.encryption import Encryption, EncryptionArgs
from components.location import Location
from tests.support.program import ACCOUNT, Deployed, Recorded

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def deployed(deploy: Deploy, location: Location) -> Deployed:
    return deploy(lambda: Encryption("encryption", arguments(location)))


def arguments(location: Location, *, enabled: bool = True) -> EncryptionArgs:
    return EncryptionArgs(
        enabled=enabled,
        prefix="omnitrack-staging",
        location=location,
        log_groups=["/aws/lambda/omnitrack-staging-*"],
        deletion_window_days=30,
    )


def key(deployed: Deployed, purpose: str) -> Recorded:
    return deployed.one(KEY, f"encryption-{purpose}")


def test_every_key_rotates_and_is_deleted_after_the_window(deployed: Deployed) -> None:
    for each in deployed.all(KEY):
        assert each.inputs["enableKeyRotation"] is True
        assert each.inputs["rotationPeriodInDays"] == 365
        assert each.inputs["deletionWindowInDays"] == 30


def test_every_key_has_an_alias_of_its_purpose(deployed: Deployed) -> None:
    aliases = {each.inputs["name"]: each.inputs["targetKeyId"] for each in deployed.all(ALIAS)}
    assert aliases == {
        f"alias/omnitrack-staging-{purpose}": f"encryption-{purpose}-key-id"
        for purpose in ("tables", "queues", "functions", "backups", "logs")
    }


@pytest.mark.parametrize(
    ("purpose", "service"),
    [("tables", "dynamodb"), ("queues", "sqs"), ("functions", "lambda"), ("backups", "backup")],
)
def test_a_key_is_used_through_its_service_within_the_account_only(
    deployed: Deployed, purpose: str, service: str
) -> None:
    using = [each for each in key(deployed, purpose).policy() if "kms:Decrypt" in each["Action"]]
    assert [each["Condition"]["StringEquals"] for each in using] == [
        {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
    ]


def test_the_logs_key_is_used_by_the_logs_service_for_named_groups_only(deployed: Deployed) -> None:
    _, use = key(deployed, "logs").policy()
    assert use["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert use["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == [
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/omnitrack-staging-*"
    ]


def test_whoever_administers_a_key_cannot_read_with_it(deployed: Deployed) -> None:
    for each in deployed.all(KEY):
        administration = each.policy()[0]
        assert administration["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert not {"kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"} & set(administration["Action"])
        assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} <= set(administration["Action"])


def test_no_key_knows_a_wild_action_or_an_open_principal(deployed: Deployed) -> None:
    for each in deployed.all(KEY):
        for statement in each.policy():
            assert not any("*" in action for action in statement["Action"])
            assert "*" not in statement["Principal"].values()


def test_grants_are_left_to_services_that_need_them(deployed: Deployed) -> None:
    granting = {
        each.name
        for each in deployed.all(KEY)
        for statement in each.policy()
        if "kms:CreateGrant" in statement["Action"]
    }
    assert granting == {"encryption-tables", "encryption-functions", "encryption-backups"}


def test_a_grant_is_made_by_a_service_for_its_resource_only(deployed: Deployed) -> None:
    for each in deployed.all(KEY):
        for statement in each.policy():
            if "kms:CreateGrant" in statement["Action"]:
                assert statement["Action"] == ["kms:CreateGrant"]
                assert statement["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
                assert statement["Condition"]["StringEquals"]["kms:CallerAccount"] == ACCOUNT


def test_without_encryption_there_is_no_key(deploy: Deploy, location: Location) -> None:
    made: list[Encryption] = []
    deployed = deploy(lambda: made.append(Encryption("encryption", arguments(location, enabled=False))))
    assert not deployed.all(KEY)
    assert made[0].logs_key_arn is None
