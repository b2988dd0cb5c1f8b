"""The published contract: valid, up to date, and the same as what the functions do."""

import json
from typing import Any

import pytest
import yaml
from omnitrack import api
from omnitrack.contract import STATUSES, error_codes
from omnitrack.domain import errors
from omnitrack.domain.errors import OmniTrackError
from omnitrack.handlers import twin
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from components.openapi_import import GATEWAY_RESPONSES
from functions import openapi
from tests.functions import calls
from tests.functions.alert_fakes import alert
from tests.functions.conftest import World
from tests.functions.test_twin_api import BODIES


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(yaml.safe_load(openapi.DOCUMENT.read_text()))


def validator(document: dict[str, Any], schema: dict[str, Any]) -> OAS31Validator:
    return OAS31Validator({**schema, "components": document["components"]})


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, o) for path, item in document["paths"].items() for method, o in item.items()]


def test_the_document_is_what_the_routes_say() -> None:
    assert openapi.main(["--check"]) == 0


def test_a_document_that_differs_fails_the_check(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "DOCUMENT", tmp_path / "openapi.yaml")
    assert openapi.main(["--check"]) == 1
    assert "run python -m functions.openapi" in capsys.readouterr().err
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_every_operation_names_its_function_its_permission_and_its_errors(document: dict[str, Any]) -> None:
    declared = {(route.path, route.method.lower()): route for route in api.ROUTES}
    assert {(path, method) for path, method, _ in operations(document)} == set(declared)
    for path, method, operation in operations(document):
        route = declared[path, method]
        public = route.permission is None
        assert path.startswith("/v1/")
        assert operation["x-omnitrack-function"] == route.function
        assert operation["x-omnitrack-permission"] == (route.permission or "public")
        assert (operation["security"] == []) == public
        assert ("401" in operation["responses"]) != public
        assert {"400", "403", "429", "500", "503"} <= set(operation["responses"])


