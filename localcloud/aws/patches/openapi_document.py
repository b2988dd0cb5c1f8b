"""Reads an OpenAPI 3.0 document the way API Gateway imports it, into the terms of its API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from localcloud.aws.patches.openapi_models import ImportRefusedError, Models

EXTENSION = "x-amazon-apigateway-"
VERBS = ("get", "post", "put", "delete", "patch", "head", "options")
ANY = EXTENSION + "any-method"
PARAMETER_PLACES = {"path": "path", "query": "querystring", "header": "header"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        method: what PutMethod takes, with names in place of ids: `authorizer`, `validator`.
        responses: method responses by status code.
        integration: what PutIntegration takes, None if there is none.
        integration_responses: integration responses by status code.
    """

    method: Mapping[str, Any]
    responses: Mapping[str, Mapping[str, Any]]
    integration: Mapping[str, Any] | None
    integration_responses: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a document says about a REST API.

    Attributes:
        api: members of the API itself, only those that the document gives.
        tags: tags of the API.
        models: JSON schemas by model name.
        validators: request validators by name.
        authorizers: authorizers by name.
        gateway_responses: gateway responses by type.
        operations: by path and then HTTP method.
    """

    api: Mapping[str, Any]
    tags: Mapping[str, str]
    models: Mapping[str, Mapping[str, Any]]
    validators: Mapping[str, Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]
    gateway_responses: Mapping[str, Mapping[str, Any]]
    operations: Mapping[str, Mapping[str, Operation]]


class _Loader(yaml.SafeLoader):
    """YAML in which a date stays the text that JSON would have."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(body: bytes, api_id: str) -> Definition:
    """Read a document.

    Args:
        body: OpenAPI 3.0, as JSON or YAML.
        api_id: id of the REST API, which the references between models name.

    Raises:
        ImportRefusedError: the document cannot be read or contradicts itself.
    """
    try:
        document = json.loads(body)
    except ValueError:
        try:
            document = yaml.load(body, _Loader)  # noqa: S506 - a subclass of the safe loader
        except yaml.YAMLError as error:
            raise ImportRefusedError(
                f"Invalid OpenAPI input: it is neither JSON nor YAML ({error})."
            ) from error
    if not isinstance(document, dict) or not re.match(r"3\.0(\.|$)", str(document.get("openapi", ""))):
        raise ImportRefusedError("Unsupported OpenAPI version: only OpenAPI 3.0 is imported.")
    return _Reader(document, api_id).definition()


