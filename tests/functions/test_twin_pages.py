"""The network page by page, as a client of the API meets it."""

import pytest
from omnitrack.handlers import twin

from tests.functions.calls import LANE, NODE, PATH, Reply, call
from tests.functions.conftest import World


def put_nodes(*ids: str) -> None:
    for node_id in ids:
        call(twin.handler, "PUT", "/v1/twin/nodes/{id}", path={"id": node_id}, body=NODE)


def put_lane() -> None:
    call(twin.handler, "PUT", "/v1/twin/lanes/{from}/{to}", path=PATH, body=LANE)


def network(**query: str) -> Reply:
    return call(twin.handler, "GET", "/v1/twin", groups="[viewer]", query=query or None)


def test_the_network_reads_page_by_page(world: World) -> None:
    put_nodes(*"abcde")
    put_lane()
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = network(limit="2", **query).json
        assert page["asOf"] == "2026-11-24T08:00:00.000000Z"
        seen += [found["id"] for found in page["nodes"]]
        if "cursor" not in page:
            break
        query = {"cursor": page["cursor"]}
    assert seen == list(world.network.nodes)


@pytest.mark.parametrize("value", ["", "true", "TRUE"])
def test_the_summary_has_what_a_map_needs(world: World, value: str) -> None:
    put_nodes("a")
    put_lane()
    page = network(summary=value).json
    assert set(page["nodes"][0]) == {"id", "name", "type", "status", "location", "risk"}
    assert page["lanes"] == [{"from": "a", "to": "b", "mode": "truck"}]
    assert "capacity" in network(summary="false").json["nodes"][0]
    assert world.network.lanes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", value) for value in ("0", "1001", "-1", "1.0", "", "ten", "\u0661", "9" * 5000, "1 ")],
        *[("summary", value) for value in ("yes", "1", "null")],
        *[("cursor", value) for value in ("", "x", "é", ".", "e30.e30", "\ud800", "A" * 10_000)],
    ],
)
def test_a_query_that_the_contract_does_not_know_is_refused(world: World, name: str, value: str) -> None:
    assert world.checks
    reply = network(**{name: value})
    assert (reply.status, reply.message.partition(":")[0]) == (400, name)
    assert len(reply.text) < 300


def test_a_cursor_opens_only_for_its_user_and_its_filters(world: World) -> None:
    put_nodes(*"abc")
    cursor = network(limit="1").json["cursor"]
    assert world.network.nodes
    assert network(cursor=cursor, limit="2", q="O'Reilly").status == 200
    other = {"sub": "user-2", "cognito:groups": "[admin]"}
    reply = call(twin.handler, "GET", "/v1/twin", claims=other, query={"cursor": cursor})
    assert (reply.status, reply.code) == (400, "invalid_input")
    changed = [cursor[:-1], cursor + "A", "a" + cursor[1:], cursor.partition(".")[0], cursor.swapcase()]
    for query in [{"cursor": cursor, "summary": "true"}, *({"cursor": text} for text in changed)]:
        assert network(**query).message.startswith("cursor:"), query
