"""Values in a normal form, so that equal means equal: defaults in, JSON by meaning, empty as absent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from localcloud.provider.values import UNKNOWN, Plain

if TYPE_CHECKING:
    from localcloud.provider.resource import Resource
    from localcloud.provider.sdk import Type

NO_VALUES: Final[tuple[object, ...]] = (None, "", [], {})


def with_defaults(resource: Resource, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with every default that AWS would assume; nested ones where their parent is given."""
    filled = dict(inputs)
    for path, default in resource.defaults.items():
        filled = _filled(filled, path.split("."), default)
    return filled


def _filled(values: dict[str, Any], steps: list[str], default: Plain) -> dict[str, Any]:
    name, rest = steps[0], steps[1:]
    held = values.get(name)
    if not rest:
        return values if held is not None else {**values, name: default}
    if isinstance(held, Mapping):
        return {**values, name: _filled(dict(held), rest, default)}
    if isinstance(held, list):
        items = [_filled(dict(item), rest, default) if isinstance(item, Mapping) else item for item in held]
        return {**values, name: items}
    return values


def normal(resource: Resource, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs in the form in which two programs that mean the same are equal."""
    filled, types = with_defaults(resource, inputs), resource.types().inputs.fields
    return {
        name: pruned
        for name, value in filled.items()
        if not name.startswith("__")
        and (pruned := _pruned(resource, value, name, types.get(name))) not in NO_VALUES
    }


def _pruned(resource: Resource, value: Plain, path: str, kind: Type | None) -> Plain:
    if path in resource.json and isinstance(value, str):
        return canonical(value)
    if isinstance(value, list):
        element = kind.element if kind and kind.kind == "list" else kind
        return [_pruned(resource, item, path, element) for item in value]
    if not isinstance(value, Mapping):
        return value
    fields = kind.fields if kind else {}
    pairs = (
        (name, _pruned(resource, item, f"{path}.{name}", fields.get(name))) for name, item in value.items()
    )
    return {name: item for name, item in pairs if item not in NO_VALUES or is_choice(fields.get(name), item)}


def is_choice(kind: Type | None, value: Plain) -> bool:
    """Whether a value of a block says something by being there though it is empty: `{"allow": {}}`."""
    return kind is not None and kind.kind == "object" and value == {}


def canonical(text: str) -> str:
    """JSON text by meaning: order of keys, blanks and lists of one do not count."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return json.dumps(_unwrapped(parsed), sort_keys=True)


def _unwrapped(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _unwrapped(item) for name, item in value.items()}
    if isinstance(value, list):
        items = [_unwrapped(item) for item in value]
        if len(items) == 1 and not isinstance(items[0], dict):
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value


def unordered(resource: Resource, value: Plain, path: str) -> Plain:
    """The value with every list sorted whose order says nothing to AWS."""
    if isinstance(value, Mapping):
        return {name: unordered(resource, item, f"{path}.{name}") for name, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [unordered(resource, item, path) for item in value]
    return items if path in resource.ordered else sorted(items, key=_sort_key)


def _sort_key(value: Plain) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def same(left: Plain, right: Plain) -> bool:
    """Whether two normal values are equal; an unknown value equals nothing."""
    if left is UNKNOWN or right is UNKNOWN:
        return False
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def leaves(
    types: Mapping[str, Type], values: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Type | None]]:
    """Every scalar, map and list of scalars with its property path (without indexes) and SDK type."""
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        kind = types.get(name)
        element = kind.element if kind else None
        if kind and kind.kind == "object" and isinstance(value, Mapping):
            yield from leaves(kind.fields, value, here)
        elif element and element.kind == "object" and isinstance(value, list):
            for item in value:
                if isinstance(item, Mapping):
                    yield from leaves(element.fields, item, here)
                else:
                    yield here, item, element
        else:
            yield here, value, kind
