"""Keys: one per purpose, and each opens for its services only."""

from collections.abc import Callable

import pytest

from components.encryption import Encryption, EncryptionArgs
from components.location import Location
from tests.support.program import ACCOUNT, Deployed, Recorded

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
Deploy = Callable[[Callable[[], object]], Deployed]
# Purpose -> the service that the key is used through.
SERVICES = {
    "tables": "dynamodb",
    "queues": "sqs",
    "notifications": "sns",
    "secrets": "secretsmanager",
    "functions": "lambda",
    "backups": "backup",
}


@pytest.fixture
def deployed(deploy: Deploy, location: Location) -> Deployed:
    return deploy(lambda: Encryption("encryption", arguments(location)))


def arguments(location: Location, *, enabled: bool = True) -> EncryptionArgs:
    return EncryptionArgs(
        enabled=enabled,
        prefix="omnitrack-staging",
        location=location,
        log_groups=["/aws/lambda/omnitrack-staging-*"],
        edge_log_groups=["/aws/cloudfront/omnitrack-staging-*"],
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
        for purpose in (*SERVICES, "logs")
    }


@pytest.mark.parametrize(
    ("purpose", "service"),
    SERVICES.items(),
)
def test_a_key_is_used_through_its_service_within_the_account_only(
    deployed: Deployed, purpose: str, service: str
) -> None:
    statements = key(deployed, purpose).policy()
    using = [each for each in statements if "kms:Decrypt" in each["Action"] and "AWS" in each["Principal"]]
    assert [each["Condition"]["StringEquals"] for each in using] == [
        {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
    ]


def test_the_logs_key_is_used_by_the_logs_service_for_named_groups_only(deployed: Deployed) -> None:
    _, use = key(deployed, "logs").policy()
    assert use["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert use["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == [
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}"
        for group in ("/aws/lambda/omnitrack-staging-*", "/aws/cloudfront/omnitrack-staging-*")
    ]


def test_a_topic_of_the_stack_may_fill_a_queue_with_what_it_could_not_deliver(deployed: Deployed) -> None:
    (topics,) = [each for each in key(deployed, "queues").policy() if "Service" in each["Principal"]]
    assert topics["Principal"] == {"Service": "sns.amazonaws.com"}
    assert topics["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:omnitrack-staging-*"},
    }


def test_a_stack_elsewhere_has_a_key_for_the_logs_of_the_edge_where_they_are(deploy: Deploy) -> None:
    made: list[Encryption] = []
    elsewhere = Location(account=ACCOUNT, region="eu-central-1")
    deployed = deploy(lambda: made.append(Encryption("encryption", arguments(elsewhere))))
    edge = key(deployed, "edge-logs")
    assert edge.inputs["region"] == deployed.only(ALIAS, "encryption-edge-logs")["region"] == "us-east-1"
    _, use = edge.policy()
    assert use["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert "cloudfront" in str(use["Condition"])
    assert "cloudfront" not in str(key(deployed, "logs").policy())
    assert made[0].edge_logs_key_arn is not made[0].logs_key_arn


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
