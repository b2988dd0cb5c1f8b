"""Simulated readings are plausible, repeat by seed, and carry the share of anomalies that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omnitrack.domain.sensors import Delivery, parse

from runbook.readings import SENSORS, SimulatedReading, Site, simulate

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITES = [
    Site(node_id=f"{kind}-1", type=kind, longitude=longitude, capacity=10_000, inventory=5_500)
    for kind, longitude in zip(SENSORS, (-120, -60, 0, 60, 120, 170), strict=True)
]


def take(
    count: int, *, anomalies: float = 0.05, seed: int = 1, sites: list[Site] = SITES, at: datetime = START
) -> list[SimulatedReading]:
    ticks = iter(range(count))
    stream = simulate(
        sites, clock=lambda: at + timedelta(milliseconds=50 * next(ticks)), anomalies=anomalies, seed=seed
    )
    return list(islice(stream, count))


def is_alarming(reading: SimulatedReading) -> bool:
    """By the platform's default thresholds, with 5 to 35 degrees as the range of a node."""
    metrics = reading.metrics
    return (
        not 5 <= metrics.get("temperature", 20) <= 35
        or metrics.get("utilization", 0) >= 0.85
        or metrics.get("inventory", 10_000) / 10_000 <= 0.20
        or metrics.get("delayHours", 0) >= 24
    )


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_share_of_anomalies_is_kept(share: float) -> None:
    found = [reading.anomalous for reading in take(4_000, anomalies=share)]
    assert sum(found) / len(found) == pytest.approx(share, abs=0.03)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), hour=st.integers(0, 23))
def test_exactly_the_anomalies_would_raise_an_alert(seed: int, hour: int) -> None:
    for reading in take(120, anomalies=0.3, seed=seed, at=START.replace(hour=hour)):
        assert is_alarming(reading) == reading.anomalous, reading


def test_the_same_seed_and_times_give_the_same_messages() -> None:
    assert take(50, seed=7) == take(50, seed=7)


def test_another_seed_gives_other_values() -> None:
    assert [reading.metrics for reading in take(50, seed=7)] != [
        reading.metrics for reading in take(50, seed=8)
    ]


def test_the_same_seed_at_another_time_repeats_no_message_id() -> None:
    later = take(50, seed=7, at=START + timedelta(hours=1))
    assert {reading.message_id for reading in take(50, seed=7)}.isdisjoint(
        reading.message_id for reading in later
    )


def test_no_two_messages_share_an_id_even_at_the_same_moment() -> None:
    stream = simulate(SITES, clock=lambda: START, anomalies=0, seed=1)
    ids = [reading.message_id for reading in islice(stream, 500)]
    assert len(set(ids)) == 500


def test_every_site_speaks_with_all_its_sensors() -> None:
    spoken = {(reading.node_id, reading.sensor_type) for reading in take(2 * len(SITES))}
    assert spoken == {(site.node_id, sensor) for site in SITES for sensor in SENSORS[site.type]}


def test_the_platform_accepts_every_message() -> None:
    import json  # noqa: PLC0415 - this test only

    for reading in take(200, anomalies=0.5):
        payload = json.dumps(reading.message()).encode()
        assert parse(Delivery(payload=payload, topic_node_id=reading.node_id), START + timedelta(hours=1))


def test_afternoons_are_warmer_than_nights_at_the_place_of_the_site() -> None:
    tokyo = Site(node_id="w", type="warehouse", longitude=139.7, capacity=100, inventory=50)

    def mean_temperature(hour_utc: int) -> float:
        found = take(200, anomalies=0, sites=[tokyo], at=START.replace(hour=hour_utc))
        values = [reading.metrics["temperature"] for reading in found if reading.sensor_type == "climate"]
        return sum(values) / len(values)

    assert mean_temperature(6) > mean_temperature(18) + 2  # 15 o'clock there, and 3
