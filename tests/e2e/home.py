"""The operator's command in a local cloud of a test's own, and that cloud as people and devices meet it."""

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx2
from botocore.config import Config

from localcloud import control, engine
from tests.support.signals import taking

ROOT = Path(__file__).resolve().parents[2]
OMNITRACK = str(Path(sys.executable).with_name("omnitrack"))
SECONDS = 240.0
# What a shell that was set to a cloud, or to an account, would bring along.
FOREIGN = ("AWS_", "PULUMI_", "OMNITRACK_SHELL")

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder for a local cloud, and a project that is run there.

    Attributes:
        folder: what OMNITRACK_LOCAL_HOME names.
        project: the clone, or a copy of it.
    """

    folder: Path
    project: Path = ROOT

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a user who has nothing to do with any cloud."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return own | {"OMNITRACK_LOCAL_HOME": str(self.folder)} | more

    @property
    def command(self) -> list[str]:
        """The project's own `omnitrack`."""
        return [OMNITRACK] if self.project == ROOT else [sys.executable, "-m", "runbook"]

    def omnitrack(self, *arguments: str, check: bool = True, **environment: str) -> Done:
        """Run the operator's command to its end; unless told otherwise, it must succeed."""
        return self._run([*self.command, *arguments], check=check, environment=environment)

    def bare(self, command: str, stack: str, *, check: bool = True) -> Done:
        """Run a command in a shell that was set by `omnitrack env`, without the policy pack."""
        place = [] if stack == "development" else ["--local"]
        env = shlex.join([*self.command, "env", "-s", stack, *place])
        script = (
            f'text="$({env})" || exit 9; eval "$text"; '
            f"unset PULUMI_OPTION_POLICY_PACK PULUMI_OPTION_POLICY_PACK_CONFIG; {command}"
        )
        path = f"{engine.ensure(lambda _: None).folder}{os.pathsep}{os.environ['PATH']}"
        return self._run(["bash", "-c", script], check=check, environment={"PATH": path})

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the operator's command as a terminal does: in a process group of its own."""
        return subprocess.Popen(
            taking(signal.SIGINT, [*self.command, *arguments]),
            cwd=self.project,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def cloud(self) -> control.LocalCloud:
        """The local cloud, which runs."""
        found = control.find(self.folder)
        assert found is not None, f"no local cloud runs in {self.folder}"
        return found

    def client(self, service: str, account: str | None = None) -> Any:
        """A boto3 client with the rights of an account's root."""
        keys = self.cloud.aws_environment(account)
        make: Any = boto3.client  # its type wants the service as a literal
        return make(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name=self.cloud.region,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}),
        )

    def state(self, stack: str = "development") -> list[dict[str, Any]]:
        """The resources of a stack as its state has them."""
        exported = json.loads(self.bare("pulumi stack export", stack).stdout)
        resources: list[dict[str, Any]] = exported["deployment"].get("resources") or []
        return resources

    def outputs(self, stack: str = "development") -> dict[str, Any]:
        """What a stack exports."""
        place = [] if stack == "development" else ["--local"]
        answer: dict[str, Any] = json.loads(self.omnitrack("outputs", "-s", stack, *place, "--json").stdout)
        return answer

    def kill(self) -> None:
        """SIGKILL both processes of the local cloud, as a power cut would."""
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)

    def _processes(self) -> list[int]:
        record = json.loads((self.folder / "cloud.json").read_text())
        return [int(record[name]["pid"]) for name in ("cloud_process", "provider_process")]

    def _run(self, command: list[str], *, check: bool, environment: dict[str, str]) -> Done:
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0 or not check, f"{shlex.join(command)}: {done.stdout}{done.stderr}"
        return done


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The deployed slice, used as a person or a device would.

    Attributes:
        home: its local cloud.
        stack: its name.
    """

    home: Home
    stack: str = "development"
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """What the program exports."""
        return self.home.outputs(self.stack)

    @cached_property
    def cloud(self) -> control.LocalCloud:
        """Its local cloud, which stays the same."""
        return self.home.cloud

    def client(self, service: str) -> Any:
        """A boto3 client with the rights of the account's root; made once, as that is slow."""
        known = self.__dict__.setdefault("_clients", {})
        if service not in known:
            known[service] = self.home.client(service)
        return known[service]

    def token(self, role: str) -> str:
        """The id token of the demo user with a role."""
        if role not in self._tokens:
            user = f"{role}@demo.omnitrack.ai"
            self._tokens[role] = self.home.omnitrack("token", "--user", user, "-s", self.stack).stdout.strip()
        return self._tokens[role]

    def request(self, method: str, path: str, *, role: str | None = None, **options: Any) -> httpx2.Response:
        """Send a request to `/v1` as a role, or as nobody."""
        headers = dict(options.pop("headers", {}))
        if role:
            headers["Authorization"] = f"Bearer {self.token(role)}"
        return httpx2.request(
            method, f"{self.cloud.endpoint}/v1{path}", headers=headers, timeout=40, **options
        )
