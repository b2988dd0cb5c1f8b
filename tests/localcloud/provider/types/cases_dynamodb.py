"""Amazon DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "S"} for name in names]


def index(name: str, *keys: str) -> dict[str, Any]:
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    schema = [{"attributeName": key, "keyType": kind} for key, kind in kinds]
    return {"name": name, "keySchemas": schema, "projectionType": "ALL"}


def a_table(it: Scene) -> dict[str, Any]:
    return {
        "attributes": attributes("PK", "SK", "owner", "since"),
        "billingMode": "PAY_PER_REQUEST",
        "globalSecondaryIndexes": [index("byOwner", "owner", "SK")],
        "hashKey": "PK",
        "localSecondaryIndexes": [{"name": "bySince", "rangeKey": "since", "projectionType": "KEYS_ONLY"}],
        "pointInTimeRecovery": {"enabled": True},
        "rangeKey": "SK",
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": it.needs["key"]},
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "tableClass": "STANDARD_INFREQUENT_ACCESS",
        "tags": {"owner": "us"},
        "ttl": {"attributeName": "expiresAt", "enabled": True},
    }


def table(it: Scene) -> Any:
    return it.aws("dynamodb").describe_table(TableName=it.id)["Table"]


def ttl(it: Scene) -> Any:
    return it.aws("dynamodb").describe_time_to_live(TableName=it.id)["TimeToLiveDescription"]


def what_the_update_changes(it: Scene) -> object:
    found = table(it)
    return [
        sorted(one["IndexName"] for one in found["GlobalSecondaryIndexes"]),
        found["DeletionProtectionEnabled"],
        found["StreamSpecification"]["StreamViewType"],
        ttl(it)["TimeToLiveStatus"],
    ]


CASES = [
    Case(
        type="aws:dynamodb/table:Table",
        needs=lambda it: {"key": it.make("aws:kms/key:Key")["arn"]},
        inputs=a_table,
        update={
            "attributes": attributes("PK", "SK", "since", "state", "place"),
            "globalSecondaryIndexes": [index("byState", "state"), index("byPlace", "place", "SK")],
            "streamViewType": "KEYS_ONLY",
            "ttl": {"enabled": False},
        },
        seen=what_the_update_changes,
        expected=[["byPlace", "byState"], False, "KEYS_ONLY", "DISABLED"],
        replace={"hashKey": "SK", "rangeKey": "PK"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-dynamodb-table.html",
        drift=lambda it: it.aws("dynamodb").update_continuous_backups(
            TableName=it.id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        drifted={"pointInTimeRecovery"},
        vanish=lambda it: it.aws("dynamodb").delete_table(TableName=it.id),
    ),
]
