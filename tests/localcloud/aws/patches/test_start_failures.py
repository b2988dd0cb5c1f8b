"""Functions that cannot be started, on a running local cloud."""

from typing import Any

import pytest

pytestmark = pytest.mark.cloud

MISSING = 'import sys\nprint("before")\nimport nowhere_to_be_found\ndef handler(event, context): return 1'
CASES = {
    "a missing module": (
        MISSING,
        "Runtime.ImportModuleError",
        "Unable to import module 'index': No module named 'nowhere_to_be_found'",
    ),
    "a missing name of a module": (
        "from json import nothing",
        "Runtime.ImportModuleError",
        "Unable to import module 'index': cannot import name 'nothing' from 'json'",
    ),
    "a missing handler": (
        "def other(event, context): return 1",
        "Runtime.HandlerNotFound",
        "Handler 'handler' missing on module 'index'",
    ),
    "a fault of syntax": ("def handler(", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index': "),
    "an exception": ('import os\nos.environ["NOT_SET"]', "KeyError", "'NOT_SET'"),
    "a fault that looks like a missing handler": (
        "import json\njson.handler",
        "AttributeError",
        "module 'json' has no attribute 'handler'",
    ),
    "an exit": ("import sys\nsys.exit(3)", "Runtime.ExitError", "Runtime exited without providing a reason"),
}


def logged(bench: Any, function: str) -> list[str]:
    """The newest log stream of a function."""
    logs = bench.client("logs")
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=streams[-1]["logStreamName"])["events"]
    return [event["message"] for event in events]


@pytest.mark.parametrize(("source", "kind", "message"), CASES.values(), ids=CASES)
def test_a_function_that_cannot_start_says_why(workbench: Any, source: str, kind: str, message: str) -> None:
    error = workbench.invoke(workbench.function(source))
    assert error["errorType"] == kind
    assert error["errorMessage"].startswith(message)
    assert isinstance(error["stackTrace"], list)
    assert error["requestId"]


def test_the_stack_trace_of_a_failed_import_is_that_of_the_function(workbench: Any) -> None:
    frames = workbench.invoke(workbench.function('def deep(): {}["a"]\ndeep()'))["stackTrace"]
    assert [", in <module>" in frames[0], ", in deep" in frames[1], len(frames)] == [True, True, 2]


def test_why_a_function_cannot_start_is_in_its_log_after_what_it_wrote(workbench: Any) -> None:
    function = workbench.function(MISSING)
    workbench.invoke(function)
    lines = logged(workbench, function)
    text = "[ERROR] Runtime.ImportModuleError: Unable to import module 'index': No module named"
    assert lines[0].startswith("START RequestId: ")
    assert lines.index("before") < next(at for at, line in enumerate(lines) if line.startswith(text))
    assert [lines[-2].startswith("END RequestId: "), lines[-1].startswith("REPORT RequestId: ")] == [True] * 2


def test_a_handler_without_a_module_is_a_bad_one(workbench: Any) -> None:
    function = workbench.function("def handler(event, context): return 1")
    functions = workbench.client("lambda")
    functions.update_function_configuration(FunctionName=function, Handler="handler")
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    error = workbench.invoke(function)
    assert error["errorType"] == "Runtime.MalformedHandlerName"
    assert error["errorMessage"].startswith("Bad handler 'handler': ")


def test_a_function_that_cannot_start_behind_an_api_tells_the_caller_nothing(workbench: Any) -> None:
    api = workbench.api(workbench.function(MISSING))
    answer = workbench.call(f"/_aws/execute-api/{api}/test/a")
    assert (answer.status, answer.document) == (502, {"message": "Internal server error"})


def test_a_function_that_is_mended_starts(workbench: Any) -> None:
    function = workbench.function("def other(event, context): return 1")
    functions = workbench.client("lambda")
    assert workbench.invoke(function)["errorType"] == "Runtime.HandlerNotFound"
    functions.update_function_configuration(FunctionName=function, Handler="index.other")
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    assert workbench.invoke(function) == 1
