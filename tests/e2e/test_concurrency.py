"""Many at once: people who want the same thing, and sensors that tell everything several times."""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.e2e import faults
from tests.e2e.faults import FULL, NODE, Json
from tests.e2e.home import Platform

PEOPLE = ("operations_manager", "director")
ACKNOWLEDGEMENTS, WRITERS, REPEATS, CONNECTIONS, SAME_REQUESTS = 50, 20, 10, 4, 10
NODES, READINGS = 5, 200
MOST_TURNS = 60
SEED = 20261124
Eventually = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def redelivery(platform: Platform, eventually: Eventually) -> Iterator[None]:
    """What was not finished comes again after seconds."""
    with faults.brief_redelivery(platform, eventually):
        yield


@pytest.fixture(scope="module")
def address(platform: Platform) -> str:
    """Who hears of the alerts."""
    return faults.listen(platform)


def _at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def _spread(platform: Platform, readings: list[Json]) -> None:
    """Send readings over several connections at once."""
    clients = [platform.home.client("iot-data") for _ in range(CONNECTIONS)]
    _at_once(
        [
            partial(faults.publish, platform, *readings[number::CONNECTIONS], client=client)
            for number, client in enumerate(clients)
        ]
    )


def test_of_many_who_acknowledge_an_alert_one_does_and_the_others_hear_who(
    platform: Platform, eventually: Eventually
) -> None:
    node = faults.new_node(platform)
    faults.publish(platform, faults.reading(node, FULL))
    (alert,) = eventually(lambda: faults.alerts(platform, node))
    path = f"/alerts/{alert['id']}/acknowledge"
    for role in PEOPLE:
        platform.token(role)
    answers: list[httpx2.Response] = _at_once(
        [
            partial(platform.request, "PUT", path, role=PEOPLE[number % 2])
            for number in range(ACKNOWLEDGEMENTS)
        ]
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: ACKNOWLEDGEMENTS - 1}
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    refusals = {answer.json()["error"]["message"] for answer in answers if answer.status_code == 409}
    assert len(refusals) == 1
    assert refusals.pop().startswith(f"{winner['acknowledgedBy']['name']} acknowledged the alert at ")
    (event,) = faults.audit(platform, f"alert:{alert['id']}")
    assert event["actor"]["id"] == winner["acknowledgedBy"]["id"]


def test_writers_who_heed_the_version_lose_no_update(platform: Platform) -> None:
    node = faults.new_node(platform, inventory=0)
    platform.token(PEOPLE[0])
    versions: list[int] = _at_once([lambda: _add_one(platform, node)] * WRITERS)
    assert sorted(versions) == list(range(2, WRITERS + 2))
    seen = faults.node_of(platform, node)
    assert (seen["inventory"], seen["version"]) == (WRITERS, WRITERS + 1)
    assert len(faults.audit(platform, f"node:{node}")) == WRITERS + 1


def _add_one(platform: Platform, node: str) -> int:
    """Change the node as an editor does, until nobody was quicker; answers the version that came of it."""
    path, role = f"/twin/nodes/{node}", PEOPLE[0]
    for _ in range(MOST_TURNS):
        seen = platform.request("GET", path, role=role)
        changed = NODE | {"inventory": seen.json()["inventory"] + 1}
        done = platform.request(
            "PUT", path, role=role, json=changed, headers={"If-Match": seen.headers["etag"]}
        )
        if done.status_code == 200:
            return int(done.json()["version"])
        assert done.status_code in {412, 503}, done.text
    raise AssertionError(f"not written in {MOST_TURNS} turns")


