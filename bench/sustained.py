"""Readings for a minute without a pause, and whether each of them arrives."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bench import network
from bench.measure import COUNT, Row, rates
from runbook.readings import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.workspace import Workspace
    from runbook.publishing import Publisher
    from runbook.readings import Site
    from runbook.targets import Target

SECONDS: Final = 60.0
UNDER_WAY: Final = 500
"""Readings sent and not yet stored, at most: so that the rate is that of the whole way and not of a queue."""
BURST: Final = 50
"""Readings sent between two looks at the table."""
PATIENCE_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.1


def measure(workspace: Workspace, _runs: int) -> list[Row]:
    """Publish for a minute as fast as the table takes it, wait for the rest, and count what is missing."""
    _ = workspace.cloud
    workspace.report(f"readings for {SECONDS:.0f} s")
    stack = network.target()
    sites = network.sites(stack)
    with network.connected(stack, [site.node_id for site in sites]) as publisher:
        started = time.perf_counter()
        sent, before = _publish(stack, publisher, sites, until=started + SECONDS)
        missing = _missing(stack, before + sent)
    seconds = time.perf_counter() - started
    whole = rates(f"readings stored, {SECONDS:.0f} s without a pause", [(sent - missing) / seconds])
    loss = Row(
        what="readings of these that are lost",
        runs=1,
        unit=COUNT,
        figures={"sent": sent, "lost": missing},
        aim="0 lost",
    )
    return [whole, loss]


def _publish(stack: Target, publisher: Publisher, sites: Sequence[Site], *, until: float) -> tuple[int, int]:
    """How many readings were sent, and how many the table had before."""
    stream = simulate(sites, clock=lambda: datetime.now(UTC), anomalies=0, seed=0)
    before, sent = network.counted(stack), 0
    while time.perf_counter() < until:
        if before + sent - network.counted(stack) > UNDER_WAY - BURST:
            time.sleep(LOOK_SECONDS)
            continue
        for _ in range(BURST):
            publisher.send(next(stream))
        sent += BURST
    publisher.acknowledged()
    return sent, before


def _missing(stack: Target, wanted: int) -> int:
    """How many readings the table has not got, once it has all or has had its time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (missing := wanted - network.counted(stack)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return missing
