"""From an answer of AWS to the SDK's properties: the types of the SDK decide the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.shapes import match, to_kind

if TYPE_CHECKING:
    from localcloud.provider.sdk import Type
    from localcloud.provider.values import Plain


def read_back(
    answer: Plain,
    types: Mapping[str, Type],
    *,
    names: Mapping[str, str],
    containers: tuple[str, ...] = (),
    path: str = "",
) -> dict[str, Any]:
    """Find the SDK's properties in an answer.

    Args:
        answer: The answer, or the part of it that describes the resource.
        types: The properties to look for.
        names: As for `build`; the last steps of a member path count.
        containers: Members of the answer whose members count as its own.
        path: Where in the properties this part belongs.

    Returns:
        Property name to plain value in the SDK's type, of those that the answer has.
    """
    if not isinstance(answer, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, expected in types.items():
        property_path = f"{path}.{name}" if path else name
        value = _find(answer, name, names.get(property_path), containers)
        if value is not None:
            found[name] = _from_api(expected, value, names, property_path)
    return {name: value for name, value in found.items() if value is not None}


def _find(answer: Mapping[str, Any], name: str, renamed: str | None, containers: tuple[str, ...]) -> Plain:
    for part in (
        answer,
        *(answer[container] for container in containers if isinstance(answer.get(container), Mapping)),
    ):
        if renamed is not None:
            steps = renamed.split(".")
            for start in range(len(steps)):
                value = _follow(part, steps[start:])
                if value is not None:
                    return value
            continue
        found = match(name, tuple(part))
        if found is not None and part[found] is not None:
            return part[found]
    return None


def _follow(value: Plain, steps: list[str]) -> Plain:
    for step in steps:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _from_api(expected: Type, value: Plain, names: Mapping[str, str], path: str) -> Plain:
    kind = expected.kind
    if kind == "object":
        single = value[0] if isinstance(value, list) and value else value
        return (
            read_back(single, expected.fields, names=names, path=path)
            if isinstance(single, Mapping)
            else None
        )
    if kind == "list":
        element = expected.element
        if isinstance(value, Mapping) and "Quantity" in value:
            value = value.get("Items", [])  # a list that CloudFront counts
        items = value if isinstance(value, list) else [value]
        return [_from_api(element, item, names, path) for item in items] if element else items
    if kind == "map":
        element = expected.element
        if not isinstance(value, Mapping):
            return None
        return (
            {key: _from_api(element, item, names, path) for key, item in value.items()}
            if element
            else dict(value)
        )
    single = value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else value
    return to_kind(kind, single)
