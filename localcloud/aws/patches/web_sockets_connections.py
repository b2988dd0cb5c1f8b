"""The API that posts to connections, tells of them and ends them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import json
import time
from typing import Any

from ministack.core import responses
from ministack.services import apigateway

from localcloud.aws.patches.web_sockets_finish import count
from localcloud.aws.patches.web_sockets_session import MESSAGE_BYTES, FullOutboxError, Session

Answer = tuple[int, dict[str, str], bytes]


async def handle(  # noqa: PLR0911, PLR0917 - MiniStack's signature, and an answer each
    method: str,
    api_id: str,
    stage: str,
    connection_id: str,
    body: bytes,
    headers: object,  # noqa: ARG001 - MiniStack's signature
) -> Answer:
    """Serve one call, whose right MiniStack has checked.

    Args:
        method: POST, GET or DELETE.
        api_id: id of the API.
        stage: name of the stage.
        connection_id: id of the connection.
        body: what is posted.
        headers: of the request.
    """
    found = apigateway._ws_connections.get(connection_id)
    session = found["session"] if found else None
    if not isinstance(session, Session) or (session.api_id, session.stage_name) != (api_id, stage):
        return _error(410, "GoneException", "GoneException")
    if session.account != responses.get_account_id():
        return _error(403, "ForbiddenException", "Forbidden")
    if method == "GET":
        return 200, {"Content-Type": "application/json"}, json.dumps(_description(session)).encode()
    if method == "DELETE":
        session.close(1000, "Connection closed by server")
        return 204, {}, b""
    if method != "POST":
        return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if len(body) > MESSAGE_BYTES:
        return _error(413, "PayloadTooLargeException", "Message too long")
    try:
        if body:
            session.post(apigateway._post_to_connection_text(body))
            count(session, "MessageCount")
    except FullOutboxError:
        return _error(429, "LimitExceededException", "The client does not read its messages")
    return 200, {"Content-Type": "application/json"}, b""


def _error(status: int, kind: str, message: str) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
    return status, headers, json.dumps({"message": message}).encode()


def _description(session: Session) -> dict[str, Any]:
    return {
        "connectedAt": _time(session.connected_at / 1000),
        "lastActiveAt": _time(session.last_active),
        "identity": {"sourceIp": session.source_ip, "userAgent": session.header("user-agent")},
    }


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"
