"""Rewrites JSON schemas of OpenAPI 3.1 in the words of 3.0, with the same meaning.

3.1 speaks JSON Schema 2020-12, 3.0 a dialect of an early draft, which is also what API Gateway validates
with. What 3.0 cannot say is refused, with the place, rather than dropped: a dropped keyword admits what the
contract forbids.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

# Keywords that mean the same in both, by what their value holds.
PLAIN: Final = frozenset(
    {
        *("enum", "format", "pattern", "required", "title", "type", "uniqueItems"),
        *("maximum", "minimum", "multipleOf"),
        *("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
    }
)
SCHEMA: Final = frozenset({"additionalProperties", "items", "not"})
SCHEMAS: Final = frozenset({"allOf", "anyOf", "oneOf"})
NAMED_SCHEMAS: Final = frozenset({"properties"})
# Keywords that 3.0 says in another way.
REWRITTEN: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "const": lambda value: {"enum": [value]},
    "exclusiveMinimum": lambda bound: {"minimum": bound, "exclusiveMinimum": True},
    "exclusiveMaximum": lambda bound: {"maximum": bound, "exclusiveMaximum": True},
}
# What describes and never refuses; `discriminator` only helps to choose among `oneOf`.
ANNOTATIONS: Final = frozenset(
    {
        "$comment",
        "contentEncoding",
        "contentMediaType",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "readOnly",
        "writeOnly",
        "xml",
    }
)
REFERENCE: Final = "#/components/schemas/"
NULL: Final = {"enum": [None]}
NOTHING: Final[Mapping[str, Any]] = {"not": {}}


class OpenApiImportError(pulumi.RunError):
    """The published document says something that the gateway's import cannot; the text says where."""


def to_openapi_30(schema: object, where: str) -> dict[str, Any]:
    """A schema of OpenAPI 3.1 as one of 3.0 that accepts and refuses the same values.

    Args:
        schema: The schema; true and false are schemas too.
        where: Its place in the document, for errors.

    Raises:
        OpenApiImportError: 3.0 has no words for it.
    """
    if isinstance(schema, bool):
        return {} if schema else dict(NOTHING)
    if not isinstance(schema, Mapping):
        raise OpenApiImportError(f"{where} is no schema: write an object, true or false")
    if "$ref" in schema:
        return _reference(schema, where)
    types = schema.get("type")
    if isinstance(types, list):
        return _one_of_types(schema, types, where)
    if types == "null":
        return dict(NULL if None in schema.get("enum", [schema.get("const")]) else NOTHING)
    said: dict[str, Any] = {}
    beside = []  # what needs a word that is taken: `minimum` beside `exclusiveMinimum`
    for name, part in schema.items():
        words = _keyword(str(name), part, f"{where}/{name}")
        if said.keys() & words.keys():
            beside.append(words)
        else:
            said |= words
    return {"allOf": [said, *beside]} if beside else said


def _keyword(name: str, part: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - a keyword's value is of any kind
    if name in ANNOTATIONS or name.startswith("x-") or part == []:  # an early draft knows no empty list
        return {}
    if name in REWRITTEN:
        return REWRITTEN[name](part)
    if name in PLAIN:
        return {name: part}
    if name in SCHEMA:
        return {name: part if isinstance(part, bool) else to_openapi_30(part, where)}
    if name in SCHEMAS:
        return {name: [to_openapi_30(each, f"{where}/{index}") for index, each in enumerate(part)]}
    if name in NAMED_SCHEMAS:
        return {name: {key: to_openapi_30(value, f"{where}/{key}") for key, value in part.items()}}
    raise OpenApiImportError(
        f"{where}: OpenAPI 3.0, which API Gateway imports, has no keyword {name}: say it another way"
    )


def _reference(schema: Mapping[str, Any], where: str) -> dict[str, Any]:
    """3.0 ignores what stands beside a reference, so it goes into a list of things that all hold."""
    target = {"$ref": f"{REFERENCE}{model_name(referenced(schema, where))}"}
    beside = to_openapi_30({key: value for key, value in schema.items() if key != "$ref"}, where)
    return {"allOf": [target, beside]} if beside else target


def _one_of_types(schema: Mapping[str, Any], types: list[str], where: str) -> dict[str, Any]:
    """3.0 has one type per schema; null, which is none of its types, becomes the one value of a list."""
    variants = [to_openapi_30({**schema, "type": each}, where) for each in types]
    return variants[0] if len(variants) == 1 else {"anyOf": variants}


def referenced(schema: Mapping[str, Any], where: str) -> str:
    """The name of the schema that a reference leads to.

    Raises:
        OpenApiImportError: It leads outside the document's schemas.
    """
    reference = str(schema["$ref"])
    if not reference.startswith(REFERENCE):
        raise OpenApiImportError(f"{where} refers to {reference}: only {REFERENCE}... can be imported")
    return reference.removeprefix(REFERENCE)


def model_name(name: str) -> str:
    """The name of a schema as API Gateway admits it for a model: letters and digits."""
    return "".join(character for character in name if character.isascii() and character.isalnum())
