"""AWS Key Management Service: https://docs.aws.amazon.com/kms/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from localcloud.provider.cloud import Cloud


class KeyResource(Resource):
    """A key; one that waits for its deletion counts as gone."""

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the key, its policy and, where it can rotate, its rotation."""
        metadata = cloud.call("kms", "DescribeKey", {"KeyId": values["keyId"]})["KeyMetadata"]
        if metadata["KeyState"] in {"PendingDeletion", "PendingReplicaDeletion"}:
            return None
        policy = cloud.call("kms", "GetKeyPolicy", {"KeyId": values["keyId"], "PolicyName": "default"})
        rotates = metadata["KeySpec"] == "SYMMETRIC_DEFAULT"
        rotation = cloud.call("kms", "GetKeyRotationStatus", {"KeyId": values["keyId"]}) if rotates else {}
        return self.properties({**rotation, **policy, **metadata})

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """A rotation period counts only while the key rotates."""
        if not found.get("enableKeyRotation"):
            found.pop("rotationPeriodInDays", None)
        return super().from_cloud(found, values)


RESOURCES = (
    KeyResource(
        type="aws:kms/key:Key",
        service="kms",
        create="CreateKey",
        reads=(Read(operation="DescribeKey", at="KeyMetadata"),),
        updates=(
            Call(operation="UpdateKeyDescription", properties=("description",)),
            Call(operation="PutKeyPolicy", properties=("policy",), arguments={"PolicyName": "default"}),
            Call(
                operation="EnableKeyRotation",
                properties=("enableKeyRotation", "rotationPeriodInDays"),
                otherwise="DisableKeyRotation",
            ),
            Call(operation="EnableKey", properties=("isEnabled",), otherwise="DisableKey"),
        ),
        delete="ScheduleKeyDeletion",
        id="{keyId}",
        names={"customerMasterKeySpec": "KeySpec", "deletionWindowInDays": "PendingWindowInDays"},
        answers={"enableKeyRotation": "KeyRotationEnabled", "isEnabled": "Enabled"},
        replace=("customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"),
        defaults={
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "description": "",
            "enableKeyRotation": False,
            "isEnabled": True,
            "keyUsage": "ENCRYPT_DECRYPT",
            "multiRegion": False,
        },
        json=("policy",),
        kept=("policy", "rotationPeriodInDays"),
        handled={"deletionWindowInDays": "PendingWindowInDays", "bypassPolicyLockoutSafetyCheck": ""},
        tags=Tags(resource="keyId", read="ListResourceTags"),
        limits={
            "deletionWindowInDays": Limit(low=7, high=30),
            "rotationPeriodInDays": Limit(low=90, high=2560),
        },
    ),
    Resource(
        type="aws:kms/alias:Alias",
        service="kms",
        create="CreateAlias",
        reads=(Read(operation="ListAliases", at="Aliases", where={"AliasName": "name"}),),
        updates=(Call(operation="UpdateAlias", properties=("targetKeyId",)),),
        delete="DeleteAlias",
        id="{name}",
        name=Name(longest=256, start="alias/"),
        names={"arn": "AliasArn", "name": "AliasName"},
        replace=("name",),
        computed={"targetKeyArn": "arn:{partition}:kms:{region}:{account}:key/{targetKeyId}"},
        limits={"name": Limit(pattern=r"alias/[A-Za-z0-9/_-]+")},
    ),
)
