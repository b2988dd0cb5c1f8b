"""A local cloud of the test session's own, and accounts in it."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import control
from localcloud.control import LocalCloud
from tests.localcloud.aws.workbench import Workbench


@pytest.fixture(scope="session", autouse=True)
def _no_credentials_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    nowhere = str(tmp_path_factory.mktemp("no-aws") / "none")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", nowhere)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
        yield


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud for the whole session; tests keep apart by accounts."""
    home = tmp_path_factory.mktemp("cloud")
    yield control.start(home)
    control.stop(home)


@pytest.fixture
def workbench(cloud: LocalCloud) -> Workbench:
    """An account of the test's own in the session's cloud."""
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


@pytest.fixture
def workbench_of() -> Callable[[LocalCloud], Workbench]:
    """A workbench in the development account of a cloud that a test starts itself."""
    return lambda cloud: Workbench(cloud=cloud, account=cloud.account)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home folder; what runs in it afterwards is stopped."""
    folder = tmp_path / "home"
    yield folder
    control.stop(folder)


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Wait until a question has a true answer, 30 seconds at most, and return that answer."""

    def wait(question: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 30
        while not (result := question()):
            assert time.monotonic() < deadline, "it did not happen within 30 seconds"
            time.sleep(0.02)
        return result

    return wait
