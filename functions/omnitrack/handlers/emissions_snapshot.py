"""Keeps the network's emissions once an hour, and raises and resolves the alerts about them."""

from datetime import datetime
from typing import Any

from omnitrack import wiring
from omnitrack.domain import emission_alerts
from omnitrack.domain.emissions import EmissionThresholds, Snapshot
from omnitrack.domain.evaluation import Tally


def handler(_event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take the snapshot of this hour; a failure is raised, so that the schedule tries again.

    Whatever was done before a failure is not done twice: the hour is the key of the snapshot and the revision
    of what it says.
    """
    logger, at = wiring.logger(), wiring.now()
    request_id = getattr(context, "aws_request_id", None)
    logger.append_keys(function_request_id=request_id)
    with logger.append_context_keys(correlation_id=request_id):
        with wiring.span("take_snapshot"):
            snapshot, tally = _take(at)
        wiring.metrics().count("AlertsOpened", tally.opened)
        wiring.metrics().count("AlertsResolved", tally.resolved)
        logger.info(
            "snapshot taken", total_kg=snapshot.total_kg, opened=tally.opened, resolved=tally.resolved
        )
        return {"totalKg": snapshot.total_kg}


def _take(at: datetime) -> tuple[Snapshot, Tally]:
    store = wiring.emissions()
    footprint = wiring.footprints().now()
    snapshot = footprint.snapshot(at)
    store.keep(snapshot)
    judgements = emission_alerts.judge(
        footprint,
        store.thresholds() or EmissionThresholds(),
        emission_alerts.raised_subjects(wiring.alerts()),
        at,
    )
    return snapshot, emission_alerts.follow(
        judgements, wiring.standings(), wiring.criticality(), wiring.evaluations(), wiring.now
    )
