"""The models of an OpenAPI document: its schemas in the JSON Schema draft 4 that API Gateway validates by."""

import hashlib
import json
import re
from typing import Any

SCHEMAS = "#/components/schemas/"
NOT_IN_MODELS = (
    "nullable",
    "example",
    "xml",
    "discriminator",
    "externalDocs",
    "deprecated",
    "readOnly",
    "writeOnly",
)
MAXIMUM_REFERENCES = 20


class ImportRefusedError(ValueError):
    """The document is none that API Gateway imports; the text is the answer's message."""


class Models:
    """The models of one document.

    Attributes:
        schemas: the schemas by model name, those of unnamed bodies among them once they were asked for.
    """

    def __init__(self, document: dict[str, Any], api_id: str) -> None:
        self._document = document
        self._api_id = api_id
        named = (document.get("components") or {}).get("schemas") or {}
        self.schemas = {name: self._schema(schema) for name, schema in named.items() if _is_model_name(name)}

    def resolved(self, node: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of a document
        """A part of the document, its reference followed.

        Raises:
            ImportRefusedError: the reference leads nowhere, out of the document or in a circle.
        """
        for _ in range(MAXIMUM_REFERENCES):
            if not isinstance(node, dict) or "$ref" not in node:
                return node or {}
            reference = str(node["$ref"])
            found: Any = self._document
            if not reference.startswith("#/"):
                raise ImportRefusedError(f"Invalid reference {reference}: it leads out of the document.")
            for part in reference[2:].split("/"):
                name = part.replace("~1", "/").replace("~0", "~")
                found = found.get(name) if isinstance(found, dict) else None
            if found is None:
                raise ImportRefusedError(f"Unable to resolve the reference {reference}.")
            node = found
        raise ImportRefusedError(f"The reference {node['$ref']} leads in a circle.")

    def _schema(self, schema: Any) -> Any:  # noqa: ANN401
        """A schema in JSON Schema draft 4, its references to other models in API Gateway's form."""
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return {"$ref": self._model_reference(str(schema["$ref"]))}
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key in NOT_IN_MODELS or key.startswith("x-"):
                continue
            if key in ("properties", "patternProperties", "definitions"):
                result[key] = {name: self._schema(inner) for name, inner in (value or {}).items()}
            elif key in ("items", "not", "additionalProperties"):
                result[key] = self._schema(value)
            elif key in ("allOf", "anyOf", "oneOf"):
                result[key] = [self._schema(inner) for inner in value]
            else:
                result[key] = value
        return _nullable(result) if schema.get("nullable") is True else result

    def _model_reference(self, reference: str) -> str:
        if not reference.startswith(SCHEMAS):
            raise ImportRefusedError(f"Invalid model reference {reference}: models are in {SCHEMAS}.")
        self.resolved({"$ref": reference})
        name, _, pointer = reference.removeprefix(SCHEMAS).partition("/")
        _is_model_name(name)
        address = f"https://apigateway.amazonaws.com/restapis/{self._api_id}/models/{name}"
        return f"{address}#/{pointer}" if pointer else address

    def name_of(self, schema: Any) -> str:  # noqa: ANN401
        """The name of the model of a body; a schema written in place becomes a model of its own.

        Raises:
            ImportRefusedError: the schema refers to something that is no model.
        """
        if isinstance(schema, dict) and str(schema.get("$ref", "")).startswith(SCHEMAS):
            name = str(schema["$ref"]).removeprefix(SCHEMAS)
            if "/" not in name:
                self.resolved(schema)
                return name
        converted = self._schema(schema)
        text = json.dumps(converted, sort_keys=True)
        name = "MODEL" + hashlib.sha256(text.encode()).hexdigest()[:6]
        self.schemas[name] = converted
        return name


def _is_model_name(name: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9]+", name):
        raise ImportRefusedError(f"Model name must be alphanumeric: {name}")
    return True


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema = {**schema, "type": [*types, "null"]}
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]}
