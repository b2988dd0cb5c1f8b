"""Reading properties: a value, absent or unknown, from every kind of source."""

import ast
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi_policy import proxy

from policy.graph import ABSENT, UNKNOWN, Graph, blocks, holds_unknown, is_set, plain, read
from tests.policy.cases.case import UNKNOWN_BLOCK, UNKNOWN_LIST, UNKNOWN_TEXT, resource, secret

QUEUE = "aws:sqs/queue:Queue"
SENTINELS = [value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")]


class Colour(str, Enum):  # noqa: UP042 - as the AWS SDK writes its own
    RED = "red"


@pytest.mark.parametrize(
    ("properties", "path", "expected"),
    [
        ({"mode": "Active"}, "mode", "Active"),
        ({"block": {"mode": "Active"}}, "block.mode", "Active"),
        ({"block": [{"mode": "Active"}]}, "block.mode", "Active"),
        ({"block": []}, "block.mode", ABSENT),
        ({"block": [{"mode": "a"}, {"mode": "b"}]}, "block.mode", UNKNOWN),
        ({"block": None}, "block.mode", ABSENT),
        ({"block": "text"}, "block.mode", ABSENT),
        ({"block": {"mode": None}}, "block.mode", ABSENT),
        ({}, "block.mode", ABSENT),
        ({"block": UNKNOWN_BLOCK}, "block.mode", UNKNOWN),
        ({"block": UNKNOWN_LIST}, "block", UNKNOWN),
        ({"block": {"mode": UNKNOWN_TEXT, "other": 1}}, "block.other", 1),
        ({"block": {"none": {"__defaults": []}}}, "block.none", {}),
        ({"block": secret({"mode": secret("Active")})}, "block.mode", "Active"),
        ({"days": 0}, "days", 0),
        ({"flag": False}, "flag", False),
        ({"colour": Colour.RED}, "colour", "red"),
    ],
)
def test_a_path_reads_a_value_absent_or_unknown(
    properties: dict[str, Any], path: str, expected: object
) -> None:
    assert read(plain(properties), path) == expected
    assert type(read(plain(properties), path)) is type(expected)
    assert read(plain(proxy.unknown_checking_proxy(properties)), path) == expected or "secret" in repr(
        properties
    )


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_every_unknown_value_of_the_engine_is_known_as_one(sentinel: str) -> None:
    assert plain(sentinel) is UNKNOWN
    assert plain(proxy.unknown_checking_proxy({"a": [sentinel]})) == {"a": [UNKNOWN]}


def test_the_sdk_has_no_other_unknown_value() -> None:
    assert rpc.UNKNOWN in SENTINELS
    assert len(SENTINELS) == 7


def test_an_encrypted_secret_of_an_exported_state_is_unknown() -> None:
    wrapped = {**secret("x"), "ciphertext": "AAAA"}
    del wrapped["value"]
    assert plain(wrapped) is UNKNOWN


def test_a_reference_to_a_resource_is_unknown() -> None:
    signature = next(iter(secret("x")))
    assert plain({signature: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x"}) is UNKNOWN


def test_assets_are_taken_as_absent() -> None:
    assert read(plain({"code": pulumi.FileArchive("x")}), "code") is ABSENT


def test_blocks_reads_none_one_and_several() -> None:
    assert blocks({}, "rules") == ()
    assert blocks({"rules": {"a": 1}}, "rules") == ({"a": 1},)
    assert blocks({"rules": [1, 2]}, "rules") == (1, 2)
    assert blocks({"rules": UNKNOWN}, "rules") is UNKNOWN


def test_what_holds_something_unknown_is_found_at_any_depth() -> None:
    assert holds_unknown({"a": [{"b": UNKNOWN}]})
    assert not holds_unknown({"a": [{"b": 1}], "c": ABSENT})


def test_an_unknown_value_counts_as_set_and_empty_ones_do_not() -> None:
    there: list[object] = [UNKNOWN, "x", 0, False, {}]
    empty: list[object] = [ABSENT, "", []]
    assert all(is_set(value) for value in there)
    assert not any(is_set(value) for value in empty)


def test_a_link_by_an_unknown_value_follows_its_dependencies() -> None:
    key = resource("aws:kms/key:Key", {}, name="key")
    part = resource("aws:sqs/part:Part", {"key": UNKNOWN_TEXT}, name="part", sources={"key": [key]})
    target = resource(QUEUE, {"part": UNKNOWN_TEXT}, name="target", sources={"part": [part]})
    passed_on = resource(
        "aws:sqs/x:X", {"queue": UNKNOWN_TEXT}, name="passed-on", sources={"queue": [target]}
    )
    sibling = resource(QUEUE, {}, name="sibling")
    like = resource("aws:sns/topic:Topic", {}, name="like")
    stranger = resource("aws:kms/key:Key", {}, name="stranger")

    def link(*, instead: tuple[str, ...] = (), **sources: Any) -> object:
        source = resource("aws:x/y:Y", {"queue": UNKNOWN_TEXT, "role": UNKNOWN_TEXT}, sources=sources)
        graph = Graph([source, target, part, key, sibling, like, stranger, passed_on])
        return graph.links(source, "queue", target, names=("arn",), instead=instead)

    assert link(queue=[target]) is True
    assert link(queue=[target, sibling]) is UNKNOWN  # one of them
    assert link(queue=[target, stranger]) is True
    assert link(queue=[sibling]) is False
    # Put together from something else, passed on, or hidden in the `apply` of another output: who knows.
    assert link(queue=[part]) is UNKNOWN
    assert link(queue=[key]) is UNKNOWN
    assert link(queue=[passed_on]) is UNKNOWN
    assert link(queue=[key, stranger]) is UNKNOWN
    assert link(queue=[part], instead=("aws:sns/topic:Topic",)) is UNKNOWN
    assert link(queue=[stranger]) is UNKNOWN
    # Others of its kind, and what may stand there instead, are meant themselves.
    assert link(queue=[key, like], instead=("aws:sns/topic:Topic",)) is False
    assert link() is UNKNOWN
    assert link(role=[target]) is UNKNOWN


def test_what_a_resource_is_made_of_is_found_through_others() -> None:
    key = resource("aws:kms/key:Key", {}, name="key")
    part = resource("aws:sqs/part:Part", {}, name="part", sources={"key": [key]})
    whole = resource(QUEUE, {}, name="whole", sources={"part": [part]})
    graph = Graph([key, part, whole])
    assert graph.is_made_of(whole, key)
    assert not graph.is_made_of(key, whole)
    assert not graph.is_made_of(key, key)


def test_a_link_by_a_known_value_is_exact() -> None:
    known = resource(QUEUE, {}, name="known", outputs={"arn": "arn:q", "url": "https://q"})
    fresh = resource(QUEUE, {}, name="fresh")

    def link(value: object, target: Any, *sources: Any) -> object:
        source = resource("aws:x/y:Y", {"queue": value}, sources={"queue": sources})
        return Graph([source, known, fresh]).links(source, "queue", target, names=("arn", "url"))

    assert link("arn:q", known) is True
    assert link("https://q", known) is True
    assert link("arn:q2", known) is False
    assert link("arn:q", fresh) is UNKNOWN
    assert link("arn:q", fresh, fresh) is True
    assert link("", known, known) is False


def test_the_policy_imports_neither_the_aws_sdk_nor_another_room() -> None:
    allowed = {"policy", "pulumi", "pulumi_policy", "google", "yaml"}
    for path in Path(__file__).parents[2].joinpath("policy").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.split(".")[0]
                assert root in allowed or root in sys.stdlib_module_names, (path.name, name)


def test_an_identity_is_the_input_or_else_what_the_provider_answered() -> None:
    def identity(given: object, answered: object) -> object:
        return resource(QUEUE, {"name": given}, outputs={"name": answered}).identity("name")

    assert identity("given", "answered") == "given"
    assert identity(UNKNOWN, "answered") == "answered"
    assert identity(None, "answered") == "answered"
    assert identity(UNKNOWN, None) is UNKNOWN
    assert identity(None, UNKNOWN) is UNKNOWN
    assert identity(None, None) is ABSENT
