"""Records of the table's stream as Lambda receives them."""

import uuid
from itertools import count
from typing import Any

from omnitrack.adapters.alerts import alert_item
from omnitrack.adapters.network_items import node_key
from omnitrack.adapters.table import Item, to_attributes
from omnitrack.domain.alerts import Alert
from omnitrack.domain.evaluator import NodeState

_SEQUENCE = count(1)


def stream_record(before: Item | None, after: Item | None) -> dict[str, Any]:
    """The record of a change between two items; one of them may be missing."""
    item = after or before
    assert item is not None
    images = {
        name: to_attributes(image) for name, image in (("OldImage", before), ("NewImage", after)) if image
    }
    kinds = {(False, True): "INSERT", (True, False): "REMOVE", (True, True): "MODIFY"}
    return {
        "eventID": uuid.uuid4().hex,
        "eventName": kinds[bool(before), bool(after)],
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": to_attributes({key: item[key] for key in ("PK", "SK")}),
            "SequenceNumber": f"{next(_SEQUENCE):021d}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


def node_item(state: NodeState) -> Item:
    assert state.node is not None
    fields = state.node.model_dump(by_alias=True, exclude_none=True)
    del fields["id"]
    return node_key(state.id) | fields | {"createdAt": state.created_at, "laneCount": 0}


def node_record(after: NodeState, before: NodeState | None = None) -> dict[str, Any]:
    """The record of a node that became `after`, or was removed when that has no node."""
    if after.node is None:
        assert before is not None
        return stream_record(node_item(before), None)
    return stream_record(node_item(before) if before else None, node_item(after))


def alert_record(before: Alert | None, after: Alert | None) -> dict[str, Any]:
    return stream_record(*(alert_item(one) if one else None for one in (before, after)))


def queue_record(body: str, *, deliveries: int = 1) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "eventSource": "aws:sqs",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(deliveries)},
    }
