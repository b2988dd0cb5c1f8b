"""Lets an event source mapping read a stream only where its function's role may.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches import role_rights
from localcloud.aws.patches.upstream import Upstream

READ_ACTIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
SEND_ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}
SESSION = "awslambda"
Answer = Any


def apply() -> None:
    """Wrap the creation of a mapping.

    Raises:
        PatchError: MiniStack has changed.
    """
    service = Upstream("stream_roles", "services.lambda_svc")
    service.require("_resolve_existing_esm_function", "function_ref")
    service.require("_functions")
    service.require("error_response_json")
    role_rights.check("stream_roles")
    service.wrap("_create_esm", "data", by=lambda original: _judging(original, service.module))


def may_read(role: str, stream: str) -> bool:
    """Whether a role may do all that reading a stream takes."""
    requests = [(f"dynamodb:{action}", stream) for action in READ_ACTIONS]
    return role_rights.refused(role, requests, session=SESSION) is None


def may_send(role: str, destination: str) -> bool:
    """Whether a role may send what failed to its destination."""
    action = SEND_ACTIONS.get(destination.split(":")[2])
    requests = [(action, destination)] if action else []
    return role_rights.refused(role, requests, session=SESSION) is None


def _judging(original: Callable[[Any], Answer], service: Any) -> Callable[[Any], Answer]:  # noqa: ANN401
    def create(data: dict[str, Any]) -> Answer:
        stream = str(data.get("EventSourceArn", ""))
        name, _, error = service._resolve_existing_esm_function(data.get("FunctionName", ""))
        if error or ":dynamodb:" not in stream:
            return original(data)
        if may_read(service._functions[name]["config"]["Role"], stream):
            return original(data)
        actions = "GetRecords, GetShardIterator, DescribeStream, and ListStreams"
        fault = f"Cannot access stream {stream}. Please ensure the role can perform the {actions} Actions "
        return service.error_response_json(
            "InvalidParameterValueException", f"{fault}on your stream in IAM.", 400
        )

    return create
