"""Derives what API Gateway imports (OpenAPI 3.0.1) from the published contract (OpenAPI 3.1).

The import holds what the gateway acts on: parameters, request bodies, who may call, which function answers.
What only readers need (answers, examples, texts) stays in the published document.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.openapi_schema import OpenApiImportError, model_name, referenced, to_openapi_30

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
FUNCTION: Final = "x-omnitrack-function"
PERMISSION: Final = "x-omnitrack-permission"
PUBLIC: Final = "public"
AUTHORIZER: Final = "cognito"
VALIDATOR: Final = "all"
INTEGRATION_TIMEOUT: Final = 29_000  # milliseconds; API Gateway's own limit
NO_CONTENT: Final = {"200": {"description": "See the published document."}}

# What the gateway itself answers: response type -> status, code of the platform's error shape, message.
# A message in quotes is text; `$context.error.messageString` brings its own quotes.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
OWN_WORDS: Final = "$context.error.messageString"
GATEWAY_RESPONSES: Final[Mapping[str, tuple[int | None, str, str]]] = {
    "DEFAULT_4XX": (None, "bad_request", OWN_WORDS),
    "DEFAULT_5XX": (None, "internal_error", '"Something went wrong on our side."'),
    "BAD_REQUEST_BODY": (
        400,
        "invalid_input",
        '"The body is not valid: $context.error.validationErrorString"',
    ),
    "BAD_REQUEST_PARAMETERS": (400, "invalid_input", OWN_WORDS),
    "UNAUTHORIZED": (
        401,
        "unauthenticated",
        '"Sign in: this needs a valid id token in the header Authorization."',
    ),
    "EXPIRED_TOKEN": (401, "unauthenticated", '"The token has expired: sign in again."'),
    "ACCESS_DENIED": (403, "forbidden", '"This token does not admit the request."'),
    "WAF_FILTERED": (403, "blocked", '"The firewall refused the request."'),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found", '"The API has no such route."'),
    "RESOURCE_NOT_FOUND": (404, "not_found", '"The API has no such route."'),
    "REQUEST_TOO_LARGE": (413, "too_large", '"The body is larger than 10 MB."'),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", '"The body must be application/json."'),
    "THROTTLED": (429, "throttled", '"Too many requests: slow down and try again."'),
    "INTEGRATION_FAILURE": (502, "internal_error", '"Something went wrong on our side."'),
    "INTEGRATION_TIMEOUT": (504, "timeout", '"The answer took too long: try again."'),
}


@dataclass(frozen=True, kw_only=True)
class GatewayParts:
    """What the import is completed with.

    Attributes:
        name: The API's name.
        functions: What the gateway calls, by the names in the document.
        user_pool_arn: Whose tokens are accepted.
        allowed_origins: Web origins that may read what the gateway itself answers.
    """

    name: str
    functions: Mapping[str, str]
    user_pool_arn: pulumi.Input[str]
    allowed_origins: Sequence[str]


def rest_import(document: Mapping[str, Any], parts: GatewayParts) -> dict[str, Any]:
    """The OpenAPI 3.0.1 document to create the REST API from.

    Args:
        document: The published contract.
        parts: What it is completed with.

    Raises:
        OpenApiImportError: The contract names a function that there is not, leaves out who may call an
            operation, or says something that 3.0 cannot.
    """
    paths = {
        path: _path(path, item, document.get("components", {}), parts)
        for path, item in document["paths"].items()
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": parts.name, "version": str(document["info"]["version"])},
        "paths": paths,
        "components": {
            "schemas": _models(paths, document.get("components", {}).get("schemas", {})),
            "securitySchemes": {AUTHORIZER: _authorizer(parts.user_pool_arn)},
        },
        "x-amazon-apigateway-request-validators": {
            VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": VALIDATOR,
        "x-amazon-apigateway-gateway-responses": {
            kind: _gateway_response(*answer, parts.allowed_origins)
            for kind, answer in GATEWAY_RESPONSES.items()
        },
    }


def _path(
    path: str, item: Mapping[str, Any], components: Mapping[str, Any], parts: GatewayParts
) -> dict[str, Any]:
    if "options" not in item:
        raise OpenApiImportError(
            f"{path} has no operation OPTIONS: browsers ask it before they call the others"
        )
    return {
        method: _operation(
            f"{method.upper()} {path}", item[method], item.get("parameters", []), components, parts
        )
        for method in METHODS
        if method in item
    }


def _operation(
    where: str,
    operation: Mapping[str, Any],
    shared: Sequence[Mapping[str, Any]],
    components: Mapping[str, Any],
    parts: GatewayParts,
) -> dict[str, Any]:
    function = str(operation.get(FUNCTION))
    if function not in parts.functions:
        raise OpenApiImportError(
            f"{where}: {FUNCTION} is {function}; it must be one of {', '.join(sorted(parts.functions))}"
        )
    permission = operation.get(PERMISSION)
    if not permission:
        raise OpenApiImportError(f"{where}: {PERMISSION} is missing: name a permission, or {PUBLIC}")
    derived: dict[str, Any] = {
        "responses": NO_CONTENT,
        "x-amazon-apigateway-integration": _integration(parts.functions[function]),
    }
    if permission != PUBLIC:
        derived["security"] = [{AUTHORIZER: []}]
    parameters = [
        _parameter(where, _resolved(where, parameter, "parameters", components))
        for parameter in (*shared, *operation.get("parameters", []))
    ]
    if parameters:
        derived["parameters"] = list({(each["in"], each["name"]): each for each in parameters}.values())
    if "requestBody" in operation:
        body = _resolved(where, operation["requestBody"], "requestBodies", components)
        derived["requestBody"] = _request_body(where, body)
    return derived


def _resolved(
    where: str, part: Mapping[str, Any], kind: str, components: Mapping[str, Any]
) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    name = str(part["$ref"]).removeprefix(f"#/components/{kind}/")
    found = components.get(kind, {}).get(name)
    if not isinstance(found, Mapping):
        raise OpenApiImportError(f"{where} refers to {part['$ref']}, which the document does not contain")
    return found


def _parameter(where: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
    """The gateway checks that required parameters are there; their values are the functions' to check."""
    place = parameter["in"]
    if place == "cookie":
        raise OpenApiImportError(f"{where}: API Gateway has no parameters in cookies ({parameter['name']})")
    return {
        "name": parameter["name"],
        "in": place,
        "required": place == "path" or bool(parameter.get("required", False)),
        "schema": {"type": "string"},
    }


