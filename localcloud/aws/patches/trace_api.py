"""Serves the part of X-Ray's API that writes and reads traces, which MiniStack lacks as a whole.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.aws.patches.upstream import PatchError, Upstream
from localcloud.aws.traces import Document, entities_of, traces

MOST_IDS = 5
MOST_SEGMENTS = 50
LONGEST_RANGE = 24 * 3600
FORM = {"Content-Type": "application/json"}

Answer = tuple[int, dict[str, str], bytes]


class InvalidRequestError(ValueError):
    """A request that X-Ray refuses."""


def apply() -> None:
    """Add the service, and tell which rights its calls need.

    Raises:
        PatchError: MiniStack has changed, or has the service itself.
    """
    handlers = Upstream("trace_api", "app").require("SERVICE_HANDLERS")
    actions = Upstream("trace_api", "core.iam_actions")
    if "xray" in handlers:
        raise PatchError("patch trace_api does not fit MiniStack: it has X-Ray itself")
    account = Upstream("trace_api", "core.responses").require("get_account_id")

    async def handler(method: str, path: str, headers: object, body: bytes, query: object) -> Answer:
        del headers, query
        return handle(method, path, body, account())

    handlers["xray"] = handler
    actions.require("SERVICE_TO_IAM_NAMESPACE")["xray"] = "xray"
    actions.require("_BOTOCORE_SERVICE_MAP")["xray"] = ["xray"]


def handle(method: str, path: str, body: bytes, account: str) -> Answer:
    """Serve one call.

    Args:
        method: HTTP method.
        path: names the operation.
        body: its document.
        account: of the caller.
    """
    operation = OPERATIONS.get(path) if method == "POST" else None
    if operation is None:
        return _refusal(404, "UnknownOperationException", f"{method} {path} is not served here")
    try:
        document = json.loads(body or b"{}")
        if not isinstance(document, dict):
            raise InvalidRequestError("the request is no object")
        return 200, dict(FORM), json.dumps(operation(document, account)).encode()
    except ValueError as error:
        return _refusal(400, "InvalidRequestException", str(error))


def _refusal(status: int, kind: str, message: str) -> Answer:
    return status, {**FORM, "x-amzn-errortype": kind}, json.dumps({"Message": message}).encode()


def _put_trace_segments(request: Mapping[str, Any], account: str) -> Document:
    documents = request.get("TraceSegmentDocuments")
    if not isinstance(documents, list) or len(documents) > MOST_SEGMENTS:
        raise InvalidRequestError(f"TraceSegmentDocuments: up to {MOST_SEGMENTS} are taken at a time")
    unprocessed = []
    for text in documents:
        document: Any = None
        try:
            document = json.loads(text)
            fault = traces.put(document, account)
        except (TypeError, ValueError) as error:
            fault = str(error)
        if fault:
            identity = str(document.get("id")) if isinstance(document, dict) else None
            unprocessed.append({"Id": identity, "ErrorCode": "InvalidSegment", "Message": fault})
    return {"UnprocessedTraceSegments": unprocessed}


def _batch_get_traces(request: Mapping[str, Any], account: str) -> Document:
    ids = request.get("TraceIds")
    if not isinstance(ids, list) or len(ids) > MOST_IDS:
        raise InvalidRequestError(f"TraceIds: up to {MOST_IDS} are read at a time")
    found = {str(each): traces.segments(account, str(each)) for each in ids}
    return {
        "Traces": [
            {
                "Id": trace_id,
                "Duration": _duration(segments),
                "LimitExceeded": False,
                "Segments": [{"Id": one["id"], "Document": json.dumps(one)} for one in segments],
            }
            for trace_id, segments in found.items()
            if segments
        ],
        "UnprocessedTraceIds": [],
    }


def _get_trace_summaries(request: Mapping[str, Any], account: str) -> Document:
    if request.get("FilterExpression"):
        raise InvalidRequestError("the local cloud knows no FilterExpression: read all and choose")
    begin, end = request.get("StartTime"), request.get("EndTime")
    if not isinstance(begin, int | float) or not isinstance(end, int | float) or begin > end:
        raise InvalidRequestError("StartTime and EndTime are needed, in this order")
    if end - begin > LONGEST_RANGE:
        raise InvalidRequestError("the time between StartTime and EndTime is longer than 24 hours")
    found = traces.of(account).items()
    summaries = [
        _summary(trace_id, segments)
        for trace_id, segments in found
        if segments and begin <= float(segments[0]["start_time"]) <= end
    ]
    return {"TraceSummaries": summaries, "ApproximateTime": end, "TracesProcessedCount": len(summaries)}


def _duration(segments: list[Document]) -> float:
    begins, ends = [one["start_time"] for one in segments], [_end(one) for one in segments]
    return round(max(ends) - min(begins), 3) if segments else 0.0


def _end(segment: Document) -> float:
    """When it ended; one in progress has not."""
    return float(segment.get("end_time") or segment["start_time"])


def _summary(trace_id: str, segments: list[Document]) -> Document:
    entities = [entity for segment in segments for entity in entities_of(segment)]
    first = segments[0]
    http = first.get("http") or {}
    asked, answered = http.get("request") or {}, http.get("response") or {}
    told = {
        "HttpURL": asked.get("url"),
        "HttpMethod": asked.get("method"),
        "UserAgent": asked.get("user_agent"),
        "ClientIp": asked.get("client_ip"),
        "HttpStatus": answered.get("status"),
    }
    services = [
        {"Name": one["name"], "Names": [one["name"]], "Type": one.get("origin", "client")} for one in segments
    ]
    return {
        "Id": trace_id,
        "StartTime": first["start_time"],
        "Duration": _duration(segments),
        "ResponseTime": round(_end(first) - first["start_time"], 3),
        "HasFault": any(one.get("fault") for one in entities),
        "HasError": any(one.get("error") for one in entities),
        "HasThrottle": any(one.get("throttle") for one in entities),
        "IsPartial": any(one.get("in_progress") for one in entities),
        "Http": {name: value for name, value in told.items() if value is not None},
        "Annotations": _annotations(entities),
        "Users": [],
        "ServiceIds": services,
        "EntryPoint": services[0],
    }


def _annotations(entities: list[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for name, value in _annotated(entities):
        kind = "BooleanValue" if isinstance(value, bool) else "NumberValue"
        kind = "StringValue" if isinstance(value, str) else kind
        entry = {"AnnotationValue": {kind: value}, "ServiceIds": []}
        if entry not in found.setdefault(name, []):
            found[name].append(entry)
    return found


def _annotated(entities: list[Document]) -> Iterator[tuple[str, Any]]:
    for entity in entities:
        yield from (entity.get("annotations") or {}).items()


OPERATIONS: Mapping[str, Callable[[Mapping[str, Any], str], Document]] = {
    "/TraceSegments": _put_trace_segments,
    "/Traces": _batch_get_traces,
    "/TraceSummaries": _get_trace_summaries,
}
