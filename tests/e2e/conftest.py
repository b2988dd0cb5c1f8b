"""Deployments of the whole slice, each in a local cloud of its own that a group of tests shares."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import control
from tests.e2e.home import Home, Platform
from tests.support import checkout

# Tests of one group run in one worker, and the groups beside each other; a worker has one `platform`.
GROUPS = {
    "test_alerts": "platform",
    "test_api": "platform",
    "test_edge": "platform",
    "test_bad_frames": "contract",
    "test_bad_input": "contract",
    "test_bad_proofs": "contract",
    "test_large_network": "contract",
    "test_paging": "contract",
    "test_contract": "contract",
    "test_roles": "contract",
    "test_concurrency": "faults",
    "test_faults": "faults",
    "test_firewall": "platform",
    "test_people": "platform",
    "test_readings": "platform",
    "test_realtime": "platform",
    "test_sign_in": "platform",
    "test_deployment": "deployment",
    "test_permissions": "permissions",
    "test_grants": "grants",
    "test_gate": "gate",
    "test_usage_faults": "usage",
    "test_pull_request": "pull-request",
    "test_upgrade": "upgrade",
}
LOOK_SECONDS = 0.05


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and put each into its group."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group(f"e2e-{GROUPS[item.path.stem]}"))


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Home]]:
    """Call it for a folder of a local cloud; whatever runs there in the end is stopped, and it is removed."""
    made: list[Home] = []

    def new(project: Path | None = None) -> Home:
        folder = tmp_path_factory.mktemp("home") / "cloud"
        made.append(Home(folder=folder, project=project) if project else Home(folder=folder))
        return made[-1]

    yield new
    for home in made:
        control.stop(home.folder)
        shutil.rmtree(home.folder, ignore_errors=True)


@pytest.fixture
def home(new_home: Callable[..., Home]) -> Iterator[Home]:
    """An empty home for one test."""
    made = new_home()
    yield made
    control.stop(made.folder)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project whose program may be changed."""
    return checkout.copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def platform(new_home: Callable[..., Home]) -> Platform:
    """`make up` in a fresh home: deployed, seeded, with users and readings."""
    home = new_home()
    home.omnitrack("start")
    return Platform(home=home)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """Wait until a question has a true answer, and return it; `seconds` is the deadline."""

    def wait(question: Callable[[], Any], seconds: float = 30.0) -> Any:
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(LOOK_SECONDS)
        return answer

    return wait
