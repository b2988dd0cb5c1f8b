"""Traces: one subsegment for each operation and for each call of AWS, sent where X-Ray's daemon listens."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TRACE = "Root=1-6924a1b0-000000000000000000000001;Parent=00000000000000a1;Sampled={sampled}"
# Another process, because tracing changes botocore for good.
PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from omnitrack import wiring
from omnitrack.domain.errors import NodeNotFoundError

with wiring.span("read_twin"):
    try:
        wiring.checks()["table"]()
    except Exception as error:
        assert type(error).__name__ == "UnavailableError", error
try:
    with wiring.span("read_node"):
        raise NodeNotFoundError("the network has no node 'a'")
except NodeNotFoundError:
    print("refused")
try:
    with wiring.span("put_node"):
        raise RuntimeError("broken by ada@example.com")
except RuntimeError:
    print("broken")

def work():
    with wiring.span("in_a_thread"):
        pass

with ThreadPoolExecutor(1) as threads:
    threads.submit(work).result()
"""
AWS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "000000000001",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_XRAY_CONTEXT_MISSING": "RUNTIME_ERROR",
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_SERVICE_NAME": "twin",
    "TABLE_NAME": "main",
}


def traced(**changes: str) -> list[dict[str, Any]]:
    """The subsegments that a function sends to a daemon on this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "functions"),
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            **AWS,
            **changes,
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=environment
        )
        assert (done.stdout.splitlines(), done.stderr, done.returncode) == (["refused", "broken"], "", 0)
        segments: list[dict[str, Any]] = []
        while True:
            try:
                message = daemon.recv(65536)
            except BlockingIOError:
                return segments
            segments.append(json.loads(message.partition(b"\n")[2]))


def test_operations_and_calls_of_aws_are_subsegments() -> None:
    segments = {segment["name"]: segment for segment in traced(_X_AMZN_TRACE_ID=TRACE.format(sampled=1))}
    assert set(segments) == {"dynamodb", "read_twin", "read_node", "put_node", "in_a_thread"}
    call = segments.pop("dynamodb")
    assert call["parent_id"] == segments["read_twin"]["id"]
    assert (call["aws"]["operation"], call["aws"]["table_name"]) == ("GetItem", "main")
    for segment in segments.values():
        assert segment["trace_id"] == call["trace_id"] == "1-6924a1b0-000000000000000000000001"
        assert segment["parent_id"] == "00000000000000a1"
    assert "fault" not in segments["read_node"], "a refusal is an answer"
    assert segments["put_node"]["fault"]


def test_what_is_raised_is_no_part_of_a_trace() -> None:
    segments = traced(_X_AMZN_TRACE_ID=TRACE.format(sampled=1))
    assert "ada@example.com" not in json.dumps(segments)


def test_what_is_not_sampled_is_not_sent() -> None:
    assert traced(_X_AMZN_TRACE_ID=TRACE.format(sampled=0)) == []


def test_tracing_can_be_turned_off() -> None:
    assert traced(_X_AMZN_TRACE_ID=TRACE.format(sampled=1), POWERTOOLS_TRACE_DISABLED="true") == []
