"""Whatever a client sends, the answer is a refusal that is documented, and nothing of the inside shows."""

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any
from urllib.parse import quote

import pytest
from omnitrack import api
from omnitrack.contract import Parameter, Route

from tests.e2e.home import Platform
from tests.e2e.refusals import PAGE, check, refusal
from tests.e2e.wire import Answer, bearer, exchange

ROLE = "admin"  # who may everything: what is refused is refused for what was sent
ABSENT = {name: f"bad-input-{name}" for name in ("id", "from", "to")}
JSON = ("Content-Type", "application/json")
# Whatever was taken by mistake would change nothing, and be answered with 412.
NO_VERSION = ("If-Match", '"999999"')
INVALID = frozenset({"invalid_input"})
BLOCKED = frozenset({"blocked"})
DECLARED = tuple(route for route in api.ROUTES if route.method != "OPTIONS")
WITH_BODY = tuple(route for route in DECLARED if route.body)
DEPTH = 10_000


def path_of(route: Route, **ids: str) -> str:
    return route.path.format_map(ABSENT | ids)


def ask(platform: Platform, route: Route, target: str = "", *headers: tuple[str, str], **more: Any) -> Answer:
    body = more.get("body")
    if body is None and route.body:
        body = json.dumps(route.body_example).encode()
    base = [] if any(name == JSON[0] for name, _ in headers) or more.get("untyped") else [JSON]
    token = [bearer(platform.token(ROLE))] if route.permission else []
    return exchange(
        platform, route.method, target or path_of(route), headers=[*token, *base, *headers], body=body
    )


IDS = {
    "longer than an address may be": ("a" * 10_240, {PAGE}),
    "long": ("a" * 5_000, INVALID),
    "one too long": ("a" * 65, INVALID),
    "of another script": (quote("zürich"), INVALID),
    "of digits of another script": (quote("a٣"), INVALID),
    "no UTF-8": ("%ff%fe", INVALID),
    "half encoded": ("a%zz", INVALID),
    "NUL": ("a%00", INVALID),
    "line end": ("a%0a", INVALID),
    "header": ("a%0d%0aSet-Cookie:%20a=b", INVALID),
    "parent": ("..%2f..%2fhealth", {"not_found", "invalid_input"}),
    "bare parent": ("%2e%2e", {"not_found", "invalid_input"}),
    "path": ("a%2fb", {"not_found", "invalid_input"}),
    "query": ("a%3fsummary", INVALID),
    "key of the table": (quote("a#READING#"), INVALID),
    "template": (quote("{id}"), INVALID),
    "space": ("%20a", INVALID),
    "injection": (quote("' OR '1'='1"), BLOCKED),
    "script": (quote("<script>alert(1)</script>"), BLOCKED),
}
PLACES = [
    pytest.param(route, parameter.name, id=f"{route.operation}-{parameter.name}")
    for route in DECLARED
    for parameter in route.parameters
    if parameter.place == "path"
]


@pytest.mark.parametrize("what", IDS)
@pytest.mark.parametrize(("route", "name"), PLACES)
def test_what_is_no_id_is_refused(platform: Platform, route: Route, name: str, what: str) -> None:
    text, codes = IDS[what]
    answer = ask(platform, route, path_of(route, **{name: text}), NO_VERSION)
    check(answer, route, codes)
    assert "set-cookie" not in answer.headers


# By what a parameter of the query is: texts that it is not, encoded.
NO_NUMBERS = (
    *("0", "-1", "1.5", "1e3", "0x10", "", "%201", "1%0a", "%D9%A3", "NaN", "Infinity", "null", "1,2"),
    *("9" * 20, "9" * 4_400, "true", "%00"),
)
NO_CURSORS = ("", "a", "a.b", ".", "%00", quote("ü.ü"), "%ff", "..%2f", "e30.", "e30.AAAA", "a" * 2_000)
NO_MOMENTS = (
    *("", "0", "now", "2026-11-24", "2026-11-24T08:00:00", "2026-13-01T00:00:00Z", "%00", "NaN"),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59", "2026-11-24T25:00:00Z", "a" * 5_000),
)
NO_IDS = ("", "..%2f", "a%0a", quote("ü"), "%ff", "a" * 65, "a" * 5_000, quote("a#b"))
NO_CHOICES = ("", "OPEN", "open,resolved", "null", "%00", "critical%0a", quote("ünbekannt"), "a" * 5_000)
NO_FLAGS = ("maybe", "1", "null", "%00", "true%0a", "a" * 5_000)
NO_WORDS = ("", "%00", "a%0a", "a%20b", quote("ü"), "a" * 129, "a" * 5_000)


