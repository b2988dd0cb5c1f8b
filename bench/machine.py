"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine before the benchmarks.

    Attributes:
        processor: its model.
        cores: that this process may use.
        memory_gib: in all, in GiB; 0 where the system does not tell.
        system: operating system and its version.
        python: version of the program's interpreter.
        engine: version of the Pulumi CLI.
        sdk: versions of the packages pulumi and pulumi-aws.
        load: processes that wanted to run in the last minute, on average, before the benchmarks.
        date: when, UTC.
    """

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    engine: str
    sdk: str
    load: float
    date: str

    def document(self) -> dict[str, object]:
        """The machine for JSON."""
        return asdict(self)

    def text(self) -> str:
        """The machine in two lines."""
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}; "
            f"load before {self.load:.1f}; {self.date}\n"
            f"Python {self.python}, Pulumi {self.engine}, {self.sdk}"
        )


def this_machine(pulumi: Engine) -> Machine:
    """The machine that this process runs on, with the engine that it uses."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        engine=pulumi.version,
        sdk=", ".join(f"{name} {version(name)}" for name in ("pulumi", "pulumi-aws")),
        load=os.getloadavg()[0],
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _processor() -> str:
    with suppress(OSError):  # no Linux
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        return 0.0
