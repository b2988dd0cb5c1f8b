"""An earlier commit is deployed by its own code, and nothing of it remains whatever happens."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from localcloud import control
from localcloud.control import LocalCloudError
from runbook import earlier, revisions, stacks
from runbook.changes.basis import Against, Basis
from runbook.cli import app
from runbook.errors import RefusedError, RunbookError
from runbook.revisions import Revision
from runbook.stacks import Place
from tests.support.signals import taking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REVISION = Revision(commit="0123456789abcdef0123456789abcdef01234567")
RECORDS = """
import json, os, pathlib, sys
seen = {"arguments": sys.argv[1:], "home": os.environ["OMNITRACK_LOCAL_HOME"], "path": sys.path[:3],
        "environment": sorted(os.environ)}
with pathlib.Path(%r).open("a") as file:
    file.write(json.dumps(seen) + "\\n")
"""
FAILS = """
print("  pulumi:pulumi:Stack (omnitrack-staging):")
print("    error: Program failed:\\n    Traceback (most recent call last):")
print("      File x\\n    ValueError: main is broken\\n\\nomnitrack: pulumi failed")
raise SystemExit(1)
"""
VIOLATES = """
print('violation: sqs-queue-cmk: aws:sqs/queue:Queue "orders" has no key: set it')
print("policy: 1 violation, 0 undecided: nothing was changed")
raise SystemExit(1)
"""
WAITS = "import pathlib, time; pathlib.Path(%r).touch(); time.sleep(60)"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which has to be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def commit(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Call it with what the `omnitrack` of the earlier commit does; answers what was done to its cloud."""
    assert temporary.is_dir()
    done: list[str] = []

    def make(script: str) -> list[str]:
        def unpack(_revision: Revision, folder: Path) -> None:
            (folder / "runbook").mkdir(parents=True)
            (folder / "runbook" / "__init__.py").touch()
            (folder / "runbook" / "__main__.py").write_text(textwrap.dedent(script))
            (folder / "Pulumi.staging.yaml").write_text(stacks.settings_file("staging").read_text())

        monkeypatch.setattr(revisions, "unpack", unpack)
        return done

    monkeypatch.setattr(control, "start", lambda _home: done.append("start"))
    monkeypatch.setattr(control, "stop", lambda _home: done.append("stop"))
    return make


def test_its_own_command_deploys_it_in_a_home_of_its_own(
    commit: Callable[[str], list[str]], temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", "/the/users/own")
    monkeypatch.setenv("AWS_PROFILE", "the-users-own")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://the-users-own")
    done = commit(RECORDS % str(tmp_path / "seen"))
    with earlier.deployed("staging", REVISION):
        home = stacks.home()
        assert home.is_relative_to(temporary)
        assert done == ["stop", "start"]
    seen = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    assert [one["arguments"] for one in seen] == [["local", "up"], ["up", "--stack", "staging", "--local"]]
    for one in seen:
        assert one["home"] == str(home)
        assert str(home.parent / "project" / "functions") in one["path"]
        assert not {"AWS_PROFILE", "PULUMI_BACKEND_URL"} & set(one["environment"])
    assert os.environ["OMNITRACK_LOCAL_HOME"] == "/the/users/own"
    assert done == ["stop", "start", "stop"]
    assert not [*temporary.iterdir()]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (FAILS, "Program failed: ValueError: main is broken"),
        (VIOLATES, 'aws:sqs/queue:Queue "orders" has no key: set it'),
        ("raise SystemExit(2)", "`omnitrack local` ends with 2"),
        ("import nothing_of_that_name", "`omnitrack local` ends with 1"),
    ],
)
def test_what_cannot_be_deployed_is_said_in_a_sentence(
    commit: Callable[[str], list[str]], temporary: Path, script: str, reason: str
) -> None:
    commit(script)
    with (
        pytest.raises(earlier.NotDeployableError, match=re.escape(reason)) as caught,
        earlier.deployed("staging", REVISION),
    ):
        pytest.fail("it was deployed")
    assert "\n" not in str(caught.value)
    assert "error: " not in str(caught.value), "the report would take it for an error of the preview"
    assert not [*temporary.iterdir()]


