"""What Check refuses, and how it says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud.provider import services
from localcloud.provider.check import check
from localcloud.provider.values import UNKNOWN

QUEUE, KEY, GROUP = "aws:sqs/queue:Queue", "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
PLAN, BACKUP_RULE = "aws:backup/plan:Plan", {"ruleName": "daily", "targetVaultName": "orders"}
CASES = {
    "an undeclared property": (QUEUE, {"visibility": 3}, "visibility is not a property"),
    "a wrong type": (QUEUE, {"delaySeconds": "3"}, "delaySeconds must be an integer, not a string"),
    "a wrong type in a map": (QUEUE, {"tags": {"a": 3}}, "tags.a must be a string, not an integer"),
    "a value outside its enum": (KEY, {"keyUsage": "ENCRYPT"}, "keyUsage must be one of SIGN_VERIFY"),
    "a value outside a set of numbers": (
        GROUP,
        {"retentionInDays": 31},
        "retentionInDays must be one of 0, 1, 3",
    ),
    "a backup that has no time to be made": (
        PLAN,
        {"rules": [{**BACKUP_RULE, "startWindow": 150}]},
        "rules[0].completionWindow must be at least 60 more than startWindow",
    ),
    "a backup that is deleted too soon after it went to cold storage": (
        PLAN,
        {"rules": [{**BACKUP_RULE, "lifecycle": {"coldStorageAfter": 30, "deleteAfter": 119}}]},
        "rules[0].lifecycle.deleteAfter must be at least 90 more than coldStorageAfter",
    ),
    "a number in a list that is out of range": (
        PLAN,
        {"rules": [{**BACKUP_RULE, "startWindow": 59}]},
        "rules.startWindow must be at least 60",
    ),
    "a number out of range": (QUEUE, {"delaySeconds": 901}, "delaySeconds must be at most 900"),
    "a name that is too long": (QUEUE, {"name": "q" * 81}, "name may have at most 80 characters, has 81"),
    "a text that is too long": (
        KEY,
        {"description": "d" * 8193},
        "description may have at most 8192 characters",
    ),
    "a text against its pattern": (GROUP, {"name": "/a b"}, "name must match the pattern"),
    "a missing property": (ROLE_POLICY, {"policy": "{}"}, "role is required"),
    "a text that is not JSON": (KEY, {"policy": "{"}, "policy must be JSON text"),
    "two properties at odds": (
        QUEUE,
        {"name": "a.fifo"},
        "name must not end in .fifo when fifoQueue is false",
    ),
    "a property that would be dropped": (
        KEY,
        {"xksKeyId": "x", "customKeyStoreId": "y" * 65},
        "customKeyStoreId may",
    ),
    "a map instead of a text": (QUEUE, {"name": {"a": "b"}}, "name must be a string, not an object"),
    "a number instead of a switch": (KEY, {"isEnabled": 1}, "isEnabled must be a boolean, not an integer"),
    "a switch instead of a number": (
        QUEUE,
        {"delaySeconds": True},
        "delaySeconds must be an integer, not a boolean",
    ),
    "a fraction": (QUEUE, {"delaySeconds": 1.5}, "delaySeconds must be an integer, not a number"),
    "a tag that is too long": (GROUP, {"tags": {"a": "b" * 257}}, "tags.a may have at most 256 characters"),
    "a renamed member": (
        ROLE,
        {"assumeRolePolicy": "{}", "name": "r" * 65},
        "name may have at most 64 characters",
    ),
}


def failures(type_: str, inputs: dict[str, object]) -> list[str]:
    _, found = check(services.resource(type_), inputs, old_inputs={}, name="suspect", seed=b"seed")
    return [failure.reason for failure in found]


@pytest.mark.parametrize(("type_", "inputs", "sentence"), CASES.values(), ids=CASES)
def test_a_fault_is_one_sentence_that_names_the_property(
    type_: str, inputs: dict[str, object], sentence: str
) -> None:
    found = failures(type_, inputs)
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_all_faults_are_told_at_once() -> None:
    found = failures(QUEUE, {"name": "a b", "delaySeconds": 901, "policy": "{"})
    assert len(found) == 3


def test_a_property_that_no_call_takes_is_refused_and_not_dropped() -> None:
    inputs: dict[str, object] = {"policy": "{}", "role": "r"}
    row = replace(services.resource(ROLE_POLICY), names={"policy": "PolicyDocument"})
    _, found = check(row, inputs, old_inputs={}, name="n", seed=b"s")
    assert found[0].reason.startswith("role is a property of aws:iam/rolePolicy:RolePolicy that the local")


def test_a_property_at_its_default_may_have_no_place() -> None:
    assert failures(QUEUE, {"fifoQueue": False}) == []


@pytest.mark.parametrize("name", ["name", "delaySeconds", "policy", "fifoQueue", "tags", "kmsMasterKeyId"])
def test_a_value_that_a_preview_cannot_know_is_not_judged(name: str) -> None:
    assert failures(QUEUE, {name: UNKNOWN}) == []


@pytest.mark.parametrize("value", [{"a": UNKNOWN}, UNKNOWN])
def test_a_map_of_values_that_are_not_known_yet_is_not_too_small(value: object) -> None:
    assert failures(GROUP, {"tags": value}) == []


def test_a_fault_of_a_key_is_told_as_one() -> None:
    assert failures(GROUP, {"tags": {"k" * 129: "v"}}) == [
        "tags has a key that may have at most 128 characters, has 129"
    ]


def test_a_required_property_that_is_not_known_yet_is_not_missing() -> None:
    assert failures(ROLE_POLICY, {"policy": UNKNOWN, "role": UNKNOWN}) == []
