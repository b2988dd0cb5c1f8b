"""Judging a program's inputs before anything is sent: SDK types, then the request that they would become."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.provider import normal, sdk, shapes, validation
from localcloud.provider.assets import Asset
from localcloud.provider.values import UNKNOWN, Plain, contains_unknown

if TYPE_CHECKING:
    from localcloud.provider.resource import Resource
    from localcloud.provider.sdk import Type

# Names that the provider made up are listed here in the inputs, as the official provider does.
MADE_UP = "__defaults"
RANDOM_DIGITS = 7


@dataclass(frozen=True)
class Failure:
    """One fault of a resource's inputs.

    Attributes:
        property: Path of the property in Pulumi's names.
        reason: One sentence that names the property and says what is allowed; never the value.
    """

    property: str
    reason: str


def check(
    resource: Resource, inputs: Mapping[str, Any], *, old_inputs: Mapping[str, Any], name: str, seed: bytes
) -> tuple[dict[str, Any], list[Failure]]:
    """Check the inputs of a resource and complete them.

    Args:
        resource: The row.
        inputs: As the program wrote them; `UNKNOWN` where a preview cannot know.
        old_inputs: Those of the last update, whose made-up name stays.
        name: The resource's name in the program.
        seed: Randomness for made-up names, the same in preview and update.

    Returns:
        The completed inputs, and all faults.
    """
    kept = {key: value for key, value in inputs.items() if not key.startswith("__")}
    failures = list(type_failures(resource.types().inputs, kept, resource.type))
    if failures:
        return kept, failures
    failures = list(_prefix_failures(resource, kept))
    kept = named(resource, kept, old_inputs=old_inputs, name=name, seed=seed)
    failures += [_explained(resource, kept, failure) for failure in _request_failures(resource, kept)]
    return kept, [*_unique(iter(failures))]


def _explained(resource: Resource, inputs: Mapping[str, Any], failure: Failure) -> Failure:
    """Of a name that the program did not give, say where it comes from."""
    if failure.property not in inputs.get(MADE_UP, ()) or resource.name is None:
        return failure
    prefix = resource.name.prefix()
    origin = prefix if inputs.get(prefix) else "the resource's name in the program"
    return Failure(failure.property, f"{failure.reason}; it was made up from {origin}")


def type_failures(kind: Type, values: Mapping[str, Any], what: str, path: str = "") -> Iterator[Failure]:
    """Unknown, missing and wrongly typed properties of an object, by the SDK's types."""
    for name in sorted(kind.required - values.keys()):
        here = _join(path, name)
        yield Failure(here, f"{here} is required")
    for name, value in values.items():
        here = _join(path, name)
        if name not in kind.fields:
            close = difflib.get_close_matches(name, kind.fields, n=1)
            hint = f": did you mean {close[0]}?" if close else f": it knows {', '.join(sorted(kind.fields))}"
            yield Failure(here, f"{here} is not a property of {what}{hint}")
        else:
            yield from _value_failures(kind.fields[name], value, here)


def _value_failures(kind: Type, value: Plain, path: str) -> Iterator[Failure]:
    if value is UNKNOWN or value is None or kind.kind == "any":
        return
    if not _is_kind(kind.kind, value):
        article = "an" if kind.kind[0] in "aio" else "a"
        yield Failure(path, f"{path} must be {article} {kind.kind}, not {_kind_of(value)}")
    elif kind.kind == "object":
        yield from type_failures(kind, value, path, path)
    elif kind.element and kind.kind == "list":
        for index, item in enumerate(value):
            yield from _value_failures(kind.element, item, f"{path}[{index}]")
    elif kind.element and kind.kind == "map":
        for key, item in value.items():
            yield from _value_failures(kind.element, item, f"{path}.{key}")


def _is_kind(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _CLASSES[kind])


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "an integer"}
    return names.get(type(value), "a number" if isinstance(value, float) else "an asset")


_CLASSES: Final[dict[str, type | tuple[type, ...]]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "asset": Asset,
    "object": Mapping,
    "list": list,
    "map": Mapping,
}


def named(
    resource: Resource, inputs: Mapping[str, Any], *, old_inputs: Mapping[str, Any], name: str, seed: bytes
) -> dict[str, Any]:
    """The inputs with a name: the program's, the one made up before, or a new one."""
    rule = resource.name
    if rule is None or inputs.get(rule.property) is not None:
        return dict(inputs)
    prefix, suffix = inputs.get(rule.prefix()), rule.suffix(inputs)
    if prefix is UNKNOWN:
        return {**inputs, rule.property: UNKNOWN}
    old_name = str(old_inputs.get(rule.property, ""))
    if old_name.startswith(prefix or "") and old_name and rule.suffix(old_inputs) == suffix:
        made_up = old_name
    else:
        digits = hashlib.sha256(seed).hexdigest()[:RANDOM_DIGITS]
        made_up = rule.made_up(prefix or f"{name}-", digits, inputs)
    return {**inputs, rule.property: made_up, MADE_UP: [rule.property]}


