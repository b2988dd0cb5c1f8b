"""The twin as a client of the API meets it."""

import base64
import json
from typing import Any

import pytest
from omnitrack.domain.errors import UnavailableError
from omnitrack.handlers import twin
from omnitrack.routes.shared import LARGEST_BODY

from tests.functions.calls import LANE, NODE, ORIGIN, Reply, call
from tests.functions.conftest import World

NODES = "/v1/twin/nodes/{id}"
LANES = "/v1/twin/lanes/{from}/{to}"


def node(method: str, node_id: str = "a", **options: Any) -> Reply:
    return call(twin.handler, method, NODES, path={"id": node_id}, **options)


def lane(method: str, from_: str = "a", to: str = "b", **options: Any) -> Reply:
    return call(twin.handler, method, LANES, path={"from": from_, "to": to}, **options)


def network(**query: str) -> Reply:
    return call(twin.handler, "GET", "/v1/twin", groups="[viewer]", query=query or None)


def test_a_node_is_created_read_replaced_and_removed(world: World) -> None:
    created = node("PUT", body=NODE)
    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    read = node("GET")
    assert (read.status, read.headers["ETag"], read.json) == (200, '"1"', created.json)
    assert read.json["updatedAt"] == "2026-11-24T08:00:00.000000Z"
    assert read.json["risk"] == {"score": 0.0, "level": "low", "findings": []}
    assert "temperatureRange" not in read.json
    replaced = node("PUT", body={**NODE, "status": "offline"}, headers={"if-match": '"1"'})
    assert (replaced.status, replaced.headers["ETag"], replaced.json["risk"]["level"]) == (
        200,
        '"2"',
        "critical",
    )
    gone = node("DELETE", headers={"If-Match": '"2"'})
    assert (gone.status, gone.text) == (204, "")
    assert node("GET").code == "node_not_found"
    assert world.network.nodes == {}


def test_a_lane_is_created_replaced_and_removed(world: World) -> None:
    created = lane("PUT", body=LANE)
    assert (created.status, created.json["from"], created.json["to"]) == (201, "a", "b")
    assert lane("PUT", body=LANE).code == "version_required"
    assert lane("PUT", body=LANE, headers={"If-Match": created.headers["ETag"]}).status == 200
    assert lane("DELETE").status == 204
    assert lane("DELETE").code == "lane_not_found"
    assert world.network.lanes == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-Match": '"1"'}, 412),
        ({"If-Match": 'W/"2"'}, 200),
        ({"If-Match": ' "2" '}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-None-Match": "*"}, 412),
        ({"If-Match": '"abc"'}, 412),
        ({"If-Match": '""'}, 412),
        ({"If-Match": '"02"'}, 412),
        ({"If-Match": f'"{"9" * 5000}"'}, 412),
        ({"If-Match": "2"}, 400),
        ({"If-Match": '"1", "2"'}, 400),
        ({"If-Match": '"\u0662"'}, 400),
        ({"If-None-Match": '"2"'}, 400),
        ({"If-Match": '"2"', "If-None-Match": "*"}, 400),
    ],
)
def test_a_replacement_says_which_version_it_means(
    world: World, headers: dict[str, str], status: int
) -> None:
    node("PUT", body=NODE)
    node("PUT", body=NODE, headers={"If-Match": '"1"'})
    assert node("PUT", body={**NODE, "capacity": 2000}, headers=headers).status == status
    assert world.network.nodes["a"].capacity == (2000 if status == 200 else 1000)


