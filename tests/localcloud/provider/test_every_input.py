"""Each input of each type, wherever it is nested: a wrong value is refused, an unknown one is not judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.provider import services
from localcloud.provider.check import check
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from localcloud.provider.sdk import Type

pytestmark = pytest.mark.parametrize("type_", services.known_types())

WRONG: dict[str, tuple[object, ...]] = {
    "asset": ("x", 3),
    "boolean": ("true", 1),
    "integer": ("3", True, 1.5, [1]),
    "list": ("x", {"a": 1}, 3),
    "map": ("x", [1], 3),
    "number": ("3", True),
    "object": ("x", 3, ["x"]),
    "string": (3, True, ["x"], {"a": "b"}),
}
DEEPEST = 3


def every_input(
    fields: Mapping[str, Type], path: tuple[str, ...] = (), put: Callable[[Any], Any] = lambda value: value
) -> Iterator[tuple[str, Type, Callable[[Any], dict[str, Any]]]]:
    """Path, type, and how to make inputs that hold nothing but a value there."""
    for name, kind in fields.items():

        def inside(value: object, name: str = name) -> Any:
            return put({name: value})

        def first(value: object, name: str = name) -> Any:
            return put({name: [value]})

        yield ".".join((*path, name)), kind, inside
        inner = kind.element if kind.kind == "list" and kind.element else kind
        if inner.kind == "object" and len(path) < DEEPEST - 1:
            yield from every_input(inner.fields, (*path, name), first if kind.kind == "list" else inside)


def told(type_: str, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Property without indexes -> reason."""
    _, failures = check(services.resource(type_), inputs, old_inputs={}, name="n", seed=b"s")
    return {re.sub(r"\[\d+\]", "", failure.property): failure.reason for failure in failures}


def test_a_value_of_another_type_is_refused_with_the_property(type_: str) -> None:
    missed = [
        (path, value)
        for path, kind, put in every_input(services.resource(type_).types().inputs.fields)
        for value in WRONG.get(kind.kind, ())
        if "must be" not in told(type_, put(value)).get(path, "")
    ]
    assert missed == []


def test_a_property_that_the_sdk_does_not_have_is_refused_wherever_it_is(type_: str) -> None:
    missed = [
        path
        for path, kind, put in every_input(services.resource(type_).types().inputs.fields)
        if kind.kind == "object"
        if "is not a property of" not in told(type_, put({"unheardOf": 1})).get(f"{path}.unheardOf", "")
    ]
    assert missed == []


def test_a_value_that_a_preview_does_not_know_is_not_judged(type_: str) -> None:
    required = dict.fromkeys(services.resource(type_).types().inputs.required, UNKNOWN)
    judged = {
        path: reason
        for path, kind, put in every_input(services.resource(type_).types().inputs.fields)
        for value in (UNKNOWN, *([[UNKNOWN]] if kind.kind == "list" else ()))
        for name, reason in told(type_, {**required, **put(value)}).items()
        if name == path and re.search("must (be a|have|match)|may have|is required", reason)
    }
    assert judged == {}
