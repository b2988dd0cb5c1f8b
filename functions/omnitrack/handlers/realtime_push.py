"""Pushes what changes in the main table to the sockets that listen."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from omnitrack import wiring
from omnitrack.domain import changes
from omnitrack.domain.changes import Change


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a batch of the stream; it is delivered again as a whole when it could not be kept."""
    logger, records = wiring.logger(), event["Records"]
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
    if not records:
        return {"batchItemFailures": []}
    with logger.append_context_keys(correlation_id=records[-1]["eventID"]):
        try:
            events = changes.events(_changes(records), wiring.node_view)
            with wiring.span("push_batch"):
                report = wiring.fan_out().publish(events)
        except Exception:
            logger.exception("batch not pushed, the stream will deliver it again")
            return {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]}
        wiring.metrics().count("FramesPushed", report.sent)
        told = asdict(report) | {"causes": sorted(report.causes)}
        logger.info("batch pushed", records=len(records), events=len(events), **told)
        return {"batchItemFailures": []}


def _changes(records: list[dict[str, Any]]) -> Iterator[Change]:
    logger = wiring.logger()
    for record in records:
        try:
            change = wiring.stream_change(record)
        except Exception:
            # No repetition makes an item readable that somebody else wrote, and nobody waits for it.
            logger.exception("item not understood", keys=record["dynamodb"].get("Keys"))
            continue
        if change is not None:
            yield change