BODIES: list[tuple[Any, str]] = [
    (None, "body"),
    ("", "body"),
    ("{", "body"),
    ("[]", "body"),
    ("7", "body"),
    ("[" * 50_000, "body"),
    ('{"a":' * 10_000, "body"),
    ('{"name": "\\ud800"}', "body"),
    ({}, "name"),
    ({**NODE, "name": ""}, "name"),
    ({**NODE, "name": " x"}, "name"),
    ({**NODE, "name": "a\u0000b"}, "name"),
    ({**NODE, "name": "x" * 121}, "name"),
    ({**NODE, "name": 7}, "name"),
    ({**NODE, "type": "castle"}, "type"),
    ({**NODE, "status": None}, "status"),
    ({**NODE, "location": {}}, "location.latitude"),
    ({**NODE, "location": {"latitude": 90.1, "longitude": 0}}, "location.latitude"),
    ({**NODE, "location": {"latitude": 0, "longitude": "4"}}, "location.longitude"),
    ({**NODE, "capacity": 0}, "capacity"),
    ({**NODE, "capacity": True}, "capacity"),
    ({**NODE, "capacity": float("nan")}, "capacity"),
    ({**NODE, "capacity": float("inf")}, "capacity"),
    ({**NODE, "capacity": 10**400}, "body|capacity"),
    ({**NODE, "inventory": -1}, "inventory"),
    ({**NODE, "inventory": 1e16}, "inventory"),
    ({**NODE, "utilization": 1.01}, "utilization"),
    ({**NODE, "temperatureRange": None}, "temperatureRange"),
    ({**NODE, "temperatureRange": {"minimum": 9, "maximum": 1}}, "temperatureRange"),
    ({**NODE, "temperatureRange": {"minimum": -300, "maximum": 1}}, "temperatureRange.minimum"),
    ({**NODE, "temperature_range": {"minimum": 1, "maximum": 2}}, "temperature_range"),
    ({**NODE, "risk": {}}, "risk"),
    ({**NODE, "version": 3}, "version"),
    ({**NODE, "x" * 9_000: 1}, "xxx"),
    ({**NODE, "é\n": 1}, "\\\\xe9\\\\n"),
]


@pytest.mark.parametrize(("body", "field"), BODIES)
def test_a_malformed_body_is_refused_and_the_field_named(world: World, body: Any, field: str) -> None:
    reply = node("PUT", body=body)
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert any(part in json.dumps(reply.message) for part in field.split("|"))
    assert len(reply.text) < 1000
    assert world.network.nodes == {}


@pytest.mark.parametrize(
    "name", ["O'Reilly", "select a supplier", "<b>Bremen</b>", "上海港", "Zürich 🚢", "x" * 120]
)
def test_any_printable_name_is_a_name(world: World, name: str) -> None:
    assert node("PUT", body={**NODE, "name": name}).status == 201
    assert node("GET").json["name"] == name
    assert world.network.nodes["a"].name == name


