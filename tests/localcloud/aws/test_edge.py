"""The edge: one port for the platform's API, AWS's form of an API's address, and the AWS APIs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud import control
from localcloud.control import LocalCloud
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud

ECHO = """
    import json
    def handler(event, context):
        return {"statusCode": 200, "body": json.dumps(event)}
"""


def test_v1_is_served_by_the_development_api_and_hosts_name_the_others(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    bench = workbench_of(control.start(home))
    assert bench.call("/v1/health").status == 404
    error = bench.call("/v1/health").document["error"]
    assert "omnitrack up" in error["message"]
    assert set(error) == {"code", "message", "requestId"}
    echo = bench.function(ECHO)
    bench.api(echo, name="omnitrack-staging", stage="staging")
    assert bench.call("/v1/health").document["requestContext"]["stage"] == "staging"  # the only one
    bench.api(echo, name="omnitrack-development", stage="development")
    event = bench.call("/v1/health?limit=2").document
    assert event["requestContext"]["stage"] == "development"
    assert event["path"] == "/v1/health"
    assert event["queryStringParameters"] == {"limit": "2"}
    staging = bench.call("/v1/twin", host="staging-api.omnitrack.ai")
    assert staging.document["requestContext"]["stage"] == "staging"
    assert bench.call("/v1/twin", host="api.omnitrack.ai").status == 404


def test_an_api_of_another_account_is_served_without_credentials(workbench: Workbench) -> None:
    api = workbench.api(workbench.function(ECHO))
    assert workbench.call(f"/_aws/execute-api/{api}/test/v1/x").document["requestContext"]["apiId"] == api


def test_an_api_answers_under_its_aws_host(workbench: Workbench) -> None:
    api = workbench.api(workbench.function(ECHO))
    answer = workbench.call("/test/v1/x", host=f"{api}.execute-api.us-east-1.amazonaws.com")
    assert answer.document["path"] == "/v1/x"


def test_signed_calls_below_v1_reach_aws_apis(workbench: Workbench) -> None:
    assert workbench.client("pipes").list_pipes()["Pipes"] == []


def test_a_web_page_cannot_reset_or_save_the_cloud(workbench: Workbench) -> None:
    for path in ("/_ministack/reset", "/_omnitrack/save"):
        assert workbench.call(path, method="POST", Origin="https://example.org").status == 403


def test_the_event_carries_the_forwarding_headers_and_ids_of_the_answer(workbench: Workbench) -> None:
    api = workbench.api(workbench.function(ECHO))
    trace = "Root=1-65f0a1b2-0123456789abcdef01234567"
    answer = workbench.call(
        f"/_aws/execute-api/{api}/test/x", X_Forwarded_For="203.0.113.9", X_Amzn_Trace_Id=trace
    )
    event = answer.document
    assert event["headers"]["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert event["headers"]["X-Forwarded-Proto"] == "http"
    assert event["headers"]["X-Forwarded-Port"] == str(workbench.cloud.port)
    assert event["headers"]["X-Amzn-Trace-Id"] == trace
    assert event["multiValueHeaders"]["X-Amzn-Trace-Id"] == [trace]
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert answer.headers["x-amzn-requestid"] == event["requestContext"]["requestId"]
    assert answer.headers["x-amz-apigw-id"] == event["requestContext"]["extendedRequestId"]
    assert answer.headers["x-amzn-trace-id"] == trace


def test_an_answer_in_another_form_is_a_502_without_details(workbench: Workbench) -> None:
    api = workbench.api(workbench.function("def handler(event, context): return {'secret': 1}"))
    response = workbench.call(f"/_aws/execute-api/{api}/test/x")
    assert (response.status, response.body) == (502, b'{"message": "Internal server error"}')


def test_an_exception_is_a_502_without_details(workbench: Workbench) -> None:
    api = workbench.api(workbench.function("def handler(event, context): raise ValueError('secret')"))
    response = workbench.call(f"/_aws/execute-api/{api}/test/x")
    assert (response.status, response.body) == (502, b'{"message": "Internal server error"}')
    assert response.headers["x-amzn-errortype"] == "InternalServerErrorException"


def test_a_502_carries_the_headers_of_the_gateway_response_for_server_errors(workbench: Workbench) -> None:
    api = workbench.api(workbench.function("def handler(event, context): raise ValueError('secret')"))
    gateway = workbench.client("apigateway")
    gateway.put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'https://example.org'"},
    )
    gateway.create_deployment(restApiId=api, stageName="test")
    response = workbench.call(f"/_aws/execute-api/{api}/test/x")
    assert response.status == 502
    assert response.headers["access-control-allow-origin"] == "https://example.org"


def test_bodies_above_ten_megabytes_are_refused(workbench: Workbench) -> None:
    api = workbench.api(
        workbench.function("def handler(event, context): return {'statusCode': 204, 'body': ''}")
    )
    path = f"/_aws/execute-api/{api}/test/x"
    assert workbench.call(path, method="POST", body=b"x" * (10 * 1024 * 1024 + 1)).status == 413
    assert workbench.call(path, method="POST", body=b"x" * 1024).status == 204
