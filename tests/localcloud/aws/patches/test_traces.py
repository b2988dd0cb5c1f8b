"""X-Ray on a running local cloud: what functions, stages and callers write, and what is read of it."""

import json
import secrets
import socket
import time
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

# Sends what aws-xray-sdk sends: a header line, then the subsegment, to the address that Lambda gives.
TRACING = """
    import json, os, secrets, socket, time
    def handler(event, context):
        trace = dict(part.split("=") for part in os.environ["_X_AMZN_TRACE_ID"].split(";"))
        host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
        document = {
            "trace_id": trace["Root"], "parent_id": trace["Parent"], "id": secrets.token_hex(8),
            "type": "subsegment", "name": "## handler", "start_time": time.time(), "end_time": time.time(),
            "annotations": {"ColdStart": True, "Service": "tests", "Count": 3},
            "subsegments": [{"id": secrets.token_hex(8), "name": "DynamoDB", "namespace": "aws",
                "start_time": time.time(), "end_time": time.time(), "aws": {"operation": "GetItem"}}],
        }
        text = '{"format": "json", "version": 1}\\n' + json.dumps(document)
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(text.encode(), (host, int(port)))
        return {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}
"""


def active(bench: Any, function: str) -> None:
    functions = bench.client("lambda")
    functions.update_function_configuration(FunctionName=function, TracingConfig={"Mode": "Active"})
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)


def segments(bench: Any, trace_id: str) -> dict[str, dict[str, Any]]:
    """The segments of a trace by their origins."""
    found = bench.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    documents = [json.loads(one["Document"]) for trace in found for one in trace["Segments"]]
    return {document["origin"]: document for document in documents}


def new_trace() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def segment(trace_id: str, **more: Any) -> dict[str, Any]:
    times = {"start_time": time.time() - 1, "end_time": time.time()}
    return {"trace_id": trace_id, "id": secrets.token_hex(8), "name": "caller", **times, **more}


def test_one_trace_goes_from_the_stage_through_the_function_to_its_calls(
    workbench: Any, eventually: Any
) -> None:
    function = workbench.function(TRACING)
    active(workbench, function)
    api = workbench.api(function)
    patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
    workbench.client("apigateway").update_stage(restApiId=api, stageName="test", patchOperations=patch)
    root = new_trace()
    answer = workbench.call(f"/_aws/execute-api/{api}/test/x?q=1", X_Amzn_Trace_Id=f"Root={root}")
    assert answer.status == 200
    eventually(lambda: "subsegments" in segments(workbench, root).get("AWS::Lambda::Function", {}))
    found = segments(workbench, root)
    assert set(found) == {"AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function"}
    stage, service, code = (
        found[origin] for origin in ("AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function")
    )
    assert stage["http"]["response"]["status"] == 200
    assert stage["http"]["request"]["method"] == "GET"
    assert service["parent_id"] == stage["subsegments"][0]["id"]
    assert code["parent_id"] == service["id"]
    handler = code["subsegments"][0]
    assert (handler["parent_id"], handler["subsegments"][0]["name"]) == (code["id"], "DynamoDB")


def test_summaries_tell_of_annotations_http_and_faults(workbench: Any, eventually: Any) -> None:
    function = workbench.function(TRACING)
    active(workbench, function)
    begin = time.time() - 1
    workbench.invoke(function)
    failing = workbench.function("def handler(event, context): raise ValueError")
    active(workbench, failing)
    workbench.invoke(failing)
    xray = workbench.client("xray")

    def summaries() -> list[dict[str, Any]]:
        found = xray.get_trace_summaries(StartTime=begin, EndTime=time.time() + 1)["TraceSummaries"]
        return [one for one in found if one["Annotations"] or one["HasFault"]]

    eventually(lambda: len(summaries()) == 2)
    good, bad = sorted(summaries(), key=lambda one: bool(one["HasFault"]))
    values = {name: entries[0]["AnnotationValue"] for name, entries in good["Annotations"].items()}
    assert values == {
        "ColdStart": {"BooleanValue": True},
        "Service": {"StringValue": "tests"},
        "Count": {"NumberValue": 3},
    }
    assert bad["HasFault"]
    assert good["EntryPoint"]["Type"] == "AWS::Lambda"
    assert xray.get_trace_summaries(StartTime=0, EndTime=1)["TraceSummaries"] == []