@pytest.mark.parametrize(
    "node_id",
    [
        "",
        ".",
        "..",
        "../a",
        "%2e%2e",
        "a/b",
        "a b",
        "a\n",
        "-a",
        "_a",
        "a#b",
        "é",
        "\u0661",
        "x" * 65,
        "x" * 10_000,
        "a\x00",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_is_none_is_refused(world: World, method: str, node_id: str) -> None:
    reply = node(method, node_id, body=NODE)
    assert (reply.status, reply.message[:3]) == (400, "id:")
    assert lane("DELETE", "a", node_id).message.startswith("to:")
    assert len(reply.text) < 300
    assert world.network.nodes == {}


def test_a_lane_joins_two_different_nodes(world: World) -> None:
    reply = lane("PUT", "a", "a", body=LANE)
    assert (reply.status, reply.message) == (400, "to: a lane joins two different nodes")
    assert world.network.lanes == {}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=UTF-8", 201),
        ('application/json; charset="utf-8"; profile=x', 201),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(world: World, content_type: str, status: int) -> None:
    assert node("PUT", body=NODE, headers={"Content-Type": content_type}).status == status
    assert len(world.network.nodes) == (status == 201)


def test_a_removal_takes_no_precondition_of_a_creation(world: World) -> None:
    node("PUT", body=NODE)
    assert node("DELETE", headers={"If-None-Match": "*"}).status == 400
    assert set(world.network.nodes) == {"a"}


def test_every_request_leaves_one_line_without_what_it_carried(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    node("PUT", body={**NODE, "name": "value-of-a-client"})
    node("PUT", body={**NODE, "name": "value-of-a-client\n"})
    text = capsys.readouterr().out
    assert [json.loads(line)["status"] for line in text.splitlines()] == [201, 400]
    assert "value-of-a-client" not in text
    assert world.network.nodes


def test_a_large_body_is_refused(world: World) -> None:
    reply = node("PUT", body={**NODE, "name": "x" * LARGEST_BODY})
    assert (reply.status, reply.code) == (413, "too_large")
    assert world.network.nodes == {}


def test_a_body_in_base64_is_read_and_a_broken_one_refused(world: World) -> None:
    good = base64.b64encode(json.dumps(NODE).encode()).decode()
    assert node("PUT", body="!" + good, base64_encoded=True).status == 400
    assert node("PUT", body=base64.b64encode(b"\xff").decode(), base64_encoded=True).status == 400
    assert node("PUT", body=good, base64_encoded=True).status == 201
    assert set(world.network.nodes) == {"a"}


def test_every_change_is_recorded_with_who_made_it(world: World) -> None:
    claims = {"sub": "user-7", "cognito:groups": "[admin]", "email": "ada@example.com"}
    node("PUT", "a", body=NODE, claims=claims)
    node("PUT", "a", body=NODE, claims=claims, headers={"If-Match": "*"})
    node("PUT", "b", body=NODE)
    lane("PUT", body=LANE)
    lane("PUT", body=LANE, headers={"If-Match": "*"})
    lane("PUT", body=LANE)
    lane("DELETE")
    node("DELETE", "a")
    assert [(e.actor.id, e.action, e.subject, e.version) for e in world.network.events] == [
        ("user-7", "node.created", "node:a", 1),
        ("user-7", "node.replaced", "node:a", 2),
        ("user-1", "node.created", "node:b", 1),
        ("user-1", "lane.created", "lane:a:b", 1),
        ("user-1", "lane.replaced", "lane:a:b", 2),
        ("user-1", "lane.removed", "lane:a:b", None),
        ("user-1", "node.removed", "node:a", None),
    ]
    assert world.network.events[0].actor.name == "ada@example.com"


def test_a_route_that_is_none_is_not_found(world: World) -> None:
    assert world.checks
    assert call(twin.handler, "GET", "/v1/nothing").code == "not_found"
    assert call(twin.handler, "POST", "/v1/twin").code == "not_found"


def test_a_fault_inside_tells_nothing_outside_and_all_to_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_node_id: str) -> None:
        raise RuntimeError("secret detail of table omnitrack-staging-main")

    monkeypatch.setattr(world.network, "node", fail)
    reply = node("GET", headers={"Origin": ORIGIN})
    assert reply.status == 500
    assert reply.json["error"] == {
        "code": "internal_error",
        "message": "Something went wrong on our side.",
        "requestId": "request-1",
    }
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    line, answered = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (answered["route"], answered["status"]) == (NODES, 500)
    assert (line["level"], line["correlation_id"]) == ("ERROR", "request-1")
    assert "Traceback" in line["exception"]
    assert "secret detail" in line["exception"]


def test_an_overloaded_table_asks_to_try_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_node_id: str) -> None:
        raise UnavailableError("the table does not answer at the moment: try again")

    monkeypatch.setattr(world.network, "node", fail)
    reply = node("GET")
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "unavailable", "1")


def test_pages_of_allowed_origins_may_read_answers_and_errors(world: World) -> None:
    assert world.checks
    for reply in (network(), node("GET")):
        assert reply.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in reply.headers
    for origin, expected in ((ORIGIN, ORIGIN), ("https://evil.example", None), ("null", None)):
        reply = node("GET", headers={"origin": origin})
        assert reply.headers.get("Access-Control-Allow-Origin") == expected
        assert ("ETag" in reply.headers.get("Access-Control-Expose-Headers", "")) == (expected is not None)
