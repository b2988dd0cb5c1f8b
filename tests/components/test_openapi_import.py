"""The import derived for API Gateway says what the published contract says."""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator  # type: ignore[import-untyped]
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from components.openapi_import import GATEWAY_RESPONSES, GatewayParts, rest_import
from components.openapi_schema import OpenApiImportError, to_openapi_30
from tests.support.program import ROOT

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "functions" / "openapi.yaml").read_text())
FUNCTIONS = ("health", "twin", "alerts", "audit", "sustainability")
PARTS = GatewayParts(
    name="omnitrack-staging",
    functions={name: f"arn:{name}/invocations" for name in FUNCTIONS},
    user_pool_arn="arn:pool",
    allowed_origins=("https://staging.omnitrack.ai",),
)
IMPORT = rest_import(CONTRACT, PARTS)
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def operations(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def test_the_import_is_valid_openapi_3_0() -> None:
    OpenAPIV30SpecValidator(json.loads(json.dumps(IMPORT))).validate()
    assert IMPORT["openapi"] == "3.0.1"


def test_the_import_has_the_operations_of_the_contract() -> None:
    assert [each[:2] for each in operations(IMPORT)] == [
        (path, method) for path, item in CONTRACT["paths"].items() for method in METHODS if method in item
    ]


@pytest.mark.parametrize(("path", "method", "operation"), operations(CONTRACT))
def test_an_operation_is_open_to_whom_the_contract_says_and_calls_its_function(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    derived = IMPORT["paths"][path][method]
    public = operation["x-omnitrack-permission"] == "public"
    assert derived.get("security") == (None if public else [{"cognito": []}])
    integration = derived["x-amazon-apigateway-integration"]
    assert integration["uri"] == f"arn:{operation['x-omnitrack-function']}/invocations"
    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    assert integration["timeoutInMillis"] == 29_000
    assert integration["passthroughBehavior"] == "when_no_match", "a proxy has no templates that could match"


def test_browsers_may_ask_every_path_without_a_token() -> None:
    for path, item in IMPORT["paths"].items():
        assert "security" not in item["options"], path


def test_only_users_of_the_pool_are_let_in() -> None:
    scheme = IMPORT["components"]["securitySchemes"]["cognito"]
    assert scheme["x-amazon-apigateway-authorizer"]["providerARNs"] == ["arn:pool"]
    assert scheme["x-amazon-apigateway-authtype"] == "cognito_user_pools"


def test_path_parameters_are_declared_where_the_path_has_them() -> None:
    for path, method, operation in operations(IMPORT):
        declared = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), f"{method} {path}"


def test_bodies_and_parameters_are_validated() -> None:
    name = IMPORT["x-amazon-apigateway-request-validator"]
    assert IMPORT["x-amazon-apigateway-request-validators"][name] == {
        "validateRequestBody": True,
        "validateRequestParameters": True,
    }


def test_model_names_are_letters_and_digits() -> None:
    assert IMPORT["components"]["schemas"]
    assert all(name.isalnum() for name in IMPORT["components"]["schemas"])


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_what_the_gateway_answers_has_the_error_shape_and_cors(kind: str) -> None:
    response = IMPORT["x-amazon-apigateway-gateway-responses"][kind]
    text = response["responseTemplates"]["application/json"]
    text = text.replace("$context.error.messageString", '"Unauthorized"')
    body = json.loads(text)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "requestId"}
    origin = response["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
    assert origin == "'https://staging.omnitrack.ai'"
    assert response["responseParameters"]["gatewayresponse.header.Vary"] == "'Origin'"


def test_of_several_origins_the_asking_one_is_named() -> None:
    parts = GatewayParts(
        name="api",
        functions=PARTS.functions,
        user_pool_arn="arn:pool",
        allowed_origins=("https://a.example", "https://b.example"),
    )
    responses = rest_import(CONTRACT, parts)["x-amazon-apigateway-gateway-responses"]
    origins = {
        each["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        for each in responses.values()
    }
    assert origins == {"method.request.header.Origin"}


# Bodies: whoever validates, by the contract or by the import, comes to the same answer.

SCHEMAS: dict[str, dict[str, Any]] = {
    "a constant": {"const": "km"},
    "null or text": {"type": ["string", "null"]},
    "null or one of": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "null that a list forbids": {"type": ["string", "null"], "enum": ["a"]},
    "above a bound": {"type": "number", "exclusiveMinimum": 0},
    "below a bound": {"type": "number", "exclusiveMaximum": 3},
    "two bounds, the strict one weaker": {"minimum": 2, "exclusiveMinimum": 0},
    "two bounds, the strict one stronger": {"exclusiveMinimum": 2, "minimum": 0},
    "a constant beside a list": {"const": "a", "enum": ["a", "b"]},
    "nothing": {"not": {}},
    "an object": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": True, "c": False},
        "required": ["a"],
        "additionalProperties": False,
    },
    "an object without a needed name": {"type": "object", "required": [], "properties": {"a": {"const": 1}}},
    "a map": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
    "a list": {
        "type": "array",
        "items": {"type": "string", "maxLength": 1},
        "minItems": 1,
        "uniqueItems": True,
    },
    "both": {"allOf": [{"minimum": 1}, {"maximum": 3}]},
    "one and not the other": {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    "described": {"type": "string", "description": "text", "examples": ["a"], "default": "b"},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.sampled_from([0.5, 2.5, "a", "b", "km", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@given(value=VALUES)
def test_a_schema_refuses_the_same_values_in_its_new_words(schema: dict[str, Any], value: Any) -> None:
    derived = to_openapi_30(schema, "schema")
    expected = Draft202012Validator(schema).is_valid(value)
    assert OAS30Validator(derived).is_valid(value) == expected
    assert Draft4Validator(derived).is_valid(value) == expected, "API Gateway validates with draft 4"


def inlined(schema: Any, schemas: Mapping[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = inlined(schemas[schema["$ref"].rpartition("/")[2]], schemas)
            return {"allOf": [target, beside]} if beside else target
        return {key: inlined(value, schemas) for key, value in schema.items()}
    return [inlined(each, schemas) for each in schema] if isinstance(schema, list) else schema


BODIES = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, method, operation in operations(CONTRACT)
    if "requestBody" in operation
]
CHANGES = [
    ("type", "castle"),
    ("capacity", "many"),
    ("capacity", -1),
    ("extra", 1),
    ("location", {}),
    ("mode", None),
]


@pytest.mark.parametrize(("path", "method", "operation"), BODIES)
def test_a_body_is_refused_by_the_import_where_the_contract_refuses_it(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    media = operation["requestBody"]["content"]["application/json"]
    published = Draft202012Validator(inlined(media["schema"], CONTRACT["components"]["schemas"]))
    derived_media = IMPORT["paths"][path][method]["requestBody"]["content"]["application/json"]
    derived = OAS30Validator(inlined(derived_media["schema"], IMPORT["components"]["schemas"]))
    example = media["example"]
    variants = [example, {}, [], None, *({**example, key: value} for key, value in CHANGES)]
    variants += [{k: v for k, v in example.items() if k != gone} for gone in example]
    answers = [published.is_valid(variant) for variant in variants]
    assert [derived.is_valid(variant) for variant in variants] == answers
    assert answers[0]
    assert not all(answers)


# What cannot be imported is said with its place.


def contract(**operation: Any) -> dict[str, Any]:
    public = {"x-omnitrack-function": "health", "x-omnitrack-permission": "public"}
    return {
        "info": {"version": "1"},
        "paths": {"/v1/thing": {"get": {**public, **operation}, "options": copy.copy(public)}},
    }


def body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (contract(**{"x-omnitrack-function": "nobody"}), r"GET /v1/thing: x-omnitrack-function is nobody"),
        (contract(**{"x-omnitrack-permission": ""}), r"GET /v1/thing: x-omnitrack-permission is missing"),
        (contract(**body({"patternProperties": {}})), r"GET /v1/thing application/json/patternProperties: "),
        (contract(**body({"if": {"type": "string"}})), r"has no keyword if"),
        (contract(**body({"$ref": "other.yaml"})), r"refers to other.yaml"),
        (contract(**body({"$ref": "#/components/schemas/Gone"})), r"a schema Gone that it does not contain"),
        (contract(parameters=[{"$ref": "#/components/parameters/Gone"}]), r"does not contain"),
        (contract(parameters=[{"name": "c", "in": "cookie"}]), r"no parameters in cookies \(c\)"),
        (contract(**body("text")), r"is no schema"),
        (
            {"info": {"version": "1"}, "paths": {"/v1/thing": {"get": {}}}},
            r"/v1/thing has no operation OPTIONS",
        ),
        (
            contract() | {"components": {"schemas": {"A_b": {}, "Ab": {}}}},
            r"A_b and Ab have one name in API Gateway",
        ),
    ],
)
def test_what_the_gateway_cannot_take_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(OpenApiImportError, match=words):
        rest_import(document, PARTS)


def test_parameters_of_the_path_are_shared_and_the_operations_own_win() -> None:
    document = contract(parameters=[{"name": "q", "in": "query", "required": True}])
    document["paths"]["/v1/thing"]["parameters"] = [
        {"name": "q", "in": "query"},
        {"name": "X-Request", "in": "header"},
    ]
    derived = rest_import(document, PARTS)["paths"]["/v1/thing"]["get"]["parameters"]
    assert {(each["name"], each["required"]) for each in derived} == {("q", True), ("X-Request", False)}


def test_schemas_that_refer_to_themselves_are_imported_once() -> None:
    document = contract(**body({"$ref": "#/components/schemas/Tree"}))
    tree = {"properties": {"children": {"items": {"$ref": "#/components/schemas/Tree"}}}}
    document["components"] = {"schemas": {"Tree": tree, "Unused": {}}}
    assert list(rest_import(document, PARTS)["components"]["schemas"]) == ["Tree"]
