"""Brings alerts up to date with the nodes, and sees to it that people hear of them.

It is fed by the table's stream, whose images of nodes are judged and whose images of alerts become
notifications, and by the queue of evaluations, which brings back what the stream could not deliver.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omnitrack import wiring
from omnitrack.domain.errors import AlertNotFoundError, MalformedMessageError
from omnitrack.domain.evaluation import Tally
from omnitrack.domain.notifications import due
from omnitrack.handlers import queue

if TYPE_CHECKING:
    from omnitrack.adapters.node_states import StreamImage
    from omnitrack.domain.evaluator import NodeState

STREAM = "aws:dynamodb"
# What AWS writes into a stream's failure destination has the place in the stream, not the records.
LOST_BATCH = "DDBStreamBatchInfo"
# What an image, or a standing that does not fit its alerts, leads to however often it comes. All else has its
# cause around the function (an overload, a permission that is missing for now) and may be over next time.
HOPELESS = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError)


def handler(event: dict[str, Any], context: object) -> queue.BatchAnswer:
    """Take a batch of the stream or of the queue; answers what is to be delivered again."""
    if any(record.get("eventSource") == STREAM for record in event["Records"]):
        return _take_stream(event["Records"], context)
    return queue.serve(event, context, _take_message)


def _take_stream(records: Sequence[Mapping[str, Any]], context: object) -> queue.BatchAnswer:
    wiring.logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
    wiring.evaluator()  # what is set up wrongly fails the batch as a whole, and no record of it is to blame
    groups: dict[str, list[StreamImage]] = {}
    for image in map(wiring.stream_image, records):
        if image.node_id is not None or image.alert_id is not None:
            groups.setdefault(image.node_id or f"{image.alert_id}#{image.sequence}", []).append(image)
    for group in groups.values():
        # The stream goes on from the record that is named: all before it are done, some after it as well.
        if not _take_group(group):
            return queue.answer([group[0].sequence])
    return queue.answer([])


def _take_group(images: "Sequence[StreamImage]") -> bool:
    """Deal with the images of one node, or with one of an alert; False when they are to come again."""
    first = images[0]
    with wiring.logger().append_context_keys(correlation_id=first.node_id or first.alert_id):
        body = json.dumps({"nodeId": first.node_id} if first.node_id else {"alertId": first.alert_id})
        try:
            with wiring.span("take_image"):
                _judge(images) if first.node_id else _forward(first)
        except HOPELESS as error:
            # It would block its part of the stream for a day; from the dead letters it can be replayed.
            wiring.logger().exception("image cannot be taken")
            return queue.bury(body, queue.reason_of(error))
        except Exception:  # noqa: BLE001 - whatever it is
            wiring.logger().exception("image not taken, the stream will deliver it again")
            return False
        return True


def _judge(images: "Sequence[StreamImage]") -> None:
    states: list[NodeState] = []
    unreadable: ValueError | None = None
    for image in images:
        try:
            states.append(image.state())
        except ValueError as error:
            unreadable = error
    if states:
        _count(wiring.evaluator().take(states, wiring.now()))
        wiring.logger().info("node judged", images=len(states))
    if unreadable:
        raise unreadable


def _forward(image: "StreamImage") -> None:
    notification = due(*image.alerts())
    if notification is not None:
        wiring.outbox().send(notification)
        wiring.logger().info("notification sent on", cause=notification.cause)


def _take_message(body: str) -> None:
    """A message names a node or an alert, or is what AWS says of a batch that was lost."""
    try:
        message = json.loads(body)
        known = {"nodeId", "alertId", LOST_BATCH} & set(message if isinstance(message, dict) else ())
    except (ValueError, RecursionError):
        known = set()
    evaluator, at = wiring.evaluator(), wiring.now()
    if known == {"nodeId"} and isinstance(message["nodeId"], str):
        _count(evaluator.reconsider(message["nodeId"], at))
    elif known == {"alertId"} and isinstance(message["alertId"], str):
        _remind(message["alertId"])
    elif known == {LOST_BATCH}:
        _count(evaluator.repair(at))
    else:
        raise MalformedMessageError('send {"nodeId": "..."} or {"alertId": "..."}')


def _remind(alert_id: str) -> None:
    try:
        wiring.evaluator().remind(alert_id)
    except AlertNotFoundError:
        wiring.logger().info("alert is gone, nobody has to hear of it")


def _count(tally: Tally) -> None:
    wiring.metrics().count("AlertsOpened", tally.opened)
    wiring.metrics().count("AlertsResolved", tally.resolved)