def test_a_request_that_is_sent_many_times_with_one_key_has_one_effect(platform: Platform) -> None:
    node, key = faults.new_node(platform), str(uuid.uuid4())
    headers = {"If-Match": '"1"', "Idempotency-Key": key}

    def put() -> httpx2.Response:
        return platform.request(
            "PUT", f"/twin/nodes/{node}", role=PEOPLE[0], json=NODE | {"inventory": 5}, headers=headers
        )

    answers: list[httpx2.Response] = [*_at_once([put] * SAME_REQUESTS), put()]
    done = [answer for answer in answers if answer.status_code == 200]
    codes = {answer.json()["error"]["code"] for answer in answers if answer.status_code != 200}
    assert codes <= {"request_in_progress"}
    assert done
    assert {(answer.text, answer.headers["etag"]) for answer in done} == {(done[0].text, '"2"')}
    assert answers[-1].status_code == 200
    assert faults.node_of(platform, node)["version"] == 2
    assert len(faults.audit(platform, f"node:{node}")) == 2


def test_a_reading_that_comes_many_times_over_several_connections_has_one_effect(
    platform: Platform, address: str, eventually: Eventually
) -> None:
    node = faults.new_node(platform)
    _spread(platform, [faults.reading(node, FULL)] * REPEATS)
    eventually(lambda: faults.count(platform, node) == 1)
    eventually(lambda: faults.mails(platform, address, node))
    eventually(lambda: faults.is_idle(platform, "readings") and faults.is_idle(platform, "notifications"))
    assert faults.count(platform, node) == 1
    assert [alert["count"] for alert in faults.alerts(platform, node)] == [1]
    assert len(faults.mails(platform, address, node)) == 1


def test_readings_in_any_order_and_number_come_to_what_the_newest_ones_say(
    platform: Platform, eventually: Eventually
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - an order and values, no secret
    nodes = [faults.new_node(platform) for _ in range(NODES)]
    readings = [
        faults.reading(
            nodes[number % NODES],
            _metrics(chance),
            age=float(READINGS - number),
            sensorType=chance.choice(("load", "store")),
        )
        for number in range(READINGS)
    ]
    sent = readings + chance.sample(readings, READINGS // 4)
    chance.shuffle(sent)
    _spread(platform, sent)
    for node in nodes:
        eventually(lambda node=node: faults.count(platform, node) == READINGS // NODES, 60)
    for node in nodes:
        own = [one for one in readings if one["nodeId"] == node]
        newest = {one["sensorType"]: one for one in own}  # they are in the order of their times
        seen = faults.node_of(platform, node)
        assert {kind: one["messageId"] for kind, one in seen["latest"].items()} == {
            kind: one["messageId"] for kind, one in newest.items()
        }
        wanted = _expected(newest)
        eventually(lambda node=node, wanted=wanted: _unresolved(platform, node) == wanted)
    eventually(lambda: faults.is_idle(platform, "readings"))
    assert [faults.count(platform, node) for node in nodes] == [READINGS // NODES] * NODES


def _metrics(chance: random.Random) -> Json:
    kinds = chance.sample(("utilization", "delayHours", "inventory"), 2)
    tops = {"utilization": 1.0, "delayHours": 40.0, "inventory": 500.0}
    return {kind: round(chance.uniform(0, tops[kind]), 3) for kind in kinds}


def _expected(newest: dict[str, Json]) -> list[tuple[str, str]]:
    """The alerts that are due by the newest readings, from the documented bounds alone."""
    seen = {"utilization": 0.0, "delayHours": 0.0, "inventory": float(str(NODE["inventory"]))}
    for one in sorted(newest.values(), key=lambda one: str(one["timestamp"])):
        seen |= one["metrics"]
    share = seen["inventory"] / float(str(NODE["capacity"]))
    due = {
        "utilization": _first(seen["utilization"] >= 0.95, "critical", seen["utilization"] >= 0.85, "high"),
        "delay": _first(seen["delayHours"] >= 24, "high"),
        "inventory": _first(share <= 0.1, "critical", share <= 0.2, "medium"),
    }
    return sorted((rule, severity) for rule, severity in due.items() if severity)


def _first(*cases: Any) -> str | None:
    return next((name for holds, name in zip(cases[::2], cases[1::2], strict=True) if holds), None)


def _unresolved(platform: Platform, node: str) -> list[tuple[str, str]]:
    return sorted(
        (alert["rule"], alert["severity"])
        for alert in faults.alerts(platform, node)
        if alert["status"] != "resolved"
    )
