"""CloudFront Functions of a distribution: what they may change, and what becomes of their errors."""

import uuid

import pytest

from localcloud.control import LocalCloud
from tests.localcloud.aws.delivery import ECHO, Delivered, behavior, calls, edge_function, in_front_of
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def bench(cloud: LocalCloud) -> Workbench:
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


@pytest.fixture(scope="module")
def api(bench: Workbench) -> str:
    return bench.api(bench.function(ECHO))


def served_with(bench: Workbench, api: str, source: str, event: str = "viewer-request") -> Delivered:
    return in_front_of(bench, api, behavior("rest", **calls(edge_function(bench, source), event)))


def test_a_function_changes_what_the_origin_is_asked_for(bench: Workbench, api: str) -> None:
    edge = served_with(
        bench,
        api,
        """
        async function handler(event) {
            const request = event.request;
            request.headers["x-seen"] = { value: event.viewer.ip + " " + request.querystring.a.value };
            request.uri = request.uri + "/index";
            request.querystring = { b: { value: "2" } };
            delete request.cookies.secret;
            return request;
        }
        """,
    )
    event = edge.call("/dir?a=1&a=2", Cookie="secret=1; open=2").document
    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert (event["path"], event["queryStringParameters"]) == ("/dir/index", {"b": "2"})
    assert (headers["x-seen"], headers["cookie"]) == ("127.0.0.1 1", "open=2")


def test_what_a_function_writes_into_an_address_is_encoded(bench: Workbench, api: str) -> None:
    edge = served_with(
        bench,
        api,
        """
        function handler({ request }) {
            request.uri = "/\u00e9 \u20ac/%2F";
            request.querystring = "a=\u20ac b&c=%41";
            return request;
        }
        """,
    )
    event = edge.call("/x").document
    assert (event["path"], event["queryStringParameters"]) == (
        "/\u00e9 \u20ac//",
        {"a": "\u20ac b", "c": "A"},
    )


def test_a_function_changes_the_answer_and_is_not_asked_about_errors(bench: Workbench, api: str) -> None:
    edge = served_with(
        bench,
        api,
        """
        function handler(event) {
            const response = event.response;
            response.headers["x-added"] = { value: String(response.statusCode) };
            delete response.headers["x-own"];
            response.cookies.b = { value: "2", attributes: "Secure" };
            return response;
        }
        """,
        "viewer-response",
    )
    changed, error = edge.call("/x"), edge.call("/x?status=404")
    assert (changed.headers["x-added"], "x-own" in changed.headers) == ("200", False)
    assert "x-added" not in error.headers


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("function handler(event) { throw new Error('secret'); }", 503),
        ("function handler(event) { while (true) {} }", 503),
        ("function handler(event) { const all = []; while (true) all.push('x'.repeat(1e4)); }", 503),
        ("function handler(event) { return eval('event.request'); }", 503),
        ("const nothing = 1;", 503),
        ("function handler(event) { return null; }", 502),
        ("function handler(event) { return { statusCode: 99 }; }", 502),
        (
            "function handler(event) { event.request.headers.host = { value: 'a' }; return event.request; }",
            502,
        ),
        ("function handler({ request }) { request.headers['x-edge-a'] = {}; return request; }", 502),
        ("function handler(event) { event.request.uri = 'x'; return event.request; }", 502),
        (
            "function handler({ request }) { request.headers.a = { value: '1\\r\\nb: 2' }; return request; }",
            502,
        ),
        ("function handler({ request }) { request.headers['a b'] = { value: '1' }; return request; }", 502),
        ("function handler({ request }) { request.headers.a = { multiValue: [1] }; return request; }", 502),
        ("function handler({ request }) { request.headers = [1]; return request; }", 502),
        ("function handler() { return { statusCode: 200, cookies: { a: { value: '\\n' } } }; }", 502),
        ("function handler(event) { event.request.method = 'PUT'; return event.request; }", 502),
        ("function handler(event) { return { statusCode: 200, body: 'x'.repeat(50000) }; }", 502),
    ],
)
def test_a_function_that_fails_is_cloudfronts_error_and_tells_nothing(
    bench: Workbench, api: str, source: str, status: int
) -> None:
    answer = served_with(bench, api, source).call("/x")
    assert (answer.status, answer.headers["x-cache"]) == (status, "Error from cloudfront")
    assert b"secret" not in answer.body


def test_a_function_remembers_nothing_and_its_console_is_a_log(bench: Workbench, api: str) -> None:
    source = """
    let calls = 0;
    function handler(event) {
        calls += 1;
        console.log("called", { calls: calls });
        return { statusCode: 200, body: String(calls) };
    }
    """
    arn = edge_function(bench, source)
    edge = in_front_of(bench, api, behavior("rest", **calls(arn)))
    assert [edge.call("/x").body for _ in range(2)] == [b"1", b"1"]
    group = f"/aws/cloudfront/function/{arn.rpartition('/')[2]}"
    events = bench.client("logs").filter_log_events(logGroupName=group)["events"]
    assert sum('called {"calls":1}' in event["message"] for event in events) == 2
