"""AWS Backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case
from tests.localcloud.provider.types.cases_iam import trust

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
DAILY = {
    "ruleName": "daily",
    "targetVaultName": "orders",
    "schedule": "cron(0 5 ? * * *)",
    "startWindow": 60,
    "completionWindow": 480,
    "lifecycle": {"deleteAfter": 35},
}
MONTHLY = {
    "ruleName": "monthly",
    "targetVaultName": "orders",
    "schedule": "cron(0 7 1 * ? *)",
    "lifecycle": {"coldStorageAfter": 30, "deleteAfter": 365},
}
TAGGED = {"type": "STRINGEQUALS", "key": "keep", "value": "yes"}


def a_vault(it: Scene) -> dict[str, Any]:
    return {"vault": it.make("aws:backup/vault:Vault", name="orders")}


def a_plan(it: Scene, name: str) -> dict[str, Any]:
    return it.make("aws:backup/plan:Plan", name=name, rules=[DAILY])


def plan(it: Scene) -> Any:
    return it.aws("backup").get_backup_plan(BackupPlanId=it.id)["BackupPlan"]


def keep_no_months(it: Scene) -> None:
    """Take a rule away behind Pulumi's back."""
    it.aws("backup").update_backup_plan(
        BackupPlanId=it.id, BackupPlan={**plan(it), "Rules": plan(it)["Rules"][:1]}
    )


def selected(it: Scene) -> dict[str, Any]:
    role = it.make("aws:iam/role:Role", name="keeper", assumeRolePolicy=trust("backup.amazonaws.com"))
    return {
        **a_vault(it),
        "role": role["arn"],
        "plans": {name: a_plan(it, name)["id"] for name in ("first", "second")},
    }


CASES = [
    Case(
        type="aws:backup/vault:Vault",
        needs=lambda it: {name: it.make("aws:kms/key:Key", description=name)["arn"] for name in ("a", "b")},
        inputs=lambda it: {"name": "orders", "kmsKeyArn": it.needs["a"], "tags": {"owner": "us"}},
        update={"tags": {"owner": "them"}},
        seen=lambda it: it.aws("backup").list_tags(ResourceArn=it.outputs["arn"])["Tags"],
        expected={"owner": "them"},
        replace=lambda it: {"kmsKeyArn": it.needs["b"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-backup-backupvault.html",
        drift=lambda it: it.aws("backup").tag_resource(
            ResourceArn=it.outputs["arn"], Tags={"owner": "nobody"}
        ),
        drifted={"tags"},
        vanish=lambda it: it.aws("backup").delete_backup_vault(BackupVaultName=it.id),
    ),
    Case(
        type="aws:backup/plan:Plan",
        needs=a_vault,
        inputs={"name": "orders", "rules": [DAILY, MONTHLY], "tags": {"owner": "us"}},
        update={"rules": [{**DAILY, "lifecycle": {"deleteAfter": 7}}, MONTHLY]},
        seen=lambda it: [rule["Lifecycle"]["DeleteAfterDays"] for rule in plan(it)["Rules"]],
        expected=[7, 365],
        replace=None,
        replace_page=f"{CLOUDFORMATION}/aws-resource-backup-backupplan.html",
        drift=keep_no_months,
        drifted={"rules"},
        vanish=lambda it: it.aws("backup").delete_backup_plan(BackupPlanId=it.id),
    ),
    Case(
        type="aws:backup/selection:Selection",
        needs=selected,
        inputs=lambda it: {
            "name": "table",
            "planId": it.needs["plans"]["first"],
            "iamRoleArn": it.needs["role"],
            "resources": [f"arn:aws:dynamodb:us-east-1:{it.account}:table/orders"],
            "selectionTags": [TAGGED],
            "conditions": [{"stringEquals": [{"key": "aws:ResourceTag/Environment", "value": "live"}]}],
        },
        update=None,
        update_page=f"{CLOUDFORMATION}/aws-resource-backup-backupselection.html",
        replace=lambda it: {"planId": it.needs["plans"]["second"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-backup-backupselection.html",
        drift=None,
        drift_reason="no call changes a selection",
        vanish=lambda it: it.aws("backup").delete_backup_selection(
            BackupPlanId=it.needs["plans"]["first"], SelectionId=it.id
        ),
        import_id=lambda it: f"{it.needs['plans']['first']}|{it.id}",
    ),
]
