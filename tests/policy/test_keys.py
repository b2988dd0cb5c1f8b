"""Where the rules look for keys: all those places are in one table."""

from collections.abc import Iterator, Mapping

import pytest

from policy.graph import Graph
from policy.rule import Context
from policy.rules import CONCERNS
from policy.rules.keys import KEY_PATHS, QUEUE, key_source
from tests.policy.cases import CASES
from tests.policy.cases.case import AWS_KEY, AWS_MANAGED_KEYS, UNKNOWN_TEXT, Case, resource

OF_KEYS = [case for case in CASES if case.fault is not None and case.fault.endswith(AWS_KEY)]


def paths_of_keys(value: object, place: tuple[str, ...] = ()) -> Iterator[str]:
    """Where a key of AWS stands, without the numbers of blocks."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from paths_of_keys(one, (*place, name))
    elif isinstance(value, list):
        for one in value:
            yield from paths_of_keys(one, place)
    elif value in AWS_MANAGED_KEYS or (isinstance(value, str) and value.startswith("alias/aws/")):
        yield ".".join(place)


@pytest.mark.parametrize("case", OF_KEYS, ids=str)
def test_a_path_at_which_a_rule_looks_for_a_key_is_in_the_table(case: Case) -> None:
    found = [(one.type, path) for one in case.resources for path in paths_of_keys(one.properties)]
    assert found
    assert [place for place in found if place[1] not in KEY_PATHS[place[0]]] == []


def test_every_rule_on_a_key_is_tried() -> None:
    named = {
        rule.id
        for rule in CONCERNS["encryption"]
        if rule.id.endswith("-cmk") or rule.id == "xray-encryption-kms"
    }
    assert named == {case.rule for case in OF_KEYS}


def test_a_key_that_the_program_only_reads_may_be_one_of_the_platform() -> None:
    """The guard knows the resource, but not as one of the stack."""
    read_only = resource("aws:kms/key:Key", {}, name="read")
    queue = resource(QUEUE, {"kmsMasterKeyId": UNKNOWN_TEXT}, sources={"kmsMasterKeyId": [read_only]})
    assert key_source(queue, Context(graph=Graph([queue]), retention_days=7)) is None
