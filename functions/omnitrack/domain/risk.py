"""How endangered a node is, judged from its state and its latest readings by one table of thresholds."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from omnitrack.domain.twin import StoredNode
from omnitrack.domain.values import Model

Severity = Literal["low", "medium", "high", "critical"]
# What one finding of a severity adds to the score: the probability, in a month, that it stops the node.
WEIGHTS: dict[Severity, float] = {"low": 0.0, "medium": 0.4, "high": 0.7, "critical": 0.9}


class Risk(Model):
    """A node's risk: `score` from 0 to 1, the worst `level` found, and the `findings` it rests on."""

    score: float
    level: Severity
    findings: list[str]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A finding that holds when a measure reaches a bound; of one concern the first that holds counts."""

    concern: str
    finding: str
    severity: Severity
    measure: Callable[[StoredNode], float]
    at_least: float = math.inf
    at_most: float = -math.inf

    def holds(self, node: StoredNode) -> bool:
        """Whether the node's measure has reached one of the bounds."""
        return not self.at_most < self.measure(node) < self.at_least


def _offline(node: StoredNode) -> float:
    return node.status == "offline"


def _disrupted(node: StoredNode) -> float:
    return node.status == "disrupted"


def _utilization(node: StoredNode) -> float:
    return node.observed("utilization", node.utilization)


def _fill(node: StoredNode) -> float:
    return node.observed("inventory", node.inventory) / node.capacity


def _outside_range(node: StoredNode) -> float:
    allowed = node.temperature_range
    if allowed is None:
        return False
    # Without a reading the node is taken to be within its range.
    return not allowed.minimum <= node.observed("temperature", allowed.minimum) <= allowed.maximum


def _delay_hours(node: StoredNode) -> float:
    return node.observed("delayHours", 0)


# fmt: off
THRESHOLDS = (
    Threshold(concern="status", severity="critical", measure=_offline, at_least=1, finding="node is offline"),
    Threshold(concern="status", severity="high", measure=_disrupted, at_least=1, finding="node is disrupted"),
    Threshold(concern="utilization", severity="critical", measure=_utilization, at_least=0.95,
              finding="utilization is 95 % or more"),
    Threshold(concern="utilization", severity="high", measure=_utilization, at_least=0.85,
              finding="utilization is 85 % or more"),
    Threshold(concern="inventory", severity="critical", measure=_fill, at_most=0.10,
              finding="inventory is 10 % of capacity or less"),
    Threshold(concern="inventory", severity="medium", measure=_fill, at_most=0.20,
              finding="inventory is 20 % of capacity or less"),
    Threshold(concern="temperature", severity="high", measure=_outside_range, at_least=1,
              finding="temperature is outside of the node's range"),
    Threshold(concern="delay", severity="high", measure=_delay_hours, at_least=24,
              finding="shipments are late by 24 h or more"),
)
# fmt: on


def assess(node: StoredNode) -> Risk:
    """Judge a node: the score is the probability that at least one finding strikes, taken as independent."""
    found: dict[str, Threshold] = {}
    for threshold in THRESHOLDS:
        if threshold.concern not in found and threshold.holds(node):
            found[threshold.concern] = threshold
    severities = [threshold.severity for threshold in found.values()]
    return Risk(
        score=round(1 - math.prod(1 - WEIGHTS[severity] for severity in severities), 3),
        level=max(severities, key=list(WEIGHTS).index, default="low"),
        findings=[threshold.finding for threshold in found.values()],
    )
