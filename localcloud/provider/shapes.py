"""From Pulumi properties to an AWS request along the botocore shapes.

The shapes decide: a single block is a structure or a list of one, a name is matched without regard to case
and plural, a number becomes text where the API wants text.
"""

from __future__ import annotations

import functools
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import botocore.session

from localcloud.provider.assets import Asset
from localcloud.provider.values import UNKNOWN, Plain

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape


_MODELS: Final = threading.RLock()
DROPPED: Final = object()


@dataclass
class Request:
    """An AWS request built from properties.

    Attributes:
        members: What is sent; members whose value is unknown are left out.
        origins: API member path -> property path, to speak of members in the program's words.
        placed: Property paths that found a place.
        partial: Lists and maps, by their member path, that unknown entries were left out of.
    """

    members: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)


@functools.cache
def session() -> botocore.session.Session:
    """A botocore session that knows nothing of the user's AWS files (cached)."""
    made = botocore.session.Session()
    made.set_config_variable("config_file", os.devnull)
    made.set_config_variable("credentials_file", os.devnull)
    return made


@functools.cache
def model(service: str) -> ServiceModel:
    """The service model of botocore (cached)."""
    with _MODELS:
        return session().get_service_model(service)


@functools.cache
def operation(service: str, name: str) -> OperationModel:
    """The model of one operation, by its API name such as `CreateQueue` (cached)."""
    return model(service).operation_model(name)


