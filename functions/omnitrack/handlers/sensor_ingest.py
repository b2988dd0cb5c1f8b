"""Takes sensor messages from the ingest queue into the twin."""

import base64
import json
from typing import Any

from omnitrack import wiring
from omnitrack.domain import sensors
from omnitrack.domain.errors import MalformedReadingError, ReadingRejectedError


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a batch; answers which messages the queue is to deliver again."""
    wiring.logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
    failed = [record["messageId"] for record in event["Records"] if not _take(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _take(record: dict[str, Any]) -> bool:
    """Deal with one message so that it harms no other; False when the queue is to deliver it again."""
    logger = wiring.logger()
    with logger.append_context_keys(correlation_id=record["messageId"]):
        try:
            outcome = sensors.ingest(_delivery(record["body"]), wiring.readings(), wiring.now())
            logger.info("reading taken", outcome=outcome)
        except ReadingRejectedError as error:
            return _bury(record["body"], error)
        except Exception:
            logger.exception("reading not taken, the queue will deliver it again")
            return False
        return True


def _bury(body: str, rejection: ReadingRejectedError) -> bool:
    try:
        wiring.dead_letters().send(body, rejection.reason)
    except Exception:  # noqa: BLE001 - as in _take
        wiring.logger().exception("dead letter not sent, the queue will deliver the message again")
        return False
    wiring.logger().warning("reading rejected", reason=rejection.code)
    return True


def _delivery(body: str) -> sensors.Delivery:
    """What the topic rule wrote: the device's bytes in base64, and the node of the topic."""
    try:
        envelope = json.loads(body)
        payload = base64.b64decode(envelope["payload"], validate=True)
        return sensors.Delivery(payload=payload, topic_node_id=str(envelope["topicNodeId"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MalformedReadingError("the queue's message is not what the topic rule writes") from None
