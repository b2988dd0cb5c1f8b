"""A network of five thousand nodes: it is read whole, written, and reported on in time."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from omnitrack.adapters.network_items import lane_key, node_key
from omnitrack.adapters.table import to_attributes

from tests.e2e import stored
from tests.e2e.home import Platform
from tests.e2e.sockets import connected

NODES = [f"large-{number:04}" for number in range(5_000)]
LANES = [(NODES[0], node) for node in NODES[1:501]]
LANE = {"mode": "rail", "leadTimeDays": 1, "distanceKm": 9, "capacityPerDay": 5, "costPerUnit": 2}
AT = "2026-11-24T08:00:00.000000Z"
READER, WRITER = "viewer", "operations_manager"
BATCH = 25  # items that DynamoDB writes at once
WRITERS = 4
SERVICE_LEVEL = 2.0  # seconds


def _keys(platform: Platform) -> list[dict[str, Any]]:
    shards = int(platform.outputs["NetworkShards"])
    lanes = [lane_key(from_, to, shards) for from_, to in LANES]
    return [*(node_key(node, shards) for node in NODES), *lanes]


def _item(key: dict[str, Any]) -> dict[str, Any]:
    written = {"version": 1, "updatedAt": AT}
    if key["SK"].startswith("LANE#"):
        return {**key, **LANE, **written}
    lanes = 500 if key["SK"] == f"NODE#{NODES[0]}" else 0
    return {
        **key,
        **stored.NODE,
        **written,
        "createdAt": AT,
        "latest": {},
        "readingCount": 0,
        "laneCount": lanes,
    }


def _write(platform: Platform, requests: list[dict[str, Any]]) -> None:
    table, database = platform.outputs["MainTableName"], platform.client("dynamodb")

    def write(start: int) -> None:
        waiting = {table: requests[start : start + BATCH]}
        while waiting:
            waiting = database.batch_write_item(RequestItems=waiting)["UnprocessedItems"]

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(0, len(requests), BATCH)))


@pytest.fixture(scope="module", autouse=True)
def large(platform: Platform) -> Iterator[None]:
    """The network, written past the API; in the end it is gone, and who follows the table has seen that."""
    keys = _keys(platform)
    _write(platform, [{"PutRequest": {"Item": to_attributes(_item(key))}} for key in keys])
    yield
    _write(platform, [{"DeleteRequest": {"Key": to_attributes(key)}} for key in keys])
    with connected(platform, "twin", role=READER) as socket:
        stored.put_node(platform, "large-last")
        socket.of_node("large-last")
    stored.remove_nodes(platform, ["large-last"])


def _walk(platform: Platform, query: str) -> tuple[list[dict[str, Any]], list[float]]:
    """All pages of the twin, and how long each of them took."""
    found, took, cursor = [], [], ""
    while True:
        start = time.perf_counter()
        answer = platform.request("GET", f"/twin?{query}{cursor}", role=READER)
        took.append(time.perf_counter() - start)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "cursor" not in found[-1]:
            return found, took
        cursor = f"&cursor={found[-1]['cursor']}"


@pytest.mark.parametrize("query", ["limit=1000", "limit=500&summary"])
def test_all_of_it_is_paged_once(platform: Platform, query: str) -> None:
    pages, took = _walk(platform, query)
    print(f"{query}: {len(pages)} pages in {sum(took):.1f} s, the slowest in {max(took):.2f} s")  # noqa: T201
    nodes = [node["id"] for page in pages for node in page["nodes"]]
    lanes = [(lane["from"], lane["to"]) for page in pages for lane in page["lanes"]]
    assert len(nodes) == len(set(nodes))
    assert set(NODES) <= set(nodes)
    assert len(lanes) == len(set(lanes))
    assert set(LANES) <= set(lanes)


def test_a_node_of_it_is_read_and_written_as_any_other(platform: Platform) -> None:
    path, took = f"/twin/nodes/{NODES[2_500]}", []
    for method, options in [("GET", {}), ("PUT", {"json": stored.NODE, "headers": stored.ANY_VERSION})] * 3:
        start = time.perf_counter()
        answer = platform.request(method, path, role=WRITER, **options)
        took.append(time.perf_counter() - start)
        assert answer.status_code == 200, answer.text
    print(f"read and write: {', '.join(f'{seconds:.3f}' for seconds in took)} s")  # noqa: T201
    assert min(took) < SERVICE_LEVEL


def test_a_reading_reaches_a_node_of_it(platform: Platform, eventually: Callable[..., Any]) -> None:
    node = NODES[4_999]
    reading = {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": datetime.now(UTC).isoformat(),
        "sensorType": "stock",
        "metrics": {"utilization": 0.5},
        "source": "large",
    }
    platform.client("iot-data").publish(
        topic=f"omnitrack/sensors/{node}/data", qos=1, payload=json.dumps(reading).encode()
    )
    path = f"/twin/nodes/{node}"
    eventually(lambda: platform.request("GET", path, role=READER).json()["readingCount"] == 1)


def test_its_emissions_are_reported_before_the_gateway_gives_up(
    platform: Platform, eventually: Callable[..., Any]
) -> None:
    def reported() -> bool:
        start = time.perf_counter()
        answer = platform.request("GET", "/sustainability?limit=500", role=READER)
        assert answer.status_code == 200, answer.text
        print(f"emissions: {time.perf_counter() - start:.2f} s")  # noqa: T201
        return len(answer.json()["lanes"]) == 500

    # A worker that was asked before the network was written answers from its memory for a minute.
    eventually(reported, seconds=90)
