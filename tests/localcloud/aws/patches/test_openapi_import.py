"""REST APIs from OpenAPI documents, on a running local cloud."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.cloud

ECHO = """
import json
def handler(event, context):
    kept = ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "body")
    body = {name: event[name] for name in kept}
    body["authorizer"] = event["requestContext"].get("authorizer")
    body["cookies"] = event["multiValueHeaders"].get("cookie")
    return {"statusCode": 200, "body": json.dumps(body)}
"""
NAME_THE_FIELD = (
    '{"message": $context.error.messageString, "details": "$context.error.validationErrorString", '
    '"id": "$context.requestId", "type": "$context.error.responseType"}'
)


def integration(bench: Any, function: str) -> dict[str, Any]:
    path = f"lambda:path/2015-03-31/functions/{function}/invocations"
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:{bench.cloud.region}:{path}",
        "timeoutInMillis": 5000,
        "passthroughBehavior": "never",
        "credentials": "arn:aws:iam::123456789012:role/caller",
    }


def document(bench: Any, function: str, **more: Any) -> dict[str, Any]:
    target = integration(bench, function)
    node = {"$ref": "#/components/schemas/Node"}
    return {
        "openapi": "3.0.1",
        "info": {"title": "twin", "description": "the twin", "version": "1"},
        "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "supply"}],
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-gateway-responses": {
            "BAD_REQUEST_BODY": {
                "statusCode": "400",
                "responseTemplates": {"application/json": NAME_THE_FIELD},
                "responseParameters": {
                    "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
                    "gatewayresponse.header.Vary": "'Origin'",
                },
            },
            "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X-Always": "'yes'"}},
        },
        "paths": {
            "/v1/nodes/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {
                    "operationId": "readNode",
                    "parameters": [{"$ref": "#/components/parameters/Fields"}],
                    "responses": {
                        "200": {"description": "ok", "content": {"application/json": {"schema": node}}}
                    },
                    "x-amazon-apigateway-integration": target,
                },
                "put": {
                    "operationId": "writeNode",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": node}}},
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": target,
                },
                "options": {
                    "responses": {
                        "204": {"description": "ok", "headers": {"Access-Control-Allow-Origin": {}}}
                    },
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 204}'},
                        "responses": {
                            "default": {
                                "statusCode": "204",
                                "responseParameters": {
                                    "method.response.header.Access-Control-Allow-Origin": "'https://a.example'"
                                },
                                "responseTemplates": {"application/json": ""},
                            }
                        },
                    },
                },
            }
        },
        "components": {
            "parameters": {"Fields": {"name": "fields", "in": "query", "required": True, "schema": {}}},
            "schemas": {
                "Place": {
                    "type": "object",
                    "required": ["city"],
                    "properties": {"city": {"type": "string", "minLength": 2}},
                },
                "Named": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
                "Node": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Named"},
                        {
                            "type": "object",
                            "properties": {
                                "place": {"$ref": "#/components/schemas/Place"},
                                "capacity": {"type": "integer", "minimum": 1, "nullable": True},
                                "kind": {"type": "string", "enum": ["port", "warehouse"], "nullable": True},
                                "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
                            },
                        },
                    ]
                },
            },
        },
        **more,
    }


def imported(bench: Any, content: dict[str, Any]) -> str:
    api = bench.client("apigateway").import_rest_api(body=json.dumps(content).encode())["id"]
    deploy(bench, api)
    return str(api)


def put(bench: Any, api: str, content: dict[str, Any], mode: str = "overwrite") -> dict[str, Any]:
    sent = json.dumps(content).encode()
    return dict(bench.client("apigateway").put_rest_api(restApiId=api, mode=mode, body=sent))


def deploy(bench: Any, api: str) -> None:
    bench.client("apigateway").create_deployment(restApiId=api, stageName="test")


def call(bench: Any, api: str, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return bench.call(f"/_aws/execute-api/{api}/test{path}", method=method, body=sent, **headers)


@pytest.fixture
def echo(workbench: Any) -> str:
    return str(workbench.function(ECHO))


@pytest.fixture
def api(workbench: Any, echo: str) -> str:
    return imported(workbench, document(workbench, echo))


def test_the_api_takes_name_description_and_tags_of_the_document(workbench: Any, api: str) -> None:
    found = workbench.client("apigateway").get_rest_api(restApiId=api)
    assert (found["name"], found["description"], found["version"]) == ("twin", "the twin", "1")
    assert found["tags"] == {"team": "supply"}


def test_every_member_of_an_integration_is_kept(workbench: Any, api: str) -> None:
    gateway = workbench.client("apigateway")
    resources = gateway.get_resources(restApiId=api, limit=100)["items"]
    resource = next(one["id"] for one in resources if one["path"] == "/v1/nodes/{id}")
    found = gateway.get_integration(restApiId=api, resourceId=resource, httpMethod="GET")
    assert (found["type"], found["httpMethod"], found["timeoutInMillis"]) == ("AWS_PROXY", "POST", 5000)
    assert found["passthroughBehavior"] == "NEVER"
    assert found["credentials"] == "arn:aws:iam::123456789012:role/caller"
    method = gateway.get_method(restApiId=api, resourceId=resource, httpMethod="GET")
    assert method["operationName"] == "readNode"
    assert method["requestParameters"] == {
        "method.request.path.id": True,
        "method.request.querystring.fields": True,
    }
    assert method["methodResponses"]["200"]["responseModels"] == {"application/json": "Node"}
    mock = gateway.get_integration(restApiId=api, resourceId=resource, httpMethod="OPTIONS")
    assert mock["requestTemplates"] == {"application/json": '{"statusCode": 204}'}
    assert mock["integrationResponses"]["204"]["statusCode"] == "204"


def test_a_call_reaches_the_function(workbench: Any, api: str) -> None:
    answer = call(workbench, api, "/v1/nodes/n-1?fields=a")
    assert answer.status == 200, answer.body
    assert answer.document["pathParameters"] == {"id": "n-1"}


def test_a_mock_answers_with_its_headers(workbench: Any, api: str) -> None:
    answer = call(workbench, api, "/v1/nodes/n-1", method="OPTIONS")
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


def test_a_missing_parameter_is_named(workbench: Any, api: str) -> None:
    answer = call(workbench, api, "/v1/nodes/n-1")
    assert answer.status == 400
    assert answer.document["message"] == "Missing required request parameters: [fields]"
    assert answer.headers["x-always"] == "yes"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, 'object has missing required properties (["name"])'),
        ({"name": 7}, "/name: instance type (integer) does not match any allowed primitive type"),
        ({"name": "a", "place": {}}, '/place: object has missing required properties (["city"])'),
        ({"name": "a", "place": {"city": "x"}}, '/place/city: string "x" is too short'),
        ({"name": "a", "capacity": 0}, "/capacity: numeric instance is lower than the required minimum"),
        ({"name": "a", "kind": "moon"}, '/kind: instance value ("moon") not found in enum'),
        ({"name": "a", "tags": ["a", "b", "c"]}, "/tags: array is too long"),
        ({"name": "a", "tags": [1]}, "/tags/0: instance type (integer)"),
        (b"{nonsense", "Unable to parse JSON request body"),
    ],
)
def test_a_wrong_body_is_refused_by_the_name_of_its_field(
    workbench: Any, api: str, body: Any, detail: Any
) -> None:
    answer = call(workbench, api, "/v1/nodes/n-1", "PUT", body, Origin="https://a.example")
    assert answer.status == 400, answer.body
    assert answer.document["message"] == "Invalid request body"
    assert detail in answer.document["details"]
    assert answer.document["type"] == "BAD_REQUEST_BODY"
    assert answer.document["id"] == answer.headers["x-amzn-requestid"]
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a"},
        {"name": "a", "capacity": None, "kind": None},
        {"name": "a", "place": {"city": "Bremen"}, "tags": ["x"]},
    ],
)
def test_a_right_body_passes(workbench: Any, api: str, body: Any) -> None:
    assert call(workbench, api, "/v1/nodes/n-1", "PUT", body).status == 200


def test_a_second_import_keeps_the_ids_of_what_stays(workbench: Any, echo: str, api: str) -> None:
    def ids() -> tuple[Any, ...]:
        gateway = workbench.client("apigateway")
        resources = gateway.get_resources(restApiId=api, limit=100)["items"]
        validators = gateway.get_request_validators(restApiId=api)["items"]
        models = gateway.get_models(restApiId=api)["items"]
        return (
            {one["path"]: one["id"] for one in resources},
            {one["name"]: one["id"] for one in validators},
            {one["name"]: one["id"] for one in models},
        )

    before = ids()
    content = document(workbench, echo)
    content["paths"]["/v1/lanes"] = {"get": content["paths"]["/v1/nodes/{id}"]["get"]}
    put(workbench, api, content)
    after = ids()
    assert [earlier.items() <= later.items() for earlier, later in zip(before, after, strict=True)] == [
        True
    ] * 3
    assert set(after[0]) - set(before[0]) == {"/v1/lanes"}


def test_overwriting_removes_what_is_gone(workbench: Any, echo: str, api: str) -> None:
    content = document(workbench, echo)
    del content["x-amazon-apigateway-gateway-responses"]
    content["paths"] = {"/v2": {"get": {"x-amazon-apigateway-integration": integration(workbench, echo)}}}
    put(workbench, api, content)
    deploy(workbench, api)
    gateway = workbench.client("apigateway")
    assert {one["path"] for one in gateway.get_resources(restApiId=api)["items"]} == {"/", "/v2"}
    assert gateway.get_gateway_response(restApiId=api, responseType="DEFAULT_4XX")["defaultResponse"]
    assert call(workbench, api, "/v1/nodes/n-1?fields=a").status == 403
    assert call(workbench, api, "/v2").status == 200


def test_merging_keeps_what_the_document_does_not_name(workbench: Any, echo: str, api: str) -> None:
    content = document(workbench, echo)
    content["paths"] = {"/v2": {"get": {"x-amazon-apigateway-integration": integration(workbench, echo)}}}
    put(workbench, api, content, mode="merge")
    deploy(workbench, api)
    assert call(workbench, api, "/v1/nodes/n-1?fields=a").status == 200
    assert call(workbench, api, "/v2").status == 200


def test_a_cognito_authorizer_guards_the_operations_that_ask_for_it(workbench: Any, echo: str) -> None:
    pool = workbench.client("cognito-idp").create_user_pool(PoolName=uuid.uuid4().hex)["UserPool"]["Arn"]
    content = document(workbench, echo, security=[{"users": []}])
    content["components"]["securitySchemes"] = {
        "users": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [pool]},
        }
    }
    content["paths"]["/v1/health"] = {
        "get": {"security": [], "x-amazon-apigateway-integration": integration(workbench, echo)}
    }
    api = imported(workbench, content)
    assert call(workbench, api, "/v1/nodes/n-1?fields=a").status == 401
    assert call(workbench, api, "/v1/health").status == 200
    authorizers = workbench.client("apigateway").get_authorizers(restApiId=api)["items"]
    assert [(one["name"], one["type"], one["providerARNs"]) for one in authorizers] == [
        ("users", "COGNITO_USER_POOLS", [pool])
    ]


def test_yaml_is_read_with_dates_as_text(workbench: Any) -> None:
    text = """
