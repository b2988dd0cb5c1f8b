"""Tells people on call of alerts, from the notification queue."""

from typing import Any

from omnitrack import wiring
from omnitrack.domain.errors import AlertNotFoundError, MalformedMessageError
from omnitrack.domain.faults import describe
from omnitrack.domain.notifications import Notification
from omnitrack.handlers import queue
from pydantic import ValidationError


def handler(event: dict[str, Any], context: object) -> queue.BatchAnswer:
    """Take a batch; answers which messages the queue is to deliver again."""
    return queue.serve(event, context, _take)


def _take(body: str) -> None:
    try:
        notification = Notification.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        raise MalformedMessageError(describe(error)) from None
    with wiring.logger().append_context_keys(alert_id=notification.alert_id):
        try:
            outcome = wiring.notifier().notify(notification, wiring.now())
        except AlertNotFoundError:
            wiring.logger().info("alert is gone, nobody has to hear of it")
            return
        wiring.logger().info("notification taken", outcome=outcome)
        wiring.metrics().count("NotificationsSent", int(outcome == "sent"))
