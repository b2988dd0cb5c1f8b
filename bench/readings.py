"""Readings on their whole way: MQTT over TLS, IoT, topic rule, queue, function, table."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bench import network
from bench.measure import Row, paired_ratio, rates
from bench.workspace import BenchmarkError
from runbook.readings import simulate

if TYPE_CHECKING:
    from bench.workspace import Workspace
    from runbook.publishing import Publisher
    from runbook.targets import Target

READINGS: Final = 1000
"""Readings per run."""
PATIENCE_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.1


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """Publish as fast as the broker takes it, and wait until the last reading is counted at its node."""
    _ = workspace.cloud
    workspace.report("readings through IoT to the table")
    target = network.target()
    names = [site.node_id for site in network.sites(target)]
    acknowledged, stored = [], []
    with network.connected(target, names) as publisher:
        for run in range(runs + 1):
            rate, whole = _publish(target, publisher, seed=run)
            if run:  # the first warms the functions
                acknowledged.append(rate)
                stored.append(whole)
    yardstick = rates("readings acknowledged by IoT over MQTT", acknowledged)
    row = rates("readings stored in the table", stored)
    return [yardstick, row.compared(paired_ratio(stored, acknowledged), yardstick.what)]


def _publish(target: Target, publisher: Publisher, *, seed: int) -> tuple[float, float]:
    """Readings per second until IoT has acknowledged all, and until the table has them all."""
    wanted = network.counted(target) + READINGS
    known = publisher.acknowledged()
    stream = simulate(network.sites(target), clock=lambda: datetime.now(UTC), anomalies=0, seed=seed)
    started = time.perf_counter()
    for reading, _ in zip(stream, range(READINGS), strict=False):
        publisher.send(reading)
    if publisher.acknowledged() - known != READINGS:
        raise BenchmarkError(f"IoT has not acknowledged all of {READINGS} readings")
    acknowledged = time.perf_counter() - started
    while network.counted(target) < wanted:
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise BenchmarkError(f"not all readings are stored {PATIENCE_SECONDS:.0f} s after the first")
        time.sleep(LOOK_SECONDS)
    return READINGS / acknowledged, READINGS / (time.perf_counter() - started)
