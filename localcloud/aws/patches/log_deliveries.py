"""Adds UpdateDeliveryConfiguration to CloudWatch Logs, and refuses to delete what a delivery still uses.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UpdateDeliveryConfiguration.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

PARAMETERS = ("method", "path", "headers", "body", "query_params")
CHANGEABLE = ("recordFields", "fieldDelimiter", "s3DeliveryConfiguration")
Answer = Any


def apply() -> None:
    """Answer the action in front of the service, and judge deletions.

    Raises:
        PatchError: MiniStack has changed.
    """
    logs = Upstream("log_deliveries", "services.cloudwatch_logs")
    for name in ("_deliveries", "_delivery_sources", "_delivery_destinations"):
        logs.require(name)
    logs.require("json_response")
    logs.require("error_response_json")

    def with_update(original: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Answer:  # noqa: ANN401
            action, data = headers.get("x-amz-target", "").rpartition(".")[2], json.loads(body or b"{}")
            if action == "UpdateDeliveryConfiguration":
                return _update(logs.module, data)
            used = _in_use(logs.module, action, data)
            return used or await original(method, path, headers, body, query_params)

        return handle

    logs.wrap("handle_request", *PARAMETERS, by=with_update)


def _update(logs: Any, data: dict[str, Any]) -> Answer:  # noqa: ANN401
    delivery = logs._deliveries.get(data.get("id"))
    if delivery is None:
        fault = f"Delivery does not exist: {data.get('id')}"
        return logs.error_response_json("ResourceNotFoundException", fault, 400)
    delivery.update({name: data[name] for name in CHANGEABLE if name in data})
    return logs.json_response({})


def _in_use(logs: Any, action: str, data: dict[str, Any]) -> Answer | None:  # noqa: ANN401
    """The refusal of a deletion; None for everything else."""
    name = data.get("name")
    if action == "DeleteDeliverySource":
        member, value = "deliverySourceName", name
    elif action == "DeleteDeliveryDestination":
        member = "deliveryDestinationArn"
        value = (logs._delivery_destinations.get(name) or {}).get("arn")
    else:
        return None
    if not any(value and delivery[member] == value for delivery in logs._deliveries.values()):
        return None
    return logs.error_response_json("ConflictException", f"A delivery still uses {name}.", 400)
