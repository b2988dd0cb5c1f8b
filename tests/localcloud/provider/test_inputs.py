"""Equal by meaning, what changed, and the inputs that a cloud's answer stands for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from localcloud.provider import services
from localcloud.provider.check import MADE_UP, check, named
from localcloud.provider.cloud import Cloud
from localcloud.provider.diff import diff
from localcloud.provider.merge import inputs_from
from localcloud.provider.normal import canonical, with_defaults
from localcloud.provider.values import UNKNOWN

QUEUE = services.resource("aws:sqs/queue:Queue")
KEY = services.resource("aws:kms/key:Key")
GROUP = services.resource("aws:cloudwatch/logGroup:LogGroup")
CLOUD = Cloud(account="123456789012")


def changes(
    row: object, before: dict[str, object], after: dict[str, object], **more: object
) -> dict[str, str]:
    found = diff(row, CLOUD, after, old_inputs=before, old={"region": "us-east-1"}, **more)  # type: ignore[arg-type]
    return {change.path: change.kind + ("!" if change.replaces else "") for change in found.changes}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}'),
        ('{"Action": ["s:Get"]}', '{"Action": "s:Get"}'),
        ('{"Action": ["s:Put", "s:Get"]}', '{"Action": ["s:Get", "s:Put"]}'),
    ],
)
def test_json_is_equal_by_meaning(left: str, right: str) -> None:
    assert canonical(left) == canonical(right)


def test_json_of_another_meaning_differs() -> None:
    assert canonical('{"Action": ["s:Get", "s:Put"]}') != canonical('{"Action": "s:Get"}')


def test_nested_defaults_fill_blocks_that_are_given_only() -> None:
    row = replace(QUEUE, defaults={"ttl.enabled": True, "list.on": 1})
    assert with_defaults(row, {"ttl": {"name": "x"}}) == {"ttl": {"name": "x", "enabled": True}}
    assert with_defaults(row, {"list": [{}, {"on": 2}]}) == {"list": [{"on": 1}, {"on": 2}]}
    assert with_defaults(row, {}) == {}


def test_a_default_written_out_is_no_change() -> None:
    assert changes(QUEUE, {"name": "a"}, {"name": "a", "delaySeconds": 0, "tags": {}, "policy": ""}) == {}


def test_a_change_is_named_by_its_path_and_kind() -> None:
    before = {"name": "a", "delaySeconds": 1, "tags": {"x": "1", "y.z": "1"}}
    after = {"name": "a", "visibilityTimeoutSeconds": 9, "tags": {"x": "2"}}
    assert changes(QUEUE, before, after) == {
        "delaySeconds": "update",
        "visibilityTimeoutSeconds": "update",
        "tags.x": "update",
        'tags["y.z"]': "delete",
    }


def test_a_value_that_is_not_known_yet_is_a_change() -> None:
    assert changes(QUEUE, {"name": "a"}, {"name": UNKNOWN}) == {"name": "update!"}


def test_an_order_counts_only_where_the_row_says_so() -> None:
    before: dict[str, object] = {"architectures": ["a", "b"], "layers": ["x", "y"]}
    after: dict[str, object] = {"architectures": ["b", "a"], "layers": ["y", "x"]}
    assert changes(services.resource("aws:lambda/function:Function"), before, after) == {"layers": "update"}


def test_what_aws_keeps_is_no_change_when_the_program_leaves_it_out_but_is_when_it_says_empty() -> None:
    role, arns = services.resource("aws:iam/role:Role"), ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert changes(role, {"managedPolicyArns": arns}, {}) == {}
    assert changes(role, {"managedPolicyArns": arns}, {"managedPolicyArns": []}) == {
        "managedPolicyArns": "delete"
    }


def test_a_prefix_that_an_import_does_not_know_is_no_change_while_the_name_has_it() -> None:
    name = {"name": "pre-1234567", MADE_UP: ["name"]}
    assert changes(QUEUE, {"name": "pre-1234567"}, {**name, "namePrefix": "pre-"}) == {}
    assert changes(QUEUE, {"name": "a"}, {**name, "namePrefix": "pre-"}) == {
        "name": "update!",
        "namePrefix": "add!",
    }


def test_an_ignored_property_is_no_change() -> None:
    before, after = {"tags": {"a": "1"}, "delaySeconds": 1}, {"tags": {"a": "2"}, "delaySeconds": 2}
    assert changes(QUEUE, before, after, ignored=("tags.a", "delaySeconds")) == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"name": "a"}, {"name": "a", "fifoQueue": True}, True),
        ({"name": "a"}, {"name": "b", "fifoQueue": True}, False),
        ({"name": "a-1", MADE_UP: ["name"]}, {"name": "a-1", "fifoQueue": True, MADE_UP: ["name"]}, False),
    ],
)
def test_delete_comes_first_when_an_explicit_name_stays(
    before: dict[str, object], after: dict[str, object], *, expected: bool
) -> None:
    assert diff(QUEUE, CLOUD, after, old_inputs=before, old={}).delete_first is expected


def test_a_made_up_name_is_cut_to_what_aws_allows() -> None:
    inputs, failures = check(QUEUE, {"fifoQueue": True}, old_inputs={}, name="n" * 100, seed=b"s")
    assert failures == []
    assert len(inputs["name"]) == 80
    assert inputs["name"].endswith(".fifo")


def test_a_resource_keeps_its_name_when_the_program_gives_none() -> None:
    inputs, _ = check(QUEUE, {}, old_inputs={"name": "imported"}, name="n", seed=b"s")
    assert inputs["name"] == "imported"


def test_a_made_up_name_changes_when_it_no_longer_fits() -> None:
    inputs, _ = check(QUEUE, {"fifoQueue": True}, old_inputs={"name": "old"}, name="n", seed=b"s")
    assert inputs["name"] == f"n-{inputs['name'][2:9]}.fifo"


def test_a_name_prefix_is_kept() -> None:
    inputs, _ = check(QUEUE, {"namePrefix": "pre-"}, old_inputs={}, name="n", seed=b"s")
    assert inputs["name"].startswith("pre-")
    assert len(inputs["name"]) == len("pre-") + 7


@pytest.mark.parametrize(
    ("type_", "inputs", "name", "expected"),
    [
        ("aws:iot/topicRule:TopicRule", {}, "a-b é", r"a_b___[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {}, "orders", r"alias/orders-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {"namePrefix": "alias/a-"}, "n", r"alias/a-[0-9a-f]{7}"),
        ("aws:lambda/permission:Permission", {"statementIdPrefix": "api-"}, "n", r"api-[0-9a-f]{7}"),
    ],
)
def test_a_made_up_name_has_the_form_that_aws_wants(
    type_: str, inputs: dict[str, object], name: str, expected: str
) -> None:
    row = services.resource(type_)
    assert row.name is not None
    made_up = named(row, inputs, old_inputs={}, name=name, seed=b"s")[row.name.property]
    assert re.fullmatch(expected, made_up)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"namePrefix": "p" * 74}, "namePrefix may have at most 73 characters, has 74"),
        ({"namePrefix": "p", "name": "n"}, "namePrefix must be left out beside name"),
        ({"namePrefix": "a b"}, "name must match the pattern .+; it was made up from namePrefix"),
        ({}, "name must match the pattern .+; it was made up from the resource's name in the program"),
    ],
)
def test_a_name_that_cannot_be_made_up_is_told_with_its_origin(
    inputs: dict[str, object], reason: str
) -> None:
    _, failures = check(QUEUE, inputs, old_inputs={}, name="a b", seed=b"s")
    assert len(failures) == 1
    assert re.fullmatch(reason, failures[0].reason)


def test_a_close_name_is_suggested_for_an_unknown_property() -> None:
    _, failures = check(QUEUE, {"delaySecond": 1}, old_inputs={}, name="n", seed=b"s")
    assert [failure.reason for failure in failures] == [
        "delaySecond is not a property of aws:sqs/queue:Queue: did you mean delaySeconds?"
    ]


def test_the_inputs_keep_the_programs_text_while_the_meaning_is_the_same() -> None:
    own = '{"Version": "2012-10-17", "Statement": []}'
    outputs = {"name": "a", "policy": '{"Statement":[],"Version":"2012-10-17"}'}
    assert inputs_from(QUEUE, outputs, {"name": "a", "policy": own}) == {"name": "a", "policy": own}


def test_drift_from_a_default_shows_although_the_program_says_nothing() -> None:
    outputs = {"name": "/a", "retentionInDays": 7, "tags": {"who": "x"}, "logGroupClass": "STANDARD"}
    assert inputs_from(GROUP, outputs, {"name": "/a"}) == {
        "name": "/a",
        "retentionInDays": 7,
        "tags": {"who": "x"},
    }


def test_a_property_that_the_cloud_no_longer_has_leaves_the_inputs() -> None:
    assert inputs_from(QUEUE, {"name": "a"}, {"name": "a", "kmsMasterKeyId": "k"}) == {"name": "a"}


def test_an_import_leaves_out_what_aws_assumes_anyway() -> None:
    outputs = {
        "keyId": "k",
        "description": "d",
        "keyUsage": "ENCRYPT_DECRYPT",
        "isEnabled": True,
        "region": "r",
    }
    assert inputs_from(KEY, outputs, {}) == {"description": "d"}
