"""A local cloud that runs other code than the clone: warned of, restarted, not used for a preview."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from localcloud import control
from localcloud.control import LocalCloud
from runbook import deployments, preview_provider, stacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WARNING = (
    "WARNING: the local cloud was started from an older state of this clone's code: "
    "`omnitrack local down && omnitrack local up` brings it up to date and keeps its state\n"
)
RESTARTED = "The local cloud runs other code than this clone has now: it is restarted, its state stays.\n"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> LocalCloud:
    """A cloud that runs; the parameter says whether its code is another."""
    found = LocalCloud(
        home=tmp_path, port=1, mqtt_port=2, provider_port=3, account="0" * 12, region="us-east-1"
    )
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(tmp_path))
    monkeypatch.setattr(control, "find", lambda _home: found)
    monkeypatch.setattr(control, "outdated", lambda _home: request.param)
    monkeypatch.setattr(control, "start", lambda _home, _report, *, port: found if port is None else None)
    return found


@pytest.mark.parametrize(("cloud", "said"), [(True, WARNING), (False, "")], indirect=["cloud"])
def test_a_command_that_finds_one_says_so_once(
    cloud: LocalCloud, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [stacks.running_cloud() for _ in range(3)] == [cloud] * 3
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(("cloud", "said"), [(True, RESTARTED), (False, "")], indirect=["cloud"])
def test_a_start_says_that_the_state_stays(
    cloud: LocalCloud, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stacks.started_cloud() == cloud
    told = capsys.readouterr().err
    assert told.startswith(f"{said}Local cloud ...\n")


@pytest.mark.parametrize(("cloud", "port"), [(True, 99), (False, 3)], indirect=["cloud"])
def test_a_preview_uses_its_provider_only_where_the_code_is_the_same(
    cloud: LocalCloud, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def own() -> Iterator[int]:
        yield 99

    assert cloud
    monkeypatch.setattr(preview_provider, "started", own)
    with deployments._provider_port() as chosen:
        assert chosen == port
