"""Deployments over time: repeated, drifted, interrupted, killed, destroyed."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.account import LISTS, known_services, leftovers
from tests.e2e.home import Home, Platform
from tests.support import checkout

STACK = "development"
CHANGED = re.compile(r"^\s+[+~-]{1,2} \d+ (?:to )?\w+|\b\d+ changes\b", re.MULTILINE)
INTERRUPTED = 130


@pytest.fixture(scope="module")
def started(new_home: Callable[..., Home]) -> tuple[Home, str]:
    """A home where `omnitrack start` ran, and what it printed."""
    home = new_home()
    done = home.omnitrack("start")
    return home, done.stdout + done.stderr


@pytest.fixture
def deployed(started: tuple[Home, str]) -> Home:
    """The home with development up, whatever another test left."""
    home, _ = started
    home.omnitrack("local", "up")
    home.omnitrack("up", "-s", STACK)
    return home


def _unchanged(output: str) -> bool:
    return " unchanged" in output and not CHANGED.search(output)


def test_a_second_up_changes_nothing(deployed: Home) -> None:
    assert _unchanged(deployed.omnitrack("up", "-s", STACK).stdout)
    assert _unchanged(deployed.omnitrack("start").stdout)


def test_drift_is_shown_by_a_refresh_and_mended_by_start(deployed: Home) -> None:
    queue = deployed.outputs()["IngestQueueUrl"]
    usual = _visibility(deployed, queue)
    deployed.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    group = "/aws/lambda/omnitrack-development-health"
    deployed.client("logs").delete_log_group(logGroupName=group)

    shown = deployed.omnitrack("refresh", "-s", STACK, "--", "--preview-only", "--diff").stdout
    assert re.search(rf"visibilityTimeoutSeconds\W+{usual}\W+7\b", shown), shown
    assert re.search(r"- aws:cloudwatch/logGroup:LogGroup.*\n(?:.*\n)?.*::health\]", shown), shown
    planned = deployed.omnitrack("preview", "-s", STACK, "--", "--refresh", "--json").stdout
    assert "visibilityTimeoutSeconds" in planned

    deployed.omnitrack("start")
    assert _visibility(deployed, queue) == usual
    groups = deployed.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [found["retentionInDays"] for found in groups] == [7]
    assert _unchanged(deployed.omnitrack("refresh", "-s", STACK).stdout)


def _visibility(home: Home, queue: str) -> str:
    answer = home.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])
    return str(answer["Attributes"]["VisibilityTimeout"])


def test_a_killed_cloud_comes_back_as_the_last_command_left_it(deployed: Home) -> None:
    deployed.omnitrack("start")
    twin = _twin(deployed)
    deployed.kill()
    assert deployed.omnitrack("local", "status", check=False).returncode == 3
    deployed.omnitrack("local", "up")
    assert _unchanged(deployed.omnitrack("preview", "-s", STACK, "--", "--expect-no-changes").stdout)
    assert _unchanged(deployed.omnitrack("refresh", "-s", STACK, "--", "--expect-no-changes").stdout)
    assert _twin(deployed) == twin


def _twin(home: Home) -> Any:
    answer = Platform(home=home).request("GET", "/twin", role="viewer")
    assert answer.status_code == 200
    twin = answer.json()
    assert any(node["latest"] for node in twin["nodes"])
    return twin["nodes"], twin["lanes"]


def test_no_secret_is_written_in_clear(started: tuple[Home, str], deployed: Home) -> None:
    home, said = started
    deployed.omnitrack("start")
    home.omnitrack("sensors", "register", "supplier-hsinchu")
    passwords = (home.folder / "demo-users.json").read_text()
    keys = [
        line
        for file in (home.folder / "devices").rglob("private.key")
        for line in file.read_text().splitlines()[1:-1]
    ]
    secrets = {
        "passphrase": [(home.folder / "passphrase").read_text().strip()],
        "passwords": re.findall(r'": "([^"]+)"', passwords),
        "token": [Platform(home=home).token(role) for role in ("viewer", "admin")],
        "device keys": keys,
    }
    assert all(secrets.values())
    written = {
        "output": said + deployed.omnitrack("up", "-s", STACK).stdout,
        **{str(file): file.read_text(errors="replace") for file in _kept_by_pulumi_and_logs(home.folder)},
    }
    assert any(name.endswith("development.json") for name in written)
    found = [
        (kind, place)
        for place, text in written.items()
        for kind, values in secrets.items()
        if any(value in text for value in values)
    ]
    assert found == []


def _kept_by_pulumi_and_logs(folder: Path) -> list[Path]:
    rooms = [folder / name for name in ("backend", "logs", "stacks")]
    return [file for room in rooms for file in room.rglob("*") if file.is_file()]


def test_what_is_private_is_readable_by_its_owner_only(deployed: Home) -> None:
    private = [deployed.folder / name for name in ("passphrase", "demo-users.json")]
    private += (deployed.folder / "devices").rglob("private.key")
    assert {file.stat().st_mode & 0o077 for file in [deployed.folder, *private]} == {0}


def test_ctrl_c_leaves_what_the_next_up_completes(home: Home) -> None:
    home.omnitrack("local", "up")
    process = home.begin("up", "-s", STACK)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "aws:kms:Key" in line and "created" in line:
            break
    else:
        pytest.fail("".join(lines))
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, "".join(lines) + rest
    assert "goes on from here" in rest
    assert "Traceback" not in rest
    assert not _members(process.pid)
    some = len(home.state())
    home.omnitrack("up", "-s", STACK)
    assert some < len(home.state())
    assert _unchanged(home.omnitrack("refresh", "-s", STACK).stdout)
    assert _unchanged(home.omnitrack("preview", "-s", STACK).stdout)


def _members(group: int) -> list[str]:
    """The processes of a group that still run."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[2] == str(group) and fields[0] not in "ZX":
            found.append(file.parent.name)
    return found


def test_every_service_of_the_provider_is_looked_through() -> None:
    assert known_services() == LISTS.keys()


def test_destroy_empties_the_account_and_no_other(deployed: Home, tmp_path: Path) -> None:
    """Staging has an account of its own in the same cloud; its protected resources refuse to go."""
    project = checkout.copy_project(tmp_path / "project")
    copy = Home(folder=deployed.folder, project=project)
    copy.omnitrack("up", "-s", "staging", "--local")
    development = leftovers(deployed, STACK)
    assert {name.partition(" ")[0] for name in leftovers(copy, "staging")} == LISTS.keys()

    refused = copy.omnitrack("destroy", "-s", "staging", "--local", check=False)
    assert refused.returncode == 1
    assert "protect" in refused.stdout + refused.stderr
    checkout.set_value(project, "staging", "deletionProtection", "false")
    held = copy.omnitrack("up", "-s", "staging", "--local", check=False)
    assert held.returncode == 1
    assert "dynamodb-deletion-protection" in held.stdout + held.stderr
    checkout.set_levels(
        project,
        "staging",
        dynamodb_deletion_protection="disabled",
        cognito_deletion_protection="disabled",
    )
    copy.omnitrack("up", "-s", "staging", "--local")
    copy.omnitrack("destroy", "-s", "staging", "--local")
    assert leftovers(copy, "staging") == {}
    assert leftovers(deployed, STACK).keys() == development.keys()

    deployed.omnitrack("destroy", "-s", STACK)
    assert leftovers(deployed, STACK) == {}
    assert [resource["type"] for resource in deployed.state()] in ([], ["pulumi:pulumi:Stack"])