def _no_values(parameter: Parameter) -> tuple[str, ...]:
    schema = parameter.schema
    if parameter.name == "cursor":
        return NO_CURSORS
    if parameter.name == "user":
        return NO_WORDS
    if "enum" in schema:
        return NO_CHOICES
    if "pattern" in schema:
        return NO_IDS
    return {"integer": NO_NUMBERS, "boolean": NO_FLAGS, "date-time": NO_MOMENTS}[
        schema.get("format", schema["type"])
    ]


QUERIES = [
    pytest.param(route, parameter, id=f"{route.operation}-{parameter.name}")
    for route in DECLARED
    for parameter in route.parameters
    if parameter.place == "query"
]


@pytest.mark.parametrize(("route", "parameter"), QUERIES)
def test_a_query_that_is_not_as_declared_is_refused(
    platform: Platform, route: Route, parameter: Parameter
) -> None:
    for text in _no_values(parameter):
        answer = ask(platform, route, f"{path_of(route)}?{parameter.name}={text}")
        assert refusal(answer, route) == "invalid_input", (text[:80], answer.body)
        assert parameter.name in answer.document["error"]["message"], text[:80]


HEADERS = {
    "If-Match": ("", "3", '"3', "*, *", '"1", "2"', "ü", '"\x7f"', '"a b"', '"' + "9" * 5_000),
    "If-None-Match": ("", '"3"', "**", "ü", "a" * 5_000),
    "Idempotency-Key": ("", "a b", "ü", "a" * 129, "a" * 5_000, "\udcff", "a\tb"),
}


@pytest.mark.parametrize("route", DECLARED, ids=lambda route: route.operation)
def test_a_header_that_is_not_as_declared_is_refused(platform: Platform, route: Route) -> None:
    for name in (parameter.name for parameter in route.parameters if parameter.place == "header"):
        for text in HEADERS[name]:
            answer = ask(platform, route, "", (name, text))
            assert refusal(answer, route) == "invalid_input", (name, text[:80], answer.body)
            assert name in answer.document["error"]["message"], text[:80]


@pytest.mark.parametrize("control", ["\0", "\r", "\n"], ids=["NUL", "CR", "LF"])
@pytest.mark.parametrize("name", [*HEADERS, "Origin", "Authorization", "X-Note"])
def test_a_control_character_in_a_header_writes_no_header_of_the_answer(
    platform: Platform, name: str, control: str
) -> None:
    route = next(route for route in DECLARED if route.operation == "put_node")
    for injected in ("X-Injected: 1", "Set-Cookie: a=b"):
        answer = ask(platform, route, "", (name, f'"1"{control}{injected}'), NO_VERSION)
        assert 400 <= answer.status < 500
        assert not {"x-injected", "set-cookie"} & set(answer.headers)


def numbers_in(example: Any) -> str:
    """The name of a field that is a number."""
    return next(str(name) for name, value in example.items() if isinstance(value, int | float))


def with_number(example: Any, text: str) -> bytes:
    marked = json.dumps({**example, numbers_in(example): "@"})
    return marked.replace('"@"', text).encode()


NO_NUMBER_IN_JSON = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "9" * 5_000, "-0.0000001", "1e16", "01"),
    *('"9"', "true", "null", "[9]", "{}", "0x9", "9,9", "9 9", "1_000", "9.", ".9", "+9"),
)


@pytest.mark.parametrize("text", NO_NUMBER_IN_JSON, ids=lambda text: text[:12])
@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation)
def test_a_number_that_is_none_is_refused(platform: Platform, route: Route, text: str) -> None:
    answer = ask(platform, route, "", NO_VERSION, body=with_number(route.body_example, text))
    check(answer, route, INVALID)