def plain(name: str) -> str:
    """A name without case and separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _variants(name: str) -> Iterator[str]:
    base = plain(name)
    yield base
    yield f"{base}s"
    if base.endswith("s"):
        yield base[:-1]
    if base.endswith("ies"):
        yield f"{base[:-3]}y"
    if base.endswith("es"):
        yield base[:-2]
    if base.endswith("y"):
        yield f"{base[:-1]}ies"


@functools.lru_cache(maxsize=20_000)
def match(name: str, candidates: tuple[str, ...]) -> str | None:
    """The candidate that means the same name, or None."""
    by_plain = {plain(candidate): candidate for candidate in candidates}
    return next((by_plain[variant] for variant in _variants(name) if variant in by_plain), None)


def members_of(shape: Shape) -> dict[str, Shape]:
    """Names of a structure's members, or of a map's keys where the model lists them."""
    if shape.type_name == "structure":
        return dict(shape.members)  # type: ignore[attr-defined]
    if shape.type_name == "map" and shape.key.metadata.get("enum"):  # type: ignore[attr-defined]
        value: Shape = shape.value  # type: ignore[attr-defined]
        return dict.fromkeys(shape.key.enum, value)  # type: ignore[attr-defined]
    return {}


def build(
    shape: Shape | None,
    values: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    containers: tuple[str, ...] = (),
) -> Request:
    """Place property values into a request.

    Args:
        shape: The operation's input.
        values: Property name to plain value.
        names: Property path -> member path, where they differ in more than case and plural.
        containers: Members to look into when the input itself has no such member.
    """
    request = Request()
    if shape is not None:
        _Builder(request, names, containers).place(shape, values, request.members, "", "")
    return request


@dataclass(frozen=True)
class _Builder:
    request: Request
    names: Mapping[str, str]
    containers: tuple[str, ...]

    def place(
        self, shape: Shape, values: Mapping[str, Any], into: dict[str, Any], path: str, member_path: str
    ) -> None:
        """Place the values of one object into a structure (or a map with known keys)."""
        for name, value in values.items():
            property_path = f"{path}.{name}" if path else name
            steps = self._steps(shape, name, property_path, top=not path)
            if not steps or value is None:
                continue
            target, shape_here, here = into, shape, member_path
            for step in steps[:-1]:
                here = f"{here}.{step}" if here else step
                shape_here = _child(shape_here, step)
                target = target.setdefault(step, {})
            here = f"{here}.{steps[-1]}" if here else steps[-1]
            converted = self._convert(_child(shape_here, steps[-1]), value, property_path, here)
            self.request.placed.add(property_path)
            self.request.origins[here] = property_path
            if converted is not DROPPED:
                target[steps[-1]] = converted

    def _steps(self, shape: Shape, name: str, property_path: str, *, top: bool) -> list[str]:
        renamed = self.names.get(property_path)
        if renamed is not None:
            steps = renamed.split(".")
            return steps if _reaches(shape, steps) else []
        found = match(name, tuple(members_of(shape)))
        if found:
            return [found]
        for container in self.containers if top else ():
            if _reaches(shape, container.split(".")):
                inner = functools.reduce(_child, container.split("."), shape)
                found = match(name, tuple(members_of(inner)))
                if found:
                    return [*container.split("."), found]
        return []

    def _convert(  # noqa: PLR0911 - one return for each kind of shape
        self, shape: Shape, value: Plain, path: str, member_path: str
    ) -> Plain:
        if value is UNKNOWN:
            return DROPPED
        kind = shape.type_name
        if isinstance(value, list) and is_counted(shape):
            items = shape.members["Items"]  # type: ignore[attr-defined]
            return {"Items": self._convert(items, value, path, f"{member_path}.Items")}
        if kind == "structure" or (kind == "map" and members_of(shape)):
            single = value[0] if isinstance(value, list) and len(value) == 1 else value
            if not isinstance(single, Mapping):
                return DROPPED if single is UNKNOWN else single
            converted: dict[str, Any] = {}
            self.place(shape, single, converted, path, member_path)
            return converted
        if kind == "list":
            items = value if isinstance(value, list) else [value]
            element = shape.member  # type: ignore[attr-defined]
            kept = [self._convert(element, item, path, member_path) for item in items]
            return [item for item in kept if self._is_known(item, member_path)]
        if kind == "map" and isinstance(value, Mapping):
            inner = shape.value  # type: ignore[attr-defined]
            kept_by_key = {
                key: self._convert(inner, item, f"{path}.{key}", member_path) for key, item in value.items()
            }
            self.request.placed.update(f"{path}.{key}" for key in value)
            return {key: item for key, item in kept_by_key.items() if self._is_known(item, member_path)}
        return _scalar(kind, value)

    def _is_known(self, item: Plain, member_path: str) -> bool:
        if item is DROPPED:
            self.request.partial.add(member_path)
        return item is not DROPPED


def is_counted(shape: Shape) -> bool:
    """Whether a structure stands for a list, which CloudFront counts: `{"Quantity": 1, "Items": [...]}`."""
    return shape.type_name == "structure" and {"Quantity", "Items"} <= shape.members.keys()  # type: ignore[attr-defined]


def _child(shape: Shape, step: str) -> Shape:
    if shape.type_name == "map":
        return shape.value  # type: ignore[attr-defined, no-any-return]
    if shape.type_name == "list":
        return _child(shape.member, step)  # type: ignore[attr-defined]
    return shape.members[step]  # type: ignore[attr-defined, no-any-return]


def _reaches(shape: Shape, steps: list[str]) -> bool:
    for step in steps:
        if shape.type_name == "structure" and step not in shape.members:  # type: ignore[attr-defined]
            return False
        if shape.type_name not in {"structure", "map"}:
            return False
        shape = _child(shape, step)
    return True


def _scalar(kind: str, value: Plain) -> Plain:
    if kind == "string":
        return to_kind("string", value)
    if kind == "blob":
        return (
            value.content()
            if isinstance(value, Asset)
            else value.encode()
            if isinstance(value, str)
            else value
        )
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    if isinstance(value, str) and kind in {"integer", "long"} and re.fullmatch(r"-?\d+", value):
        return int(value)
    if isinstance(value, str) and kind in {"double", "float"} and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value


def to_kind(kind: str, value: Plain) -> Plain:  # noqa: PLR0911 - one return for each kind
    """A scalar of an answer in the SDK's type."""
    if kind == "boolean":
        return value.lower() == "true" if isinstance(value, str) else bool(value)
    if kind == "integer" and isinstance(value, str | float):
        return int(value)
    if kind == "number" and isinstance(value, str):
        return float(value)
    if kind == "string" and not isinstance(value, str):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Mapping | list):
            return json.dumps(value)
        if isinstance(value, bytes):
            return value.decode()
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    return value
