"""Calls the CloudFront Functions of a behaviour and takes over what they return, if it is allowed.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
"""

import base64
import binascii
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from ministack.services import cloudfront

from localcloud.aws import edge_functions
from localcloud.aws.distribution_requests import ViewerRequest
from localcloud.aws.distribution_responses import GENERATED, Answer, page
from localcloud.aws.distributions import Behavior, Distribution
from localcloud.aws.log_streams import LogStreams

VIEWER_REQUEST, VIEWER_RESPONSE = "viewer-request", "viewer-response"
LOWEST_STATUS, HIGHEST_STATUS = 100, 599
GENERATED_BYTES = 40 * 1024
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
HIDDEN = re.compile(
    r"connection|expect|keep-alive|proxy-(?:authenticate|authorization|connection)|trailer|upgrade"
    r"|x-accel-.*|x-amz-cf-.*|x-amzn-(?!trace-id$).*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip"
)
READ_ONLY = {
    VIEWER_REQUEST: ("content-length", "host", "transfer-encoding", "via"),
    VIEWER_RESPONSE: ("warning", "via"),
}
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
SAFE = "/%:@!$&'()*+,;=~-._"
FAILED = "The CloudFront function associated with the CloudFront distribution is invalid or could not run."

log = logging.getLogger(__name__)

Fields = Mapping[str, Mapping[str, Any]]


class InvalidResultError(Exception):
    """A function returned what it may not."""


class Functions:
    """Runs the functions of distributions in the account that owns them."""

    def __init__(self) -> None:
        self._streams = LogStreams("distribution_functions")

    def on_request(
        self, distribution: Distribution, behavior: Behavior, request: ViewerRequest
    ) -> ViewerRequest | Answer:
        """The request as the function for viewer requests leaves it, or the answer that it gives itself."""
        arn = behavior.functions.get(VIEWER_REQUEST)
        if arn is None:
            return request
        event = _event(VIEWER_REQUEST, distribution, request)
        try:
            result = self._run(arn, distribution, event)
            if "statusCode" in result:
                return _generated(result)
            return _changed(request, event["request"], result)
        except (edge_functions.FunctionError, InvalidResultError) as error:
            return _failure(request, arn, error)

    def on_response(
        self, distribution: Distribution, behavior: Behavior, request: ViewerRequest, answer: Answer
    ) -> Answer:
        """The answer as the function for viewer responses leaves it; it is not asked about errors."""
        arn = behavior.functions.get(VIEWER_RESPONSE)
        if arn is None or answer.result == "Error":
            return answer
        event = _event(VIEWER_RESPONSE, distribution, request)
        event["response"] = _response_fields(answer)
        try:
            result = self._run(arn, distribution, event)
            _check_headers(VIEWER_RESPONSE, event["response"]["headers"], _part(result, "headers"))
            body = _body(result)
            return replace(
                answer,
                status=_status(result),
                headers=_response_headers(result),
                body=answer.body if body is None else body,
            )
        except (edge_functions.FunctionError, InvalidResultError) as error:
            return _failure(request, arn, error)

    def _run(self, arn: str, distribution: Distribution, event: Mapping[str, Any]) -> Mapping[str, Any]:
        code = cloudfront.live_function_code(arn)
        if code is None:
            raise edge_functions.FunctionError("it is not published")
        result = edge_functions.run(code.decode("utf-8", "replace"), event)
        if result.lines:
            milliseconds, id_ = int(time.time() * 1000), event["context"]["requestId"]
            lines = [f"{id_} START DistributionID: {distribution.id}"]
            lines += [f"{id_} {line}" for line in result.lines]
            group = f"/aws/cloudfront/function/{arn.rpartition('/')[2]}"
            stream = time.strftime("%Y/%m/%d/", time.gmtime()) + distribution.id
            self._streams.append(group, stream, [*lines, f"{id_} END"], milliseconds, create=True)
        if not isinstance(result.value, dict):
            raise InvalidResultError("it returned no object")
        return result.value


def _failure(request: ViewerRequest, arn: str, error: Exception) -> Answer:
    log.warning("function %s: %s", arn, error)
    if isinstance(error, InvalidResultError):
        return page(request, 502, FAILED, "FunctionValidationError")
    return page(request, 503, FAILED, "FunctionExecutionError")


def _event(kind: str, distribution: Distribution, request: ViewerRequest) -> dict[str, Any]:
    shown = [pair for pair in request.headers if pair[0] != "cookie" and not HIDDEN.fullmatch(pair[0])]
    raw = [part.partition("=") for part in request.query.split("&") if part]
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": distribution.domain,
            "distributionId": distribution.id,
            "eventType": kind,
            "requestId": request.id,
        },
        "viewer": {"ip": request.address},
        "request": {
            "method": request.method,
            "uri": request.path,
            "querystring": _fields((name, value) for name, _, value in raw),
            "headers": _fields(shown),
            "cookies": _fields(request.cookies),
        },
    }


