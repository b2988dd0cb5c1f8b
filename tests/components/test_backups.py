"""Backups: what is taken, how long it is kept, and what the role that takes it may do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.backups import Backups, BackupsArgs
from components.location import Location
from components.tables import Tables, TablesArgs
from tests.support.program import Deployed

VAULT, PLAN, SELECTION = (
    "aws:backup/vault:Vault",
    "aws:backup/plan:Plan",
    "aws:backup/selection:Selection",
)
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
TABLE_ARNS = [
    f"arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-staging-{name}"
    for name in ("main", "connections")
]
VAULT_KEY = "arn:aws:kms:us-east-1:123456789012:key/of-the-vault"
BOUNDARY = "arn:aws:iam::123456789012:policy/omnitrack-staging-boundary"
Made = Callable[..., Deployed]


@pytest.fixture
def made(deploy: Callable[[Callable[[], object]], Deployed], location: Location, key: str) -> Made:
    """Deploys a table and its backups, with other arguments where they are given."""

    def make(**others: Any) -> Deployed:
        def program() -> None:
            tables = Tables(
                "tables",
                TablesArgs(
                    table_name="omnitrack-staging-main",
                    connections_name="omnitrack-staging-connections",
                    location=location,
                    key_arn=others.get("tables_key_arn", key),
                    billing_mode="PAY_PER_REQUEST",
                    read_capacity=5,
                    write_capacity=5,
                    deletion_protection=True,
                ),
            )
            args = BackupsArgs(
                prefix="omnitrack-staging",
                location=location,
                boundary_arn=BOUNDARY,
                tables=tables,
                tables_key_arn=key,
                key_arn=VAULT_KEY,
                retention_days=7,
                deletable=False,
            )
            Backups("backups", replace(args, **others))

        return deploy(program)

    return make


def allowed(deployed: Deployed) -> Sequence[Mapping[str, Any]]:
    return deployed.one(ROLE_POLICY).policy()


def of(deployed: Deployed, action: str) -> list[Mapping[str, Any]]:
    return [statement for statement in allowed(deployed) if action in statement["Action"]]


def test_the_tables_are_selected_by_their_arns(made: Made) -> None:
    deployed = made()
    assert deployed.only(SELECTION)["resources"] == TABLE_ARNS
    assert deployed.only(SELECTION)["planId"] == "backups-id"


def test_days_are_kept_for_the_retention_and_months_twelve_times_as_long(made: Made) -> None:
    rules = made().only(PLAN)["rules"]
    assert [(rule["ruleName"], rule["lifecycle"]["deleteAfter"]) for rule in rules] == [
        ("daily", 7),
        ("monthly", 84),
    ]
    assert len({rule["schedule"] for rule in rules}) == 2
    assert {rule["targetVaultName"] for rule in rules} == {"omnitrack-staging-backups"}


def test_a_backup_has_the_time_that_aws_asks_for(made: Made) -> None:
    for rule in made().only(PLAN)["rules"]:
        assert rule["startWindow"] >= 60
        assert rule["completionWindow"] >= rule["startWindow"] + 60


def test_the_vault_is_encrypted_with_the_key_of_the_backups(made: Made) -> None:
    assert made().only(VAULT)["kmsKeyArn"] == VAULT_KEY


@pytest.mark.parametrize("deletable", [True, False])
def test_the_vault_alone_is_protected_where_it_may_not_be_deleted(made: Made, *, deletable: bool) -> None:
    deployed = made(deletable=deletable)
    assert deployed.only(VAULT)["forceDestroy"] is deletable
    assert deployed.one(VAULT).protect is not deletable
    assert not deployed.one(SELECTION).protect


def test_only_aws_backup_takes_the_role_and_it_stays_within_the_boundary(made: Made) -> None:
    role = made().one(ROLE)
    (trust,) = role.policy("assumeRolePolicy")
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert role.inputs["permissionsBoundary"] == BOUNDARY


def test_the_role_backs_up_these_tables_and_reads_no_item_of_it(made: Made) -> None:
    deployed = made()
    (start,) = of(deployed, "dynamodb:StartAwsBackupJob")
    assert start["Resource"] == TABLE_ARNS
    (end,) = of(deployed, "dynamodb:DeleteBackup")
    assert end["Resource"] == [f"{arn}/backup/*" for arn in TABLE_ARNS]
    actions = {action for statement in allowed(deployed) for action in statement["Action"]}
    assert not actions & {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DeleteTable"}


def test_the_role_uses_each_key_through_its_service_and_grants_it_to_services_only(
    made: Made, key: str
) -> None:
    deployed = made()
    via = {
        resource: statement["Condition"]["StringEquals"]["kms:ViaService"]
        for statement in of(deployed, "kms:Decrypt")
        for resource in statement["Resource"]
    }
    assert via == {key: "dynamodb.us-east-1.amazonaws.com", VAULT_KEY: "backup.us-east-1.amazonaws.com"}
    (grant,) = of(deployed, "kms:CreateGrant")
    assert grant["Resource"] == [key, VAULT_KEY]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_without_customer_keys_the_role_uses_none(made: Made) -> None:
    deployed = made(tables_key_arn=None, key_arn=None)
    actions = {action for statement in allowed(deployed) for action in statement["Action"]}
    assert not [action for action in actions if action.startswith("kms:")]
