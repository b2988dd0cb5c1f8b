"""Promises about every row, present and future: it speaks only of what the SDK and botocore know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.provider import sdk, services, shapes
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.resource import Resource

pytestmark = pytest.mark.parametrize("type_", services.known_types())


def property_paths(row: Resource) -> Iterator[str]:
    yield from (
        *row.names,
        *row.answers,
        *row.replace,
        *row.defaults,
        *row.json,
        *row.write_only,
        *row.handled,
    )
    yield from (*row.computed, *row.volatile, *row.cleared, *row.ready, *row.limits, *row.id_fields())
    for call in row.updates:
        yield from call.properties
    for read in row.reads:
        yield from read.where.values()
    if row.name:
        yield row.name.property
    if row.tags:
        yield row.tags.resource


def operations(row: Resource) -> Iterator[str]:
    yield from filter(None, (row.create, row.delete))
    yield from (read.operation for read in row.reads)
    for call in row.updates:
        yield from filter(None, (call.operation, call.otherwise))
    if row.tags:
        yield from filter(None, (row.tags.tag, row.tags.untag, row.tags.read))


def exists(types: dict[str, sdk.Type], path: str) -> bool:
    name, _, rest = path.partition(".")
    if name == "id" or name.startswith("__"):
        return True  # the id that AWS makes up, and private values of a row
    kind = types.get(name)
    if kind is None or not rest:
        return kind is not None
    inner = kind.element if kind.kind == "list" and kind.element else kind
    return exists(inner.fields, rest)


def test_every_property_of_the_row_exists_in_the_sdk(type_: str) -> None:
    row = services.resource(type_)
    types = {**row.types().outputs, **row.types().inputs.fields}
    assert [path for path in property_paths(row) if not exists(types, path)] == []


def test_every_operation_of_the_row_exists_in_botocore(type_: str) -> None:
    row = services.resource(type_)
    assert set(operations(row)) <= set(shapes.model(row.service).operation_names)


def test_replacing_properties_and_defaults_are_inputs(type_: str) -> None:
    row = services.resource(type_)
    inputs = row.types().inputs.fields
    paths = (*row.replace, *row.defaults, *row.write_only, *row.handled, *row.cleared)
    assert [path for path in paths if not exists(inputs, path)] == []


def test_every_required_input_of_the_sdk_is_sent_or_handled(type_: str) -> None:
    row = services.resource(type_)
    values = dict.fromkeys(row.types().inputs.fields, UNKNOWN)
    placed = set(row.request(row.create, values).placed) | row.handled.keys()
    for call in row.updates:
        placed |= row.concerns(call)
    assert row.types().inputs.required <= placed


def test_a_type_has_a_tags_row_exactly_when_the_sdk_has_tags(type_: str) -> None:
    row = services.resource(type_)
    assert (row.tags is not None) == ("tagsAll" in row.types().outputs)