def test_every_path_parameter_is_declared(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_every_code_of_an_error_is_documented_with_its_status_and_its_meaning(
    document: dict[str, Any],
) -> None:
    codes = error_codes()
    assert document["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["enum"] == list(codes)
    for code, (status, meaning) in codes.items():
        assert f"| `{code}` | {status} | {meaning} |" in document["info"]["description"]
    declared = {
        kind.code: next(STATUSES[parent] for parent in kind.__mro__ if parent in STATUSES)
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, OmniTrackError) and issubclass(kind, tuple(STATUSES))
    }
    assert {code: codes[code][0] for code in declared} == declared
    assert {code for _, code, _ in GATEWAY_RESPONSES.values()} <= set(codes)


def test_every_status_that_a_route_can_answer_is_documented(document: dict[str, Any]) -> None:
    statuses = {str(status) for status, code, _ in GATEWAY_RESPONSES.values() if status}
    for path, _, operation in operations(document):
        signed_in, has_path, has_body = bool(operation["security"]), "{" in path, "requestBody" in operation
        unless = {"401": signed_in, "404": has_path, "415": has_body}
        assert {s for s in statuses if unless.get(s, True)} <= set(operation["responses"])


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_schemas_stay_convertible_to_openapi_3_0(document: dict[str, Any]) -> None:
    text = json.dumps(document["components"]["schemas"])
    for word in (
        "const",
        "examples",
        "null",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "patternProperties",
        "$defs",
    ):
        assert f'"{word}"' not in text


def test_examples_keep_to_their_schemas(document: dict[str, Any]) -> None:
    checked = 0
    for _, _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (body["content"]["application/json"] for body in bodies if "content" in body):
            if "example" in content:
                validator(document, content["schema"]).validate(content["example"])
                checked += 1
    assert checked >= 10


def test_examples_of_parameters_are_what_the_functions_take(document: dict[str, Any], world: World) -> None:
    assert world.network is not None
    taken = 0
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", []):
            validator(document, parameter["schema"]).validate(parameter["example"])
            if parameter["in"] == "query":
                example = parameter["example"]
                sent = example if isinstance(example, str) else json.dumps(example)
                if parameter["name"] == "cursor":
                    continue  # only the platform can make one that is taken
                handler = calls.HANDLERS[operation["x-omnitrack-function"]]
                reply = calls.call(
                    handler, method.upper(), path, groups="[admin]", query={parameter["name"]: sent}
                )
                assert reply.status == 200, (path, parameter["name"])
                taken += 1
    assert taken >= 10


@pytest.mark.parametrize(
    "sent", ["*", '"3"', 'W/"3"', '""', '"abc"', "3", "'3'", '"1", "2"', "", '"\u0662"', '"a b"', 'w/"3"']
)
def test_a_version_has_the_form_that_the_document_says(
    document: dict[str, Any], world: World, sent: str
) -> None:
    assert world.network.nodes == {}
    path = "/v1/twin/nodes/{id}"
    declared = {p["name"]: p["schema"] for p in document["paths"][path]["put"]["parameters"]}
    reply = calls.call(
        twin.handler, "PUT", path, path={"id": "a"}, body=calls.NODE, headers={"If-Match": sent}
    )
    assert (reply.status == 412) == validator(document, declared["If-Match"]).is_valid(sent)


def sayable(body: Any) -> bool:
    """Whether a JSON schema can say what is wrong: no order of two numbers, and no number that is none."""
    return (
        isinstance(body, dict)
        and body.get("temperatureRange") != {"minimum": 9, "maximum": 1}
        and body.get("capacity") == body.get("capacity")
    )


@pytest.mark.parametrize("body", [body for body, _ in BODIES if sayable(body)])
def test_the_schema_refuses_the_bodies_that_the_function_refuses(document: dict[str, Any], body: Any) -> None:
    assert not validator(document, {"$ref": "#/components/schemas/Node"}).is_valid(body)


def test_answers_of_the_functions_keep_to_the_document(document: dict[str, Any], world: World) -> None:
    def check(method: str, path: str, **options: Any) -> None:
        operation = document["paths"][path][method.lower()]
        handler = calls.HANDLERS[operation["x-omnitrack-function"]]
        options.setdefault("groups", "[admin]")
        reply = calls.call(handler, method, path, path=calls.PATH, **options)
        response = operation["responses"][str(reply.status)]
        if reply.text:
            validator(document, response["content"]["application/json"]["schema"]).validate(reply.json)
        else:
            assert "content" not in response

    assert world.checks
    node, lane = "/v1/twin/nodes/{id}", "/v1/twin/lanes/{from}/{to}"
    check("GET", "/v1/health", groups=None)
    world.checks["table"] = lambda: 1 / 0
    check("GET", "/v1/health", groups=None)
    check("OPTIONS", "/v1/twin", groups=None)
    check("GET", node)
    check("PUT", node, body=calls.NODE)
    check(
        "PUT",
        node,
        body={**calls.NODE, "temperatureRange": {"minimum": 1, "maximum": 2}},
        headers={"If-Match": "*"},
    )
    check("PUT", node, body=calls.NODE)
    check("PUT", node, body={})
    check("PUT", node, body="x", headers={"Content-Type": "text/plain"})
    check("GET", node)
    check("PUT", lane, body=calls.LANE)
    check("GET", "/v1/twin")
    check("GET", "/v1/twin", query={"summary": ""})
    check("GET", "/v1/twin", groups=None)
    check("GET", "/v1/twin", groups="[]")
    check("DELETE", node)
    check("DELETE", lane, headers={"If-Match": '"7"'})
    check("DELETE", lane)
    check("DELETE", node)
    key = {"Idempotency-Key": "k"}
    check("PUT", node, body=calls.NODE, headers=key)
    check("PUT", node, body={**calls.NODE, "capacity": 7}, headers=key)
    world.alerts.alerts["a"] = alert(id="a")
    acknowledge = "/v1/alerts/{id}/acknowledge"
    for _ in range(2):
        check("PUT", acknowledge)
        check("GET", "/v1/alerts")
    del world.alerts.alerts["a"]
    check("PUT", acknowledge)
    for headers in ({}, {}, {"If-Match": "*"}):
        check("PUT", "/v1/sustainability/thresholds", body=calls.THRESHOLDS, headers=headers)
    check("GET", "/v1/sustainability")
    check("GET", "/v1/audit")
    check("GET", "/v1/audit", query={"from": "yesterday"})