def test_a_cloud_of_today_that_does_not_take_it_over_is_the_same(
    commit: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit("")

    def start(_home: Path) -> None:
        raise LocalCloudError("no such format")

    monkeypatch.setattr(control, "start", start)
    with (
        pytest.raises(earlier.NotDeployableError, match="no such format"),
        earlier.deployed("staging", REVISION),
    ):
        pytest.fail("it was deployed")


def test_a_setting_that_the_local_cloud_overrides_is_said_to_be_unseen(
    commit: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit("")
    with earlier.deployed("staging", REVISION) as unseen:
        assert unseen == ""
    changed = tmp_path / "Pulumi.staging.yaml"
    text = re.sub(
        r"functionArchitecture: .*", "functionArchitecture: mips", stacks.settings_file("staging").read_text()
    )
    changed.write_text(text.replace("logRetentionDays: ", "logRetentionDays: 1"))
    monkeypatch.setattr(stacks, "settings_file", lambda _stack: changed)
    monkeypatch.setattr(revisions, "unpack", _settings_of_the_clone)
    monkeypatch.setattr(earlier, "_omnitrack", lambda *_arguments: None)
    with earlier.deployed("staging", REVISION) as unseen:
        assert unseen == "functionArchitecture"


def _settings_of_the_clone(_revision: Revision, folder: Path) -> None:
    folder.mkdir()
    (folder / "Pulumi.staging.yaml").write_text((stacks.ROOT / "Pulumi.staging.yaml").read_text())


def test_an_error_of_what_follows_is_its_own(commit: Callable[[str], list[str]], temporary: Path) -> None:
    done = commit("")
    with pytest.raises(RunbookError, match="data would be lost"), earlier.deployed("staging", REVISION):
        raise RunbookError("data would be lost")
    assert done[-1] == "stop"
    assert not [*temporary.iterdir()]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_nothing_remains_of_an_interruption(temporary: Path, tmp_path: Path, number: int, code: int) -> None:
    """A process of its own, as it takes signals."""
    began = tmp_path / "began"
    script = f"""
        import sys
        from pathlib import Path
        from runbook import earlier, revisions
        def unpack(_revision, folder):
            (folder / "runbook").mkdir(parents=True)
            (folder / "runbook" / "__init__.py").touch()
            (folder / "runbook" / "__main__.py").write_text({WAITS % str(began)!r})
        revisions.unpack = unpack
        try:
            with earlier.deployed("staging", revisions.Revision(commit="0" * 40)):
                pass
        except KeyboardInterrupt:
            sys.exit(130)
    """
    process = subprocess.Popen(
        taking(number, [sys.executable, "-c", textwrap.dedent(script)]),
        cwd=stacks.ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not began.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (folder,) = temporary.glob("omnitrack-since-*")
    process.send_signal(number)
    assert process.wait(timeout=30) == code
    assert not [*temporary.iterdir()]
    left = [link for link in Path("/proc").glob("[0-9]*/cwd") if _inside(link, folder)]
    assert not left


def _inside(link: Path, folder: Path) -> bool:
    try:
        return str(link.readlink()).startswith(str(folder))
    except OSError:
        return False


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Place, Basis]]:
    """Where previews ran, and what they were compared with; no engine runs."""
    found: list[tuple[Place, Basis]] = []
    places: list[Place] = []

    @contextmanager
    def engine_on(_stack: str, place: Place, _command: str, **_more: object) -> Iterator[None]:
        places.append(place)
        yield

    def run(*_arguments: object, basis: Basis, **_more: object) -> None:
        found.append((places[-1], basis))
        if basis.against is Against.NOTHING:
            raise RefusedError("data would be lost")

    monkeypatch.setattr("runbook.chapters.deploy.engine_on", engine_on)
    monkeypatch.setattr("runbook.judged_preview.run", run)
    monkeypatch.setattr(revisions, "resolve", lambda _name: REVISION)
    return found


def test_a_preview_since_a_commit_is_one_of_the_cloud_that_has_it(
    judged: list[tuple[Place, Basis]], commit: Callable[[str], list[str]]
) -> None:
    commit("")
    result = CliRunner().invoke(app, ["preview", "-s", "staging", "--since", "main"])
    assert result.exit_code == 0
    account = stacks.account_of("staging") or ""
    assert judged == [
        (Place.LOCAL, Basis(against=Against.REVISION, revision=REVISION.short, account=account))
    ]


def test_where_the_commit_cannot_be_deployed_an_empty_state_decides(
    judged: list[tuple[Place, Basis]], commit: Callable[[str], list[str]]
) -> None:
    commit(FAILS)
    result = CliRunner().invoke(app, ["preview", "-s", "staging", "--since", "main"])
    assert result.exit_code == 4
    sentence = f"{REVISION.short} cannot be deployed, so this starts from an empty state: Program failed:"
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    ((place, basis),) = judged
    assert place is Place.OFFLINE
    assert (basis.against, basis.revision) == (Against.NOTHING, REVISION.short)


@pytest.mark.parametrize("place", ["--local", "--live"])
def test_a_commit_and_a_place_exclude_each_other(place: str) -> None:
    result = CliRunner().invoke(app, ["preview", "-s", "staging", "--since", "HEAD", place])
    assert result.exit_code == 2
    assert "--since compares with a commit" in str(result.exception or result.output) + result.stderr