openapi: 3.0.1
info: {title: dated, version: 2026-01-01}
paths:
  /a:
    get:
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
"""
    found = workbench.client("apigateway").import_rest_api(body=text.encode())
    assert found["version"] == "2026-01-01"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"openapi": "3.1.0"}, "only OpenAPI 3.0"),
        ({"info": {}}, "info.title is missing"),
        ({"x-amazon-apigateway-request-validator": "none"}, "no request validator none"),
        ({"x-amazon-apigateway-gateway-responses": {"TEAPOT": {}}}, "Invalid gateway response type: TEAPOT"),
        ({"security": [{"nobody": []}]}, "nobody names no security scheme"),
        ({"components": {"schemas": {"Bad-Name": {}}}}, "Model name must be alphanumeric: Bad-Name"),
        ({"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}, "Unable to resolve"),
    ],
)
def test_a_document_with_a_fault_is_refused_and_changes_nothing(
    workbench: Any, echo: str, api: str, change: Any, message: Any
) -> None:
    with pytest.raises(ClientError, match=message) as raised:
        put(workbench, api, document(workbench, echo) | change)
    assert raised.value.response["Error"]["Code"] == "BadRequestException"
    assert call(workbench, api, "/v1/nodes/n-1?fields=a").status == 200


def test_a_refused_import_leaves_no_api_behind(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    with pytest.raises(ClientError):
        gateway.import_rest_api(body=b'{"openapi": "2.0"}')
    assert gateway.get_rest_apis()["items"] == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a%20b", "a b"), ("M%C3%BCnchen", "München"), ("50%25", "50%"), ("a+b", "a+b")],
)
def test_path_parameters_are_decoded(workbench: Any, api: str, path: Any, expected: Any) -> None:
    answer = call(workbench, api, f"/v1/nodes/{path}?fields=a")
    assert (answer.status, answer.document.get("pathParameters")) == (200, {"id": expected})


def test_repeated_query_parameters_all_arrive(workbench: Any, api: str) -> None:
    answer = call(workbench, api, "/v1/nodes/n-1?fields=a&fields=b%26c&empty=")
    assert answer.document["multiValueQueryStringParameters"] == {"fields": ["a", "b&c"], "empty": [""]}
    assert answer.document["queryStringParameters"]["fields"] == "b&c"
