"""Reads through the local gateway: firewall, authorizer, validation, function, table, and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from bench.client import Client
from bench.measure import Row, latencies, percentile, timed
from runbook import demo_network, users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.workspace import Workspace

CLIENTS: Final = (1, 8)
REQUESTS: Final = 400
"""Counted requests per path and number of clients."""
BLOCK: Final = 80
"""Requests, of all clients together, before the next path has its turn."""
EDGE_HEALTH: Final = "/_omnitrack/health"
AIM: Final = "p50 12, p95 25 ms"


def measure(workspace: Workspace, _runs: int) -> list[Row]:
    """Read a node and the health of the API with 1 and 8 clients, beside the health of the edge itself.

    Each client keeps its connection and asks again as soon as it has an answer.
    """
    port = workspace.cloud.port
    workspace.report("reads through the API")
    token = workspace.omnitrack("token", "--user", users.demo_email("viewer"), "-s", "development").strip()
    paths = (EDGE_HEALTH, "/v1/health", f"/v1/twin/nodes/{next(iter(demo_network.nodes()))}")
    rows = []
    for count in CLIENTS:
        with ExitStack() as stack:
            headers = {"Authorization": token}
            clients = [stack.enter_context(Client(port, headers)) for _ in range(count)]
            taken = _in_turns(clients, paths)
        yardstick = percentile(taken[EDGE_HEALTH], 50)
        label = "1 client" if count == 1 else f"{count} clients"
        for path, seconds in taken.items():
            row = latencies(
                f"GET {path}, {label}", seconds, aim=AIM if count == 1 and path != EDGE_HEALTH else ""
            )
            ratio = percentile(seconds, 50) / yardstick
            rows.append(row if path == EDGE_HEALTH else row.compared(ratio, f"p50 of {EDGE_HEALTH}"))
    return rows


def _in_turns(clients: Sequence[Client], paths: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each request, by path; a first block per path is not counted."""
    taken: dict[str, list[float]] = {path: [] for path in paths}
    each = BLOCK // len(clients)
    with ThreadPoolExecutor(len(clients)) as pool:
        for block in range(REQUESTS // BLOCK + 1):
            for path in paths:
                seconds = list(pool.map(_reading, clients, [path] * len(clients), [each] * len(clients)))
                if block:
                    taken[path] += [second for one in seconds for second in one]
    return taken


def _reading(client: Client, path: str, requests: int) -> list[float]:
    return [timed(lambda: client.get(path)) for _ in range(requests)]
