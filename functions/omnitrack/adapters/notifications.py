"""Notifications on their way: the queue, the record of what was sent, and the topic."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from omnitrack.adapters.alerts import alert_key
from omnitrack.adapters.table import Cancellation, Item, Table, available
from omnitrack.domain.alerts import SEVERITIES, Severity
from omnitrack.domain.notifications import CLAIM_LIFETIME, RECORD_LIFETIME, Claim, Message, Notification
from omnitrack.domain.values import moment_text

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef
    from mypy_boto3_sqs import SQSClient


HINDRANCES: tuple[Claim, ...] = ("sent", "busy")  # the first counts more


class NotificationQueue:
    """The queue of the notifier behind an SQS client."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, notification: Notification) -> None:
        """See the port."""
        with available("the notification queue"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=notification.model_dump_json(by_alias=True)
            )


class NotificationLedger:
    """What was sent, kept beside the alert: `ALERT#<id>` / `NOTIFICATION#<severity>`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, alert_id: str, severity: Severity, at: datetime) -> Claim:
        """See the port."""
        known = {_found(self._table.get(_key(alert_id, one)) or {}, at) for one in _worse_than(severity)}
        for claim in HINDRANCES:
            if claim in known:
                return claim
        claim_id = str(uuid.uuid4())
        try:
            self._table.update(
                _key(alert_id, severity),
                UpdateExpression="SET claim = :claim, claimedUntil = :until, expiresAt = :expires",
                ConditionExpression="attribute_not_exists(sentAt)"
                " AND (attribute_not_exists(claimedUntil) OR claimedUntil <= :now)",
                ExpressionAttributeValues={
                    ":claim": claim_id,
                    ":until": moment_text(at + CLAIM_LIFETIME),
                    ":now": moment_text(at),
                    ":expires": int((at + RECORD_LIFETIME).timestamp()),
                },
            )
        except Cancellation as cancellation:
            met = cancellation.items[0] or {}
            # The answer to this very claim got lost, and the client has made it once more.
            is_own = met.get("claim") == claim_id
            return "ours" if is_own else "sent" if "sentAt" in met else "busy"
        return "ours"

    def release(self, alert_id: str, severity: Severity) -> None:
        """See the port."""
        self._table.update(_key(alert_id, severity), UpdateExpression="REMOVE claimedUntil")

    def settle(self, alert_id: str, severity: Severity, at: datetime) -> None:
        """See the port."""
        self._table.update(
            _key(alert_id, severity),
            UpdateExpression="SET sentAt = :at REMOVE claimedUntil",
            ExpressionAttributeValues={":at": moment_text(at)},
        )


class AlertTopic:
    """The topic behind an SNS client."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, message: Message) -> None:
        """See the port."""
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {
                "DataType": "String" if isinstance(value, str) else "Number",
                "StringValue": str(value),
            }
            for name, value in message.attributes.items()
        }
        with available("the alert topic"):
            self._client.publish(
                TopicArn=self._arn,
                Subject=message.subject,
                Message=message.text,
                MessageAttributes=attributes,
            )


def _worse_than(severity: Severity) -> tuple[Severity, ...]:
    return SEVERITIES[SEVERITIES.index(severity) + 1 :]


def _found(item: Item, at: datetime) -> Claim:
    """What an item of the ledger says to who comes at a moment."""
    if "sentAt" in item:
        return "sent"
    return "busy" if item.get("claimedUntil", "") > moment_text(at) else "ours"


def _key(alert_id: str, severity: Severity) -> dict[str, str]:
    return {"PK": alert_key(alert_id)["PK"], "SK": f"NOTIFICATION#{severity}"}
