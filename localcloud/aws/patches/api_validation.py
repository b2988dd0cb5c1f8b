"""Tells in a gateway response which field of a request was wrong.

API Gateway answers "Invalid request body" and puts the details into
`$context.error.validationErrorString`, which MiniStack leaves as it is written. The texts are API Gateway's;
in front of each stands the place in the body.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream

VARIABLE = re.compile(
    rb"\$(?:\{context\.error\.validationErrorString\}|context\.error\.validationErrorString)"
)
MAXIMUM_ERRORS = 20
MAXIMUM_DEPTH = 50
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def apply() -> None:
    """Wrap the validation of a request and the rendering of gateway responses.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("api_validation", "services.apigateway_v1")
    gateway.require("_model_schema", "api_id", "model_name")
    gateway.require("_resolve_schema_ref", "ref", "root")
    gateway.require("_json_schema_valid", "schema", "value", "root", "seen")
    gateway.require("_header_ci", "headers", "name")

    def with_details(original: Callable[..., Any]) -> Callable[..., Any]:
        def check(method_obj: Any, api_id: str, *request: Any) -> Any:  # noqa: ANN401
            error = original(method_obj, api_id, *request)
            if error is not None and error.response_type == "BAD_REQUEST_BODY":
                _, headers, body, _ = request
                error.details = _details(gateway.module, method_obj, api_id, headers, body)
            return error

        return check

    gateway.wrap(
        "_check_request_validation",
        "method_obj",
        "api_id",
        "request",
        "headers",
        "body",
        "query_params",
        by=with_details,
    )
    gateway.wrap("_gateway_error_response", "error", "request", by=_with_variable)


def _with_variable(original: Callable[..., Any]) -> Callable[..., Any]:
    def render(error: Any, request: Any) -> Any:  # noqa: ANN401
        status, headers, body = original(error, request)
        details = json.dumps(getattr(error, "details", None) or error.message or "", ensure_ascii=False)[1:-1]
        return status, headers, VARIABLE.sub(lambda _: details.encode(), body)

    return render


def _details(gateway: Any, method: Mapping[str, Any], api_id: str, headers: Any, body: bytes) -> str:  # noqa: ANN401
    models = method.get("requestModels") or {}
    content_type = (
        (gateway._header_ci(headers, "content-type") or "application/json").partition(";")[0].strip()
    )
    schema = gateway._model_schema(api_id, models.get(content_type) or models.get("application/json"))
    try:
        document = json.loads(body)
    except (ValueError, RecursionError, TypeError):
        return "Unable to parse JSON request body"
    errors: list[str] = []
    for error in _Faults(gateway, schema).below(schema, document, "", 0):
        errors.append(error)
        if len(errors) == MAXIMUM_ERRORS:
            break
    return "[" + ", ".join(errors) + "]"


