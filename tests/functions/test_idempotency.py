"""Requests that are repeated with an Idempotency-Key, as a client meets them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from omnitrack import api, wiring
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.idempotency import LONGEST_ATTEMPT
from omnitrack.handlers import twin
from omnitrack.routes.shared import IDEMPOTENCY_KEY

from tests.functions import calls
from tests.functions.calls import NODE, Reply, call
from tests.functions.conftest import World

NODES = "/v1/twin/nodes/{id}"


def put(node_id: str = "a", key: str | None = "k1", body: Any = NODE, **options: Any) -> Reply:
    headers = {**options.pop("headers", {}), **({} if key is None else {"Idempotency-Key": key})}
    return call(twin.handler, "PUT", NODES, path={"id": node_id}, body=body, headers=headers, **options)


def test_a_repeated_request_gets_the_same_answer_and_changes_nothing(world: World) -> None:
    first, again = put(), put()
    assert (first.status, first.headers["ETag"]) == (201, '"1"')
    assert (again.status, again.headers, again.text) == (first.status, first.headers, first.text)
    assert world.network.nodes["a"].version == 1
    assert put(key=None).status == 428
    gone = [
        call(twin.handler, "DELETE", NODES, path={"id": "a"}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [(reply.status, reply.text) for reply in gone] == [(204, ""), (204, "")]
    assert "Content-Type" not in gone[1].headers


@pytest.mark.parametrize(
    "other",
    [
        {"body": {**NODE, "capacity": 7}},
        {"node_id": "b"},
        {"headers": {"If-Match": '"1"'}},
        {"headers": {"If-None-Match": "*"}},
        {"query": {"q": "1"}},
    ],
)
def test_another_request_with_the_same_key_is_a_conflict(world: World, other: dict[str, Any]) -> None:
    put()
    reply = put(**other)
    assert (reply.status, reply.code) == (409, "idempotency_key_reused")
    assert "Retry-After" not in reply.headers
    assert [event.version for event in world.network.events] == [1]


def test_a_request_that_is_still_served_asks_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()
    plain = world.network.put_node

    def slow(*arguments: Any, **options: Any) -> Any:
        entered.set()
        leave.wait(30)
        return plain(*arguments, **options)

    monkeypatch.setattr(world.network, "put_node", slow)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(put)
        assert entered.wait(30)
        reply = put()
        leave.set()
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (409, "request_in_progress", "1")
    assert first.result().status == put().status == 201


@pytest.mark.parametrize(
    ("fault", "status"),
    [(UnavailableError("the table does not answer"), 503), (RuntimeError("a fault of ours"), 500)],
)
def test_an_error_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(world.network, "put_node", fail)
        assert put().status == status
    assert put(body={}).status == 400
    assert put(headers={"If-Match": '"7"'}).status == 412
    assert put().status == 201


def test_another_user_may_choose_the_same_key(world: World) -> None:
    put()
    other = {"sub": "user-2", "cognito:groups": "[admin]"}
    assert put("b", claims=other).status == 201
    assert len(world.network.nodes) == 2


def test_a_forbidden_request_learns_nothing_of_the_key(world: World) -> None:
    put()
    assert put(groups="[viewer]").status == 403
    assert len(world.repetitions.known) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 129, "a\n", "\ud800", "\x7f"])
def test_what_cannot_be_a_key_is_refused(world: World, key: str) -> None:
    reply = put(key=key)
    assert (reply.status, reply.message.partition(":")[0]) == (400, "Idempotency-Key")
    assert world.network.nodes == {}


def test_an_answer_that_cannot_be_remembered_is_given_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: Any) -> None:
        raise UnavailableError("the table does not answer")

    monkeypatch.setattr(world.repetitions, "finish", fail)
    assert put().status == 201
    assert "attempt not settled" in capsys.readouterr().out
    assert put().code == "request_in_progress"
    later = calls.NOW + LONGEST_ATTEMPT
    monkeypatch.setattr(wiring, "now", lambda: later)
    assert put().code == "version_required", "it is served anew, and not done twice"


@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
def test_every_write_takes_a_key_and_no_reading_does(route: Any) -> None:
    assert (IDEMPOTENCY_KEY in route.parameters) == (route.method in {"PUT", "POST", "DELETE"})
