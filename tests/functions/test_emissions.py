"""What the network emits, by the factors of the platform."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from omnitrack.domain import emissions
from omnitrack.domain.alerts import Alert
from omnitrack.domain.emissions import EmissionThresholds, Snapshot, StoredEmissionThresholds
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.sensors import LatestReading
from omnitrack.domain.twin import Lane, Node, StoredLane, StoredNode
from omnitrack.handlers import emissions_snapshot, sustainability

from tests.functions.calls import CONTEXT, LANE, NODE, NOW, call
from tests.functions.conftest import World
from tests.functions.fakes import NetworkFootprints
from tests.functions.realtime_world import InOrder

PATH = "/v1/sustainability"
THRESHOLDS_PATH = "/v1/sustainability/thresholds"
OFFICER = "[sustainability_officer]"


@pytest.fixture(autouse=True)
def in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world
    executor = InOrder()
    for name, value in {"evaluations": executor, "criticality": lambda _subject: 0.5}.items():
        monkeypatch.setattr(f"omnitrack.wiring.{name}", lambda value=value: value)


def reading(**metrics: float) -> dict[str, LatestReading]:
    return {"stock": LatestReading(message_id="m", timestamp=NOW, metrics=metrics)}


def add_node(world: World, node_id: str, *, latest: Any = None, **changes: Any) -> None:
    node = Node.model_validate({**NODE, **changes})
    world.network.nodes[node_id] = StoredNode(
        **dict(node), id=node_id, version=1, updated_at=NOW, latest=latest or {}, reading_count=0
    )


def add_lane(world: World, from_: str, to: str, **changes: Any) -> None:
    lane = Lane.model_validate({**LANE, **changes})
    world.network.lanes[from_, to] = StoredLane(**dict(lane), from_=from_, to=to, version=1, updated_at=NOW)


def measured(world: World) -> emissions.Footprint:
    return NetworkFootprints(world.network, lambda: NOW, unit_weight_kg=10).now()


@pytest.mark.parametrize(
    ("mode", "kilograms"), [("truck", 62.0), ("rail", 22.0), ("ship", 8.0), ("air", 602.0)]
)
def test_a_lane_emits_by_its_mode(world: World, mode: str, kilograms: float) -> None:
    # 1,000 units of 10 kg at half of the capacity are 5 t a day, over 200 km 1,000 tonne-kilometres.
    add_node(world, "a", utilization=0.5)
    add_lane(world, "a", "b", mode=mode, capacityPerDay=1000, distanceKm=200)
    (lane,) = measured(world).lanes
    assert (lane.tonne_km, lane.emissions_kg) == (1000, kilograms)
    assert measured(world).by_mode == {mode: kilograms}


@pytest.mark.parametrize(
    ("source", "kilograms"), [("coal", 950.0), ("gas", 450.0), ("renewable", 20.0), (None, 450.0)]
)
def test_a_node_emits_by_what_its_electricity_is_made_from(
    world: World, source: str | None, kilograms: float
) -> None:
    add_node(world, "a", energyKwhPerDay=1000, **({"energySource": source} if source else {}))
    (node,) = measured(world).nodes
    assert (node.energy_kwh, node.emissions_kg) == (1000, kilograms)


def test_what_sensors_report_goes_before_what_is_declared(world: World) -> None:
    add_node(world, "a", utilization=0.5, energyKwhPerDay=1, latest=reading(utilization=1, energyKwh=100))
    add_lane(world, "a", "b", mode="truck", capacityPerDay=1000, distanceKm=100)
    snapshot = measured(world).snapshot(NOW)
    assert snapshot == Snapshot(at=NOW, total_kg=107, lanes_kg=62, nodes_kg=45)


@pytest.mark.parametrize(("reported", "share"), [(-5, 0), (7, 1), (1e15, 1)])
def test_what_cannot_be_is_taken_for_the_nearest_that_can(
    world: World, reported: float, share: float
) -> None:
    add_node(world, "a", latest=reading(utilization=reported, energyKwh=-1))
    add_lane(world, "a", "b", mode="rail", capacityPerDay=1000, distanceKm=100)
    assert measured(world).snapshot(NOW).total_kg == 22 * share


def test_an_answer_says_when_the_network_was_read(world: World) -> None:
    world.footprints.remembered = replace(measured(world), at=NOW - timedelta(seconds=50))
    reply = call(sustainability.handler, "GET", PATH)
    assert reply.json["asOf"] == "2026-11-24T07:59:10.000000Z"


def test_a_snapshot_is_of_the_network_as_it_is_now(emitting: World) -> None:
    emitting.footprints.remembered = replace(measured(emitting), lanes=[], nodes=[])
    snapshot(emitting)
    assert emitting.emissions.snapshots[NOW].total_kg > 0


def test_the_largest_sources_are_named_and_the_totals_hold_all(world: World) -> None:
    for number in range(1, 4):
        add_node(world, f"n{number}", energyKwhPerDay=number * 100, energySource="coal", utilization=1)
        add_lane(world, f"n{number}", "z", mode="truck", capacityPerDay=number * 100, distanceKm=100)
    reply = call(sustainability.handler, "GET", PATH, query={"limit": "2"}, groups="[viewer]")
    assert reply.status == 200
    assert [node["id"] for node in reply.json["nodes"]] == ["n3", "n2"]
    assert [lane["from"] for lane in reply.json["lanes"]] == ["n3", "n2"]
    assert (reply.json["nodesKg"], reply.json["lanesKg"]) == (570, 93)
    assert reply.json["totalKg"] == 663
    assert "thresholds" not in reply.json


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"days": "91"}, {"days": ""}, {"days": "1.5"}]
)
def test_a_parameter_out_of_range_is_refused(query: dict[str, str]) -> None:
    reply = call(sustainability.handler, "GET", PATH, query=query)
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert reply.message.startswith(next(iter(query)))


def test_the_trend_reaches_as_far_back_as_asked(world: World) -> None:
    for days in (1, 5, 40):
        world.emissions.keep(
            Snapshot(at=NOW - timedelta(days=days), total_kg=days, lanes_kg=0, nodes_kg=days)
        )
    for asked, found in ((None, [5, 1]), ("2", [1]), ("90", [40, 5, 1])):
        reply = call(sustainability.handler, "GET", PATH, query={"days": asked} if asked else None)
        assert [snapshot["totalKg"] for snapshot in reply.json["trend"]] == found


def put(body: Any, *, groups: str = OFFICER, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(sustainability.handler, "PUT", THRESHOLDS_PATH, body=body, groups=groups, headers=sent)


def test_thresholds_are_set_replaced_and_audited(world: World) -> None:
    first = put({"networkKg": 5, "laneKg": 1})
    assert (first.status, first.headers["ETag"]) == (201, '"1"')
    assert put({"nodeKg": 5}).status == 428
    assert put({"nodeKg": 5}, If_Match='"7"').status == 412
    second = put({"nodeKg": 5}, If_Match='"1"')
    assert (second.status, second.headers["ETag"], second.json["version"]) == (200, '"2"', 2)
    assert "networkKg" not in second.json
    assert call(sustainability.handler, "GET", PATH).json["thresholds"] == second.json
    assert [event.actor.id for event in world.emissions.events] == ["user-1", "user-1"]


@pytest.mark.parametrize(
    "body", [{"laneKg": -1}, {"laneKg": "1"}, {"laneKg": None}, {"more": 1}, [], {"nodeKg": 1e16}]
)
def test_thresholds_that_are_none_are_refused(body: Any) -> None:
    assert put(body).status == 400


def test_who_may_only_look_sets_no_thresholds(world: World) -> None:
    assert put({"laneKg": 1}, groups="[operations_manager]").status == 403
    assert world.emissions.thresholds() is None


def snapshot(world: World, **thresholds: float) -> None:
    limits = EmissionThresholds.model_validate(thresholds)
    world.emissions.stored = StoredEmissionThresholds(**dict(limits), version=1, updated_at=NOW)
    emissions_snapshot.handler({}, CONTEXT)


def unresolved(world: World) -> dict[str, Alert]:
    return {alert.subject: alert for alert in world.alerts.alerts.values() if alert.status != "resolved"}


@pytest.fixture
def emitting(world: World) -> World:
    add_node(world, "a", energyKwhPerDay=1000, energySource="coal", utilization=1)
    add_lane(world, "a", "b", mode="truck", capacityPerDay=1000, distanceKm=100)
    return world


def test_a_snapshot_raises_an_alert_for_each_subject_over_its_threshold(emitting: World) -> None:
    snapshot(emitting, networkKg=1000, laneKg=155, nodeKg=950.5)
    alerts = unresolved(emitting)
    assert set(alerts) == {"network:main", "lane:a:b"}
    alert = alerts["lane:a:b"]
    assert (alert.rule, alert.severity, alert.value, alert.threshold) == ("emissions", "high", 155, 155)
    assert alert.finding == "emissions are 155 kg CO2e a day or more"
    assert list(emitting.emissions.snapshots) == [NOW]


def test_a_snapshot_that_is_taken_again_in_its_hour_changes_nothing(emitting: World) -> None:
    for _ in range(3):
        snapshot(emitting, networkKg=1)
    (alert,) = emitting.alerts.alerts.values()
    assert alert.count == 1
    assert len(emitting.emissions.snapshots) == 1


def test_the_next_hour_counts_on_and_recovery_resolves(
    emitting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(emitting, networkKg=1, laneKg=1)
    monkeypatch.setattr("omnitrack.wiring.now", lambda: NOW + timedelta(hours=1))
    del emitting.network.lanes["a", "b"]
    snapshot(emitting, networkKg=1, laneKg=1)
    assert {subject: alert.count for subject, alert in unresolved(emitting).items()} == {"network:main": 2}
    monkeypatch.setattr("omnitrack.wiring.now", lambda: NOW + timedelta(hours=2))
    snapshot(emitting)
    assert unresolved(emitting) == {}


def test_a_snapshot_that_fails_is_raised_and_done_by_the_next_attempt(emitting: World) -> None:
    emitting.alerts.failures = ["before"]
    with pytest.raises(UnavailableError):
        snapshot(emitting, networkKg=1, laneKg=1, nodeKg=1)
    snapshot(emitting, networkKg=1, laneKg=1, nodeKg=1)
    assert {subject: alert.count for subject, alert in unresolved(emitting).items()} == {
        "network:main": 1,
        "lane:a:b": 1,
        "node:a": 1,
    }


def test_without_thresholds_nothing_is_raised(emitting: World) -> None:
    emissions_snapshot.handler({}, CONTEXT)
    assert emitting.alerts.alerts == {}
    assert len(emitting.emissions.snapshots) == 1
