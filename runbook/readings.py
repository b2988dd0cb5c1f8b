"""Made-up but plausible sensor readings: daily rhythm, noise, and a chosen share of anomalies."""

from __future__ import annotations

import math
import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

SOURCE: Final = "simulator"
# Message ids are derived, so that the same seed at the same times sends the same messages.
MESSAGES: Final = uuid.UUID("6f1d5b0e-6c1a-4f6b-9f53-7d9b3a3a0c11")
# Which sensors a node of each type carries; every name is a key of METERS.
SENSORS: Final[dict[str, tuple[str, ...]]] = {
    "supplier": ("stock",),
    "manufacturer": ("climate", "stock"),
    "warehouse": ("climate", "stock"),
    "distributor": ("climate", "stock"),
    "retailer": ("stock",),
    "port": ("stock", "transit"),
}

Metrics = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the simulator has to know about a node.

    Attributes:
        node_id: the node whose sensors report.
        type: one of the six node types.
        longitude: degrees east; it sets the local time of day.
        capacity: what the node can hold.
        inventory: what it holds on an ordinary day.
    """

    node_id: str
    type: str
    longitude: float
    capacity: float
    inventory: float


@dataclass(frozen=True, kw_only=True)
class SimulatedReading:
    """One message of one sensor, and whether it was made to stand out."""

    message_id: str
    node_id: str
    timestamp: datetime
    sensor_type: str
    metrics: Metrics
    anomalous: bool

    def message(self) -> dict[str, object]:
        """The JSON body that a sensor publishes."""
        return {
            "messageId": self.message_id,
            "nodeId": self.node_id,
            "timestamp": self.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sensorType": self.sensor_type,
            "metrics": self.metrics,
            "source": SOURCE,
        }


def simulate(
    sites: Sequence[Site], *, clock: Callable[[], datetime], anomalies: float, seed: int
) -> Iterator[SimulatedReading]:
    """Endless readings, site after site, each taking its sensors in turn.

    Args:
        sites: where sensors report from; at least one.
        clock: the time of the next reading, in UTC.
        anomalies: share of readings that must raise an alert, 0 to 1.
        seed: the same seed and the same clock give the same readings.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets, and it has to repeat
    number = 0
    while True:
        for site in sites:
            sensors = SENSORS[site.type]
            sensor = sensors[number // len(sites) % len(sensors)]
            now = clock()
            anomalous = chance.random() < anomalies
            metrics = METERS[sensor](site, _rhythm(site, now), chance, anomalous)
            yield SimulatedReading(
                message_id=str(uuid.uuid5(MESSAGES, f"{site.node_id}/{sensor}/{now.isoformat()}/{number}")),
                node_id=site.node_id,
                timestamp=now,
                sensor_type=sensor,
                metrics={name: round(value, 3) for name, value in metrics.items()},
                anomalous=anomalous,
            )
            number += 1


def _rhythm(site: Site, now: datetime) -> float:
    """-1 in the small hours of the site's solar time, 1 in the middle of the afternoon."""
    hour = (now.hour + now.minute / 60 + site.longitude / 15) % 24
    return math.cos((hour - 15) / 24 * 2 * math.pi)


def _climate(_site: Site, rhythm: float, chance: random.Random, anomalous: bool) -> Metrics:  # noqa: FBT001
    # Halls are kept between 15 and 25 °C; a failed cooling or heating leaves that range far behind.
    usual = 20 + 2.5 * rhythm + chance.gauss(0, 0.4)
    temperature = chance.choice((chance.uniform(42, 55), chance.uniform(-22, -8))) if anomalous else usual
    return {
        "temperature": temperature,
        "humidity": min(95.0, max(15.0, 48 - 8 * rhythm + chance.gauss(0, 2))),
    }


def _stock(site: Site, rhythm: float, chance: random.Random, anomalous: bool) -> Metrics:  # noqa: FBT001
    filled = min(
        0.80, max(0.25, site.inventory / site.capacity * (1 + 0.05 * rhythm) + chance.gauss(0, 0.01))
    )
    utilization = min(0.84, max(0.05, 0.62 + 0.16 * rhythm + chance.gauss(0, 0.02)))
    if anomalous and chance.random() < 0.5:  # noqa: PLR2004 - one half runs full, the other out of stock
        utilization = chance.uniform(0.95, 1.0)
    elif anomalous:
        filled = chance.uniform(0.0, 0.10)
    return {"utilization": utilization, "inventory": float(math.floor(filled * site.capacity))}


def _transit(_site: Site, rhythm: float, chance: random.Random, anomalous: bool) -> Metrics:  # noqa: FBT001
    usual = max(0.0, 3 + 1.5 * rhythm + chance.gauss(0, 1))
    return {"delayHours": chance.uniform(24, 96) if anomalous else min(usual, 20.0)}


METERS: Final[dict[str, Callable[[Site, float, random.Random, bool], Metrics]]] = {
    "climate": _climate,
    "stock": _stock,
    "transit": _transit,
}
