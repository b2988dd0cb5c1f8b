"""The package's schema for `pulumi import`: the known types, described from the SDK's own types."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from localcloud.provider import sdk, services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.provider.sdk import Type


@functools.cache
def text() -> str:
    """The schema as JSON text (cached; made on first use)."""
    types: dict[str, Any] = {}
    resources = {token: _resource(token, types) for token in services.known_types()}
    return json.dumps(
        {
            "name": "aws",
            "version": sdk.version(),
            "resources": resources,
            "types": types,
            "language": {"python": {"packageName": "pulumi_aws"}},
        }
    )


def _resource(token: str, types: dict[str, Any]) -> dict[str, Any]:
    described = sdk.resource_types(token)
    inputs = described.inputs
    return {
        "inputProperties": _properties(token, inputs.fields, types),
        "requiredInputs": sorted(inputs.required),
        "properties": _properties(token, described.outputs, types),
    }


def _properties(token: str, fields: Mapping[str, Type], types: dict[str, Any]) -> dict[str, Any]:
    return {name: _spec(token, kind, types) for name, kind in fields.items()}


def _spec(token: str, kind: Type, types: dict[str, Any]) -> dict[str, Any]:
    if kind.kind == "list" and kind.element:
        return {"type": "array", "items": _spec(token, kind.element, types)}
    if kind.kind == "map" and kind.element:
        return {"type": "object", "additionalProperties": _spec(token, kind.element, types)}
    if kind.kind == "object" and kind.class_:
        name = kind.class_.__name__.removesuffix("Args")
        reference = f"{token.rpartition(':')[0].rpartition('/')[0]}/{name}:{name}"
        if reference not in types:
            types[reference] = {"type": "object"}  # a type may hold itself
            types[reference]["properties"] = _properties(token, kind.fields, types)
            types[reference]["required"] = sorted(kind.required)
        return {"$ref": f"#/types/{reference}"}
    if kind.kind == "asset":
        return {"$ref": "pulumi.json#/Asset"}
    return {"type": kind.kind} if kind.kind in sdk.SCALARS.values() else {"$ref": "pulumi.json#/Any"}
