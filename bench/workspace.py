"""Where the benchmarks run: a local cloud of their own in a temporary home, and a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.measure import timed
from localcloud import control, engine
from runbook import demo_users, stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = stacks.ROOT
LINKED: Final = (".venv", ".venv-cloud")
NOT_COPIED: Final = (*LINKED, ".local", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache")
RATE_LIMIT: Final = re.compile(r"(omnitrack:edgeRateLimit: )\d+")
LARGEST_RATE: Final = 2_000_000_000  # that AWS WAF takes
LINES_OF_A_FAILURE: Final = 15
PROJECT: Final = "name: generated\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"


class BenchmarkError(Exception):
    """Something that should be measured does not work."""


@dataclass(frozen=True)
class Workspace:
    """A temporary folder with everything that the benchmarks leave behind.

    Attributes:
        folder: of the workspace.
        pulumi: the engine.
        report: told, in a sentence each, what is happening.
    """

    folder: Path
    pulumi: engine.Engine
    report: engine.engine.Report = field(repr=False)

    @property
    def home(self) -> Path:
        """The home of the workspace's local cloud."""
        return self.folder / "home"

    def omnitrack(self, *arguments: str, home: Path | None = None) -> str:
        """What the operator's command of the project's copy prints.

        Args:
            arguments: of the command.
            home: of the local cloud, by default the workspace's.

        Raises:
            BenchmarkError: it failed.
        """
        command = [sys.executable, "-m", "runbook", *arguments]
        return _output(command, self.project, {"OMNITRACK_LOCAL_HOME": str(home or self.home)})

    @cached_property
    def first_start(self) -> float:
        """The seconds of the first `omnitrack start`; the platform is deployed from here on."""
        self.report(f"omnitrack start in a fresh home, of a copy in {self.project}")
        return timed(lambda: self.omnitrack("start"))

    @cached_property
    def cloud(self) -> control.LocalCloud:
        """The local cloud with the platform deployed.

        Raises:
            BenchmarkError: it has ended.
        """
        _ = self.first_start
        cloud = control.find(self.home)
        if cloud is None:
            raise BenchmarkError(f"the local cloud has ended: see {self.home / 'logs'}")
        return cloud

    def token(self, role: str) -> str:
        """A new id token of the demo user with a role."""
        return self.omnitrack("token", "--user", demo_users.email_of(role), "-s", "development").strip()

    @cached_property
    def project(self) -> Path:
        """A copy of the project, so that its program can be changed; its environments are links."""
        folder = self.folder / "project"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        shutil.copytree(ROOT / ".local" / "build", folder / ".local" / "build")
        for name in LINKED:
            (folder / name).symlink_to(ROOT / name)
        lift_rate_limit(folder / "Pulumi.development.yaml")
        return folder

    def generated(
        self, name: str, program: str, *, settings: str = "", provider: int | None = None
    ) -> Generated:
        """A project of one stack with a file backend of its own.

        Args:
            name: of its folder.
            program: what `__main__.py` holds.
            settings: lines for `Pulumi.yaml`.
            provider: port of the provider of `aws`, for a program that uses it.
        """
        folder = self.folder / name
        (folder / "backend").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text(
            PROJECT.format(virtualenv=ROOT / ".venv") + settings, encoding="utf-8"
        )
        (folder / "__main__.py").write_text(program, encoding="utf-8")
        environment = self.pulumi.environment(local=True) | {
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "generated",
        }
        if provider is not None:
            environment["PULUMI_DEBUG_PROVIDERS"] = f"aws:{provider}"
        project = Generated(folder, str(self.pulumi.cli), environment)
        project.pulumi("stack", "init", "production")
        return project

    @cached_property
    def _empty(self) -> Generated:
        return self.generated("empty", "")

    def preview_empty_program(self) -> None:
        """A preview of a program without a line, by the same engine: nobody's preview can be faster."""
        self._empty.pulumi("preview", "--stack", "production")


@dataclass(frozen=True)
class Generated:
    """A project made for a measurement.

    Attributes:
        folder: of the project.
        cli: path of the engine.
        environment: what the engine needs beside this process's own variables.
    """

    folder: Path
    cli: str
    environment: dict[str, str]

    def pulumi(self, *arguments: str) -> None:
        """Run the engine in the project.

        Raises:
            BenchmarkError: it failed.
        """
        _output([self.cli, *arguments], self.folder, self.environment)


def lift_rate_limit(settings: Path) -> None:
    """One address asks here for more clients than an office has."""
    text, found = RATE_LIMIT.subn(rf"\g<1>{LARGEST_RATE}", settings.read_text(encoding="utf-8"))
    if not found:
        raise BenchmarkError(f"{settings.name} sets no edgeRateLimit: tell bench/workspace.py what to lift")
    settings.write_text(text, encoding="utf-8")


def import_pulumi() -> None:
    """Start Python and load Pulumi's SDK."""
    _output([sys.executable, "-c", "import pulumi"], ROOT, {})


def _output(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    variables = {**os.environ, **environment}
    # Without bytecode every command compiles its modules again.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    ended = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        last = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-LINES_OF_A_FAILURE:])
        raise BenchmarkError(f"`{' '.join(command)}` failed with exit code {ended.returncode}:\n{last}")
    return ended.stdout


@contextmanager
def opened(pulumi: engine.Engine, report: Any) -> Iterator[Workspace]:  # noqa: ANN401 - see Workspace.report
    """A workspace; in the end its cloud is stopped and its folder removed."""
    folder = Path(tempfile.mkdtemp(prefix="omnitrack-bench-"))
    before = os.environ.get("OMNITRACK_LOCAL_HOME")
    workspace = Workspace(folder, pulumi, report)
    # For what the benchmarks call in this process.
    os.environ["OMNITRACK_LOCAL_HOME"] = str(workspace.home)
    try:
        yield workspace
    finally:
        if before is None:
            del os.environ["OMNITRACK_LOCAL_HOME"]
        else:
            os.environ["OMNITRACK_LOCAL_HOME"] = before
        control.stop(workspace.home)
        shutil.rmtree(folder, ignore_errors=True)
