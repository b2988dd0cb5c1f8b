"""AWS Backup: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Reference.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.row import Values

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
COLD_STORAGE_DAYS = 90
LONGEST_DAYS = 36_500
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
SHORTEST_WINDOW = 60  # minutes
USUAL_COMPLETION = 180  # minutes


class VaultResource(Resource):
    """A vault; without a key of the program, AWS Backup's own protects it, which nothing here names."""

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The key, where there is one."""
        del values
        return {name: value for name, value in found.items() if name != "kmsKeyArn" or value}


class PlanResource(Resource):
    """A plan; each change sends all of it."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Days and minutes that AWS relates to each other."""
        for index, rule in enumerate(_blocks(inputs.get("rules"))):
            path = f"rules[{index}]"
            start = rule.get("startWindow", SHORTEST_WINDOW)
            completion = rule.get("completionWindow", USUAL_COMPLETION)
            if _are_numbers(start, completion) and completion < start + SHORTEST_WINDOW:
                yield f"{path}.completionWindow", f"must be at least {SHORTEST_WINDOW} more than startWindow"
            lifecycle = rule.get("lifecycle")
            cold, end = (_of(lifecycle, name) for name in ("coldStorageAfter", "deleteAfter"))
            if _are_numbers(cold, end) and end < cold + COLD_STORAGE_DAYS:
                yield (
                    f"{path}.lifecycle.deleteAfter",
                    f"must be at least {COLD_STORAGE_DAYS} more than coldStorageAfter",
                )

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Lists that are empty are as good as absent."""
        del values
        return {name: value for name, value in found.items() if value != []}


class SelectionResource(Resource):
    """What a plan takes; nothing of it changes in place."""

    def from_id(self, resource_id: str) -> dict[str, str]:
        """An id is the selection's; an import names `plan|selection`."""
        plan, _, selection = resource_id.rpartition("|")
        return {"id": selection, **({"planId": plan} if plan else {})}

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Conditions and lists that are empty are as good as absent."""
        del values
        return {name: value for name, value in found.items() if value not in ([], [{}])}


def _blocks(value: object) -> list[dict[str, Any]]:
    return [block for block in value if isinstance(block, dict)] if isinstance(value, list) else []


def _of(block: object, name: str) -> Any:  # noqa: ANN401 - a property of any kind
    return block.get(name) if isinstance(block, dict) else None


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


RESOURCES: tuple[Resource, ...] = (
    VaultResource(
        type="aws:backup/vault:Vault",
        service="backup",
        create="CreateBackupVault",
        reads=(Read(operation="DescribeBackupVault"),),
        delete="DeleteBackupVault",
        id="{name}",
        name=Name(longest=50),
        names={
            "arn": "BackupVaultArn",
            "kmsKeyArn": "EncryptionKeyArn",
            "name": "BackupVaultName",
            "recoveryPoints": "NumberOfRecoveryPoints",
            "tags": "BackupVaultTags",
        },
        replace=("name", "kmsKeyArn"),
        defaults={"forceDestroy": False},
        # The local cloud follows no schedule, so that a vault has no recovery points to be emptied of.
        handled={"forceDestroy": ""},
        write_only=("forceDestroy",),
        kept=("kmsKeyArn",),
        tags=Tags(read="ListTags"),
    ),
    PlanResource(
        type="aws:backup/plan:Plan",
        service="backup",
        create="CreateBackupPlan",
        reads=(Read(operation="GetBackupPlan"),),
        updates=(Call(operation="UpdateBackupPlan"),),
        delete="DeleteBackupPlan",
        id="{id}",
        name=Name(longest=50),
        names={
            "arn": "BackupPlanArn",
            "id": "BackupPlanId",
            "name": "BackupPlan.BackupPlanName",
            "rules": "BackupPlan.Rules",
            "rules.completionWindow": "CompletionWindowMinutes",
            "rules.copyActions.destinationVaultArn": "DestinationBackupVaultArn",
            "rules.copyActions.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
            "rules.copyActions.lifecycle.deleteAfter": "DeleteAfterDays",
            "rules.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
            "rules.lifecycle.deleteAfter": "DeleteAfterDays",
            "rules.schedule": "ScheduleExpression",
            "rules.startWindow": "StartWindowMinutes",
            "rules.targetVaultName": "TargetBackupVaultName",
            "advancedBackupSettings": "BackupPlan.AdvancedBackupSettings",
            "scanSettings": "BackupPlan.ScanSettings",
            "tags": "BackupPlanTags",
            "version": "VersionId",
        },
        # What the provider sends where the program says nothing.
        defaults={
            "rules.completionWindow": USUAL_COMPLETION,
            "rules.enableContinuousBackup": False,
            "rules.scheduleExpressionTimezone": "Etc/UTC",
            "rules.startWindow": SHORTEST_WINDOW,
        },
        volatile=("version",),
        tags=Tags(read="ListTags"),
        limits={
            "name": Limit(longest=50, pattern=r"[\w.-]+"),
            "rules.startWindow": Limit(low=SHORTEST_WINDOW),
            "rules.lifecycle.deleteAfter": Limit(low=1, high=LONGEST_DAYS),
        },
    ),
    SelectionResource(
        type="aws:backup/selection:Selection",
        service="backup",
        create="CreateBackupSelection",
        reads=(Read(operation="GetBackupSelection"),),
        delete="DeleteBackupSelection",
        id="{id}",
        imports="{planId}|{id}",
        name=Name(longest=50),
        names={
            "id": "SelectionId",
            "planId": "BackupPlanId",
            "name": "BackupSelection.SelectionName",
            "iamRoleArn": "BackupSelection.IamRoleArn",
            "resources": "BackupSelection.Resources",
            "notResources": "BackupSelection.NotResources",
            "selectionTags": "BackupSelection.ListOfTags",
            "selectionTags.key": "ConditionKey",
            "selectionTags.type": "ConditionType",
            "selectionTags.value": "ConditionValue",
            "conditions": "BackupSelection.Conditions",
            **{
                f"conditions.{operator}.{name}": member
                for operator in ("stringEquals", "stringLikes", "stringNotEquals", "stringNotLikes")
                for name, member in (("key", "ConditionKey"), ("value", "ConditionValue"))
            },
        },
        replace=("conditions", "iamRoleArn", "name", "notResources", "planId", "resources", "selectionTags"),
        # A new role needs a moment until AWS Backup sees it.
        retry=("cannot be assumed by AWS Backup",),
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
        limits={"resources": Limit(longest=500), "selectionTags": Limit(longest=30)},
    ),
)
