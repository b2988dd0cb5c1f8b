"""Tables that are over their capacity, as long as a file in the home folder says so.

The file is the only way to ask for it: whoever may write there owns this cloud. Only what functions ask is
refused, so that whoever looks on sees the tables as they are.
"""

import json
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

FILE = "faults.json"  # {"throttled": ["GetItem", ...], "share": 0.5}
SERVICE = "DynamoDB_20120810"
ROLE_KEYS = b"Credential=ASIA"  # the keys of a role are temporary ones
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
REFUSAL = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded.",
}

_logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Faults:
    """The ASGI application in front of MiniStack that refuses what it is told to refuse.

    Args:
        application: MiniStack.
        home: the folder of this cloud.
    """

    def __init__(self, application: Application, home: Path) -> None:
        self._application = application
        self._file = home / FILE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the whole server."""
        if scope["type"] == "http" and self._refuses(dict(scope["headers"])):
            body = json.dumps(REFUSAL).encode()
            headers = [
                (b"content-type", b"application/x-amz-json-1.0"),
                (b"content-length", str(len(body)).encode()),
            ]
            await send({"type": "http.response.start", "status": 400, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await self._application(scope, receive, send)

    def _refuses(self, headers: dict[bytes, bytes]) -> bool:
        service, _, operation = headers.get(b"x-amz-target", b"").decode("latin-1").partition(".")
        if service != SERVICE or ROLE_KEYS not in headers.get(b"authorization", b""):
            return False
        try:
            wanted = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):  # none, or one that is being written
            return False
        chance = random.random()  # noqa: S311 - no secret hangs on it
        refuses = operation in wanted["throttled"] and chance < wanted["share"]
        if refuses:
            _logger.warning("throttled %s", operation)
        return bool(refuses)
