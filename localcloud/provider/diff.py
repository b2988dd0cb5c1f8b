"""What changed between two sets of inputs, and whether a change means replacement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.provider import normal
from localcloud.provider.check import MADE_UP
from localcloud.provider.values import UNKNOWN, Plain

if TYPE_CHECKING:
    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource


@dataclass(frozen=True)
class Change:
    """One changed property.

    Attributes:
        path: Its path, with indexes for lists.
        kind: add, delete or update.
        replaces: Whether the resource must be replaced.
    """

    path: str
    kind: str
    replaces: bool

    @property
    def property(self) -> str:
        """The top-level property."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


@dataclass(frozen=True)
class Difference:
    """All changes of a resource.

    Attributes:
        changes: One by one.
        delete_first: A replacement can only be made after the old resource is deleted.
    """

    changes: tuple[Change, ...]
    delete_first: bool


def diff(
    resource: Resource,
    cloud: Cloud,
    inputs: Mapping[str, Any],
    *,
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
    ignored: tuple[str, ...] = (),
) -> Difference:
    """Compare the new inputs with the old ones.

    Args:
        resource: The row.
        cloud: Its provider instance (for default tags and region).
        inputs: New inputs.
        old_inputs: Inputs of the last update.
        old: Outputs of the last update.
        ignored: Property paths to leave out (`ignoreChanges`).
    """
    before, after = normal.normal(resource, old_inputs), normal.normal(resource, inputs)
    prefix = resource.name.prefix() if resource.name else ""
    if resource.name and normal.same(before.get(resource.name.property), after.get(resource.name.property)):
        before.pop(prefix, None)  # an import knows no prefix; the name has it
        after.pop(prefix, None)
    for name in resource.kept:
        if inputs.get(name) is None:
            before.pop(name, None)
    before["region"] = old.get("region") or before.get("region") or cloud.region
    after["region"] = after.get("region") or cloud.region
    if resource.tags and old and "tags" not in ignored:
        _add_all_tags(cloud, before, after, old)
    changes = tuple(
        change
        for name in sorted({*before, *after})
        for change in _changes(resource, before.get(name), after.get(name), name)
        if not any(_within(change.path, path) for path in ignored)
    )
    replaced = any(change.replaces for change in changes)
    return Difference(changes, replaced and _delete_first(resource, cloud, inputs, old_inputs, old))


def _add_all_tags(
    cloud: Cloud, before: dict[str, Any], after: dict[str, Any], old: Mapping[str, Any]
) -> None:
    """Compare default tags too: they change without a change of the resource's own."""
    own = after.get("tags") or {}
    wanted = UNKNOWN if own is UNKNOWN else {**cloud.default_tags, **own}
    had = old.get("tagsAll")
    if (
        normal.same(before.get("tags"), after.get("tags"))
        and had is not None
        and not normal.same(had, wanted)
    ):
        before["tagsAll"], after["tagsAll"] = had or None, wanted or None


def _changes(resource: Resource, before: Plain, after: Plain, path: str) -> Iterator[Change]:
    unindexed = re.sub(r"\[\d+\]", "", path)
    if normal.same(
        normal.unordered(resource, before, unindexed), normal.unordered(resource, after, unindexed)
    ):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            key = name if re.fullmatch(r"\w+", name) else f'["{name}"]'
            child = f"{path}{key}" if key.startswith("[") else f"{path}.{key}"
            yield from _changes(resource, before.get(name), after.get(name), child)
        return
    if isinstance(before, list) and isinstance(after, list) and _can_pair(before, after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _changes(resource, left, right, f"{path}[{index}]")
        return
    kind = "add" if before is None else "delete" if after is None else "update"
    yield Change(path, kind, _replaces(resource, path))


def _can_pair(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(isinstance(item, Mapping) for item in [*before, *after])


def _replaces(resource: Resource, path: str) -> bool:
    unindexed = re.sub(r"\[\d+\]", "", path)
    # A change of a whole block counts as a change of what is in it.
    entries = (*resource.replace, "region")
    if resource.name and resource.name.property in resource.replace:
        entries = (*entries, resource.name.prefix())
    return any(_within(unindexed, entry) or _within(entry, unindexed) for entry in entries)


def _within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


def _delete_first(
    resource: Resource,
    cloud: Cloud,
    inputs: Mapping[str, Any],
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
) -> bool:
    """Whether old and new cannot exist at the same time: same explicit name, or same id."""
    if resource.delete_first:
        return True
    if (inputs.get("region") or cloud.region) != (old.get("region") or cloud.region):
        return False
    if resource.name and resource.name.property not in inputs.get(MADE_UP, ()):
        name = inputs.get(resource.name.property)
        return name is not UNKNOWN and name == old_inputs.get(resource.name.property)
    if resource.name:
        return False
    fields = resource.id_fields()
    return bool(fields) and all(
        name in inputs and inputs[name] is not UNKNOWN and inputs[name] == old.get(name) for name in fields
    )
