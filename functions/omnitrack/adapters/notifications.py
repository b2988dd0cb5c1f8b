"""Notifications on their way: the queue, the record of what was sent, and the topic."""

from datetime import datetime
from typing import TYPE_CHECKING

from omnitrack.adapters.alerts import alert_key
from omnitrack.adapters.table import Cancellation, Table, available
from omnitrack.domain.alerts import Severity
from omnitrack.domain.notifications import CLAIM_LIFETIME, RECORD_LIFETIME, Claim, Message, Notification
from omnitrack.domain.values import moment_text

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef
    from mypy_boto3_sqs import SQSClient


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
        try:
            self._table.update(
                _key(alert_id, severity),
                UpdateExpression="SET claimedUntil = :until, expiresAt = :expires",
                ConditionExpression="attribute_not_exists(sentAt)"
                " AND (attribute_not_exists(claimedUntil) OR claimedUntil <= :now)",
                ExpressionAttributeValues={
                    ":until": moment_text(at + CLAIM_LIFETIME),
                    ":now": moment_text(at),
                    ":expires": int((at + RECORD_LIFETIME).timestamp()),
                },
            )
        except Cancellation as cancellation:
            met = cancellation.items[0] or {}
            return "sent" if "sentAt" in met else "busy"
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


def _key(alert_id: str, severity: Severity) -> dict[str, str]:
    return {"PK": alert_key(alert_id)["PK"], "SK": f"NOTIFICATION#{severity}"}
