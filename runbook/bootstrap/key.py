"""The key of the state and of Pulumi's secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.parts import Difference, found, same_document, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runbook.bootstrap.names import Names

KEY_ADMINISTRATION: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
KEY_USE: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")


def tags(names: Names) -> dict[str, str]:
    """The tags of what the bootstrap makes for a stack."""
    return {"Project": "omnitrack", "Environment": names.stack, "ManagedBy": "omnitrack-bootstrap"}


@dataclass(frozen=True, kw_only=True)
class Key:
    """The customer key of the state and of Pulumi's secrets, found by its alias.

    Attributes:
        names: the stack.
        kms: a client.
    """

    names: Names
    kms: Any

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"key {self.names.alias}"

    def arn(self) -> str | None:
        """Its ARN; None where there is no such key."""
        about = self._about()
        return str(about["Arn"]) if about else None

    def differences(self) -> list[Difference]:
        """What is not as it should be."""
        about = self._about()
        if about is None:
            return [Difference(text="made, with its alias", mend=self._make)]
        return list(self._faults(about["KeyId"], about["KeyState"]))

    def _faults(self, key: str, state: str) -> Iterator[Difference]:
        if state == "PendingDeletion":
            yield Difference(text="deletion cancelled", mend=lambda: self.kms.cancel_key_deletion(KeyId=key))
            return  # it is disabled then, and takes no other change before
        if state == "Disabled":
            yield Difference(text="enabled", mend=lambda: self.kms.enable_key(KeyId=key))
            return
        if not self.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]:
            yield Difference(text="yearly rotation set", mend=lambda: self.kms.enable_key_rotation(KeyId=key))
        policy = self.kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        if not same_document(policy, self._policy):
            yield Difference(
                text="policy put",
                mend=lambda: self.kms.put_key_policy(
                    KeyId=key, PolicyName="default", Policy=text_of(self._policy)
                ),
            )

    def _about(self) -> Mapping[str, Any] | None:
        answer = found(lambda: self.kms.describe_key(KeyId=self.names.alias), "NotFoundException")
        return answer["KeyMetadata"] if answer else None

    def _make(self) -> None:
        made = self.kms.create_key(
            Description=f"{self.names.own}: state and secrets of Pulumi",
            Policy=text_of(self._policy),
            Tags=[{"TagKey": name, "TagValue": value} for name, value in tags(self.names).items()],
        )
        self.kms.create_alias(AliasName=self.names.alias, TargetKeyId=made["KeyMetadata"]["KeyId"])

    @property
    def _policy(self) -> dict[str, Any]:
        # In a key policy "*" is the key itself. Who of the account may use it is said in IAM: a policy that
        # names a role would hold on to its number after the role is made anew.
        shared = {
            "Effect": "Allow",
            "Principal": {"AWS": self.names.iam("root")},
            "Resource": "*",
        }
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "AdministrationByPolicyOfThisAccount", **shared, "Action": list(KEY_ADMINISTRATION)},
                {"Sid": "UseByPolicyOfThisAccount", **shared, "Action": list(KEY_USE)},
            ],
        }
