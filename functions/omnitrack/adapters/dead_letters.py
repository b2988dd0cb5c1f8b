"""The queue of messages that could not be stored, each with its reason, ready to be replayed."""

from typing import TYPE_CHECKING

from omnitrack.adapters.table import available

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_REASON = 500  # characters


class DeadLetterQueue:
    """The dead-letter queue behind an SQS client."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, reason: str) -> None:
        """See the port; the reason is the message attribute `reason`, the body stays as it came."""
        # SQS refuses control characters, and a reason may quote what a device sent.
        text = ascii(reason[:LONGEST_REASON])[1:-1]
        with available("the dead-letter queue"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": text}},
            )
