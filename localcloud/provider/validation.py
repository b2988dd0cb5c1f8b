"""A request against the service model of botocore: enums, patterns, lengths, ranges, required members.

botocore itself checks only types, required members and minimums before it sends.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from botocore.model import Shape

    from localcloud.provider.values import Plain


@dataclass(frozen=True)
class Fault:
    """What is wrong with one member of a request.

    Attributes:
        member: Path of the member, such as `Attributes.DelaySeconds`.
        sentence: What is allowed; never repeats the value.
        missing: The member is required and absent.
        too_few: It has fewer entries than it must have.
    """

    member: str
    sentence: str
    missing: bool = False
    too_few: bool = False


def faults(shape: Shape, value: Plain, member: str = "") -> Iterator[Fault]:
    """All that the service model forbids in a request.

    Args:
        shape: The shape of the value.
        value: The request, or a part of it.
        member: Path of the value in the request.
    """
    kind = shape.type_name
    expected = _EXPECTED.get(kind)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean")):
        yield Fault(member, f"must be {'an' if kind == 'integer' else 'a'} {kind}")
        return
    if kind == "structure":
        yield from _structure_faults(shape, value, member)
    elif kind == "list":
        yield from _size_faults(shape, value, member, "items")
        for item in value:
            yield from faults(shape.member, item, member)  # type: ignore[attr-defined]
    elif kind == "map":
        yield from _map_faults(shape, value, member)
    elif kind == "string":
        yield from _text_faults(shape, value, member)
    elif kind in {"integer", "long", "float", "double"}:
        yield from _range_faults(shape, value, member)
    elif kind == "blob":
        yield from _size_faults(shape, value, member, "bytes")


_EXPECTED: dict[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (bytes, bytearray),
}


def _structure_faults(shape: Shape, value: Mapping[str, Any], member: str) -> Iterator[Fault]:
    members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
    for name in shape.required_members:
        if name not in value:
            yield Fault(_join(member, name), "is required", missing=True)
    for name, item in value.items():
        if name in members:
            yield from faults(members[name], item, _join(member, name))


def _map_faults(shape: Shape, value: Mapping[str, Any], member: str) -> Iterator[Fault]:
    yield from _size_faults(shape, value, member, "entries")
    for key, item in value.items():
        for fault in faults(shape.key, key, member):  # type: ignore[attr-defined]
            yield Fault(member, f"has a key that {fault.sentence}")
        yield from faults(shape.value, item, f"{member}.{key}")  # type: ignore[attr-defined]


def _text_faults(shape: Shape, value: str, member: str) -> Iterator[Fault]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield Fault(member, f"must be one of {', '.join(allowed)}")
        return
    yield from _size_faults(shape, value, member, "characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        yield Fault(member, f"must match the pattern {pattern}")


def _size_faults(shape: Shape, value: Sized, member: str, unit: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and len(value) > high:
        yield Fault(member, f"may have at most {high} {unit}, has {len(value)}")
    elif low is not None and len(value) < low:
        yield Fault(member, f"must have at least {low} {unit}, has {len(value)}", too_few=True)


def _range_faults(shape: Shape, value: float, member: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
        yield Fault(member, f"must be {' and '.join(filter(None, bounds))}")


def matches(pattern: str, value: str) -> bool:
    """Whether the whole text matches, as AWS reads its (Java) patterns."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    try:
        return regex.compile(pattern)
    except regex.error:  # 1 of 1,059 patterns in botocore: the cloud judges it then
        return None


def _join(member: str, name: str) -> str:
    return f"{member}.{name}" if member else name
