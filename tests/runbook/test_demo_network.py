"""The demo network is a plausible world, and always the same one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, get_args

import pytest
from omnitrack.domain.twin import NodeType
from omnitrack.domain.values import IDENTIFIER_PATTERN

from runbook import demo_network
from runbook.demo_network import great_circle_km, lanes, nodes, sea_km

if TYPE_CHECKING:
    from collections.abc import Iterable


def reachable(start: str, steps: Iterable[tuple[str, str]]) -> set[str]:
    ways = defaultdict(set)
    for source, target in steps:
        ways[source].add(target)
    found, fresh = set(), {start}
    while fresh:
        found |= fresh
        fresh = {target for node in fresh for target in ways[node]} - found
    return found


def test_it_has_about_forty_nodes_of_all_six_types_on_four_continents() -> None:
    types = Counter(node.type for node in nodes().values())
    continents = Counter(demo_network.continents().values())
    assert 35 <= len(nodes()) <= 50
    assert set(types) == set(get_args(NodeType))
    assert set(continents) == {"Asia", "Europe", "North America", "South America"}
    assert min(continents.values()) >= 5


def test_every_id_is_valid_and_no_two_places_are_the_same() -> None:
    assert all(re.fullmatch(IDENTIFIER_PATTERN, node_id) for node_id in nodes())
    assert len({(node.location.latitude, node.location.longitude) for node in nodes().values()}) == len(
        nodes()
    )


def test_the_data_file_names_no_node_and_no_lane_twice() -> None:
    data = demo_network._data()
    assert len(data["nodes"]) == len(nodes())
    assert sum(map(len, data["lanes"].values())) == len(lanes())


def test_lanes_join_nodes_that_exist_and_never_a_node_with_itself() -> None:
    for source, target in lanes():
        assert {source, target} <= set(nodes())
        assert source != target


def test_the_network_hangs_together() -> None:
    both_ways = [step for lane in lanes() for step in (lane, lane[::-1])]
    assert reachable("port-shanghai", both_ways) == set(nodes())


def test_goods_of_every_supplier_can_reach_a_plant_and_every_shop_gets_goods_of_a_plant() -> None:
    of_type = defaultdict(set)
    for node_id, node in nodes().items():
        of_type[node.type].add(node_id)
    backwards = [lane[::-1] for lane in lanes()]
    for supplier in of_type["supplier"]:
        assert reachable(supplier, lanes()) & of_type["manufacturer"], supplier
    for shop in of_type["retailer"]:
        assert reachable(shop, backwards) & of_type["manufacturer"], shop


def test_ships_sail_between_ports_and_planes_fly_between_airport_warehouses() -> None:
    for (source, target), lane in lanes().items():
        types = {nodes()[source].type, nodes()[target].type}
        if lane.mode == "ship":
            assert types == {"port"}
        if lane.mode == "air":
            assert types == {"warehouse"}


@pytest.mark.parametrize(
    ("start", "end", "shortest", "longest"),
    [
        # Published sea distances, with 5 % to either side.
        ("port-shanghai", "port-rotterdam", 19_000, 20_500),  # through Suez
        ("port-shanghai", "port-los-angeles", 10_000, 11_200),
        ("port-singapore", "port-rotterdam", 14_900, 16_200),
        ("port-rotterdam", "port-santos", 9_600, 10_700),
        ("port-antofagasta", "port-shanghai", 18_000, 19_600),
    ],
)
def test_sea_distances_are_those_of_the_tables(start: str, end: str, shortest: int, longest: int) -> None:
    assert shortest <= lanes()[start, end].distance_km <= longest


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((51.4700, -0.4543), (40.6413, -73.7781), 5_540),  # Heathrow to Kennedy
        ((0.0, 0.0), (0.0, 180.0), 20_015),  # half way around
        ((35.0, 139.0), (35.0, 139.0), 0),
    ],
)
def test_great_circles_are_right(
    start: tuple[float, float], end: tuple[float, float], expected: float
) -> None:
    assert great_circle_km(start, end) == pytest.approx(expected, abs=15)


def test_a_way_by_sea_or_land_is_never_shorter_than_the_great_circle() -> None:
    for (source, target), lane in lanes().items():
        start, end = nodes()[source].location, nodes()[target].location
        direct = great_circle_km((start.latitude, start.longitude), (end.latitude, end.longitude))
        assert lane.distance_km >= direct * 0.999, (source, target)


def test_lead_times_are_those_of_each_mode() -> None:
    expected = {"truck": (0.5, 5), "rail": (2, 16), "ship": (4.5, 40), "air": (2, 4)}
    for ends, lane in lanes().items():
        shortest, longest = expected[lane.mode]
        assert shortest < lane.lead_time_days < longest, ends


def test_air_is_faster_and_dearer_than_sea() -> None:
    sea, air = lanes()["port-shanghai", "port-rotterdam"], lanes()["warehouse-pudong", "warehouse-frankfurt"]
    assert air.lead_time_days < sea.lead_time_days / 10
    assert air.cost_per_unit > sea.cost_per_unit * 10


def test_stocks_fit_and_are_neither_empty_nor_full() -> None:
    for node_id, node in nodes().items():
        assert 0.2 < (node.inventory or 0) / node.capacity < 0.85, node_id


def test_the_same_network_is_computed_again() -> None:
    before = (nodes(), lanes())
    for cached in (demo_network.nodes, demo_network.lanes, demo_network._places, demo_network._data):
        cached.cache_clear()
    assert (nodes(), lanes()) == before


def test_a_sea_route_has_the_same_length_both_ways() -> None:
    shanghai, santos = (31.400091, 121.497113), (-23.973773, -46.320786)
    assert sea_km(shanghai, santos) == pytest.approx(sea_km(santos, shanghai), rel=1e-6)
