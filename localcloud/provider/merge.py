"""From what the cloud says to the program's inputs, so that a refresh shows drift and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from localcloud.provider import normal

if TYPE_CHECKING:
    from localcloud.provider.resource import Resource
    from localcloud.provider.sdk import Type
    from localcloud.provider.values import Plain

# What tells the items of a list apart, most telling first.
ITEM_KEYS: Final = ("name", "indexName", "attributeName", "key", "id", "originId", "type")


def tags_of(
    tagged: Mapping[str, str], default_tags: Mapping[str, str], own: Mapping[str, str]
) -> dict[str, str]:
    """The resource's own tags: all but the provider's defaults, unless the program repeats one."""
    return {name: text for name, text in tagged.items() if name in own or default_tags.get(name) != text}


def inputs_from(
    resource: Resource, outputs: Mapping[str, Any], old_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs that a program would write to get what the cloud has now.

    Args:
        resource: The row.
        outputs: What the cloud says.
        old_inputs: The program's inputs; empty at an import.

    Returns:
        The program's properties with the cloud's values, and those that changed away from a known default.
    """
    types = resource.types().inputs.fields
    if not old_inputs:
        defaults = {name: value for name, value in resource.defaults.items() if "." not in name}
        return {
            name: outputs[name]
            for name in types
            if outputs.get(name) not in normal.NO_VALUES
            and not (name in defaults and outputs[name] == defaults[name])
            and not (name == "region" or name.startswith("__"))
        }
    merged = {}
    echoed = {*resource.write_only, *resource.handled, "region"}
    prefix = {resource.name.prefix()} if resource.name else set[str]()
    echoed |= prefix
    for name, value in old_inputs.items():
        if name.startswith("__") or (name in echoed and name not in outputs):
            merged[name] = value
        elif name in types:
            kept = _merged(resource, types[name], value, outputs.get(name), name)
            if kept is not None:
                merged[name] = kept
    for name in types.keys() - old_inputs.keys() - {"region"} - prefix:
        found = outputs.get(name)
        default = resource.defaults.get(name, {} if name == "tags" and resource.tags else None)
        if default is not None and found is not None and not normal.same(found, default):
            merged[name] = found
    return merged


def _merged(  # noqa: PLR0911 - one return for each kind of property
    resource: Resource, kind: Type, own: Plain, found: Plain, path: str
) -> Plain:
    if path in resource.write_only or path in resource.handled:
        return own
    if found is None:
        is_empty = own in normal.NO_VALUES and not ("." in path and normal.is_choice(kind, own))
        return own if is_empty or _is_default(resource, own, path) else None
    if path in resource.json:
        return own if normal.canonical(str(own)) == normal.canonical(str(found)) else found
    if kind.kind == "object":
        if isinstance(own, list) and len(own) == 1:
            return [_merged(resource, kind, own[0], found, path)]
        return _merged_object(resource, kind, own, found, path)
    if kind.kind == "list" and isinstance(own, list) and isinstance(found, list):
        if kind.element and kind.element.kind == "object":
            return _merged_items(resource, kind.element, own, found, path)
        means = (normal.unordered(resource, items, path) for items in (own, found))
        return own if normal.same(*means) else found
    return own if normal.same(own, found) else found


def _merged_object(resource: Resource, kind: Type, own: Plain, found: Plain, path: str) -> Plain:
    if not isinstance(own, Mapping) or not isinstance(found, Mapping):
        return found
    merged = {}
    for name, value in own.items():
        field = kind.fields.get(name)
        kept = _merged(resource, field, value, found.get(name), f"{path}.{name}") if field else value
        if kept is not None:
            merged[name] = kept
    for name in kind.fields.keys() - own.keys():
        default = resource.defaults.get(f"{path}.{name}")
        if default is not None and found.get(name) is not None and found[name] != default:
            merged[name] = found[name]
    return merged


def _merged_items(resource: Resource, kind: Type, own: list[Any], found: list[Any], path: str) -> list[Any]:
    """Items in the program's order; new ones of the cloud at the end, missing ones left out."""
    if path in resource.ordered:
        pairs = zip(own, found, strict=False)
        kept = [_merged_object(resource, kind, item, partner, path) for item, partner in pairs]
        return [*kept, *found[len(kept) :]]
    rest = list(found)
    merged = []
    for index, item in enumerate(own):
        partner = _partner(kind, item, rest, fallback=len(own) == len(found) and index < len(found))
        if partner is not None:
            rest.remove(partner)
            merged.append(_merged_object(resource, kind, item, partner, path))
    return [*merged, *rest]


def _partner(kind: Type, item: Plain, candidates: list[Any], *, fallback: bool) -> Plain:
    if not isinstance(item, Mapping):
        return next((candidate for candidate in candidates if candidate == item), None)
    key = next((name for name in ITEM_KEYS if name in kind.fields and name in item), None)
    if key:
        return next((candidate for candidate in candidates if candidate.get(key) == item[key]), None)
    equal = next(
        (c for c in candidates if all(normal.same(c.get(name), value) for name, value in item.items())), None
    )
    return equal if equal is not None or not fallback or not candidates else candidates[0]


def _is_default(resource: Resource, value: Plain, path: str) -> bool:
    default = resource.defaults.get(path)
    # What is switched off is often not told at all.
    return value is False or (default is not None and normal.same(value, default))
