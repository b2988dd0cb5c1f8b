"""Takes from a request the parts that a rule looks at (AWS WAF's `FieldToMatch`).

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields-list.html
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

BODY_BYTES = 16 * 1024  # what WAF sees of a regional API's body by default
HEADER_BYTES = 8 * 1024
HEADER_COUNT = 200


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request as the firewall sees it.

    Attributes:
        method: the verb.
        path: the path with the stage in front, as a client of the API's own host sends it.
        query: decoded parameters, in order, repeated names repeated.
        headers: name in lower case and value.
        body: the bytes as sent.
        client_ip: the address the request comes from.
        request_id: the gateway's identifier of the request.
        http_version: as in the log, `HTTP/1.1`.
        inspected_bytes: how much of the body the firewall looks at.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    client_ip: str = "127.0.0.1"
    request_id: str = ""
    http_version: str = "HTTP/1.1"
    inspected_bytes: int = BODY_BYTES

    def header(self, name: str) -> str | None:
        """The value of the header `name`, several joined by commas, None if there is none."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None

    @property
    def query_string(self) -> str:
        """The query as one percent-encoded string."""
        return urlencode(list(self.query))


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a rule looks at.

    Attributes:
        location: AWS's name of the place, for the log.
        texts: the values to match, one by one.
        parts: like `texts`, but with documents cut into their single values, so that the quotes of JSON are
            not taken for quotes in a value, and what begins in the middle is seen. The detectors of
            injections read these.
        decided: the answer when the content is too large, or no JSON, and the rule says what to answer then.
    """

    location: str
    texts: Sequence[str]
    parts: Sequence[str] = field(default=())
    decided: bool | None = None

    def values(self) -> Sequence[str]:
        """The parts, or the texts where they were not cut."""
        return self.parts or self.texts


def extracted(request: Request, wanted: Mapping[str, Any]) -> Field | None:
    """The part of `request` that `wanted` names; None for one that is not known here.

    Args:
        request: the request.
        wanted: AWS's `FieldToMatch`, a mapping with one key.
    """
    kind, options = next(iter(wanted.items()))
    reader = _FIELDS.get(kind)
    return reader(request, options or {}) if reader else None


def _query_argument(request: Request, options: Mapping[str, Any]) -> Field:
    name = str(options["Name"]).lower()
    values = [value for key, value in request.query if key.lower() == name]
    return Field(location="SINGLE_QUERY_ARG", texts=values)


def _header(request: Request, options: Mapping[str, Any]) -> Field:
    name = str(options["Name"])
    value = request.header(name)
    if value is None:
        return Field(location="HEADER", texts=[])
    return Field(location="HEADER", texts=[value], parts=[value, *_inner(name, value)])


def _inner(name: str, value: str) -> list[str]:
    """The single values in a header that holds several: cookies, or the address of a page."""
    if name.lower() == "cookie":
        return [text for pair in _cookies_of(value) for text in pair]
    if name.lower() in ("referer", "origin"):
        try:
            address = urlsplit(value)
        except ValueError:
            return []
        return [*_segments(address.path), *(text for pair in parse_qsl(address.query) for text in pair)]
    return []


def _path(request: Request, _options: Mapping[str, Any]) -> Field:
    return Field(location="URI", texts=[request.path], parts=[request.path, *_segments(request.path)])


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _cookies_of(raw: str) -> list[tuple[str, str]]:
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(raw)
    except CookieError:
        cookie.clear()
    if cookie:
        return [(name, morsel.value) for name, morsel in cookie.items()]
    parts = (part.strip().partition("=") for part in raw.split(";") if part.strip())
    return [(name, value) for name, _, value in parts]


def _chosen(location: str, pairs: Sequence[tuple[str, str]], options: Mapping[str, Any], noun: str) -> Field:
    pattern = options.get("MatchPattern", {"All": {}})
    included = {name.lower() for name in pattern.get(f"Included{noun}", [])}
    excluded = {name.lower() for name in pattern.get(f"Excluded{noun}", [])}
    chosen = [
        (name, value)
        for name, value in pairs
        if ("All" in pattern or name.lower() in included or (excluded and name.lower() not in excluded))
    ]
    size = sum(len(name) + len(value) for name, value in chosen)
    decided = None
    if size > HEADER_BYTES or len(chosen) > HEADER_COUNT:
        decided = _oversized(options)
    scope = options.get("MatchScope", "ALL")
    texts = [text for pair in chosen for text in _scoped(pair, scope)]
    inner = [text for pair in chosen if noun == "Headers" and scope != "KEY" for text in _inner(*pair)]
    return Field(location=location, texts=texts, parts=[*texts, *inner], decided=decided)


def _scoped(pair: tuple[str, str], scope: str) -> tuple[str, ...]:
    return {"KEY": pair[:1], "VALUE": pair[1:]}.get(scope, pair)


def _oversized(options: Mapping[str, Any]) -> bool | None:
    return {"MATCH": True, "NO_MATCH": False}.get(options.get("OversizeHandling", "CONTINUE"))


def _body(request: Request, options: Mapping[str, Any]) -> Field:
    decided = _oversized(options) if len(request.body) > request.inspected_bytes else None
    text = request.body[: request.inspected_bytes].decode("utf-8", "replace")
    return Field(location="BODY", texts=[text], parts=_parts(request, text), decided=decided)


def _parts(request: Request, text: str) -> list[str]:
    content_type = request.header("content-type") or ""
    if "x-www-form-urlencoded" in content_type:
        return [part for pair in parse_qsl(text, keep_blank_values=True) for part in pair]
    if "multipart/" in content_type:
        return _multipart(content_type, text)
    try:
        # A body that was cut at WAF's limit is no JSON any more and is read as text.
        return [leaf for _, leaf in _leaves(json.loads(text))]
    except (ValueError, RecursionError):
        return []


def _multipart(content_type: str, text: str) -> list[str]:
    """The names, file names and contents of a form's parts; none for what is no such form."""
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n{text}".encode())
    found: list[str] = []
    for part in message.get_payload() if message.is_multipart() else ():
        if isinstance(part, Message):
            found += [value for name, value in part.get_params([], "content-disposition")[1:]]
            found.append(str(part.get_payload()))
    return found