class _Faults:
    """Walks a document beside its schema and says what does not fit."""

    def __init__(self, gateway: Any, root: Any) -> None:  # noqa: ANN401
        self._gateway = gateway
        self._root = root

    def below(self, schema: Any, value: Any, place: str, depth: int, root: Any = None) -> Iterator[str]:  # noqa: ANN401
        root = self._root if root is None else root
        while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and depth < MAXIMUM_DEPTH:
            schema, root = self._gateway._resolve_schema_ref(schema["$ref"], root)
            depth += 1
        if not isinstance(schema, dict) or depth >= MAXIMUM_DEPTH:
            return
        if self._fits(schema, value, root):
            return
        told = False
        for fault in self._own(schema, value):
            told = True
            yield f"{place}: {fault}" if place else fault
        for inner in schema.get("allOf", []):
            for fault in self.below(inner, value, place, depth + 1, root):
                told = True
                yield fault
        for name, inner, item in self._children(schema, value):
            for fault in self.below(inner, item, f"{place}/{name}", depth + 1, root):
                told = True
                yield fault
        if not told:
            combination = next((name for name in ("anyOf", "oneOf", "not") if name in schema), "schema")
            fault = f"instance failed to match the schema ({combination})"
            yield f"{place}: {fault}" if place else fault

    def _fits(self, schema: Any, value: Any, root: Any) -> bool:  # noqa: ANN401
        try:
            return bool(self._gateway._json_schema_valid(schema, value, root))
        except Exception:  # noqa: BLE001 - a loop in the schema: upstream's own exception
            return True

    def _children(self, schema: dict[str, Any], value: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
        if isinstance(value, dict):
            extra = schema.get("additionalProperties")
            for name, item in value.items():
                if name in schema.get("properties", {}):
                    yield name, schema["properties"][name], item
                elif isinstance(extra, dict):
                    yield name, extra, item
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for index, item in enumerate(value):
                yield str(index), schema["items"], item

    def _own(self, schema: dict[str, Any], value: Any) -> Iterator[str]:  # noqa: ANN401
        allowed = schema.get("type")
        allowed = [allowed] if isinstance(allowed, str) else allowed
        if allowed and not any(_has_type(value, name) for name in allowed):
            yield (
                f"instance type ({_type_name(value)}) does not match any allowed primitive type "
                f"(allowed: {_names(allowed)})"
            )
            return
        if "enum" in schema and value not in schema["enum"]:
            yield (
                f"instance value ({json.dumps(value)}) not found in enum "
                f"(possible values: {_names(schema['enum'])})"
            )
        if isinstance(value, dict):
            yield from _object_faults(schema, value)
        elif isinstance(value, list):
            yield from _array_faults(schema, value)
        elif isinstance(value, str):
            yield from _string_faults(schema, value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield from _number_faults(schema, value)


def _names(values: Any) -> str:  # noqa: ANN401
    return json.dumps(values, separators=(",", ":"))


def _has_type(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES.get(name, (object,)))


def _type_name(value: object) -> str:
    return next(name for name in TYPES if _has_type(value, name))


def _object_faults(schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
    missing = sorted(name for name in schema.get("required", []) if name not in value)
    if missing:
        yield f"object has missing required properties ({_names(missing)})"
    if schema.get("additionalProperties") is False:
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        unknown = [
            name for name in value if name not in known and not any(re.search(p, name) for p in patterns)
        ]
        if unknown:
            yield f"object instance has properties which are not allowed by the schema: {_names(unknown)}"
    low, high = schema.get("minProperties", 0), schema.get("maxProperties", len(value))
    if len(value) < low:
        yield f"object has too few properties (found {len(value)} but schema requires at least {low})"
    if len(value) > high:
        yield f"object has too many properties (found {len(value)} but schema requires at most {high})"


def _array_faults(schema: Mapping[str, Any], value: list[Any]) -> Iterator[str]:
    low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if len(value) < low:
        yield f"array is too short: must have at least {low} elements but instance has {len(value)} elements"
    if len(value) > high:
        yield f"array is too long: must have at most {high} elements but instance has {len(value)} elements"
    if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
        yield "array must not contain duplicate elements"


def _string_faults(schema: Mapping[str, Any], value: str) -> Iterator[str]:
    shown = json.dumps(value[:80])
    if len(value) < schema.get("minLength", 0):
        yield f"string {shown} is too short (length: {len(value)}, required minimum: {schema['minLength']})"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"string {shown} is too long (length: {len(value)}, maximum allowed: {schema['maxLength']})"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"ECMA 262 regex {json.dumps(schema['pattern'])} does not match input string {shown}"
    elif "format" in schema:
        yield from _format_faults(schema["format"], value)


def _format_faults(name: str, value: str) -> Iterator[str]:
    from ministack.services import apigateway_v1  # noqa: PLC0415 - after the environment is set

    check = apigateway_v1._JSON_FORMATS.get(name)
    if check and not check(value):
        yield f"string {json.dumps(value[:80])} is invalid against requested format {name}"


def _number_faults(schema: Mapping[str, Any], value: float) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") is True and value == low)):
        yield f"numeric instance is lower than the required minimum (minimum: {low}, found: {value})"
    if high is not None and (value > high or (schema.get("exclusiveMaximum") is True and value == high)):
        yield f"numeric instance is greater than the required maximum (maximum: {high}, found: {value})"
    if "multipleOf" in schema and value % schema["multipleOf"]:
        yield f"remainder of division is not zero ({value} / {schema['multipleOf']})"
