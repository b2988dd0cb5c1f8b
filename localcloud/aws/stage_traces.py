"""The segment that a stage of a REST API writes for a request, as API Gateway does with tracing.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
"""

from typing import Any

from localcloud.aws.exchange import Exchange
from localcloud.aws.traces import now, parsed, traces

CLIENT_ERROR, SERVER_ERROR, THROTTLED = 4, 5, 429


def record(exchange: Exchange, *, account: str, api_name: str, status: int, length: int) -> None:
    """Keep the segment of an answered request.

    Args:
        exchange: the request.
        account: the account that owns the API.
        api_name: the API's name.
        status: HTTP status of the answer.
        length: bytes of the answer's body.
    """
    header = parsed(str(exchange.headers.get("x-amzn-trace-id") or ""))
    end = now()
    segment: dict[str, Any] = {
        "id": exchange.segment_id,
        "trace_id": exchange.trace_id,
        "name": f"{api_name}/{exchange.stage_name}",
        "origin": "AWS::ApiGateway::Stage",
        "start_time": round(exchange.begin, 3),
        "end_time": end,
        "http": {
            "request": {
                "method": exchange.method,
                "url": f"https://{exchange.headers.get('host')}/{exchange.stage_name}{exchange.path}",
                "client_ip": exchange.source_ip,
                "user_agent": exchange.headers.get("user-agent") or "",
            },
            "response": {"status": status, "content_length": length},
        },
        "aws": {
            "account_id": account,
            "request_id": exchange.request_id,
            "api_gateway": {"rest_api_id": exchange.api_id, "stage": exchange.stage_name},
        },
        **_outcome(status),
    }
    if "Parent" in header:
        segment["parent_id"] = header["Parent"]
    if exchange.integration_latency is not None:
        segment["subsegments"] = [
            {
                "id": exchange.call_id,
                "name": "Lambda",
                "namespace": "aws",
                "start_time": round(end - exchange.integration_latency / 1000, 3),
                "end_time": end,
                **_outcome(exchange.integration_status or status),
            }
        ]
    traces.put(segment, account)


def _outcome(status: int) -> dict[str, bool]:
    found = {}
    if status // 100 == CLIENT_ERROR:
        found["error"] = True
    if status == THROTTLED:
        found["throttle"] = True
    if status // 100 == SERVER_ERROR:
        found["fault"] = True
    return found
