"""`python -m bench`: measure the project on this machine, and print one table with method and machine."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from bench import (
    api,
    arrivals,
    deployments,
    machine,
    policies,
    previews,
    readings,
    sockets,
    sustained,
    table,
    workspace,
)
from localcloud import engine
from localcloud.control import LocalCloudError
from runbook.errors import RunbookError

SUBJECTS = {
    "previews": previews.measure,
    "policies": policies.measure,
    "deployments": deployments.measure,
    "api": api.measure,
    "twin": arrivals.measure_twin,
    "alerts": arrivals.measure_alerts,
    "sockets": sockets.measure,
    "readings": readings.measure,
    "sustained": sustained.measure,
}
RUNS = 5


def main() -> None:
    """Run the chosen benchmarks."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the project on this machine."
    )
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all when left out"
    )
    parser.add_argument("--runs", type=int, default=RUNS, help=f"counted runs of what takes seconds ({RUNS})")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.subjects if name not in SUBJECTS]:
        parser.error(f"no benchmark is named {unknown[0]}: choose {', '.join(SUBJECTS)}")
    if arguments.runs < 1:
        parser.error(f"--runs must be at least 1, got {arguments.runs}")
    # So that an end from outside stops the local cloud as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        print(_measured(arguments.subjects or list(SUBJECTS), arguments.runs, as_json=arguments.json))
    except (workspace.BenchmarkError, RunbookError, LocalCloudError, engine.EngineError) as error:
        sys.exit(f"bench: {error}")


def _measured(subjects: list[str], runs: int, *, as_json: bool) -> str:
    started = time.monotonic()

    def report(text: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {text}", file=sys.stderr, flush=True)

    pulumi = engine.ensure(report)
    before = machine.this_machine(pulumi)
    rows = []
    with workspace.opened(pulumi, report) as place:
        for name in subjects:
            report(name)
            rows += SUBJECTS[name](place, runs)
    return (table.document if as_json else table.text)(before, rows)


if __name__ == "__main__":
    main()
