"""The finish of a request to a REST API: its access log line and its metrics."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import hashlib
import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from ministack.core import responses
from ministack.services import apigateway_v1, cloudwatch, cloudwatch_logs, waf

from localcloud.aws import stage_traces
from localcloud.aws.exchange import Exchange

log = logging.getLogger(__name__)

NAMESPACE = "AWS/ApiGateway"
VARIABLE = re.compile(r"\$context((?:\.[A-Za-z][\w-]*)+)")
ABSENT = "-"
CLIENT_ERROR, SERVER_ERROR = 4, 5  # the first digit of a status


def record(exchange: Exchange, *, status: int, length: int) -> None:
    """Write the access log line and the metrics of an answered request.

    Args:
        exchange: the request.
        status: HTTP status of the answer.
        length: bytes of the answer's body.
    """
    latency = (time.time() - exchange.begin) * 1000
    scope = apigateway_v1.find_api_scope(exchange.api_id)
    if scope is None:
        return
    with responses.request_scope(*scope):
        api = apigateway_v1._rest_apis.get(exchange.api_id) or {}
        stage = apigateway_v1._stages_v1.get(exchange.api_id, {}).get(exchange.stage_name)
        if not stage:
            return  # the request never reached a stage
        _write_metrics(exchange, api, stage, status, latency)
        if exchange.traced:
            name = str(api.get("name"))
            stage_traces.record(exchange, account=scope[0], api_name=name, status=status, length=length)
        settings = stage.get("accessLogSettings") or {}
        if settings.get("destinationArn") and settings.get("format"):
            resource = (
                f"arn:aws:apigateway:{scope[1]}::/restapis/{exchange.api_id}/stages/{exchange.stage_name}"
            )
            values = context(
                exchange,
                account=scope[0],
                status=status,
                length=length,
                latency=latency,
                web_acl=waf._associations.get(resource),
            )
            line = render(settings["format"], values)
            write_line(exchange.api_id, exchange.stage_name, settings["destinationArn"], line)


def context(
    exchange: Exchange, *, account: str, status: int, length: int, latency: float, web_acl: str | None
) -> dict[str, Any]:
    """The `$context` of access logs, by dotted name.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html

    Args:
        exchange: the request.
        account: the account that owns the API.
        status: HTTP status of the answer.
        length: bytes of the answer's body.
        latency: milliseconds from request to answer.
        web_acl: ARN of the stage's web ACL, when it has one.
    """
    integration_latency = (
        None if exchange.integration_latency is None else round(exchange.integration_latency)
    )
    # A block with a body of its own is no error of the gateway; nothing has been routed then.
    blocked = exchange.error_type == "WAF_FILTERED" or not (exchange.error_type or exchange.resource_path)
    return {
        "accountId": account,
        "apiId": exchange.api_id,
        "stage": exchange.stage_name,
        "requestId": exchange.request_id,
        "extendedRequestId": exchange.extended_request_id,
        "xrayTraceId": exchange.trace_id,
        "httpMethod": exchange.method,
        "path": f"/{exchange.stage_name}{exchange.path}",
        "resourcePath": exchange.resource_path,
        "protocol": "HTTP/1.1",
        "domainName": exchange.headers.get("host"),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(exchange.begin)),
        "requestTimeEpoch": int(exchange.begin * 1000),
        "identity": {
            "sourceIp": exchange.source_ip,
            "userAgent": exchange.headers.get("user-agent"),
        },
        "status": status,
        "responseLength": length,
        "responseLatency": round(latency),
        "integrationLatency": integration_latency,
        "integrationStatus": exchange.integration_status,
        "integrationErrorMessage": exchange.integration_error,
        "integration": {
            "error": exchange.integration_error,
            "latency": integration_latency,
            "status": exchange.integration_status,
        },
        "authorizer": exchange.authorizer,
        "error": {
            "message": exchange.error_message,
            "messageString": None if exchange.error_message is None else json.dumps(exchange.error_message),
            "responseType": exchange.error_type,
        },
        "webaclArn": web_acl,
        "wafResponseCode": None if web_acl is None else "WAF_BLOCK" if blocked else "WAF_ALLOW",
    }


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill the variables of a log format in; one that has no value becomes a dash."""

    def text(match: re.Match[str]) -> str:
        name = match[1][1:]
        value: Any = values
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            return ABSENT
        # A quote or a line break in what a client sent must not break the line's own form.
        return str(value) if name.endswith("messageString") else json.dumps(str(value))[1:-1]

    return VARIABLE.sub(text, template)


def write_line(api_id: str, stage_name: str, destination: str, line: str) -> None:
    """Write a line of a stage's access log; to be called in the API's account.

    Args:
        api_id: id of the API.
        stage_name: name of the stage.
        destination: ARN of the log group.
        line: what is written.
    """
    group = destination.partition(":log-group:")[2].removesuffix(":*")
    if group not in cloudwatch_logs._log_groups:
        log.warning("access log of %s: no log group %s", api_id, destination)
        return
    stream = hashlib.md5(f"{api_id}/{stage_name}".encode(), usedforsecurity=False).hexdigest()
    target = {"logGroupName": group, "logStreamName": stream}
    if stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(target)
    event = {"timestamp": int(time.time() * 1000), "message": line}
    cloudwatch_logs._put_log_events({**target, "logEvents": [event]})


def _write_metrics(
    exchange: Exchange, api: Mapping[str, Any], stage: Mapping[str, Any], status: int, latency: float
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html."""
    by_api = {"ApiName": str(api.get("name"))}
    dimensions = [by_api, {**by_api, "Stage": exchange.stage_name}]
    detailed = ((stage.get("methodSettings") or {}).get("*/*") or {}).get("metricsEnabled")
    if detailed and exchange.resource_path:
        dimensions.append({**dimensions[1], "Method": exchange.method, "Resource": exchange.resource_path})
    measures: list[tuple[str, float, str]] = [
        ("Count", 1, "Count"),
        ("4XXError", status // 100 == CLIENT_ERROR, "Count"),
        ("5XXError", status // 100 == SERVER_ERROR, "Count"),
        ("Latency", latency, "Milliseconds"),
    ]
    if exchange.integration_latency is not None:
        measures.append(("IntegrationLatency", exchange.integration_latency, "Milliseconds"))
    for name, value, unit in measures:
        for each in dimensions:
            cloudwatch.record_metric(NAMESPACE, name, value, unit, each)
