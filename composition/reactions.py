"""What sets functions going: devices, the clock, changes of the table, queues; and who hears of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from components.notifications import AlertTopic, Notifications, NotificationsArgs
from components.reactions import (
    ALERTS,
    LANES,
    NODES,
    SIDE_BY_SIDE,
    QueueReaction,
    QueueReactionArgs,
    StreamReaction,
    StreamReactionArgs,
)
from components.schedules import ScheduledCall, ScheduledCallArgs
from components.telemetry import Telemetry, TelemetryArgs
from composition.foundation import undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.function import Function
    from components.tables import Tables
    from composition.foundation import Queues
    from composition.ground import Ground

    Functions = Mapping[str, Function]

HOURLY: Final = "cron(0 * * * ? *)"
# Function -> the changes of the main table that it gets.
CHANGES: Final = {"alert-evaluator": (NODES, ALERTS), "realtime-push": (NODES, LANES, ALERTS)}
# Who may take several batches of a shard at a time: an alert depends on its own node only. Not the push, for
# which a frame holds the last state of many nodes, and each costs a post to every socket.
PARALLELIZATION: Final = {"alert-evaluator": SIDE_BY_SIDE}


def telemetry(ground: Ground, queues: Queues, functions: Functions) -> Telemetry:
    """From a device to the function that stores its readings."""
    return Telemetry(
        "telemetry",
        TelemetryArgs(
            prefix=ground.prefix,
            location=ground.location,
            boundary_arn=ground.boundary_arn,
            queue=queues.ingest,
            consumer=functions["sensor-ingest"],
        ),
    )


def schedule(ground: Ground, queues: Queues, functions: Functions) -> None:
    """What the clock starts."""
    ScheduledCall(
        "snapshot-schedule",
        ScheduledCallArgs(
            prefix=ground.prefix,
            location=ground.location,
            boundary_arn=ground.boundary_arn,
            target=functions["emissions-snapshot"],
            schedule_name=f"{ground.prefix}-emissions-snapshot",
            expression=HOURLY,
            undelivered=queues.missed_schedules,
        ),
    )


def changes(tables: Tables, queues: Queues, functions: Functions) -> None:
    """What a change of the main table starts, and what the messages start that follow from it."""
    for name, filters in CHANGES.items():
        StreamReaction(
            f"{name}-changes",
            StreamReactionArgs(
                table=tables.main,
                consumer=functions[name],
                filters=filters,
                failures=queues.evaluations,
                parallelization=PARALLELIZATION.get(name, 1),
            ),
        )
    evaluator = functions["alert-evaluator"]
    QueueReaction(
        "evaluations-reaction",
        QueueReactionArgs(
            queue=queues.evaluations,
            consumer=evaluator,
            dead_letter_senders=[functions["realtime-push"].role_arn],
        ),
    )
    QueueReaction(
        "notifications-reaction",
        QueueReactionArgs(
            queue=queues.notifications,
            consumer=functions["alert-notifier"],
            senders=[evaluator.role_arn],
        ),
    )


def subscriptions(ground: Ground, topic: AlertTopic, functions: Functions) -> None:
    """Who hears of alerts."""
    Notifications(
        "notifications",
        NotificationsArgs(
            topic=topic,
            publisher=functions["alert-notifier"],
            emails=ground.settings.alert_emails,
            location=ground.location,
            # Also without an address: what the last one did not take must outlast its removal.
            undelivered=undelivered(ground, "alerts"),
        ),
    )
