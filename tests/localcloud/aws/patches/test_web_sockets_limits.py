"""Sizes, times and concurrency of WebSocket APIs, on a running local cloud."""

import asyncio
import contextlib
import json
import time
from typing import Any

import pytest
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tests.localcloud.aws.socket_bench import ECHO, Sockets, read, send

pytestmark = pytest.mark.cloud

AT_ONCE = 5  # seconds; a client waits 10 for the end of a connection, and 10 more
SLOW = """
    import json, time
    def handler(event, context):
        begin = time.time()
        asked = json.loads(event["body"])
        time.sleep(asked["seconds"])
        return {"statusCode": 200, "body": json.dumps({**asked, "begin": begin, "end": time.time()})}
"""


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"bytes", CloseCode.UNSUPPORTED_DATA),
        ("x" * (32 * 1024 + 1), CloseCode.MESSAGE_TOO_BIG),
        (["y" * 30_000] * 5, CloseCode.MESSAGE_TOO_BIG),
    ],
    ids=["binary", "a long frame", "a long message"],
)
def test_what_is_no_message_of_its_limits_ends_the_connection(
    workbench: Any, eventually: Any, message: Any, code: int
) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function(ECHO)
    sockets.route("$disconnect", echo)
    with sockets.connect() as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    eventually(sockets.access_log)


@pytest.mark.parametrize("kilobytes", [40, 140, 200, 400])
def test_what_is_too_long_ends_the_connection_at_once(workbench: Any, kilobytes: int) -> None:
    sockets = Sockets.make(workbench)
    begin = time.monotonic()
    with sockets.connect() as socket:
        with contextlib.suppress(ConnectionClosed):  # the end may come before all is sent
            socket.send("x" * (kilobytes * 1000))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
    assert time.monotonic() - begin < AT_ONCE


def test_the_clients_end_right_behind_what_is_too_long_ends_the_connection_at_once(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    with sockets.connect() as socket:
        begin = time.monotonic()
        with socket.send_context():  # sends both together, and waits for the end of the connection
            socket.protocol.send_text(b"x" * 33_000)
            socket.protocol.send_close(CloseCode.NORMAL_CLOSURE)
        assert time.monotonic() - begin < AT_ONCE


def test_a_message_of_several_frames_within_the_limits_arrives(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("ask", workbench.function(ECHO), two_way=True)
    text = json.dumps({"action": "ask", "words": "z" * 120_000})
    with sockets.connect() as socket:
        socket.send([text[at : at + 32_000] for at in range(0, len(text), 32_000)])
        assert json.loads(read(socket)["body"])["words"] == "z" * 120_000


def test_a_stage_throttles_its_routes(workbench: Any) -> None:
    limits = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}
    sockets = Sockets.make(workbench, DefaultRouteSettings=limits)
    sockets.route("ask", workbench.function(ECHO), two_way=True)
    with sockets.connect() as socket:
        for _ in range(3):
            send(socket, action="ask")
        answers = [read(socket) for _ in range(3)]
    assert [answer.get("message") for answer in answers].count("Too Many Requests") == 1
    assert any(line["status"] == "429" for line in sockets.access_log())


def test_messages_of_one_connection_run_at_the_same_time(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("sleep", workbench.function(SLOW), two_way=True)
    with sockets.connect() as socket:

        def answers() -> list[dict[str, float]]:
            for number, seconds in enumerate((2, 0, 2)):
                send(socket, action="sleep", seconds=seconds, number=number)
            return [read(socket) for _ in range(3)]

        answers()  # the workers are warm afterwards
        first, *others = answers()
    assert first["number"] == 1
    assert max(other["begin"] for other in others) < min(other["end"] for other in others)


def test_a_function_that_takes_too_long_is_not_waited_for(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    sockets.route("sleep", workbench.function(SLOW), two_way=True, patience=50)
    with sockets.connect() as socket:
        send(socket, action="sleep", seconds=1)
        assert read(socket)["message"] == "Endpoint request timed out"
        with pytest.raises(TimeoutError):
            socket.recv(timeout=2)
    assert sockets.access_log()[-1]["status"] == "504"


def test_the_reserved_concurrency_of_a_function_holds(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    slow = workbench.function(SLOW)
    workbench.client("lambda").put_function_concurrency(FunctionName=slow, ReservedConcurrentExecutions=1)
    sockets.route("sleep", slow, two_way=True)
    with sockets.connect() as socket:
        for number in range(3):
            send(socket, action="sleep", seconds=0.1, number=number)
        assert [read(socket)["number"] for _ in range(3)] == [0, 1, 2]


def test_two_hundred_connections_are_open_and_answered_at_the_same_time(workbench: Any) -> None:
    sockets = Sockets.make(workbench)
    echo = workbench.function("def handler(e, c): return {'statusCode': 200, 'body': e.get('body') or ''}")
    sockets.route("$connect", echo)
    sockets.route("ask", echo, two_way=True)

    async def one(number: int, everyone_is_there: asyncio.Barrier) -> int:
        async with websockets.asyncio.client.connect(sockets.url, open_timeout=120) as socket:
            await everyone_is_there.wait()
            await socket.send(json.dumps({"action": "ask", "number": number}))
            answer = int(json.loads(await asyncio.wait_for(socket.recv(), 120))["number"])
            await everyone_is_there.wait()
            return answer

    async def everyone() -> list[int]:
        barrier = asyncio.Barrier(200)
        return await asyncio.gather(*(one(number, barrier) for number in range(200)))

    assert asyncio.run(everyone()) == list(range(200))