def _twice(example: Any, bad: str) -> bytes:
    name = numbers_in(example)
    return with_number(example, f'9, "{name}": {bad}')


Make = Callable[[Any], bytes]
BODIES: dict[str, tuple[bytes | Make, AbstractSet[str]]] = {
    "nothing": (b"", INVALID),
    "a half": (lambda example: json.dumps(example).encode()[:-1], INVALID),
    "two": (lambda example: json.dumps(example).encode() * 2, INVALID),
    "a list": (lambda example: json.dumps([example]).encode(), INVALID),
    "null": (b"null", INVALID),
    "a text": (b'"a"', INVALID),
    "a list in a list, and so on": (
        b"[" * DEPTH + b"]" * DEPTH,
        {"blocked", "invalid_input"},
    ),
    "as deep as the firewall reads": (b"[" * 8_000 + b"]" * 8_000, INVALID),
    "objects as deep as it reads": (b'{"a":' * 2_500 + b"1" + b"}" * 2_500, INVALID),
    "a deep field": (
        lambda example: with_number(example, "[" * 7_000 + "]" * 7_000),
        INVALID,
    ),
    "an unclosed depth": (b"[" * 16_000, INVALID),
    "large": (lambda example: with_number(example, '"' + "a" * 300_000 + '"'), BLOCKED),
    "a long text": (lambda example: with_number(example, '"' + "a" * 8_000 + '"'), INVALID),
    "many fields": (
        lambda example: json.dumps({**example, **dict.fromkeys(map(str, range(900)), 1)}).encode(),
        INVALID,
    ),
    "an unknown field": (lambda example: json.dumps({**example, "__proto__": {}}).encode(), INVALID),
    "a field of the answer": (lambda example: json.dumps({**example, "version": 1}).encode(), INVALID),
    "a key twice, the last one bad": (lambda example: _twice(example, "-9"), INVALID),
    "no UTF-8": (lambda example: json.dumps(example).encode()[:-1] + b', "\xff": 1}', INVALID),
    "a lone surrogate": (lambda example: json.dumps({**example, "\ud800": 1}).encode(), INVALID),
    "UTF-16": (lambda example: json.dumps(example).encode("utf-16"), INVALID),
    "a byte order mark": (lambda example: b"\xef\xbb\xbf" + json.dumps(example).encode(), INVALID),
    "a comment": (lambda example: b"/* */" + json.dumps(example).encode(), INVALID),
    "an injection": (
        lambda example: with_number(example, '"1 UNION SELECT username, password FROM users"'),
        BLOCKED,
    ),
    "a script": (lambda example: with_number(example, '"<script>alert(1)</script>"'), BLOCKED),
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation)
def test_a_body_that_is_not_as_declared_is_refused(platform: Platform, route: Route, what: str) -> None:
    make, codes = BODIES[what]
    body = make if isinstance(make, bytes) else make(route.body_example)
    check(ask(platform, route, "", NO_VERSION, body=body), route, codes)


KINDS = (
    *(
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
    ),
    *(
        "application/octet-stream",
        "application/jsonp",
        "application/json; charset=latin-1",
        "json",
        "",
        "*/*",
    ),
    *(
        "application/json; charset=utf-16",
        'application/json; charset="utf-7"',
        "application/json, text/plain",
    ),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation)
def test_a_body_of_another_kind_is_refused(platform: Platform, route: Route, kind: str) -> None:
    answer = ask(platform, route, "", ("Content-Type", kind), NO_VERSION)
    check(answer, route, {"unsupported_media_type"})


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("path", sorted({route.path for route in DECLARED}))
def test_a_method_that_a_path_has_not_is_no_route(platform: Platform, method: str, path: str) -> None:
    route = next(route for route in DECLARED if route.path == path)
    if method in api.methods(path):
        return
    target = path_of(route)
    answer = exchange(platform, method, target, headers=[bearer(platform.token(ROLE)), JSON], body=b"{}")
    assert (answer.status, answer.code) == (404, "not_found")
