"""How much of the network hangs on a subject, by the capacity of the lanes, remembered for a minute."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from omnitrack.adapters.network_items import LANES, lane, partitions
from omnitrack.adapters.table import Table

LIFETIME = 60.0  # seconds


class LaneCriticality:
    """A node's share of lane capacity, in and out, relative to the busiest node's."""

    def __init__(self, table: Table, *, shards: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._shards = shards
        self._clock = clock
        self._shares: Mapping[str, float] = {}
        self._read_at: float | None = None

    def __call__(self, subject: str) -> float:
        """From 0 to 1; of a lane that of its busier end, of the whole network 1."""
        kind, *ids = subject.split(":")
        if kind == "network":
            return 1.0
        shares = self._current()
        return max((shares.get(node_id, 0.0) for node_id in ids), default=0.0)

    def _current(self) -> Mapping[str, float]:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= LIFETIME:
            self._shares, self._read_at = self._read(), now
        return self._shares

    def _read(self) -> Mapping[str, float]:
        capacity: dict[str, float] = defaultdict(float)
        for partition in partitions(self._shards):
            for item in self._table.all(partition, prefix=LANES):
                found = lane(item)
                capacity[found.from_] += found.capacity_per_day
                capacity[found.to] += found.capacity_per_day
        busiest = max(capacity.values(), default=0.0)
        return {node_id: amount / busiest for node_id, amount in capacity.items()} if busiest else {}
