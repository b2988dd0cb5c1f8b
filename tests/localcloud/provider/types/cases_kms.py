"""AWS KMS."""

from __future__ import annotations

from tests.localcloud.provider.types.case import Case

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"

CASES = [
    Case(
        type="aws:kms/key:Key",
        inputs={"description": "orders", "enableKeyRotation": True, "tags": {"owner": "us"}},
        update={"description": "all orders", "rotationPeriodInDays": 180},
        seen=lambda it: (
            it.aws("kms").describe_key(KeyId=it.id)["KeyMetadata"]["Description"],
            it.aws("kms").get_key_rotation_status(KeyId=it.id).get("RotationPeriodInDays"),
        ),
        expected=("all orders", 180),
        replace={"multiRegion": True},
        replace_page=f"{CLOUDFORMATION}/aws-resource-kms-key.html",
        drift=lambda it: it.aws("kms").disable_key_rotation(KeyId=it.id),
        drifted={"enableKeyRotation"},
        vanish=lambda it: it.aws("kms").schedule_key_deletion(KeyId=it.id, PendingWindowInDays=7),
    ),
    Case(
        type="aws:kms/alias:Alias",
        needs=lambda it: {name: it.make("aws:kms/key:Key", description=name) for name in ("old", "new")},
        inputs=lambda it: {"name": "alias/orders", "targetKeyId": it.needs["old"]["keyId"]},
        update=lambda it: {"targetKeyId": it.needs["new"]["keyId"]},
        seen=lambda it: (
            it.aws("kms").describe_key(KeyId="alias/orders")["KeyMetadata"]["KeyId"]
            == it.needs["new"]["keyId"]
        ),
        expected=True,
        replace={"name": "alias/parcels"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-kms-alias.html",
        drift=lambda it: it.aws("kms").update_alias(
            AliasName="alias/orders", TargetKeyId=it.needs["new"]["keyId"]
        ),
        drifted={"targetKeyId"},
        vanish=lambda it: it.aws("kms").delete_alias(AliasName="alias/orders"),
    ),
]
