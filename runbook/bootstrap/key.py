"""The key of the state and of Pulumi's secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.parts import Difference, found, same_document, text_of
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    """The customer key of the state and of Pulumi's secrets.

    What it encrypted is lost without it. So it is known by its alias, by its tags and by the bucket that uses
    it, and where these do not agree nothing is done.

    Attributes:
        names: the stack.
        kms: a client.
        in_use: tells the key that the bucket of the state names; None where it names none.
        made: ARNs of what this run made, which AWS may not list yet.
    """

    names: Names
    kms: Any
    in_use: Callable[[], str | None]
    made: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"key {self.names.alias}"

    def arn(self) -> str | None:
        """Its ARN; None where there is no such key.

        Raises:
            RunbookError: alias, tags and bucket do not agree on one.
        """
        about, _ = self._find()
        return str(about["Arn"]) if about else None

    def differences(self) -> list[Difference]:
        """What is not as it should be.

        Raises:
            RunbookError: alias, tags and bucket do not agree on one key.
        """
        about, is_named = self._find()
        if about is None:
            return [Difference(text="made", mend=self._make)]
        return list(self._faults(about["KeyId"], about["KeyState"], is_named=is_named))

    def _find(self) -> tuple[Mapping[str, Any] | None, bool]:
        """The key, and whether the alias is its."""
        answer = found(lambda: self.kms.describe_key(KeyId=self.names.alias), "NotFoundException")
        used = self._in_use()
        if answer is None:
            arn = self._unnamed(used)
            return (self.kms.describe_key(KeyId=arn)["KeyMetadata"] if arn else None), False
        about = answer["KeyMetadata"]
        if not self._is_own(about["Arn"]):
            raise self._refusal(
                f"{self.names.alias} names {about['Arn']}, which lacks the tags of the state's key",
                f"if it is that key all the same, tag it: {self._tagging(about['Arn'])}; if not, "
                "delete the alias (aws kms delete-alias), and the next run gives it to the key with the tags",
            )
        if used not in (None, about["Arn"]):
            raise self._refusal(
                f"the bucket {self.names.bucket} encrypts with {used}, and {self.names.alias} names "
                f"{about['Arn']}",
                "find out which of them the state and its secrets need, and correct the other place "
                "(aws kms update-alias, or aws s3api put-bucket-encryption)",
            )
        return about, True

    def _unnamed(self, used: str | None) -> str | None:
        """The key that the alias should name, where there is no alias."""
        own = sorted({*self.made, *(arn for arn in self._listed() if self._is_own(arn))})
        if used in own:
            return used
        if used:
            raise self._refusal(
                f"{self.names.alias} is gone, and the bucket {self.names.bucket} encrypts with {used}, which "
                "lacks the tags of the state's key",
                f"if it is that key all the same, tag it: {self._tagging(used)}",
            )
        if len(own) > 1:
            raise self._refusal(
                f"{self.names.alias} is gone, and several keys have its tags: {', '.join(own)}",
                "give the alias to the one that the state needs (aws kms create-alias)",
            )
        return own[0] if own else None

    def _in_use(self) -> str | None:
        used = self.in_use()
        if used is None:
            return None
        # The bucket may name an alias, or a key that is gone or not ours: its name says enough then.
        answer = found(
            lambda: self.kms.describe_key(KeyId=used), "AccessDeniedException", "NotFoundException"
        )
        return str(answer["KeyMetadata"]["Arn"]) if answer else used

    def _listed(self) -> Iterator[str]:
        for page in self.kms.get_paginator("list_keys").paginate():
            yield from (key["KeyArn"] for key in page["Keys"])

    def _is_own(self, arn: str) -> bool:
        # A key may keep its tags from us; ours does not.
        answer = found(
            lambda: self.kms.list_resource_tags(KeyId=arn), "AccessDeniedException", "NotFoundException"
        )
        tagged = {tag["TagKey"]: tag["TagValue"] for tag in (answer or {}).get("Tags", [])}
        return arn in self.made or tagged.items() >= tags(self.names).items()

    def _refusal(self, fault: str, advice: str) -> RunbookError:
        return RunbookError(f"{fault}; the state could become unreadable, so nothing was changed: {advice}")

    def _tagging(self, arn: str) -> str:
        pairs = " ".join(f"TagKey={name},TagValue={text}" for name, text in tags(self.names).items())
        return f"aws kms tag-resource --key-id {arn} --tags {pairs}"

    def _faults(self, key: str, state: str, *, is_named: bool) -> Iterator[Difference]:
        if state == "PendingDeletion":
            yield Difference(text="deletion cancelled", mend=lambda: self.kms.cancel_key_deletion(KeyId=key))
            return  # it is disabled then, and takes no other change before
        if state == "Disabled":
            yield Difference(text="enabled", mend=lambda: self.kms.enable_key(KeyId=key))
            return
        if not is_named:
            yield Difference(
                text="named by its alias",
                mend=lambda: self.kms.create_alias(AliasName=self.names.alias, TargetKeyId=key),
            )
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

    def _make(self) -> None:
        # The alias comes in the next round, be it another run's: until then the tags tell whose it is.
        made = self.kms.create_key(
            Description=f"{self.names.own}: state and secrets of Pulumi",
            Policy=text_of(self._policy),
            Tags=[{"TagKey": name, "TagValue": value} for name, value in tags(self.names).items()],
        )
        self.made.append(made["KeyMetadata"]["Arn"])

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
