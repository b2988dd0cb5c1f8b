"""Cases of the rule on who may call an API that is made from an OpenAPI document."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from policy.graph import Resource
from tests.policy.cases.case import UNKNOWN_TEXT, Kind, cases_of, resource, secret

REST_API = "aws:apigateway/restApi:RestApi"
API = "aws:apigatewayv2/api:Api"
OPEN_OPERATIONS = "leaves operations of its document open to everyone"
UNREADABLE = "is made from a document that cannot be read"

auth = cases_of("apigw-route-auth")

COGNITO = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"},
}
SCHEMES = {
    "cognito": COGNITO,
    "iam": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
    "key": {"type": "apiKey", "name": "X-Api-Key", "in": "header"},
    "token": {"type": "http", "scheme": "bearer"},
    "bearer-key": {"type": "http", "scheme": "bearer", "name": "x-api-key"},
    "header": {"type": "apiKey", "name": "Authorization", "in": "header"},
}
SIGNED_IN: dict[str, Any] = {"security": [{"cognito": []}]}
ANY = "x-amazon-apigateway-any-method"


def described(
    operation: Mapping[str, Any], verb: str = "get", path: str = "/twins", **more: Any
) -> dict[str, Any]:
    paths = {"/orders": {"post": SIGNED_IN, "parameters": []}, path: {verb: operation}}
    return {"openapi": "3.0.1", "components": {"securitySchemes": SCHEMES}, "paths": paths, **more}


def made_of(body: object, type_: str = REST_API) -> list[Resource]:
    return [resource(type_, {"body": json.dumps(body) if isinstance(body, dict) else body})]


def secured(*ways: Mapping[str, list[str]]) -> dict[str, Any]:
    return described({"security": list(ways)})


SWAGGER = {
    "swagger": "2.0",
    "securityDefinitions": {"cognito": COGNITO},
    "paths": {"/twins": {"get": SIGNED_IN, "options": {}}},
}
EVERYWHERE: dict[str, Any] = {"security": [{"cognito": []}]}

CASES = (
    auth(Kind.MISSING, "an operation that asks nothing", made_of(described({})), OPEN_OPERATIONS),
    auth(Kind.MISSING, "a REST API without a document", [resource(REST_API, {})]),
    *(
        auth(Kind.WRONG, f"an open {verb}", made_of(described({}, verb)), OPEN_OPERATIONS)
        for verb in ("get", "put", "post", "delete", "patch", "head", ANY)
    ),
    auth(Kind.WRONG, "an operation that lets all in", made_of(secured()), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a way in without a scheme", made_of(secured({"cognito": []}, {})), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a scheme that is not there", made_of(secured({"missing": []})), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a scheme without an authorizer", made_of(secured({"token": []})), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a token named like a key", made_of(secured({"bearer-key": []})), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a header that nobody checks", made_of(secured({"header": []})), OPEN_OPERATIONS),
    auth(Kind.WRONG, "security that is no list", made_of(described({"security": 5})), OPEN_OPERATIONS),
    auth(
        Kind.WRONG,
        "security of the whole document, which the import ignores",
        made_of(described({}, **EVERYWHERE)),
        OPEN_OPERATIONS,
    ),
    auth(
        Kind.WRONG,
        "an operation that AWS_IAM is switched off for",
        made_of(described({"x-amazon-apigateway-auth": {"type": "NONE"}})),
        OPEN_OPERATIONS,
    ),
    auth(
        Kind.WRONG,
        "a path that only looks like the health check",
        made_of(described({}, path="/v1/healthy")),
        OPEN_OPERATIONS,
    ),
    auth(
        Kind.WRONG,
        "another verb than the probes'",
        made_of(described({}, "put", "/v1/health")),
        OPEN_OPERATIONS,
    ),
    auth(Kind.WRONG, "a document in YAML", made_of(yaml.safe_dump(described({}))), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a document that is neither JSON nor YAML", made_of("{paths: ["), UNREADABLE),
    auth(Kind.WRONG, "a document with a date that is none", made_of("paths: 2026-13-45"), UNREADABLE),
    auth(Kind.WRONG, "a document that is too deep", made_of("[" * 10**5), UNREADABLE),
    auth(Kind.WRONG, "a document in YAML that is too deep", made_of("a: " + "[" * 2000), UNREADABLE),
    auth(Kind.WRONG, "a document that is a list", made_of("[]"), UNREADABLE),
    auth(Kind.WRONG, "an HTTP API's operation", made_of(described({}), API), OPEN_OPERATIONS),
    auth(Kind.WRONG, "a key in an HTTP API's document", made_of(secured({"key": []}), API), OPEN_OPERATIONS),
    auth(Kind.UNKNOWN, "the document", made_of(UNKNOWN_TEXT), undecided=True),
    auth(Kind.UNKNOWN, "the document of an HTTP API", made_of(UNKNOWN_TEXT, API), undecided=True),
    auth(
        Kind.UNKNOWN,
        "whether an HTTP API takes the security of the whole document",
        made_of(described({}, **EVERYWHERE), API),
        undecided=True,
    ),
    auth(
        Kind.WRONG,
        "an operation opened again under the security of the whole document",
        made_of(described({"security": []}, **EVERYWHERE), API),
        OPEN_OPERATIONS,
    ),
    *(
        auth(Kind.CORRECT, f"the scheme {name}", made_of(secured({name: []})))
        for name in ("cognito", "iam", "key")
    ),
    auth(
        Kind.CORRECT, "two ways in, both guarded", made_of(secured({"cognito": []}, {"key": [], "token": []}))
    ),
    auth(
        Kind.CORRECT,
        "AWS_IAM by the operation itself",
        made_of(described({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}})),
    ),
    auth(Kind.CORRECT, "any verb, signed in", made_of(described(SIGNED_IN, ANY))),
    auth(Kind.CORRECT, "the health check, public on purpose", made_of(described({}, path="/v1/health"))),
    auth(Kind.CORRECT, "a preflight in a document", made_of(described({}, "options"))),
    auth(Kind.CORRECT, "Swagger 2.0", made_of(SWAGGER)),
    auth(Kind.CORRECT, "YAML, signed in", made_of(yaml.safe_dump(described(SIGNED_IN)))),
    auth(Kind.CORRECT, "a document without paths", made_of({"openapi": "3.0.1"})),
    auth(
        Kind.CORRECT, "as a secret", [resource(REST_API, {"body": secret(json.dumps(described(SIGNED_IN)))})]
    ),
    auth(Kind.CORRECT, "an HTTP API's document", made_of(described(SIGNED_IN), API)),
)
