"""Tables that are over their capacity for a while, as a file in the home folder wants it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.aws.faults import FILE, Faults

ROLE, ROOT = b"AWS4-HMAC-SHA256 Credential=ASIA1/", b"AWS4-HMAC-SHA256 Credential=000000000000/"
GET, PUT = b"DynamoDB_20120810.GetItem", b"DynamoDB_20120810.PutItem"
THROTTLED = json.dumps({"throttled": ["GetItem"], "share": 1.0})


def _status(home: Path, *, target: bytes, authorization: bytes) -> int:
    """The status that an application behind the faults answers, or the faults in its place."""
    sent: list[Any] = []

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing has to be read")

    headers = [(b"x-amz-target", target), (b"authorization", authorization)]
    scope = {"type": "http", "headers": headers}
    asyncio.run(Faults(application, home)(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("wanted", "target", "authorization", "status"),
    [
        (THROTTLED, GET, ROLE, 400),
        (THROTTLED, PUT, ROLE, 200),
        (THROTTLED, GET, ROOT, 200),
        (THROTTLED, b"AmazonSQS.GetItem", ROLE, 200),
        (THROTTLED[:10], GET, ROLE, 200),
        (json.dumps({"throttled": ["GetItem"], "share": 0.0}), GET, ROLE, 200),
        (None, GET, ROLE, 200),
    ],
    ids=[
        "asked for",
        "other operation",
        "no function",
        "other service",
        "half written",
        "no share",
        "no file",
    ],
)
def test_what_a_function_asks_of_a_table_is_refused_as_long_as_the_file_wants_it(
    tmp_path: Path, wanted: str | None, target: bytes, authorization: bytes, status: int
) -> None:
    if wanted is not None:
        (tmp_path / FILE).write_text(wanted)
    assert _status(tmp_path, target=target, authorization=authorization) == status
