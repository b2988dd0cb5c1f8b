"""Alerts about emissions: what a snapshot says of the network, its lanes and its nodes."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime

from omnitrack.domain.alerts import Alert, AlertFilter, Alerts, AlertStatus, Finding
from omnitrack.domain.emissions import EmissionThresholds, Footprint
from omnitrack.domain.evaluation import Criticality, Judgement, Standings, Tally, evaluate
from omnitrack.domain.values import moment_text

UNRESOLVED: tuple[AlertStatus, ...] = ("open", "acknowledged")
PAGE = 1000
HOUR = len("2026-11-24T08")


def judge(
    footprint: Footprint, thresholds: EmissionThresholds, raised: Iterable[str], at: datetime
) -> list[Judgement]:
    """What the hour's snapshot says of every subject that has an alert or is to have one.

    Args:
        footprint: what the network emits.
        thresholds: from which on an alert is raised.
        raised: the subjects that have an alert, also such as the network has no longer.
        at: the moment of the snapshot; all of an hour is one revision, so that it counts once.
    """
    hour = moment_text(at)[:HOUR]
    found: dict[str, list[Finding]] = {subject: [] for subject in raised}
    for subject, (amount, threshold) in footprint.by_subject(thresholds).items():
        if threshold is not None and amount >= threshold:
            found[subject] = [_finding(amount, threshold, hour)]
    return [
        Judgement(subject=subject, judge="emissions", revision=hour, findings=findings)
        for subject, findings in found.items()
    ]


def raised_subjects(alerts: Alerts) -> set[str]:
    """The subjects of all alerts about emissions that are not resolved."""
    return {
        alert.subject for status in UNRESOLVED for alert in _all(alerts, status) if alert.rule == "emissions"
    }


def follow(
    judgements: Iterable[Judgement],
    standings: Standings,
    criticality: Criticality,
    executor: Executor,
    now: Callable[[], datetime],
) -> Tally:
    """Raise and resolve alerts; what was done already is not done again."""
    tallies = executor.map(lambda judgement: evaluate([judgement], standings, criticality, now()), judgements)
    return sum(tallies, Tally())


def _all(alerts: Alerts, status: AlertStatus) -> Iterable[Alert]:
    end: Mapping[str, str] | None = None
    while True:
        page, end = alerts.page(AlertFilter(status=status), limit=PAGE, after=end)
        yield from page
        if end is None:
            return


def _finding(amount: float, threshold: float, hour: str) -> Finding:
    bound = f"{threshold:,.3f}".rstrip("0").rstrip(".")
    return Finding(
        rule="emissions",
        severity="high",
        text=f"emissions are {bound} kg CO2e a day or more",
        value=amount,
        threshold=threshold,
        evidence=hour,
    )
