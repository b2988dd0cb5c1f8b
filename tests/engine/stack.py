"""A Pulumi program on the real engine against a local cloud, for tests and for trying a type.

`python -m tests.engine.stack PROGRAM.py [--home DIR]` runs the whole life of a program's resources: up, a
preview that must show no change, a refresh that must show no drift, destroy.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml

from localcloud import control
from localcloud.engine import ensure

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command of the engine did.

    Attributes:
        code: Its exit code.
        output: All that it printed.
        events: The engine's events, as it logs them.
    """

    code: int
    output: str
    events: list[dict[str, Any]] = field(repr=False)

    @property
    def steps(self) -> dict[str, str]:
        """Resource name -> what was or will be done (create, update, replace, delete); `same` left out."""
        kinds = ("resourcePreEvent", "resOutputsEvent")
        found: dict[str, str] = {}
        for step in self._steps(*kinds):
            if step["op"] not in {"same", "refresh", "read"} and not step["urn"].split("::")[2].startswith(
                "pulumi:"
            ):
                name = step["urn"].rpartition("::")[2]
                found[name] = (
                    "replace" if "replace" in step["op"] or found.get(name) == "replace" else step["op"]
                )
        return found

    def changed(self, name: str) -> set[str]:
        """Paths of the properties of a resource that changed."""
        paths: set[str] = set()
        for step in self._steps("resourcePreEvent", "resOutputsEvent"):
            if step["urn"].rpartition("::")[2] == name:
                paths |= set(step.get("detailedDiff") or ())
        return paths

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Operation and resource name in the order of the engine."""
        steps = [(step["op"], step["urn"].rpartition("::")[2]) for step in self._steps("resourcePreEvent")]
        return [step for step in steps if step[0] != "same"]

    def check(self) -> Result:
        """Itself, when the command succeeded.

        Raises:
            AssertionError: It failed; the text is its output.
        """
        if self.code != 0:
            raise AssertionError(self.output)
        return self

    def _steps(self, *kinds: str) -> list[dict[str, Any]]:
        return [event[kind]["metadata"] for event in self.events for kind in kinds if kind in event]


@dataclass
class Stack:
    """One program in a folder of its own, with a backend and an account of its own.

    Attributes:
        folder: Where program and backend are.
        environment: Of every command.
        account: The AWS account that its resources live in.
        cloud: The local cloud.
    """

    folder: Path
    environment: dict[str, str]
    account: str
    cloud: control.LocalCloud
    configuration: dict[str, Any] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def new(cls, folder: Path, cloud: control.LocalCloud, program: str | Path) -> Stack:
        """Prepare a program (its source, or a file) as stack `dev` of project `trial`."""
        engine = ensure(lambda _: None)
        account = f"{random.SystemRandom().randrange(10**11, 10**12)}"
        environment = {
            "PATH": f"{engine.folder}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            **engine.environment(),
            **cloud.pulumi_environment(account),
            "PULUMI_DEBUG_COMMANDS": "true",  # lets commands log their events
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "for tests only",
        }
        del environment["PULUMI_CONFIG_PASSPHRASE_FILE"]
        stack = cls(folder, environment, account, cloud, {"aws:allowedAccountIds": [account]})
        (folder / "backend").mkdir(parents=True)
        runtime = {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "trial", "runtime": runtime}))
        stack.program(program)
        stack.pulumi("stack", "init", "dev", flags=()).check()
        stack.configure()
        return stack

    def use_provider(self, port: int) -> None:
        """Attach another provider than that of the local cloud."""
        self.environment["PULUMI_DEBUG_PROVIDERS"] = f"aws:{port}"

    def end(self) -> None:
        """End the commands that were started and still run."""
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def program(self, source: str | Path) -> None:
        """Write another version of the program."""
        text = source.read_text() if isinstance(source, Path) else textwrap.dedent(source)
        (self.folder / "__main__.py").write_text(text)

    def configure(self, **values: object) -> None:
        """Set configuration of package `aws` (`region="eu-west-1"`)."""
        self.configuration |= {f"aws:{name}": value for name, value in values.items()}
        file = self.folder / "Pulumi.dev.yaml"
        document = yaml.safe_load(file.read_text()) if file.exists() else {}
        file.write_text(yaml.safe_dump({**(document or {}), "config": self.configuration}))

    def up(self, *flags: str) -> Result:
        """`pulumi up` without asking."""
        return self.pulumi("up", "--yes", "--skip-preview", *flags)

    def preview(self, *flags: str) -> Result:
        """`pulumi preview`."""
        return self.pulumi("preview", *flags)

    def refresh(self, *flags: str) -> Result:
        """`pulumi refresh` without asking."""
        return self.pulumi("refresh", "--yes", "--skip-preview", *flags)

    def destroy(self, *flags: str) -> Result:
        """`pulumi destroy` without asking."""
        return self.pulumi("destroy", "--yes", "--skip-preview", *flags)

    def export(self) -> dict[str, dict[str, Any]]:
        """The state: resource name -> its record; without stack and providers."""
        document = json.loads(self.pulumi("stack", "export", flags=()).check().output)
        resources = document["deployment"].get("resources", ())
        return {
            resource["urn"].rpartition("::")[2]: resource
            for resource in resources
            if not resource["type"].startswith("pulumi:")
        }

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client in the stack's account, to look at (or change) things behind Pulumi's back."""
        make: Any = boto3.client  # its type wants the service as a literal
        return make(
            service,
            region_name=region,
            endpoint_url=self.cloud.endpoint,
            aws_access_key_id=self.account,
            aws_secret_access_key="local",
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the engine and do not wait for it."""
        process = subprocess.Popen(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def pulumi(self, *arguments: str, flags: tuple[str, ...] = ("--color", "never")) -> Result:
        """Run a command of the engine to its end."""
        log = self.folder / f"events-{random.SystemRandom().randrange(10**9)}.json"
        logged = ("--event-log", str(log)) if flags else ()
        process = self.start(*arguments, *flags, *logged)
        try:
            output, _ = process.communicate(timeout=SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Result(code=process.returncode, output=output, events=events)


def main() -> int:
    """Run the life of a program's resources; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument(
        "--home", type=Path, default=None, help="home of a local cloud; by default one of its own"
    )
    parser.add_argument("--keep", action="store_true", help="do not destroy at the end")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = options.home or Path(temporary) / "cloud"
        cloud = control.start(home, print)
        try:
            return _live(Stack.new(Path(temporary) / "stack", cloud, options.program), keep=options.keep)
        finally:
            if options.home is None:
                control.stop(home)


def _live(stack: Stack, *, keep: bool) -> int:
    faults = 0
    for title, command in (
        ("up", stack.up),
        ("preview (nothing must change)", lambda: stack.preview("--diff", "--expect-no-changes")),
        ("refresh (no drift)", lambda: stack.refresh("--diff", "--expect-no-changes")),
        *(() if keep else (("destroy", stack.destroy),)),
    ):
        result = command()
        faults += result.code != 0
        sys.stdout.write(f"== {title}: {'ok' if result.code == 0 else 'FAILED'} {dict(result.steps)}\n")
        if result.code:
            sys.stdout.write(result.output)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
