"""Thresholds: from which measure on a node is in danger, by type of node, over the platform's defaults."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from omnitrack.domain.alerts import SEVERITIES, Severity
from omnitrack.domain.twin import NodeType

Measure = Literal["status", "utilization", "inventory", "temperature", "delayHours"]
Bounds = tuple[tuple[Severity, float], ...]
Name = TypeVar("Name", bound=str)

ANY_TYPE = "default"
SETTING = "alertThresholds"  # how messages name it


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Which bounds a measure can have; `falls` says that low amounts are the dangerous ones."""

    least: float
    most: float
    meaning: str
    falls: bool = False


SCALES: Mapping[Measure, Scale] = {
    "status": Scale(least=1, most=2, meaning="1 for a disrupted node or 2 for one that is offline"),
    "utilization": Scale(least=0, most=1, meaning="a share from 0 to 1"),
    "inventory": Scale(least=0, most=1, meaning="a share of the capacity from 0 to 1", falls=True),
    "temperature": Scale(least=0, most=2500, meaning="degrees outside of the node's range, from 0 to 2500"),
    # Not from zero on: a node without any report has no delay.
    "delayHours": Scale(least=0.1, most=8760, meaning="hours from 0.1 to 8760"),
}
DEFAULTS: Mapping[Measure, Bounds] = {
    "status": (("critical", 2.0), ("high", 1.0)),
    "utilization": (("critical", 0.95), ("high", 0.85)),
    "inventory": (("critical", 0.10), ("medium", 0.20)),
    "temperature": (("high", 0.0),),
    "delayHours": (("high", 24.0),),
}


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The bounds of each measure, the worst severity first; `by_type` holds what differs from DEFAULTS."""

    by_type: Mapping[str, Mapping[Measure, Bounds]]

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> "Thresholds":
        """Read `{type or default: {measure: {severity: bound}}}`; what is not said stays as by default.

        A measure that is said replaces all bounds of that measure: `{}` turns it off.

        Raises:
            ValueError: Something is not understood; the text is one sentence that names the key.
        """
        by_type: dict[str, dict[Measure, Bounds]] = {}
        for node_type, measures in _mapping(mapping, SETTING).items():
            kind = _choose(node_type, (ANY_TYPE, *get_args(NodeType)), SETTING)
            for name, bounds in _mapping(measures, f"{SETTING}.{kind}").items():
                measure = _choose(name, tuple(SCALES), f"{SETTING}.{kind}")
                path = f"{SETTING}.{kind}.{measure}"
                by_type.setdefault(kind, {})[measure] = _bounds(measure, _mapping(bounds, path), path)
        return cls(by_type=by_type)

    def bounds(self, node_type: NodeType, measure: Measure) -> Bounds:
        """The bounds for nodes of a type: what is said of it, else of all types, else the default."""
        for said in (self.by_type.get(node_type, {}), self.by_type.get(ANY_TYPE, {}), DEFAULTS):
            if measure in said:
                return said[measure]
        raise AssertionError(f"measure {measure} has no default")


USUAL = Thresholds(by_type={})


def _bounds(measure: Measure, said: Mapping[str, Any], path: str) -> Bounds:
    scale = SCALES[measure]
    for severity, bound in said.items():
        _choose(severity, SEVERITIES, path)
        is_number = isinstance(bound, int | float) and not isinstance(bound, bool) and math.isfinite(bound)
        if not is_number or not scale.least <= bound <= scale.most:
            raise ValueError(f"{path}.{severity} must be {scale.meaning}")
    worst_first = tuple((s, float(said[s])) for s in reversed(SEVERITIES) if s in said)
    amounts = [bound for _, bound in worst_first]
    if amounts != sorted(set(amounts), reverse=not scale.falls):
        order = "below" if scale.falls else "above"
        raise ValueError(f"{path} must have the bound of a worse severity {order} that of a lesser one")
    return worst_first


def _choose(name: object, known: tuple[Name, ...], path: str) -> Name:
    for choice in known:
        if choice == name:
            return choice
    raise ValueError(f"{path}.{name} is not known: use one of {', '.join(known)}")


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{path} must be a mapping")  # noqa: TRY004 - one kind of error for all that is said wrongly
    return value
