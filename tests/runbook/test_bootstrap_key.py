"""The key of the state is never mistaken for another: its alias, its tags and its bucket have to agree."""
# ruff: noqa: N803 - requests to the fake are boto3's

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runbook.bootstrap.key import Key, tags
from runbook.bootstrap.names import Names
from runbook.bootstrap.parts import converge
from runbook.errors import RunbookError

NAMES = Names(stack="staging", account="123456789012", region="us-east-1", prefix="omnitrack-staging")
OWN, OTHER, MADE = (NAMES.arn("kms", f"key/{name}") for name in ("own", "other", "made"))
FOREIGN = "the policy of somebody else"


@dataclass
class Kms:
    """The keys of an account, with their tags, and the one alias."""

    tagged: dict[str, dict[str, str]]
    alias: str | None = None
    policies: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)

    def describe_key(self, KeyId: str) -> dict[str, Any]:
        arn = self.alias if KeyId.startswith("alias/") else KeyId
        if arn not in self.tagged:
            raise refusal("NotFoundException")
        return {"KeyMetadata": {"Arn": arn, "KeyId": arn, "KeyState": self.states.get(arn, "Enabled")}}

    def list_resource_tags(self, KeyId: str) -> dict[str, Any]:
        if KeyId in self.hidden:
            raise refusal("AccessDeniedException")
        pairs = self.tagged[KeyId].items()
        return {"Tags": [{"TagKey": name, "TagValue": text} for name, text in pairs]}

    def get_paginator(self, _operation: str) -> Kms:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Keys": [{"KeyArn": arn} for arn in self.tagged if arn not in self.unlisted]}]

    def create_key(self, Policy: str, Tags: list[dict[str, str]], **_: str) -> dict[str, Any]:
        self.tagged[MADE] = {tag["TagKey"]: tag["TagValue"] for tag in Tags}
        self.policies[MADE] = Policy
        self.unlisted.add(MADE)  # for a while
        return self.describe_key(MADE)

    def create_alias(self, AliasName: str, TargetKeyId: str) -> None:
        assert (AliasName, self.states.get(TargetKeyId)) == (NAMES.alias, None)
        self.alias = TargetKeyId

    def get_key_rotation_status(self, KeyId: str) -> dict[str, bool]:
        return {"KeyRotationEnabled": KeyId in self.tagged}

    def get_key_policy(self, KeyId: str, PolicyName: str) -> dict[str, str]:
        assert PolicyName == "default"
        return {"Policy": self.policies.get(KeyId, '{"Statement": []}')}

    def put_key_policy(self, KeyId: str, PolicyName: str, Policy: str) -> None:
        assert PolicyName == "default"
        self.policies[KeyId] = Policy

    def cancel_key_deletion(self, KeyId: str) -> None:
        self.states[KeyId] = "Disabled"

    def enable_key(self, KeyId: str) -> None:
        del self.states[KeyId]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def run(kms: Kms, in_use: str | None = None) -> tuple[str, ...]:
    key = Key(names=NAMES, kms=kms, in_use=lambda: in_use)
    return converge(key, dry_run=False, pause=lambda _: None).changes


def test_in_an_empty_account_one_key_is_made_and_named_also_while_aws_does_not_list_it() -> None:
    kms = Kms({OTHER: {"ManagedBy": "somebody"}})
    assert run(kms) == ("made", "named by its alias")
    assert (kms.alias, list(kms.tagged)) == (MADE, [OTHER, MADE])
    assert kms.tagged[MADE] == tags(NAMES)
    assert run(kms, in_use=MADE) == ()


@pytest.mark.parametrize("in_use", [None, OWN])
def test_a_lost_alias_is_given_back_to_the_key_with_the_tags(in_use: str | None) -> None:
    """Also that of a run which was broken off after it made the key."""
    kms = Kms({OTHER: {}, OWN: tags(NAMES)})
    assert run(kms, in_use) == ("named by its alias", "policy put")
    assert (kms.alias, set(kms.tagged)) == (OWN, {OTHER, OWN})


def test_of_several_keys_with_the_tags_the_one_of_the_bucket_gets_the_alias() -> None:
    kms = Kms({OTHER: tags(NAMES), OWN: tags(NAMES)})
    assert run(kms, in_use=OWN)[0] == "named by its alias"
    assert kms.alias == OWN


def test_a_key_that_is_to_be_deleted_and_has_lost_its_alias_is_kept() -> None:
    kms = Kms({OWN: tags(NAMES)}, states={OWN: "PendingDeletion"})
    assert run(kms) == ("deletion cancelled", "enabled", "named by its alias", "policy put")
    assert kms.alias == OWN


def test_a_key_that_keeps_its_tags_from_us_is_not_ours() -> None:
    kms = Kms({OTHER: tags(NAMES), OWN: tags(NAMES)}, hidden={OTHER})
    assert run(kms)[0] == "named by its alias"
    assert kms.alias == OWN


OF_PRODUCTION = {**tags(NAMES), "Environment": "production"}
REFUSED = {
    "the alias is another key's": (
        Kms({OTHER: {}, OWN: tags(NAMES)}, OTHER),
        OWN,
        f"names {OTHER}, which lacks",
    ),
    "the alias is another stack's key's": (Kms({OTHER: OF_PRODUCTION}, OTHER), None, "which lacks the tags"),
    "the tags are gone": (Kms({OWN: {"Project": "omnitrack"}}, OWN), OWN, "aws kms tag-resource --key-id"),
    "the bucket uses another key": (Kms({OTHER: {}, OWN: tags(NAMES)}, OWN), OTHER, f"encrypts with {OTHER}"),
    "both have the tags": (Kms({OTHER: tags(NAMES), OWN: tags(NAMES)}, OWN), OTHER, f"encrypts with {OTHER}"),
    "the key of the bucket is gone": (Kms({OWN: tags(NAMES)}, OWN), OTHER, f"encrypts with {OTHER}"),
    "alias and tags are gone": (Kms({OTHER: {}}), OTHER, "is gone, and the bucket"),
    "the bucket uses another, and no alias": (
        Kms({OTHER: {}, OWN: tags(NAMES)}),
        OTHER,
        "which lacks the tags",
    ),
    "several have the tags": (Kms({OTHER: tags(NAMES), OWN: tags(NAMES)}), None, f"{OTHER}, {OWN}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_they_disagree_nothing_is_done(case: str) -> None:
    kms, in_use, sentence = REFUSED[case]
    before = (set(kms.tagged), kms.alias)
    kms.policies = dict.fromkeys(kms.tagged, FOREIGN)
    with pytest.raises(RunbookError, match="nothing was changed") as told:
        run(kms, in_use)
    assert sentence in str(told.value)
    assert (set(kms.tagged), kms.alias) == before
    assert set(kms.policies.values()) == {FOREIGN}
