"""The gateway's finish: time limit, tokens, access log, metrics."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud import control
from localcloud.control import LocalCloud
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud

OK = "def handler(event, context): return {'statusCode': 200, 'body': 'fine'}"
FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "extendedRequestId": "$context.extendedRequestId",
        "ip": "$context.identity.sourceIp",
        "agent": "$context.identity.userAgent",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "resource": "$context.resourcePath",
        "status": "$context.status",
        "length": "$context.responseLength",
        "latency": "$context.responseLatency",
        "integrationLatency": "$context.integrationLatency",
        "integrationStatus": "$context.integration.status",
        "user": "$context.authorizer.claims.sub",
        "error": "$context.error.message",
        "trace": "$context.xrayTraceId",
        "waf": "$context.wafResponseCode",
    }
)


def with_access_log(bench: Workbench, api: str) -> str:
    group = f"/aws/apigateway/{uuid.uuid4().hex}"
    bench.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{bench.cloud.region}:{bench.account}:log-group:{group}"
    settings = {"/accessLogSettings/destinationArn": arn, "/accessLogSettings/format": FORMAT}
    bench.client("apigateway").update_stage(
        restApiId=api,
        stageName="test",
        patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in settings.items()],
    )
    return group


def lines(bench: Workbench, group: str) -> list[dict[str, str]]:
    return [
        json.loads(event["message"])
        for event in bench.client("logs").filter_log_events(logGroupName=group)["events"]
    ]


def test_a_request_leaves_one_line_in_the_access_log(workbench: Workbench) -> None:
    api = workbench.api(workbench.function(OK))
    group = with_access_log(workbench, api)
    answer = workbench.call(f"/_aws/execute-api/{api}/test/v1/twin", User_Agent='say "hi"')
    (line,) = lines(workbench, group)
    assert (
        line.items()
        >= {
            "requestId": answer.headers["x-amzn-requestid"],
            "extendedRequestId": answer.headers["x-amz-apigw-id"],
            "ip": "127.0.0.1",
            "agent": 'say "hi"',
            "method": "GET",
            "path": "/test/v1/twin",
            "resource": "/{proxy+}",
            "status": "200",
            "length": "4",
            "integrationStatus": "200",
            "user": "-",
            "error": "-",
        }.items()
    )
    assert line["trace"] in answer.headers["x-amzn-trace-id"]
    assert 0 < int(line["integrationLatency"]) <= int(line["latency"])


def test_an_error_of_the_gateway_is_in_the_access_log(workbench: Workbench) -> None:
    api = workbench.api(workbench.function(OK))
    group = with_access_log(workbench, api)
    workbench.call(f"/_aws/execute-api/{api}/test")
    (line,) = lines(workbench, group)
    assert (line["status"], line["error"], line["resource"]) == ("403", "Missing Authentication Token", "-")
    assert line["integrationLatency"] == "-"


@pytest.mark.parametrize("status", [403, 418], ids=["plain", "with a body of its own"])
def test_a_block_of_the_firewall_is_in_the_access_log(workbench: Workbench, status: int) -> None:
    api = workbench.api(workbench.function(OK))
    group = with_access_log(workbench, api)
    firewall = workbench.client("wafv2")
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    custom = {"CustomResponse": {"ResponseCode": status, "CustomResponseBodyKey": "no"}}
    statement = {
        "SearchString": b"/test/bad",
        "FieldToMatch": {"UriPath": {}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
        "PositionalConstraint": "STARTS_WITH",
    }
    acl = firewall.create_web_acl(
        Name=f"acl-{uuid.uuid4().hex[:8]}",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visibility,
        CustomResponseBodies={"no": {"ContentType": "TEXT_PLAIN", "Content": "no"}},
        Rules=[
            {
                "Name": "bad",
                "Priority": 0,
                "Statement": {"ByteMatchStatement": statement},
                "Action": {"Block": {} if status == 403 else custom},
                "VisibilityConfig": visibility,
            }
        ],
    )["Summary"]["ARN"]
    stage = f"arn:aws:apigateway:{workbench.cloud.region}::/restapis/{api}/stages/test"
    firewall.associate_web_acl(WebACLArn=acl, ResourceArn=stage)
    allowed = workbench.call(f"/_aws/execute-api/{api}/test/good")
    blocked = workbench.call(f"/_aws/execute-api/{api}/test/bad")
    assert (allowed.status, blocked.status) == (200, status)
    first, second = lines(workbench, group)
    assert (first["status"], first["waf"]) == ("200", "WAF_ALLOW")
    assert (second["status"], second["waf"]) == (str(status), "WAF_BLOCK")
    assert second["requestId"] == blocked.headers["x-amzn-requestid"]


def test_requests_are_counted_and_timed_by_api_and_by_stage(workbench: Workbench) -> None:
    name = f"api-{uuid.uuid4().hex[:8]}"
    api = workbench.api(workbench.function(OK), name=name)
    workbench.call(f"/_aws/execute-api/{api}/test/x")
    workbench.call(f"/_aws/execute-api/{api}/test")
    now = datetime.now(UTC)

    def total(metric: str, **dimensions: str) -> float:
        points = workbench.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": "test"}):
        assert total("Count", **dimensions) == 2
        assert total("4XXError", **dimensions) == 1
        assert total("5XXError", **dimensions) == 0
        assert total("Latency", **dimensions) > total("IntegrationLatency", **dimensions) > 0


def test_a_slow_function_is_given_up_and_runs_to_its_end(
    home: Path,
    workbench_of: Callable[[LocalCloud], Workbench],
    eventually: Callable[[Callable[[], Any]], Any],
) -> None:
    bench = workbench_of(control.start(home, integration_timeout=1.0))
    slow = """
        import time
        def handler(event, context):
            if event["path"] == "/slow":
                time.sleep(4)
                print("finished")
            return {"statusCode": 200, "body": ""}
    """
    function = bench.function(slow)
    api = bench.api(function)
    group = with_access_log(bench, api)
    eventually(lambda: bench.call(f"/_aws/execute-api/{api}/test/warm").status == 200)
    begin = time.monotonic()
    answer = bench.call(f"/_aws/execute-api/{api}/test/slow")
    assert time.monotonic() - begin < 4
    assert (answer.status, answer.document) == (504, {"message": "Endpoint request timed out"})
    assert lines(bench, group)[-1]["error"] == "Endpoint request timed out"
    logs = bench.client("logs")
    name = f"/aws/lambda/{function.rpartition(':')[2]}"
    eventually(lambda: logs.filter_log_events(logGroupName=name, filterPattern="finished")["events"])


def test_the_integrations_own_time_limit_holds(workbench: Workbench) -> None:
    function = workbench.function("import time\ndef handler(event, context): time.sleep(3)")
    api = workbench.api(function)
    gateway = workbench.client("apigateway")
    proxy = next(
        item for item in gateway.get_resources(restApiId=api)["items"] if item["path"] == "/{proxy+}"
    )
    gateway.update_integration(
        restApiId=api,
        resourceId=proxy["id"],
        httpMethod="ANY",
        patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "100"}],
    )
    gateway.create_deployment(restApiId=api, stageName="test")
    assert workbench.call(f"/_aws/execute-api/{api}/test/x").status == 504


def test_a_function_continues_the_trace_of_a_traced_request(workbench: Workbench) -> None:
    source = """
        import os
        def handler(event, context):
            return {"statusCode": 200, "body": os.environ.get("_X_AMZN_TRACE_ID", "none")}
    """
    api = workbench.api(workbench.function(source))
    assert workbench.call(f"/_aws/execute-api/{api}/test/x").body == b"none"
    workbench.client("apigateway").update_stage(
        restApiId=api,
        stageName="test",
        patchOperations=[{"op": "replace", "path": "/tracingEnabled", "value": "true"}],
    )
    answer = workbench.call(f"/_aws/execute-api/{api}/test/x")
    assert answer.body.decode().startswith(answer.headers["x-amzn-trace-id"] + ";Parent=")
    assert answer.body.endswith(b";Sampled=1")


@pytest.fixture
def tokens(workbench: Workbench) -> dict[str, str]:
    """The tokens of a new user, and the ARN of the user's pool."""
    cognito = workbench.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="ada")
    cognito.admin_set_user_password(
        UserPoolId=pool["Id"], Username="ada", Password="Correct-horse-1", Permanent=True
    )
    result = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Correct-horse-1"},
    )["AuthenticationResult"]
    return {"id": result["IdToken"], "access": result["AccessToken"], "pool": pool["Arn"]}


def test_an_id_token_is_accepted_and_its_subject_is_logged(
    workbench: Workbench, tokens: dict[str, str]
) -> None:
    api = workbench.api(workbench.function(OK), pool=tokens["pool"])
    group = with_access_log(workbench, api)
    assert workbench.call(f"/_aws/execute-api/{api}/test/x", Authorization=tokens["id"]).status == 200
    (line,) = lines(workbench, group)
    assert uuid.UUID(line["user"])


def test_an_access_token_in_place_of_an_id_token_is_refused(
    workbench: Workbench, tokens: dict[str, str]
) -> None:
    api = workbench.api(workbench.function(OK), pool=tokens["pool"])
    answer = workbench.call(f"/_aws/execute-api/{api}/test/x", Authorization=f"Bearer {tokens['access']}")
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert workbench.call(f"/_aws/execute-api/{api}/test/x").status == 401