def _leaves(document: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """JSON pointer and text of each key and each value; a key's ends in a bare tilde."""
    waiting: list[tuple[str, object]] = [(pointer, document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                inner = f"{place}/{key.replace('~', '~0').replace('/', '~1')}"
                yield f"{inner}~", key
                waiting.append((inner, item))
        elif isinstance(value, list):
            waiting.extend((f"{place}/{index}", item) for index, item in enumerate(value))
        elif value is not None:
            yield place, value if isinstance(value, str) else json.dumps(value)


def _json_body(request: Request, options: Mapping[str, Any]) -> Field:
    location = "BODY"
    decided = _oversized(options) if len(request.body) > request.inspected_bytes else None
    text = request.body[: request.inspected_bytes].decode("utf-8", "replace")
    if decided is not None or not text:
        return Field(location=location, texts=[text] if text else [], decided=decided)
    try:
        leaves = list(_leaves(json.loads(text)))
    except (ValueError, RecursionError):
        fallback = options.get("InvalidFallbackBehavior", "EVALUATE_AS_STRING")
        if fallback == "EVALUATE_AS_STRING":
            return Field(location=location, texts=[text])
        return Field(location=location, texts=[], decided=fallback == "MATCH")
    paths = options.get("MatchPattern", {}).get("IncludedPaths")
    scope = options.get("MatchScope", "ALL")
    texts = [
        leaf
        for place, leaf in leaves
        if scope == "ALL" or (scope == "KEY") == place.endswith("~")
        if paths is None or any(_below(place.removesuffix("~"), path) for path in paths)
    ]
    return Field(location=location, texts=texts)


def _below(place: str, path: str) -> bool:
    return path in ("", "/") or place == path or place.startswith(path + "/")


_FIELDS: Mapping[str, Callable[[Request, Mapping[str, Any]], Field]] = MappingProxyType(
    {
        "Method": lambda request, _: Field(location="METHOD", texts=[request.method]),
        "UriPath": _path,
        "QueryString": lambda request, _: Field(location="QUERY_STRING", texts=[request.query_string]),
        "AllQueryArguments": lambda request, _: Field(
            location="ALL_QUERY_ARGS", texts=[text for pair in request.query for text in pair]
        ),
        "SingleQueryArgument": _query_argument,
        "SingleHeader": _header,
        "Headers": lambda request, options: _chosen("HEADERS", request.headers, options, "Headers"),
        "Cookies": lambda request, options: _chosen(
            "COOKIES", _cookies_of(request.header("cookie") or ""), options, "Cookies"
        ),
        "HeaderOrder": lambda request, _: Field(
            location="HEADER_ORDER", texts=[":".join(name for name, _ in request.headers)]
        ),
        "Body": _body,
        "JsonBody": _json_body,
    }
)
