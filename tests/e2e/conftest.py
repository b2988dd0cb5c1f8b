"""One deployment of the whole slice, in a local cloud of its own, used by all journeys of a worker."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest

from localcloud import control

ROOT = Path(__file__).parents[2]
OMNITRACK = str(Path(sys.executable).with_name("omnitrack"))
STACK = "development"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys share one deployment, so they run in one worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The deployed slice: its cloud, its addresses, and ways to use it as a person or a device would."""

    cloud: control.LocalCloud
    outputs: dict[str, Any]
    _tokens: dict[str, str] = field(default_factory=dict)

    def omnitrack(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the operator's command in this platform's local cloud."""
        environment = {**os.environ, "OMNITRACK_LOCAL_HOME": str(self.cloud.home)}
        done = subprocess.run(
            [OMNITRACK, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, f"omnitrack {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def client(self, service: str) -> Any:
        """A boto3 client with the rights of the account's root."""
        environment = self.cloud.aws_environment()
        maker: Any = boto3  # its client function is typed for names known beforehand
        return maker.client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name=self.cloud.region,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def token(self, role: str) -> str:
        """The id token of the demo user with a role."""
        if role not in self._tokens:
            user = f"{role}@demo.omnitrack.ai"
            self._tokens[role] = self.omnitrack("token", "--user", user, "-s", STACK).stdout.strip()
        return self._tokens[role]

    def request(self, method: str, path: str, *, role: str | None = None, **options: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's own options
        """Send a request to `/v1` as a role, or as nobody."""
        headers = dict(options.pop("headers", {}))
        if role:
            headers["Authorization"] = f"Bearer {self.token(role)}"
        return httpx2.request(
            method, f"{self.cloud.endpoint}/v1{path}", headers=headers, timeout=40, **options
        )


def run_in(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the operator's command with a local cloud of its own."""
    return subprocess.run(
        [OMNITRACK, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMNITRACK_LOCAL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`make up` in a fresh home: deployed, seeded, with users and readings."""
    home = tmp_path_factory.mktemp("platform")
    started = run_in(home, "start")
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        cloud = control.find(home)
        assert cloud is not None
        outputs = run_in(home, "outputs", "-s", STACK, "--json")
        assert outputs.returncode == 0, outputs.stderr
        yield Platform(cloud=cloud, outputs=_json(outputs.stdout))
    finally:
        control.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _json(text: str) -> dict[str, Any]:
    import json

    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], float], None]:
    """Wait until a condition holds, or fail at the deadline (seconds)."""
    import time

    def wait(condition: Callable[[], bool], deadline: float = 20.0) -> None:
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, f"not within {deadline} s"
            time.sleep(0.05)

    return wait
