"""The limits of a WebSocket's life, in the server's own environment and with seconds made short."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv-cloud" / "bin" / "python"
START = """
import asyncio, json, sys, time
sys.path.insert(0, sys.argv[1])
from localcloud.aws.patches import web_sockets_calls, web_sockets_life, web_sockets_session

def session():
    return web_sockets_session.Session(
        api_id="a", stage_name="ws", account="1", region="r", headers=[], query={}, source_ip="127.0.0.1"
    )

async def live(given, *, idle=60.0, total=60.0, messages=(), dispatch=None):
    sent, waiting = [], list(messages)
    async def receive():
        if waiting:
            return {"type": "websocket.receive", "text": waiting.pop(0)}
        await asyncio.Event().wait()
    async def send(message):
        sent.append(message)
    async def nothing(session, text):
        session.post(text)
    limits = web_sockets_life.Limits(idle_seconds=idle, total_seconds=total)
    life = web_sockets_life.Life(
        session=given, receive=receive, send=send, limits=limits, dispatch=dispatch or nothing
    )
    await asyncio.wait_for(life.run(), 20)
    return sent
"""


def run(program: str) -> Any:
    command = [str(PYTHON), "-I", "-c", START + program, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("limit", ["idle", "total"])
def test_a_connection_ends_with_going_away_after_what_was_sent_to_it(limit: str) -> None:
    program = f"print(json.dumps(asyncio.run(live(session(), {limit}=0.3, messages=['hello']))))"
    assert run(program) == [
        {"type": "websocket.send", "text": "hello"},
        {"type": "websocket.close", "code": 1001, "reason": "Going away"},
    ]


def test_messages_in_either_direction_keep_a_connection() -> None:
    program = """
async def main():
    given = session()
    async def post():
        for _ in range(6):
            await asyncio.sleep(0.1)
            given.post("x")
    posting = asyncio.create_task(post())
    sent = await live(given, idle=0.4)
    print(json.dumps(len(sent)))
asyncio.run(main())
"""
    assert run(program) == 7


def test_a_client_that_does_not_read_is_left() -> None:
    program = """
async def main():
    given = session()
    async def dispatch(session, text):
        for _ in range(2000):
            session.post("x")
    print(json.dumps((await live(given, messages=["go"], dispatch=dispatch))[-1]["code"]))
asyncio.run(main())
"""
    assert run(program) == 1013


def test_slots_are_few_and_grow_when_nothing_ends() -> None:
    program = """
web_sockets_calls.STALL_SECONDS = 0.05
async def main():
    slots = web_sockets_calls.Slots()
    taken = [asyncio.create_task(slots.take(10)) for _ in range(20)]
    await asyncio.sleep(0)
    first = sum(task.done() for task in taken)
    while sum(task.done() for task in taken) < 10:
        await asyncio.sleep(0.01)
    slots.give_back(10)
    while sum(task.done() for task in taken) < 11:
        await asyncio.sleep(0.01)
    print(json.dumps([first, sum(task.done() for task in taken)]))
    for task in taken:
        task.cancel()
asyncio.run(asyncio.wait_for(main(), 20))
"""
    assert run(program) == [4, 11]


def test_slots_never_exceed_the_concurrency_of_a_function() -> None:
    program = """
async def main():
    slots, running, most = web_sockets_calls.Slots(), 0, 0
    async def one():
        nonlocal running, most
        await slots.take(2)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        slots.give_back(2)
    await asyncio.gather(*(one() for _ in range(50)))
    print(json.dumps(most))
asyncio.run(main())
"""
    assert run(program) == 2
