"""The benchmark table as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.measure import COUNT, MILLISECONDS, PER_SECOND, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.machine import Machine

DIGITS = {MILLISECONDS: 1, PER_SECOND: 0, COUNT: 0}
COLUMNS = ("what", "figures", "runs", "aim", "ratio", "to")


def text(machine: Machine, rows: Sequence[Row]) -> str:
    """The machine, the table, and how to read it."""
    cells = [COLUMNS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    table = "\n".join(line.rstrip() for line in lines)
    method = "The method is in bench/README.md. Aims are budgets: nothing fails above them."
    return f"{machine.text()}\n\n{table}\n\n{method}"


def document(machine: Machine, rows: Sequence[Row]) -> str:
    """The same as JSON."""
    return json.dumps({"machine": machine.document(), "rows": [row.document() for row in rows]}, indent=2)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        figures(row),
        str(row.runs),
        row.aim,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.yardstick,
    )


def figures(row: Row) -> str:
    """The figures of a row: `2.71 s (2.65 to 2.90)`, or `p50 8.1, p95 12.0, p99 20.3 ms`."""
    said = {name: f"{value:.{DIGITS.get(row.unit, 2)}f}" for name, value in row.figures.items()}
    if "median" not in said:
        return f"{', '.join(f'{name} {value}' for name, value in said.items())} {row.unit}"
    spread = f" ({said['min']} to {said['max']})" if row.runs > 1 else ""
    return f"{said['median']} {row.unit}{spread}"
