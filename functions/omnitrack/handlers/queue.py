"""Takes the messages of a queue one by one, so that none harms another and none is lost without a reason."""

from collections.abc import Callable, Mapping
from typing import Any

from omnitrack import wiring
from omnitrack.domain.errors import MessageRejectedError, OmniTrackError

# The queues' own redrive moves a message after as many deliveries, but cannot say why: so this comes first.
MOST_DELIVERIES = 5

BatchAnswer = dict[str, Any]


def serve(event: Mapping[str, Any], context: object, take: Callable[[str], None]) -> BatchAnswer:
    """Take the body of each message of a batch; answers which ones the queue is to deliver again."""
    wiring.logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
    return answer(record["messageId"] for record in event["Records"] if not _take(record, take))


def answer(failed: Any) -> BatchAnswer:  # noqa: ANN401 - any iterable of texts, a generator as well
    """The answer that has the failed messages or records delivered again."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def bury(body: str, reason: str) -> bool:
    """Send a message to the dead letters with its reason; False when it has to be delivered again."""
    try:
        wiring.dead_letters().send(body, reason)
    except Exception:  # noqa: BLE001 - whatever it is, the message must not get lost
        wiring.logger().exception("dead letter not sent, the message will be delivered again")
        return False
    wiring.logger().warning("message rejected", reason=reason.partition(":")[0])
    return True


def reason_of(error: Exception) -> str:
    """What a dead letter says of an error: sentences of our own only, for others may hold anything."""
    if isinstance(error, OmniTrackError):
        return f"{error.code}: {error}"
    return f"failed: {type(error).__name__}, see the log of the function"


def _take(record: Mapping[str, Any], take: Callable[[str], None]) -> bool:
    """Deal with one message; False when the queue is to deliver it again."""
    logger = wiring.logger()
    with logger.append_context_keys(correlation_id=record["messageId"]):
        try:
            with wiring.span("take_message"):
                take(record["body"])
        except MessageRejectedError as error:
            return bury(record["body"], error.reason)
        except Exception as error:
            if _is_last(record):
                logger.exception("message given up after its last delivery")
                return bury(record["body"], reason_of(error))
            logger.exception("message not taken, the queue will deliver it again")
            return False
        return True


def _is_last(record: Mapping[str, Any]) -> bool:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)) >= MOST_DELIVERIES