def _fields(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Pairs in the form of the event: one entry per name, which lists all values where there are several."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        grouped[name].append(value)
    return {
        name: {"value": values[0]}
        | ({"multiValue": [{"value": value} for value in values]} if len(values) > 1 else {})
        for name, values in grouped.items()
    }


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    return [
        (name, str(entry.get("value", "")))
        for name, field in fields.items()
        for entry in (field.get("multiValue") or [field])
    ]


def _part(result: Mapping[str, Any], name: str) -> Fields:
    found = result.get(name) or {}
    if not isinstance(found, dict) or not all(_is_field(entry) for entry in found.values()):
        raise InvalidResultError(f"{name} is no object of objects with a value each")
    return found


def _is_field(entry: object) -> bool:
    several = entry.get("multiValue", []) if isinstance(entry, dict) else None
    return isinstance(several, list) and all(isinstance(each, dict) for each in several)


def _sendable(headers: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The headers, if HTTP can carry them: a line break in one would begin another."""
    if any(UNSENDABLE.search(value) for _, value in headers):
        raise InvalidResultError("a header holds what HTTP cannot carry")
    return headers


def _check_headers(kind: str, before: Fields, after: Fields) -> None:
    for name in after:
        if not TOKEN.fullmatch(name) or HIDDEN.fullmatch(name):
            raise InvalidResultError(f"the header {name} is not allowed")
    for name in READ_ONLY[kind]:
        if before.get(name) != after.get(name):
            raise InvalidResultError(f"the header {name} cannot be changed")


def _changed(request: ViewerRequest, before: Mapping[str, Any], result: Mapping[str, Any]) -> ViewerRequest:
    headers, uri = _part(result, "headers"), result.get("uri")
    _check_headers(VIEWER_REQUEST, before["headers"], headers)
    if result.get("method") != before["method"]:
        raise InvalidResultError("the method cannot be changed")
    if not isinstance(uri, str) or not uri.startswith("/"):
        raise InvalidResultError("the uri does not begin with a slash")
    cookies = "; ".join(f"{name}={value}" for name, value in _pairs(_part(result, "cookies")))
    hidden = [pair for pair in request.headers if HIDDEN.fullmatch(pair[0])]
    return replace(
        request,
        path=quote(uri, safe=SAFE),
        query=_query(request, before, result),
        headers=_sendable([*_pairs(headers), *hidden, *([("cookie", cookies)] if cookies else [])]),
    )


def _query(request: ViewerRequest, before: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    query = result.get("querystring", {})
    if query == before["querystring"]:
        return request.query  # with empty values spelled as they were
    if not isinstance(query, str):
        pairs = _pairs(_part(result, "querystring"))
        query = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    return quote(query, safe=SAFE + "?")


def _response_fields(answer: Answer) -> dict[str, Any]:
    cookies: dict[str, dict[str, Any]] = {}
    for name, value in answer.headers:
        if name == "set-cookie":
            pair, _, attributes = value.partition(";")
            key, _, content = pair.partition("=")
            cookies[key.strip()] = {"value": content.strip(), "attributes": attributes.strip()}
    shown = [pair for pair in answer.headers if pair[0] != "set-cookie" and not HIDDEN.fullmatch(pair[0])]
    return {"statusCode": answer.status, "headers": _fields(shown), "cookies": cookies}


def _response_headers(result: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    headers = _pairs(_part(result, "headers"))
    for name, field in _part(result, "cookies").items():
        for entry in field.get("multiValue") or [field]:
            attributes = f"; {entry['attributes']}" if entry.get("attributes") else ""
            headers.append(("set-cookie", f"{name}={entry.get('value', '')}{attributes}"))
    return _sendable(headers)


def _generated(result: Mapping[str, Any]) -> Answer:
    _check_headers(VIEWER_RESPONSE, {}, _part(result, "headers"))
    body = _body(result) or b""
    if len(body) > GENERATED_BYTES:
        raise InvalidResultError(f"the body has {len(body)} bytes, more than {GENERATED_BYTES}")
    headers = [("server", "CloudFront"), *_response_headers(result)]
    return Answer(status=_status(result), headers=headers, body=body, result=GENERATED)


def _status(result: Mapping[str, Any]) -> int:
    status = result.get("statusCode")
    if not isinstance(status, int) or not LOWEST_STATUS <= status <= HIGHEST_STATUS:
        raise InvalidResultError(f"statusCode is no status of HTTP: {status!r}")
    return status


def _body(result: Mapping[str, Any]) -> bytes | None:
    body = result.get("body")
    if body is None or isinstance(body, str):
        return None if body is None else body.encode()
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, str):
        raise InvalidResultError("the body is neither text nor an object with data")
    if body.get("encoding") != "base64":
        return data.encode()
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidResultError("the body is no base64") from error