class _Reader:
    def __init__(self, document: dict[str, Any], api_id: str) -> None:
        self._document = document
        self._models = Models(document, api_id)
        self._authorizers = dict(self._read_authorizers())
        self._validators = dict(document.get(EXTENSION + "request-validators") or {})

    def definition(self) -> Definition:
        operations = {
            path: dict(self._path(path, item or {}))
            for path, item in (self._document.get("paths") or {}).items()
        }
        return Definition(
            api=self._api(),
            tags={
                tag["name"]: str(tag[EXTENSION + "tag-value"])
                for tag in self._document.get("tags") or []
                if EXTENSION + "tag-value" in tag
            },
            models=self._models.schemas,
            validators=self._validators,
            authorizers=self._authorizers,
            gateway_responses=dict(self._document.get(EXTENSION + "gateway-responses") or {}),
            operations=operations,
        )

    def _api(self) -> dict[str, Any]:
        info = self._document.get("info") or {}
        if not info.get("title"):
            raise ImportRefusedError("Invalid OpenAPI input: info.title is missing.")
        endpoint = dict(self._document.get(EXTENSION + "endpoint-configuration") or {})
        found = {
            "name": str(info["title"]),
            "description": str(info.get("description", "")),
            "version": str(info.get("version", "")),
            "binaryMediaTypes": self._document.get(EXTENSION + "binary-media-types") or [],
            "minimumCompressionSize": self._document.get(EXTENSION + "minimum-compression-size"),
            "apiKeySource": self._document.get(EXTENSION + "api-key-source"),
            "disableExecuteApiEndpoint": endpoint.get("disableExecuteApiEndpoint"),
        }
        if EXTENSION + "policy" in self._document:
            found["policy"] = json.dumps(self._document[EXTENSION + "policy"])
        return {key: value for key, value in found.items() if value is not None}

    def _components(self, kind: str) -> dict[str, Any]:
        return (self._document.get("components") or {}).get(kind) or {}

    # Authorizers

    def _read_authorizers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, scheme in self._components("securitySchemes").items():
            extension = scheme.get(EXTENSION + "authorizer")
            if extension is None:
                continue
            kind = str(extension.get("type", "")).upper()
            if kind not in ("COGNITO_USER_POOLS", "TOKEN", "REQUEST"):
                raise ImportRefusedError(f"Invalid authorizer type {extension.get('type')!r} in {name}.")
            place = "querystring" if scheme.get("in") == "query" else "header"
            source = f"method.request.{place}.{scheme.get('name', 'Authorization')}"
            found = {
                "name": name,
                "type": kind,
                "authType": scheme.get(EXTENSION + "authtype") or str(extension["type"]).lower(),
                "identitySource": extension.get("identitySource") or source,
                "providerARNs": extension.get("providerARNs") or [],
            }
            copied = (
                "authorizerUri",
                "authorizerCredentials",
                "identityValidationExpression",
                "authorizerResultTtlInSeconds",
            )
            yield name, found | {key: extension[key] for key in copied if extension.get(key) is not None}

    def _authorization(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"authorizationType": "NONE"}
        own = operation.get(EXTENSION + "auth")
        if own:
            return found | {"authorizationType": str(own.get("type", "NONE")).upper()}
        security = operation.get("security", self._document.get("security")) or []
        schemes = self._components("securitySchemes")
        for name, scopes in (pair for requirement in security for pair in requirement.items()):
            if name not in schemes:
                raise ImportRefusedError(f"The security requirement {name} names no security scheme.")
            scheme = schemes[name]
            if name in self._authorizers:
                kind = self._authorizers[name]["type"]
                found["authorizationType"] = kind if kind == "COGNITO_USER_POOLS" else "CUSTOM"
                found["authorizer"] = name
                found["authorizationScopes"] = list(scopes or [])
            elif str(scheme.get(EXTENSION + "authtype", "")).lower() == "awssigv4":
                found["authorizationType"] = "AWS_IAM"
            elif scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
                found["apiKeyRequired"] = True
        return found

    # Paths

    def _path(self, path: str, item: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
        item = self._models.resolved(item)
        if not path.startswith("/"):
            raise ImportRefusedError(f"Invalid path {path}: it must begin with a slash.")
        for verb, operation in item.items():
            if verb in VERBS or verb == ANY:
                name = "ANY" if verb == ANY else verb.upper()
                yield name, self._operation(f"{name} {path}", item.get("parameters") or [], operation or {})

    def _operation(self, label: str, shared: list[Any], operation: dict[str, Any]) -> Operation:
        parameters = [self._models.resolved(one) for one in (*shared, *(operation.get("parameters") or []))]
        method = self._authorization(operation) | {
            "operationName": operation.get("operationId", ""),
            "requestParameters": {
                f"method.request.{PARAMETER_PLACES[one['in']]}.{one['name']}": bool(one.get("required"))
                for one in parameters
                if one.get("in") in PARAMETER_PLACES
            },
            "requestModels": {
                media: self._models.name_of(content["schema"])
                for media, content in (
                    self._models.resolved(operation.get("requestBody")).get("content") or {}
                ).items()
                if "schema" in content
            },
        }
        validator = operation.get(
            EXTENSION + "request-validator", self._document.get(EXTENSION + "request-validator")
        )
        if validator is not None:
            if validator not in self._validators:
                raise ImportRefusedError(f"{label}: there is no request validator {validator}.")
            method["validator"] = validator
        integration = operation.get(EXTENSION + "integration")
        return Operation(
            method=method,
            responses=dict(self._responses(operation)),
            integration=None if integration is None else _integration(label, integration),
            integration_responses=dict(_integration_responses(integration or {})),
        )

    def _responses(self, operation: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for status, response in (operation.get("responses") or {}).items():
            if not str(status).isdigit():
                continue
            resolved = self._models.resolved(response)
            models = {
                media: self._models.name_of(content["schema"])
                for media, content in (resolved.get("content") or {}).items()
                if "schema" in content
            }
            headers = {f"method.response.header.{name}": False for name in resolved.get("headers") or {}}
            yield str(status), {"responseModels": models, "responseParameters": headers}


def _integration(label: str, extension: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(extension.get("type", "")).upper()
    if kind not in ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"):
        raise ImportRefusedError(f"{label}: invalid integration type {extension.get('type')!r}.")
    if kind != "MOCK" and not extension.get("uri"):
        raise ImportRefusedError(f"{label}: an integration of type {kind.lower()} needs a uri.")
    if kind in ("AWS", "AWS_PROXY") and not extension.get("httpMethod"):
        raise ImportRefusedError(f"{label}: an integration of type {kind.lower()} needs an httpMethod.")
    kept = {key: value for key, value in extension.items() if key not in ("responses", "type")}
    kept["passthroughBehavior"] = str(extension.get("passthroughBehavior", "when_no_match")).upper()
    return {"httpMethod": None, **kept, "type": kind}


def _integration_responses(extension: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern, response in (extension.get("responses") or {}).items():
        yield (
            str(response.get("statusCode", "200")),
            {
                "selectionPattern": "" if pattern == "default" else str(pattern),
                "responseParameters": response.get("responseParameters") or {},
                "responseTemplates": response.get("responseTemplates") or {},
                "contentHandling": response.get("contentHandling"),
            },
        )
