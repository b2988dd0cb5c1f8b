"""One request to a REST API: what its logs, metrics and headers need to know of it."""

import base64
import contextvars
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Exchange:
    """A request on its way through the gateway; filled in as it goes.

    Attributes:
        api_id: id of the REST API.
        stage_name: name of the stage.
        method: HTTP method.
        path: path below the stage.
        headers: the request's headers, names in lower case.
        source_ip: address of the client.
        request_id: id in the response's `x-amzn-requestid`, the function's event and the log.
        extended_request_id: id in the response's `x-amz-apigw-id`.
        trace_id: X-Ray's root id.
        traced: whether the stage traces its requests.
        segment_id: id of the stage's segment in the trace.
        call_id: id of the integration's call in it, which the function continues.
        begin: when the request arrived, seconds since 1970.
        resource_path: path of the matched resource, with its parameters' names.
        authorizer: what the authorizer handed to the function.
        integration_status: status that the integration answered with.
        integration_latency: milliseconds that the integration took.
        error_message: message of an error of the gateway's own.
        error_type: type of that error's gateway response.
        integration_error: what was wrong with the integration's answer.
    """

    api_id: str
    stage_name: str
    method: str
    path: str
    headers: Mapping[str, Any]
    source_ip: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_request_id: str = field(default_factory=lambda: base64.b64encode(os.urandom(11)).decode())
    trace_id: str
    traced: bool = False
    segment_id: str = field(default_factory=lambda: secrets.token_hex(8))
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    begin: float = field(default_factory=time.time)
    resource_path: str | None = None
    authorizer: Mapping[str, Any] | None = None
    integration_status: int | None = None
    integration_latency: float | None = None
    error_message: str | None = None
    error_type: str | None = None
    integration_error: str | None = None


current: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("exchange", default=None)


def root_trace_id(header: str | None) -> str:
    """The root of the trace that a request belongs to: the client's own or a new one.

    Args:
        header: value of `X-Amzn-Trace-Id`, when the client sent one.
    """
    for part in (header or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "Root" and value:
            return value
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