def _request_body(where: str, body: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        media_type: {"schema": to_openapi_30(media.get("schema", True), f"{where} {media_type}")}
        for media_type, media in body["content"].items()
    }
    return {"required": bool(body.get("required", False)), "content": content}


def _models(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that request bodies refer to, directly or through others."""
    by_model: dict[str, str] = {}
    for name in schemas:
        if (other := by_model.setdefault(model_name(name), name)) != name:
            raise OpenApiImportError(
                f"the schemas {other} and {name} have one name in API Gateway: rename one"
            )
    models: dict[str, Any] = {}
    wanted = list(_references(paths))
    while wanted:
        model = wanted.pop()
        if model in models:
            continue
        if model not in by_model:
            raise OpenApiImportError(f"the document refers to a schema {model} that it does not contain")
        name = by_model[model]
        models[model] = to_openapi_30(schemas[name], f"components/schemas/{name}")
        wanted += _references(models[model])
    return dict(sorted(models.items()))


def _references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("$ref"), str):
            yield referenced(part, "the import")
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _authorizer(user_pool_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [user_pool_arn]},
    }


def _integration(uri: str) -> dict[str, Any]:
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",  # how Lambda is invoked, whatever the client's method is
        "uri": uri,
        # A proxy gets every request as it came; the function refuses what is not JSON.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": INTEGRATION_TIMEOUT,
    }


def _gateway_response(
    status: int | None, code: str, message: str, allowed_origins: Sequence[str]
) -> dict[str, Any]:
    # Templates here know variables but no functions, so the body is put together as text:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    body = f'{{"error":{{"code":{json.dumps(code)},"message":{message},"requestId":"$context.requestId"}}}}'
    # The header names one origin. Of several, the asking one: these answers hold nothing but an error.
    origin = f"'{allowed_origins[0]}'" if len(allowed_origins) == 1 else "method.request.header.Origin"
    return {
        **({"statusCode": str(status)} if status else {}),
        "responseParameters": {
            "gatewayresponse.header.Access-Control-Allow-Origin": origin,
            "gatewayresponse.header.Access-Control-Expose-Headers": "'x-amzn-RequestId'",
            "gatewayresponse.header.Vary": "'Origin'",
        },
        "responseTemplates": {"application/json": body},
    }