def _request_failures(resource: Resource, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    inputs = {name: value for name, value in inputs.items() if not name.startswith("__")}
    yield from _own_failures(resource, inputs)
    for path, sentence in resource.problems(inputs):
        yield Failure(path, f"{path} {sentence}")
    values = normal.with_defaults(resource, inputs)
    if resource.tags:
        values["tagsAll"] = values.get("tags", {})
    placed = {"tags"} if resource.tags else set()
    operations = [resource.create]
    for call in resource.updates:
        operations += [call.operation, call.otherwise] if call.otherwise else [call.operation]
        placed.update(call.properties)
    for operation in operations:
        request = resource.request(operation, values)
        placed |= request.placed
        yield from _model_failures(resource, operation, request, inputs)
    yield from _unplaced(resource, inputs, placed)


def _prefix_failures(resource: Resource, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    rule = resource.name
    if rule is None:
        return
    name, prefix = rule.prefix(), inputs.get(rule.prefix())
    if prefix in (None, UNKNOWN):
        return
    longest = rule.longest - RANDOM_DIGITS - len(rule.suffix(inputs))
    if inputs.get(rule.property) is not None:
        yield Failure(name, f"{name} must be left out beside {rule.property}")
    elif len(prefix) > longest:
        yield Failure(name, f"{name} may have at most {longest} characters, has {len(prefix)}")


def _own_failures(resource: Resource, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    rule = resource.name
    for path, value, _ in normal.leaves(resource.types().inputs.fields, inputs):
        if contains_unknown(value):
            continue
        if path in resource.json and not _is_json(value):
            yield Failure(path, f"{path} must be JSON text")
        limit = resource.limits.get(path)
        fault = limit.fault(value) if limit else ""
        if rule and path == rule.property and not fault and len(value) > rule.longest:
            fault = f"may have at most {rule.longest} characters, has {len(value)}"
        if fault:
            yield Failure(path, f"{path} {fault}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _model_failures(
    resource: Resource, operation: str, request: shapes.Request, inputs: Mapping[str, Any]
) -> Iterator[Failure]:
    shape = resource.input_shape(operation)
    if shape is None:
        return
    for fault in validation.faults(shape, request.members):
        if fault.too_few and fault.member in request.partial:
            continue
        if fault.missing:
            path = _missing_property(resource, operation, request, fault.member, inputs)
        else:
            path = _origin(resource, request, fault.member)
        if path:
            yield Failure(path, f"{path} {fault.sentence}")


def _origin(resource: Resource, request: shapes.Request, member: str) -> str:
    """The property that a member came from; of a map entry or a list item, the whole property."""
    steps = member.split(".")
    for length in range(len(steps), 0, -1):
        prefix = ".".join(steps[:length])
        if prefix in request.origins:
            rest = "" if length == len(steps) else "." + ".".join(steps[length:])
            return request.origins[prefix] + rest
        handled = next((name for name, target in resource.handled.items() if target and target == prefix), "")
        if handled:
            return handled
    return member


def _missing_property(
    resource: Resource, operation: str, request: shapes.Request, member: str, inputs: Mapping[str, Any]
) -> str:
    """The property whose absence leaves a required member out; '' when it is known or set later."""
    if member in request.origins:
        return ""
    parent, _, name = member.rpartition(".")
    if not parent:
        if operation != resource.create:
            return ""
        candidates = tuple(set(resource.types().inputs.fields) - inputs.keys())
        renamed = next((path for path in candidates if resource.names.get(path) == member), None)
        return renamed or shapes.match(name, candidates) or ""
    origin = request.origins.get(parent, "")
    if not origin or _holds_unknown(inputs, origin):
        return ""
    renamed = next(
        (p for p, target in resource.names.items() if p.startswith(f"{origin}.") and target == name), None
    )
    fields = _fields_at(resource.types().inputs, origin)
    matched = shapes.match(name, tuple(fields))
    return renamed or (f"{origin}.{matched}" if matched else "")


def _holds_unknown(inputs: Mapping[str, Any], path: str) -> bool:
    value: Plain = inputs
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else value
        if isinstance(value, list):
            return contains_unknown(value)
    return contains_unknown(value)


def _fields_at(kind: sdk.Type, path: str) -> Mapping[str, Type]:
    fields: Mapping[str, Type] = kind.fields
    for step in path.split("."):
        inner = fields.get(step)
        if inner is None:
            return {}
        fields = (inner.element or inner).fields
    return fields


def _unplaced(resource: Resource, inputs: Mapping[str, Any], placed: set[str]) -> Iterator[Failure]:
    """Properties that would be dropped without a word; what equals AWS's own default may be."""
    used = {*placed, *resource.handled, "region"} | ({resource.name.prefix()} if resource.name else set())
    for path, value, _ in normal.leaves(resource.types().inputs.fields, inputs):
        steps = path.split(".")
        above = {".".join(steps[:length]) for length in range(1, len(steps))}
        if path in used or above & resource.handled.keys() or value in (None, resource.defaults.get(path)):
            continue
        known = f"{path} is a property of {resource.type} that the local cloud cannot set"
        yield Failure(path, f"{known}: leave it out, or add it to the row in localcloud/provider/services")


def _unique(failures: Iterator[Failure]) -> Iterator[Failure]:
    seen: set[str] = set()
    for failure in failures:
        if failure.property not in seen:
            seen.add(failure.property)
            yield failure


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
