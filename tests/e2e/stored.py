"""What tests put into the table of a running platform by themselves, and how they take it away again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

from omnitrack.adapters.alerts import alert_item, pointer_key
from omnitrack.adapters.table import to_attributes
from omnitrack.domain.alerts import Alert

from tests.e2e.home import Platform

OWNER = "admin"
NODE = {"name": "Test", "type": "port", "location": {"latitude": 1.0, "longitude": 2.0}, "capacity": 9}
ANY_VERSION = {"If-Match": "*"}
THRESHOLDS = {"PK": {"S": "SUSTAINABILITY#main"}, "SK": {"S": "THRESHOLDS"}}


def put_alert(platform: Platform, alert_id: str, *, node: str, at: datetime | None = None) -> Alert:
    """Write an open alert of a node as the evaluator does, of a severity for which nobody gets a mail."""
    at = at or datetime.now(UTC)
    alert = Alert(
        id=alert_id,
        subject=f"node:{node}",
        node_id=node,
        rule="delay",
        severity="low",
        status="open",
        priority=0.1,
        finding="a shipment is late",
        value=25,
        threshold=24,
        count=1,
        opened_at=at,
        updated_at=at,
    )
    _table(platform, "put_item", Item=to_attributes(alert_item(alert)))
    _table(platform, "put_item", Item=to_attributes(pointer_key(node, at, alert_id)))
    return alert


def remove_alert(platform: Platform, alert_id: str) -> None:
    """Remove an alert and the pointer of its node."""
    key = {"PK": {"S": f"ALERT#{alert_id}"}, "SK": {"S": "ALERT"}}
    item = _table(platform, "get_item", Key=key).get("Item")
    if item:
        opened = datetime.fromisoformat(item["openedAt"]["S"])
        pointer = pointer_key(item["nodeId"]["S"], opened, alert_id)
        _table(platform, "delete_item", Key=to_attributes(pointer))
        _table(platform, "delete_item", Key=key)


def put_node(platform: Platform, node_id: str) -> None:
    """Create a node through the API, unless it is there."""
    made = platform.request("PUT", f"/twin/nodes/{node_id}", role=OWNER, json=NODE)
    assert made.status_code in {201, 428}, made.text


def change_node(platform: Platform, node_id: str) -> None:
    """Replace a node by what it is, which makes a new version."""
    made = platform.request("PUT", f"/twin/nodes/{node_id}", role=OWNER, json=NODE, headers=ANY_VERSION)
    assert made.status_code == 200, made.text


def remove_nodes(platform: Platform, nodes: Sequence[str]) -> None:
    """Remove nodes and all lanes between them, whichever of them there are."""
    for from_, to in permutations(nodes, 2):
        remove_lane(platform, from_, to)
    remove_nodes_alone(platform, nodes)


def remove_nodes_alone(platform: Platform, nodes: Sequence[str]) -> None:
    """Remove nodes without lanes, whichever of them there are."""
    for node in nodes:
        _remove(platform, f"/twin/nodes/{node}")


def remove_lane(platform: Platform, from_: str, to: str) -> None:
    """Remove a lane, if it is there."""
    _remove(platform, f"/twin/lanes/{from_}/{to}")


@contextmanager
def thresholds_kept(platform: Platform) -> Iterator[None]:
    """In the end the thresholds of emissions are what they were; the API can only replace them."""
    before = _table(platform, "get_item", Key=THRESHOLDS).get("Item")
    yield
    if before:
        _table(platform, "put_item", Item=before)
    else:
        _table(platform, "delete_item", Key=THRESHOLDS)


def _remove(platform: Platform, path: str) -> None:
    gone = platform.request("DELETE", path, role=OWNER, headers=ANY_VERSION)
    assert gone.status_code in {204, 404}, gone.text


def _table(platform: Platform, operation: str, **arguments: Any) -> dict[str, Any]:
    call = getattr(platform.client("dynamodb"), operation)
    answer: dict[str, Any] = call(TableName=platform.outputs["MainTableName"], **arguments)
    return answer
