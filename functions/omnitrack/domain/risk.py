"""How endangered a node is, judged from its state and its latest readings by the thresholds of its type."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from omnitrack.domain.alerts import SEVERITIES, Finding, Rule, Severity
from omnitrack.domain.thresholds import SCALES, USUAL, Measure, Thresholds
from omnitrack.domain.twin import NodeStatus, StoredNode
from omnitrack.domain.values import Model

# What one finding of a severity adds to the score: the probability, in a month, that it stops the node.
WEIGHTS: dict[Severity, float] = {"low": 0.0, "medium": 0.4, "high": 0.7, "critical": 0.9}
STATUSES: Mapping[NodeStatus, int] = {"disrupted": 1, "offline": 2}


class Risk(Model):
    """A node's risk: `score` from 0 to 1, the worst `level` found, and the `findings` it rests on."""

    score: float
    level: Severity
    findings: list[str]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a measure is at a node: the `amount` that bounds are about, and how people see both.

    `evidence` is the message that told the amount, or else the version of the node that declares it.
    """

    amount: float
    value: float
    limit: Callable[[float], float]
    text: Callable[[float], str]
    evidence: str


def _status(node: StoredNode) -> Look | None:
    level = STATUSES.get(node.status)
    if level is None:
        return None
    return Look(
        amount=level,
        value=1,
        limit=lambda _bound: 1,
        text=lambda _bound: f"node is {node.status}",
        evidence=_declared(node),
    )


def _utilization(node: StoredNode) -> Look:
    used, evidence = _seen(node, "utilization", node.utilization)
    return Look(
        amount=used,
        value=used,
        limit=float,
        text=lambda bound: f"utilization is {_percent(bound)} or more",
        evidence=evidence,
    )


def _inventory(node: StoredNode) -> Look | None:
    if node.inventory is None and node.reported("inventory") is None:
        return None
    held, evidence = _seen(node, "inventory", node.inventory or 0)
    share = held / node.capacity
    return Look(
        amount=share,
        value=share,
        limit=float,
        text=lambda bound: f"inventory is {_percent(bound)} of capacity or less",
        evidence=evidence,
    )


def _temperature(node: StoredNode) -> Look | None:
    allowed = node.temperature_range
    if allowed is None:
        return None
    # Without a reading the node is taken to be within its range.
    degrees, evidence = _seen(node, "temperature", allowed.minimum)
    if allowed.minimum <= degrees <= allowed.maximum:
        return None
    cold = degrees < allowed.minimum
    by = "is outside of the node's range"
    return Look(
        amount=allowed.minimum - degrees if cold else degrees - allowed.maximum,
        value=degrees,
        limit=lambda bound: allowed.minimum - bound if cold else allowed.maximum + bound,
        text=lambda bound: f"temperature {by}" + (f" by {bound:g} degrees or more" if bound else ""),
        evidence=evidence,
    )


def _delay(node: StoredNode) -> Look:
    hours, evidence = _seen(node, "delayHours", 0)
    return Look(
        amount=hours,
        value=hours,
        limit=float,
        text=lambda bound: f"shipments are late by {bound:g} h or more",
        evidence=evidence,
    )


CONCERNS: tuple[tuple[Rule, Measure, Callable[[StoredNode], Look | None]], ...] = (
    ("status", "status", _status),
    ("utilization", "utilization", _utilization),
    ("inventory", "inventory", _inventory),
    ("temperature", "temperature", _temperature),
    ("delay", "delayHours", _delay),
)


def findings(node: StoredNode, thresholds: Thresholds = USUAL) -> list[Finding]:
    """What is wrong with the node: of each rule the worst bound that is reached."""
    found = []
    for rule, measure, look_at in CONCERNS:
        look = look_at(node)
        if look is None:
            continue
        falls = SCALES[measure].falls
        for severity, bound in thresholds.bounds(node.type, measure):
            if look.amount <= bound if falls else look.amount >= bound:
                found.append(_finding(rule, severity, bound, look))
                break
    return found


def assess(node: StoredNode, thresholds: Thresholds = USUAL) -> Risk:
    """Judge a node: the score is the probability that at least one finding strikes, taken as independent."""
    found = findings(node, thresholds)
    return Risk(
        score=round(1 - math.prod(1 - WEIGHTS[finding.severity] for finding in found), 3),
        level=max((finding.severity for finding in found), key=SEVERITIES.index, default="low"),
        findings=[finding.text for finding in found],
    )


def _finding(rule: Rule, severity: Severity, bound: float, look: Look) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        text=look.text(bound),
        value=look.value,
        threshold=look.limit(bound),
        evidence=look.evidence,
    )


def _seen(node: StoredNode, metric: str, declared: float) -> tuple[float, str]:
    reading = node.reported(metric)
    return (declared, _declared(node)) if reading is None else (reading.metrics[metric], reading.message_id)


def _declared(node: StoredNode) -> str:
    return f"version:{node.version}"


def _percent(share: float) -> str:
    return f"{round(share * 100, 2):g} %"
