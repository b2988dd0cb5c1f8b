"""A body means the same to the function, to the published document and to what the gateway imports."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from omnitrack import api
from omnitrack.contract import Route
from openapi_schema_validator import OAS30Validator
from pydantic import ValidationError

from components.openapi_import import GatewayParts, rest_import
from functions import openapi

CONTRACT: dict[str, Any] = yaml.safe_load(openapi.text())
IMPORT = rest_import(
    CONTRACT,
    GatewayParts(
        name="omnitrack-staging",
        functions={route.function: f"arn:{route.function}" for route in api.ROUTES},
        user_pool_arn="arn:pool",
        allowed_origins=(),
    ),
)
ROUTES = [route for route in api.ROUTES if route.body]
anything = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", " x", "a\x00b", "x" * 121, "port", "ship", "gas", "offline", 0, -1, 1e15, 1.0, [], {}]
    )
    | st.text(max_size=8)
)


def places(body: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where something can be changed in a body: each of its fields, and one that it does not have."""
    for name, value in body.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))
    yield (*path, "further")


def inlined(schema: Any, schemas: Mapping[str, Any]) -> Any:
    """The schema with what it refers to in place."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            beside = {name: value for name, value in schema.items() if name != "$ref"}
            target = inlined(schemas[schema["$ref"].rpartition("/")[2]], schemas)
            return {"allOf": [target, beside]} if beside else target
        return {name: inlined(value, schemas) for name, value in schema.items()}
    return [inlined(each, schemas) for each in schema] if isinstance(schema, list) else schema


def schema_of(document: dict[str, Any], route: Route) -> Any:
    body = document["paths"][route.path][route.method.lower()]["requestBody"]
    return inlined(body["content"]["application/json"]["schema"], document["components"]["schemas"])


def takes(route: Route, body: Any) -> bool:
    """Whether the function takes the body."""
    assert route.body is not None
    try:
        route.body.model_validate_json(json.dumps(body), by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
@settings(max_examples=150)
@given(data=st.data())
def test_a_body_is_taken_by_all_three_or_by_none(route: Route, data: Any) -> None:
    body: Any = copy.deepcopy(route.body_example)
    for *path, name in data.draw(st.lists(st.sampled_from([*places(body)]), max_size=2, unique=True)):
        inner = body
        for step in path:
            inner = inner.get(step, {}) if isinstance(inner, dict) else {}
        if isinstance(inner, dict):
            if data.draw(st.booleans()):
                inner[name] = data.draw(anything)
            else:
                inner.pop(name, None)
    published = Draft202012Validator(schema_of(CONTRACT, route)).is_valid(body)
    assert OAS30Validator(schema_of(IMPORT, route)).is_valid(body) == published
    if takes(route, body):
        assert published
    # No schema can say that one number is not above another.
    ordered = not isinstance(body.get("temperatureRange"), dict)
    if published and ordered:
        assert takes(route, body)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_the_example_is_taken(route: Route) -> None:
    assert takes(route, route.body_example)
