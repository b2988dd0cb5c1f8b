"""What goes wrong before anything is done: one sentence, an exit code, and nothing half-made."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.home import Done, Home

NOWHERE = "http://127.0.0.1:9"
OLD_TOOLS = os.pathsep.join(["/usr/bin", "/bin"])
FAKE_GO = """#!/bin/sh
case "$1" in
  version) echo "go version go1.99.0 linux/amd64";;
  build)
    while [ "$1" != -o ]; do shift; done
    echo half > "$2"
    {then};;
esac
"""


def _sentence(done: Done, code: int) -> str:
    """The last line of a failure, which is the only one that speaks of it."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("omnitrack: ")
    return last


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "destroy", "outputs", "env"])
def test_a_wrong_stack_name_is_answered_with_the_right_ones(home: Home, command: str) -> None:
    said = _sentence(home.omnitrack(command, "-s", "prod", check=False), 2)
    assert "'prod'" in said
    assert "development, staging or production" in said
    assert not home.folder.exists()


@pytest.mark.parametrize("command", ["up", "destroy"])
def test_a_stack_with_an_account_wants_the_place_said(home: Home, command: str) -> None:
    said = _sentence(home.omnitrack(command, "-s", "staging", check=False), 2)
    assert "--live" in said
    assert "--local" in said


@pytest.mark.parametrize(
    "command", ["up -s development", "outputs", "users list", "dead-letters list", "env"]
)
def test_a_local_cloud_that_does_not_run_is_named_with_how_to_start_it(home: Home, command: str) -> None:
    said = _sentence(home.omnitrack(*command.split(), check=False), 3)
    assert "omnitrack local up" in said
    assert not home.folder.exists()


def test_all_faults_of_a_stack_file_are_told_at_once(project: Path, home: Home) -> None:
    file = project / "Pulumi.staging.yaml"
    lines = [line for line in file.read_text().splitlines() if "lambdaMemorySize" not in line]
    file.write_text("\n".join(lines).replace("idTokenMinutes: 15", "idTokenMinutes: soon") + "\n")
    done = Home(folder=home.folder, project=project).omnitrack("preview", "-s", "staging", check=False)
    _sentence(done, 1)
    for text in ("mend 2 settings", "lambdaMemorySize", "128 to 10240", "idTokenMinutes is soon", file.name):
        assert text in done.stdout


def test_a_stack_file_that_is_gone_is_named(project: Path, home: Home) -> None:
    (project / "Pulumi.staging.yaml").unlink()
    done = Home(folder=home.folder, project=project).omnitrack("preview", "-s", "staging", check=False)
    assert "Pulumi.staging.yaml" in _sentence(done, 1)


def test_a_local_cloud_that_is_not_installed_is_said_to_be_so(project: Path, home: Home) -> None:
    (project / ".venv-cloud").unlink()
    copy = Home(folder=home.folder, project=project)
    said = _sentence(copy.omnitrack("local", "up", check=False), 1)
    assert ".venv-cloud" in said
    assert "make install" in said
    assert not (home.folder / "cloud.json").exists()
    assert copy.omnitrack("local", "status", check=False).returncode == 3


def test_a_port_that_is_asked_for_and_taken_is_a_fault_that_leaves_nothing(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = home.omnitrack("local", "up", "--port", str(port), check=False)
    assert done.returncode == 1
    assert f"port {port} is taken by another process" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert home.omnitrack("local", "status", check=False).returncode == 3


def test_a_port_that_was_taken_in_between_is_replaced_and_that_is_said(home: Home) -> None:
    home.omnitrack("local", "up")
    before = home.cloud
    home.omnitrack("local", "down")
    with socket.create_server(("127.0.0.1", before.port)):
        done = home.omnitrack("local", "up")
        assert f"port {before.port} of the AWS APIs has been taken" in done.stdout + done.stderr
        assert home.cloud.port != before.port
        home.omnitrack("up", "-s", "development")
        assert home.outputs()["IngestQueueUrl"].startswith(home.cloud.endpoint)


def _fake_go(folder: Path, then: str) -> dict[str, str]:
    """An environment whose only Go breaks off, with an empty cache and no network."""
    folder.mkdir()
    go = folder / "go"
    go.write_text(FAKE_GO.format(then=then))
    go.chmod(0o755)
    return {
        "PATH": os.pathsep.join([str(folder), OLD_TOOLS]),
        "OMNITRACK_CACHE": str(folder / "cache"),
        "HTTPS_PROXY": NOWHERE,
        "HTTP_PROXY": NOWHERE,
        "NO_PROXY": "",
    }


def _engines(environment: dict[str, str]) -> list[str]:
    return [
        path.name for path in (Path(environment["OMNITRACK_CACHE"]) / "engine").iterdir() if path.is_dir()
    ]


def test_an_engine_whose_build_fails_is_not_half_there(home: Home, tmp_path: Path) -> None:
    environment = _fake_go(tmp_path / "bin", "echo 'disk full' >&2; exit 1")
    said = _sentence(home.omnitrack("preview", "-s", "staging", check=False, **environment), 1)
    assert "building pulumi-language-python failed (disk full)" in said
    assert "install Pulumi" in said
    assert _engines(environment) == []


def test_an_engine_whose_build_is_broken_off_is_not_half_there(home: Home, tmp_path: Path) -> None:
    environment = _fake_go(tmp_path / "bin", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    process = home.begin("preview", "-s", "staging", **environment)
    assert process.stdout is not None
    for line in process.stdout:
        if "building Pulumi" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130, rest
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert _engines(environment) == []
    pid = tmp_path / "pid"
    assert not pid.exists() or not Path(f"/proc/{pid.read_text().strip()}").exists()