def test_what_is_put_is_read_by_its_account_alone(workbench: Any) -> None:
    xray, root = workbench.client("xray"), new_trace()
    first = segment(root, http={"response": {"status": 503}}, fault=True)
    inner = segment(root, parent_id=first["id"], type="subsegment", name="inner")
    documents = [json.dumps(inner), json.dumps(first), "{", json.dumps({"id": "x"})]
    refused = xray.put_trace_segments(TraceSegmentDocuments=documents)["UnprocessedTraceSegments"]
    assert len(refused) == 2
    (trace,) = xray.batch_get_traces(TraceIds=[root])["Traces"]
    (document,) = [json.loads(one["Document"]) for one in trace["Segments"]]
    assert [one["name"] for one in document["subsegments"]] == ["inner"]
    other = type(workbench)(cloud=workbench.cloud, account=f"{int(workbench.account[::-1]):012d}"[:12])
    assert other.client("xray").batch_get_traces(TraceIds=[root])["Traces"] == []


def test_a_function_without_active_tracing_and_an_unsampled_request_leave_no_trace(workbench: Any) -> None:
    function = workbench.function("def handler(event, context): return {'statusCode': 200, 'body': ''}")
    api = workbench.api(function)
    patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
    workbench.client("apigateway").update_stage(restApiId=api, stageName="test", patchOperations=patch)
    traced, untraced = new_trace(), new_trace()
    path = f"/_aws/execute-api/{api}/test/x"
    workbench.call(path, X_Amzn_Trace_Id=f"Root={traced};Sampled=1")
    workbench.call(path, X_Amzn_Trace_Id=f"Root={untraced};Sampled=0")
    assert set(segments(workbench, traced)) == {"AWS::ApiGateway::Stage"}
    assert segments(workbench, untraced) == {}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_trace_summaries", {"StartTime": 0, "EndTime": 1, "FilterExpression": "fault"}),
        ("get_trace_summaries", {"StartTime": 2, "EndTime": 1}),
        ("get_trace_summaries", {"StartTime": 0, "EndTime": 90_000}),
        ("batch_get_traces", {"TraceIds": ["1-x"] * 6}),
        ("put_trace_segments", {"TraceSegmentDocuments": ["{}"] * 51}),
    ],
)
def test_what_x_ray_refuses_is_refused(workbench: Any, operation: str, arguments: dict[str, Any]) -> None:
    xray = workbench.client("xray")
    with pytest.raises(xray.exceptions.InvalidRequestException):
        getattr(xray, operation)(**arguments)


@pytest.mark.parametrize(
    ("action", "told"), [("xray:PutTraceSegments", "HTTPStatusCode"), ("xray:GetGroups", "AccessDenied")]
)
def test_the_rights_to_write_traces_are_enforced(workbench: Any, action: str, told: str) -> None:
    source = """
        import boto3
        def handler(event, context):
            return boto3.client("xray").put_trace_segments(TraceSegmentDocuments=["{}"])["ResponseMetadata"]
    """
    grant = [{"Effect": "Allow", "Action": action, "Resource": "*"}]
    assert told in json.dumps(workbench.invoke(workbench.function(source, statements=grant)))


def test_junk_that_reaches_the_daemon_ends_nothing(workbench: Any, eventually: Any) -> None:
    source = """
        import os
        def handler(event, context): return os.environ["AWS_XRAY_DAEMON_ADDRESS"]
    """
    host, port = workbench.invoke(workbench.function(source)).split(":")
    assert host == "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for junk in (
            b"",
            b"\n",
            b"\xff\n\xff",
            b"{}\n[]",
            b"{}\n" + json.dumps(segment(new_trace())).encode(),
        ):
            sender.sendto(junk, (host, int(port)))
    function = workbench.function(TRACING)
    active(workbench, function)
    root = workbench.invoke(function)["body"].split(";")[0].removeprefix("Root=")
    eventually(lambda: "subsegments" in segments(workbench, root).get("AWS::Lambda::Function", {}))
