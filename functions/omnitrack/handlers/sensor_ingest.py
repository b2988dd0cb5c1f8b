"""Takes sensor messages from the ingest queue into the twin."""

import base64
import json
from typing import Any

from omnitrack import wiring
from omnitrack.domain import sensors
from omnitrack.domain.errors import MalformedReadingError, ReadingRejectedError
from omnitrack.handlers import queue


def handler(event: dict[str, Any], context: object) -> queue.BatchAnswer:
    """Take a batch; answers which messages the queue is to deliver again."""
    return queue.serve(event, context, _take)


def _take(body: str) -> None:
    try:
        outcome = sensors.ingest(_delivery(body), wiring.readings(), wiring.now())
    except ReadingRejectedError:
        wiring.metrics().count("ReadingsRejected")
        raise
    wiring.logger().info("reading taken", outcome=outcome)
    wiring.metrics().count("ReadingsStored", int(outcome == "stored"))


def _delivery(body: str) -> sensors.Delivery:
    """What the topic rule wrote: the device's bytes in base64, and the node of the topic."""
    try:
        envelope = json.loads(body)
        payload = base64.b64decode(envelope["payload"], validate=True)
        return sensors.Delivery(payload=payload, topic_node_id=str(envelope["topicNodeId"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MalformedReadingError("the queue's message is not what the topic rule writes") from None
