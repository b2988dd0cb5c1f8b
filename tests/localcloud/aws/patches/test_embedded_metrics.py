"""Log lines that are metrics, on a running local cloud."""

import json
import time
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.cloud


def line(**changes: Any) -> dict[str, Any]:
    """A line as aws-lambda-powertools writes it."""
    directive = {
        "Namespace": "OmniTrack",
        "Dimensions": [["Environment"], ["Environment", "service"]],
        "Metrics": [{"Name": "ReadingsStored", "Unit": "Count"}, {"Name": "Latency", "Unit": "Milliseconds"}],
    }
    return {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "Environment": "tests",
        "service": "sensor-ingest",
        "ReadingsStored": [3.0],
        "Latency": [10.0, 20.0],
        **changes,
    }


def total(bench: Any, name: str, **dimensions: str) -> tuple[float, float, str] | None:
    """Sum, count and unit of a metric; None where there is none."""
    found = bench.client("cloudwatch").get_metric_statistics(
        Namespace="OmniTrack",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    if not found:
        return None
    return sum(p["Sum"] for p in found), sum(p["SampleCount"] for p in found), found[0]["Unit"]


def written(bench: Any, *messages: str) -> None:
    logs, group = bench.client("logs"), f"/group/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def test_a_line_that_a_function_prints_becomes_metrics_in_each_set_of_dimensions(workbench: Any) -> None:
    source = f"""
        import json
        def handler(event, context):
            print({json.dumps(line())!r})
            print("an ordinary line")
    """
    workbench.invoke(workbench.function(source))
    assert total(workbench, "ReadingsStored", Environment="tests") == (3, 1, "Count")
    both = {"Environment": "tests", "service": "sensor-ingest"}
    assert total(workbench, "Latency", **both) == (30, 2, "Milliseconds")
    listed = workbench.client("cloudwatch").list_metrics(Namespace="OmniTrack", MetricName="Latency")[
        "Metrics"
    ]
    assert sorted(len(one["Dimensions"]) for one in listed) == [1, 2]


def test_lines_of_put_log_events_are_read_as_well(workbench: Any) -> None:
    written(workbench, json.dumps(line(ReadingsStored=2)), json.dumps(line(ReadingsStored=5)))
    assert total(workbench, "ReadingsStored", Environment="tests") == (7, 2, "Count")


def directive(**changes: Any) -> dict[str, Any]:
    made = line()
    made["_aws"]["CloudWatchMetrics"][0] |= changes
    return made


@pytest.mark.parametrize(
    "message",
    [
        json.dumps(line(ReadingsStored="3")),
        json.dumps(line(ReadingsStored=[True])),
        json.dumps(line(Environment=7)),
        json.dumps({name: value for name, value in line().items() if name != "service"}),
        json.dumps(line(_aws={"Timestamp": 1, "CloudWatchMetrics": []})),
        json.dumps(line(_aws="x")),
        json.dumps(directive(Namespace="")),
        json.dumps(directive(Dimensions=[["Environment"] * 31])),
        "prefix " + json.dumps(line()),
        '{"_aws": ' + "[" * 5000,
    ],
    ids=["text", "boolean", "dimension", "missing", "old", "other", "nameless", "many", "prefix", "deep"],
)
def test_what_is_not_in_the_format_is_a_line_and_no_metric(workbench: Any, message: str) -> None:
    written(workbench, message)
    assert total(workbench, "ReadingsStored", Environment="tests") is None
    assert total(workbench, "Latency", Environment="tests") is None
