"""The arithmetic of the benchmarks: medians, percentiles, ratios of what was measured in turns."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = "s"
MILLISECONDS = "ms"
PER_SECOND = "/s"
COUNT = "in all"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the benchmark table.

    Attributes:
        what: was measured.
        runs: how many measurements the figures summarise.
        unit: of the figures: `s`, `ms`, `/s` or `in all`.
        figures: by name, such as `median`, `min` and `max`.
        aim: the budget, in words; empty where there is none.
        ratio: of the figures to a yardstick of the same run; None where there is none.
        yardstick: what the ratio is to.
    """

    what: str
    runs: int
    unit: str
    figures: Mapping[str, float]
    aim: str = ""
    ratio: float | None = None
    yardstick: str = ""

    def compared(self, ratio: float, yardstick: str) -> Row:
        """The same row with its ratio to a yardstick."""
        return replace(self, ratio=ratio, yardstick=yardstick)

    def document(self) -> dict[str, Any]:
        """The row for JSON."""
        return asdict(self)


def durations(what: str, seconds: Sequence[float], *, aim: str = "") -> Row:
    """A row of few measurements that each take seconds: their median and range."""
    return Row(what=what, runs=len(seconds), unit=SECONDS, figures=_range(seconds), aim=aim)


def rates(what: str, per_second: Sequence[float], *, aim: str = "") -> Row:
    """A row of few measured rates: their median and range."""
    return Row(what=what, runs=len(per_second), unit=PER_SECOND, figures=_range(per_second), aim=aim)


def latencies(what: str, seconds: Sequence[float], *, aim: str = "") -> Row:
    """A row of many short measurements: the times within which 50, 95 and 99 of a hundred were done."""
    milliseconds = [1000 * second for second in seconds]
    figures = {f"p{share}": percentile(milliseconds, share) for share in (50, 95, 99)}
    return Row(what=what, runs=len(seconds), unit=MILLISECONDS, figures=figures, aim=aim)


def tries(what: str, seconds: Sequence[float], *, aim: str = "") -> Row:
    """A row of things waited for one at a time: the median, what 95 of a hundred kept to, and the worst."""
    milliseconds = [1000 * second for second in seconds]
    figures = {
        "p50": percentile(milliseconds, 50),
        "p95": percentile(milliseconds, 95),
        "worst": max(milliseconds),
    }
    return Row(what=what, runs=len(seconds), unit=MILLISECONDS, figures=figures, aim=aim)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of a hundred values do not exceed, interpolated between neighbours.

    Args:
        values: in any order.
        share: 0 (the least) to 100 (the greatest).

    Raises:
        ValueError: there are no values, or the share is out of range.
    """
    if not values:
        raise ValueError("a percentile needs at least one value")
    if not 0 <= share <= 100:  # noqa: PLR2004 - a hundred is what "percent" says
        raise ValueError(f"a percentile lies between 0 and 100, got {share}")
    ordered = sorted(values)
    position = (len(ordered) - 1) * share / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def paired_ratio(values: Sequence[float], yardsticks: Sequence[float]) -> float:
    """The median of the ratios round by round: what slowed a whole round down cancels out.

    Args:
        values: one per round.
        yardsticks: what was measured beside them, in the same order; none is zero.

    Raises:
        ValueError: the rounds differ in number, or there are none.
    """
    return statistics.median(value / yardstick for value, yardstick in zip(values, yardsticks, strict=True))


def in_turns(rounds: int, subjects: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """The seconds that each subject takes, one after the other in every round.

    A machine that is busy for a while is so for all subjects alike.

    Args:
        rounds: how often; a round before them is not counted, it fills the caches.
        subjects: what to run, by name.
    """
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name, subject in subjects.items():
            seconds = timed(subject)
            if number:
                taken[name].append(seconds)
    return taken


def timed(subject: Callable[[], object]) -> float:
    """The seconds that a call takes."""
    started = time.perf_counter()
    subject()
    return time.perf_counter() - started


def comparison(
    taken: Mapping[str, Sequence[float]],
    yardstick: str,
    aims: Mapping[str, str],
    *,
    summary: Callable[..., Row] = durations,
) -> list[Row]:
    """A row per subject, each with its ratio to one of them.

    Args:
        taken: seconds by subject, measured in turns.
        yardstick: the subject that the others are compared with.
        aims: budgets by subject, in words, where there are some.
        summary: makes the row of a subject, as `durations` does.
    """
    rows = [summary(name, seconds, aim=aims.get(name, "")) for name, seconds in taken.items()]
    return [
        row
        if row.what == yardstick
        else row.compared(paired_ratio(taken[row.what], taken[yardstick]), yardstick)
        for row in rows
    ]


def _range(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}
