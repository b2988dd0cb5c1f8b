"""Backups of the platform's data: a vault, a plan of days and months, and the role that AWS Backup takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import backup, iam

from components.permissions import Grant, key_grants, role_name_prefix, role_policy, trust

if TYPE_CHECKING:
    from components.location import Location
    from components.tables import Tables

# Rule -> when it starts, in UTC and AWS's cron, and how many retention times its backups live. The hours lie
# apart, so that neither waits for the other.
SCHEDULES = {
    "daily": ("cron(0 5 ? * * *)", 1),
    "monthly": ("cron(0 7 1 * ? *)", 12),
}
START_WINDOW = 60  # minutes, the shortest
COMPLETION_WINDOW = 8 * 60  # minutes
# The part on DynamoDB of AWS's own policy for this role, for these tables and these keys alone:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
OF_THE_TABLE = (
    "dynamodb:CreateBackup",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
OF_ITS_BACKUPS = ("dynamodb:DeleteBackup", "dynamodb:DescribeBackup")
OF_THE_VAULTS_KEY = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """What is backed up, and how long its backups are kept.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        boundary_arn: The policy that the role cannot exceed; None for no bound.
        tables: What is backed up.
        tables_key_arn: The customer key of the tables; None for AWS's own.
        key_arn: The customer key of the vault; None for AWS's own.
        retention_days: Days that a daily backup is kept; a monthly one is kept twelve times as long.
        deletable: Whether the vault may be deleted together with the backups in it.
    """

    prefix: str
    location: Location
    boundary_arn: str | None
    tables: Tables
    tables_key_arn: pulumi.Input[str] | None
    key_arn: pulumi.Input[str] | None
    retention_days: int
    deletable: bool


class Backups(pulumi.ComponentResource):
    """The vault and the plan that fills it.

    AWS deletes no vault that holds backups. A stack that protects its data therefore protects the vault as it
    does the table; one that does not gives up the backups together with the vault.
    """

    vault_name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:backups:Backups", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        vault = backup.Vault(
            name,
            name=f"{args.prefix}-backups",
            kms_key_arn=args.key_arn,
            force_destroy=args.deletable,
            # The vault alone: a change replaces the selection, which protection would forbid.
            opts=pulumi.ResourceOptions(parent=self, protect=not args.deletable),
        )
        role = iam.Role(
            name,
            name_prefix=role_name_prefix(args.prefix, name),
            assume_role_policy=trust("backup.amazonaws.com"),
            permissions_boundary=args.boundary_arn,
            opts=child,
        )
        permissions = iam.RolePolicy(name, role=role.id, policy=role_policy(_grants(args)), opts=child)
        plan = backup.Plan(
            name,
            name=f"{args.prefix}-backups",
            rules=[
                backup.PlanRuleArgs(
                    rule_name=rule,
                    target_vault_name=vault.name,
                    schedule=schedule,
                    start_window=START_WINDOW,
                    completion_window=COMPLETION_WINDOW,
                    lifecycle=backup.PlanRuleLifecycleArgs(delete_after=times * args.retention_days),
                )
                for rule, (schedule, times) in SCHEDULES.items()
            ],
            opts=child,
        )
        backup.Selection(
            name,
            name=f"{args.prefix}-tables",
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=list(args.tables.arns),
            # The first backup must find the tables and the role's permissions.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.tables, permissions]),
        )

        self.vault_name = vault.name
        self.register_outputs({"vault_name": self.vault_name})


def _grants(args: BackupsArgs) -> list[Grant]:
    keys = [key for key in (args.tables_key_arn, args.key_arn) if key is not None]
    own = Grant(
        actions=OF_ITS_BACKUPS,
        resources=[f"{arn}/backup/*" for arn in args.tables.arns],
        reason="accounts older than AWS Backup's own format keep DynamoDB's, and AWS Backup ends them",
    )
    tags = Grant(
        actions=("backup:TagResource",),
        resources=(args.location.arn("backup", "recovery-point:*"),),
        reason="a backup, whose name AWS makes up, inherits the tags of its table",
    )
    return [
        *args.tables.grants(OF_THE_TABLE, reason="AWS Backup reads the tables as this role"),
        own,
        tags,
        *key_grants(
            args.key_arn,
            OF_THE_VAULTS_KEY,
            via=args.location.endpoint("backup"),
            reason="the vault is encrypted with it",
        ),
        *(_beyond_the_job(keys) if keys else ()),
    ]


def _beyond_the_job(keys: list[pulumi.Input[str]]) -> tuple[Grant, ...]:
    return (
        Grant(actions=("kms:DescribeKey",), resources=keys, reason="AWS Backup looks at both keys itself"),
        Grant(
            actions=("kms:CreateGrant",),
            resources=keys,
            reason="a backup outlives the job: the services keep the right to use its key",
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )
