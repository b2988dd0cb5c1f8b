"""What happens to a resource: create, read, update, delete; the same for every type, steered by its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.provider import normal
from localcloud.provider.cloud import CallError, Cloud
from localcloud.provider.errors import InitializationError, NotFoundError, ProviderError
from localcloud.provider.merge import inputs_from, tags_of
from localcloud.provider.tagging import read_tags, retag
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.provider.resource import Resource

# Marks state whose creation could not be finished: the next update does everything again.
UNFINISHED = "__unfinished"
Outputs = dict[str, Any]
T = TypeVar("T")


def preview_create(resource: Resource, cloud: Cloud, inputs: Mapping[str, Any]) -> Outputs:
    """What is known before a resource exists: its inputs; every other output is unknown."""
    known = {**_with_context(resource, cloud, normal.with_defaults(resource, inputs))}
    return {**dict.fromkeys(resource.types().outputs, UNKNOWN), **_public(known)}


def preview_update(
    resource: Resource,
    cloud: Cloud,
    inputs: Mapping[str, Any],
    *,
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
) -> Outputs:
    """What an update will leave: the old outputs, the new inputs; what the change may change is unknown."""
    known = _with_context(resource, cloud, normal.with_defaults(resource, inputs))
    kept = {**_without_inputs(resource, old), **known}
    unsettled = resource.unsettled(known, _changed(resource, inputs, old_inputs))
    return _public({**kept, **dict.fromkeys(unsettled, UNKNOWN)})


def create(
    resource: Resource,
    cloud: Cloud,
    inputs: Mapping[str, Any],
    *,
    exists: Callable[[InitializationError], object] = lambda _: None,
) -> tuple[str, Outputs]:
    """Create a resource and wait until it can be used.

    Args:
        resource: Its row.
        cloud: Where to create it.
        inputs: Its inputs.
        exists: Told, as soon as it exists, what the state must keep should the rest be broken off.

    Returns:
        Its id and outputs.

    Raises:
        InitializationError: It exists, but a later step failed.
        ProviderError: It could not be created.
    """
    values = _with_context(resource, cloud, normal.with_defaults(resource, inputs))
    created = _tried(resource, cloud, lambda: resource.run_create(cloud, values))
    # What the program says stays: an answer shows no more than what the create call had a member for,
    # and all tags, the provider's own among them.
    values = {**{name: value for name, value in created.items() if name != "tags"}, **values}
    values = _with_computed(resource, cloud, values)
    resource_id = resource.id_of(values)
    unfinished = {**_public(values), UNFINISHED: True}
    text = "it was created, but the update was cancelled before it was finished: run `pulumi up` again"
    exists(InitializationError(text, resource_id=resource_id, outputs=unfinished))
    try:
        wait_ready(resource, cloud, values)
        resource.after_create(cloud, values)
        _tried(resource, cloud, lambda: resource.run_update(cloud, values, _after_create(resource, inputs)))
        if resource.tags and not resource.tags.at_create and values["tagsAll"]:
            retag(resource, cloud, values, old={}, new=values["tagsAll"])
        outputs = _read_back(resource, cloud, values, inputs)
    except Exception as error:  # whatever it is, the resource exists
        known = isinstance(error, ProviderError)
        text = (
            str(error) if known else f"the provider broke after creating it ({type(error).__name__}: {error})"
        )
        raise InitializationError(text, resource_id=resource_id, outputs=unfinished) from error
    return resource_id, outputs


def update(
    resource: Resource,
    cloud: Cloud,
    inputs: Mapping[str, Any],
    *,
    resource_id: str,
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
) -> Outputs:
    """Change a resource in place.

    Args:
        resource: Its row.
        cloud: Where it is.
        inputs: New inputs.
        resource_id: Its id.
        old_inputs: Inputs of the last update.
        old: Its outputs.

    Returns:
        The new outputs.

    Raises:
        ProviderError: A call was refused; the next update tries again.
    """
    filled = normal.with_defaults(resource, inputs)
    values = _with_context(
        resource, cloud, {**_without_inputs(resource, old), **resource.from_id(resource_id), **filled}
    )
    changed = _changed(resource, inputs, old_inputs)
    if old.get(UNFINISHED):
        resource.after_create(cloud, values)
        changed |= _after_create(resource, inputs)
    _tried(resource, cloud, lambda: resource.run_update(cloud, values, changed))
    wait_ready(resource, cloud, values)
    if resource.tags:
        known = {} if old.get(UNFINISHED) else dict(old.get("tagsAll") or {})
        retag(resource, cloud, values, old=known, new=values["tagsAll"])
    return _read_back(resource, cloud, values, inputs)


def read(
    resource: Resource,
    cloud: Cloud,
    *,
    resource_id: str,
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
) -> tuple[Outputs, dict[str, Any]] | None:
    """Ask the cloud what a resource is now.

    Args:
        resource: Its row.
        cloud: Where it is.
        resource_id: Its id; all that is known at an import.
        old_inputs: The program's inputs; empty at an import.
        old: Its outputs; empty at an import.

    Returns:
        Outputs and inputs, or None when it does not exist.
    """
    from_id = resource.from_id(resource_id)
    if not old and not resource.identifies(from_id):
        form = (resource.imports or resource.id).replace("__", "")
        raise ProviderError(f"{resource_id} cannot be the id of a {resource.type}: it looks like {form}")
    known = {**old, **old_inputs, **from_id, "tags": old_inputs.get("tags")}
    try:
        found = _found(resource, cloud, known)
    except CallError as error:
        if not error.means_not_found(resource.not_found):
            raise
        return None
    if found is None:
        return None
    known = {**_without_inputs(resource, old), **_echoed(resource, old_inputs), **from_id, **found}
    outputs = _with_computed(resource, cloud, normal.with_defaults(resource, known))
    outputs["region"] = cloud.region
    inputs = inputs_from(resource, outputs, old_inputs)
    # Outputs keep the program's form wherever the cloud means the same, as after a create.
    own = {name: value for name, value in inputs.items() if name in old_inputs and name != "tags"}
    return _public({**outputs, **own}), inputs


def delete(
    resource: Resource,
    cloud: Cloud,
    *,
    resource_id: str,
    old_inputs: Mapping[str, Any],
    old: Mapping[str, Any],
) -> None:
    """Delete a resource; that it is gone already is fine.

    Raises:
        ProviderError: It still exists.
    """
    values = {**normal.with_defaults(resource, old_inputs), **old, **resource.from_id(resource_id)}
    if values.get("skipDestroy"):
        return
    try:
        _tried(resource, cloud, lambda: resource.run_delete(cloud, values))
    except CallError as error:
        if not error.means_not_found(resource.not_found):
            raise
    if resource.await_gone:
        what = f"the deletion of {resource_id}"
        cloud.wait(lambda: resource.run_read(cloud, values) is None, what=what)


def wait_ready(resource: Resource, cloud: Cloud, values: Mapping[str, Any]) -> None:
    """Wait until the properties of `ready` have their values."""
    if not resource.ready:
        return

    def is_ready() -> bool:
        found = resource.run_read(cloud, values) or {}
        return all(
            found.get(name) in (wanted if isinstance(wanted, tuple) else (wanted,))
            for name, wanted in resource.ready.items()
        )

    cloud.wait(is_ready, what=f"{resource.type} {resource.id_of(values)} getting ready")


def _found(resource: Resource, cloud: Cloud, known: Mapping[str, Any]) -> Outputs | None:
    found = resource.run_read(cloud, known)
    if found is None:
        return None
    found = resource.from_cloud(found, known)
    if resource.tags:
        tagged = read_tags(resource, cloud, _with_computed(resource, cloud, {**known, **found}))
        if tagged is None:
            return None
        found |= {"tagsAll": tagged, "tags": tags_of(tagged, cloud.default_tags, known.get("tags") or {})}
    return found


def _read_back(
    resource: Resource, cloud: Cloud, values: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Outputs:
    """The outputs after a change: what the cloud says, but the program's own values in its own form."""
    found = _found(resource, cloud, values)
    if found is None:
        raise NotFoundError(
            f"{resource.type} {resource.id_of(values)} is gone right after the change: run `pulumi refresh`"
        )
    own = {name: value for name, value in inputs.items() if name != "tags"}
    outputs = _with_computed(resource, cloud, {**values, **found, **own})
    return _public({**outputs, "region": cloud.region})


