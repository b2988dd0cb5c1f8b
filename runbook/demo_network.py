"""The demo network: places from data, distances, times and costs computed.

Towns and quantities are in `demo_network.yaml`; coordinates of ports come from the package searoute,
those of airports from airportsdata. Nothing here talks to a network, and the answer is always the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from omnitrack.domain.twin import Lane, Location, Mode, Node, TemperatureRange

Place = tuple[float, float]
"""Latitude and longitude in degrees."""

EARTH_RADIUS_KM: Final = 6371.0088
APPLIANCE_TONS: Final = 0.045
"""Weight of one appliance equivalent, packed: between a microwave oven and a washing machine."""
DATA_FILE: Final = Path(__file__).with_name("demo_network.yaml")


@dataclass(frozen=True, kw_only=True)
class Carriage:
    """How a mode of transport turns a distance into days and money.

    Attributes:
        circuity: length of the way divided by the great circle; 1 where the way itself is computed.
        km_per_day: distance covered in 24 hours, rests included.
        handling_days: loading, waiting, customs and unloading, both ends together.
        usd_per_ton_km: freight rate.
        handling_usd: handling of one appliance equivalent, both ends together.
    """

    circuity: float
    km_per_day: float
    handling_days: float
    usd_per_ton_km: float
    handling_usd: float


CARRIAGES: Final[dict[Mode, Carriage]] = {
    # Circuity of roads: Ballou, Rahardja, Sakai (2002), "Selected country circuity factors", about 1.3 in
    # the mean of the countries here. 9 driving hours a day (Regulation (EC) 561/2006, article 6) at 70 km/h.
    "truck": Carriage(circuity=1.3, km_per_day=630, handling_days=0.5, usd_per_ton_km=0.11, handling_usd=0.9),
    # China-Europe block trains cover about 1,000 km a day; trains wait two days for their slot and gauge.
    "rail": Carriage(
        circuity=1.25, km_per_day=1000, handling_days=2.0, usd_per_ton_km=0.035, handling_usd=1.4
    ),
    # Container ships steam at about 16 knots since slow steaming (UNCTAD, Review of Maritime Transport);
    # two days in each port for unloading, customs and gate.
    "ship": Carriage(
        circuity=1.0, km_per_day=16 * 1.852 * 24, handling_days=4.0, usd_per_ton_km=0.008, handling_usd=2.2
    ),
    # A freighter's block speed is about 800 km/h; a day at each end for screening, build-up and customs.
    "air": Carriage(
        circuity=1.0, km_per_day=800 * 24, handling_days=2.0, usd_per_ton_km=0.75, handling_usd=3.5
    ),
}


# The temperatures in °C that packed appliances bear where the node measures them.
STORAGE: Final = TemperatureRange(minimum=5, maximum=35)
HALLS: Final = frozenset({"manufacturer", "warehouse", "distributor"})
# Until the first reading says better.
USUAL_UTILIZATION: Final = 0.6


@cache
def nodes() -> dict[str, Node]:
    """All nodes by id, in the order of the data file."""
    places = _places()
    return {row["id"]: _node(row, places[row["id"]]) for row in _data()["nodes"]}


@cache
def continents() -> dict[str, str]:
    """The continent of each node, by id."""
    return {row["id"]: row["continent"] for row in _data()["nodes"]}


@cache
def lanes() -> dict[tuple[str, str], Lane]:
    """All lanes by the ids of their ends (from, to), with computed distance, time and cost."""
    places = _places()
    return {
        (source, target): _lane(mode, places[source], places[target], capacity)
        for mode, rows in _data()["lanes"].items()
        for source, target, capacity in rows
    }


def great_circle_km(start: Place, end: Place) -> float:
    """Length of the shortest way over the globe, by the haversine formula.

    Args:
        start: latitude and longitude in degrees.
        end: latitude and longitude in degrees.
    """
    latitude, longitude, other_latitude, other_longitude = map(math.radians, (*start, *end))
    chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def sea_km(start: Place, end: Place) -> float:
    """Length of the shortest sea route between two ports, through Suez and Panama where that is shorter."""
    import searoute  # noqa: PLC0415 - loads the graph of the seas

    route = searoute.searoute(start[::-1], end[::-1], append_orig_dest=True)
    return float(route.properties["length"])


def _node(row: dict[str, Any], place: Place) -> Node:
    latitude, longitude = place
    measured: dict[str, Any] = {"temperature_range": STORAGE} if row["type"] in HALLS else {}
    return Node(
        name=row["name"],
        type=row["type"],
        location=Location(latitude=latitude, longitude=longitude),
        capacity=row["capacity"],
        inventory=row["inventory"],
        utilization=USUAL_UTILIZATION,
        **measured,
    )


def _lane(mode: Mode, start: Place, end: Place, capacity: int) -> Lane:
    carriage = CARRIAGES[mode]
    way = sea_km if mode == "ship" else great_circle_km
    distance = way(start, end) * carriage.circuity
    return Lane(
        mode=mode,
        distance_km=round(distance, 1),
        lead_time_days=round(distance / carriage.km_per_day + carriage.handling_days, 2),
        capacity_per_day=capacity,
        cost_per_unit=round(distance * APPLIANCE_TONS * carriage.usd_per_ton_km + carriage.handling_usd, 2),
    )


@cache
def _places() -> dict[str, Place]:
    import airportsdata  # noqa: PLC0415 - 8,000 airports, only needed here
    from searoute.data.ports_dict import node_list  # noqa: PLC0415 - 4,000 ports, only needed here

    # Some codes are listed twice, with positions a few kilometres apart: the southernmost is as good as any.
    ports = {
        port["port"]: (port["y"], port["x"])
        for port in sorted(node_list.values(), key=lambda port: -port["y"])
    }
    airports = airportsdata.load("IATA")
    places: dict[str, Place] = {}
    for row in _data()["nodes"]:
        match row["place"]:
            case [latitude, longitude]:
                places[row["id"]] = latitude, longitude
            case str(code) if code in ports:
                places[row["id"]] = ports[code]
            case code:
                places[row["id"]] = airports[code]["lat"], airports[code]["lon"]
    return places


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(DATA_FILE.read_text(encoding="utf-8"))
    return content