def _with_context(resource: Resource, cloud: Cloud, values: Mapping[str, Any]) -> Outputs:
    """Values with the region and, where the type has tags, all of them."""
    known = {**values, "region": cloud.region}
    if resource.tags:
        own = values.get("tags") or {}
        known["tagsAll"] = UNKNOWN if own is UNKNOWN else {**cloud.default_tags, **own}
    return known


def _with_computed(resource: Resource, cloud: Cloud, values: Mapping[str, Any]) -> Outputs:
    filled = dict(values)
    for name, template in resource.computed.items():
        filled[name] = template.format_map({**filled, **cloud.facts})
    return filled


def _without_inputs(resource: Resource, old: Mapping[str, Any]) -> Outputs:
    """The old outputs that are not inputs (what a removed input left behind must not survive)."""
    names = set(resource.types().inputs.fields) - resource.id_fields() - set(resource.computed)
    return {name: value for name, value in old.items() if name not in names}


def _echoed(resource: Resource, old_inputs: Mapping[str, Any]) -> Outputs:
    names = {*resource.write_only, *(name for name in resource.handled if "." not in name)}
    return {name: old_inputs[name] for name in names if name in old_inputs}


def _changed(resource: Resource, inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> frozenset[str]:
    """Names of the top-level properties whose meaning changed."""
    before, after = normal.normal(resource, old_inputs), normal.normal(resource, inputs)
    return frozenset(
        name
        for name in {*before, *after}
        if not normal.same(
            normal.unordered(resource, before.get(name), name),
            normal.unordered(resource, after.get(name), name),
        )
    )


def _after_create(resource: Resource, inputs: Mapping[str, Any]) -> frozenset[str]:
    """Properties that the create call had no member for and that differ from what AWS assumes."""
    names = dict.fromkeys(resource.types().inputs.fields, UNKNOWN)
    placed = resource.request(resource.create, names).placed
    return frozenset(
        name
        for name, value in inputs.items()
        if name not in placed
        and name != "region"  # where the call goes, and no member of it
        and not name.startswith("__")
        and value not in normal.NO_VALUES
        and resource.defaults.get(name) != value
    )


def _public(values: Mapping[str, Any]) -> Outputs:
    """Without marks of the provider itself."""
    return {name: value for name, value in values.items() if not name.startswith("__")}


def _tried(resource: Resource, cloud: Cloud, action: Callable[[], T]) -> T:
    """Act, and again while what the call needs (a new role, say) is still settling."""
    answer: list[T] = []

    def succeeded() -> bool:
        try:
            answer.append(action())
        except CallError as error:
            if resource.means_retry(error):
                return False
            raise
        return True

    cloud.wait(succeeded, what=f"{resource.type} being accepted")
    return answer[-1]
