"""What Pulumi is started with: the right place, the policy pack, and nothing of the user's own accounts."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.control import LocalCloud
from localcloud.engine import Engine
from runbook import deployments, stack_files, stacks
from runbook.deployments import Deployment, PulumiFailedError
from runbook.errors import CloudDownError, RunbookError
from runbook.stacks import ROOT, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USER = {
    "AWS_PROFILE": "mine",
    "AWS_SECRET_ACCESS_KEY": "my secret",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere",
    "PULUMI_ACCESS_TOKEN": "my token",
    "PULUMI_BACKEND_URL": "s3://mine",
    "PULUMI_CONFIG_PASSPHRASE": "my passphrase",
    "PULUMI_STACK": "production",
}


class FakePulumi:
    """Remembers what it was called with; `stack init` makes the stack as the file backend does."""

    def __init__(self) -> None:
        self.stderr = "error: no"
        self.calls: list[tuple[list[str], Path, Mapping[str, str]]] = []
        self.code = 0
        self.stdout = "{}"

    def __call__(
        self,
        _engine: Engine,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        capture: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        self.calls.append((list(arguments), cwd, environment))
        if arguments[:2] == ("stack", "init"):
            backend = Path(environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
            file = backend / ".pulumi" / "stacks" / "omnitrack" / f"{arguments[2]}.json"
            file.parent.mkdir(parents=True)
            file.touch()
            settings = cwd / f"Pulumi.{arguments[2]}.yaml"
            settings.write_text(settings.read_text() + "encryptionsalt: v1:made-by-init\n")
        return subprocess.CompletedProcess(
            arguments, self.code, self.stdout if capture else None, self.stderr
        )

    @property
    def commands(self) -> list[list[str]]:
        return [arguments for arguments, _, _ in self.calls]


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakePulumi:
    fake = FakePulumi()
    for name, value in USER.items():
        monkeypatch.setenv(name, value)
    engine = Engine(folder=tmp_path / "engine", host_folder=tmp_path / "engine", version="3.259.0")
    monkeypatch.setattr("localcloud.engine.run", fake)
    monkeypatch.setattr("localcloud.engine.ensure", lambda _report: engine)
    return fake


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalCloud:
    found = LocalCloud(
        home=tmp_path / "home",
        port=4566,
        mqtt_port=8883,
        provider_port=7001,
        account="000000000000",
        region="us-east-1",
    )
    (found.home / "backend").mkdir(parents=True)
    monkeypatch.setattr(stacks, "running_cloud", lambda: found)
    monkeypatch.setattr("localcloud.control.find", lambda _home: found)
    monkeypatch.setattr("runbook.local_zone.zone_of", lambda stack, domain: f"Z of {domain} for {stack}")
    return found


@contextmanager
def prepared(stack: str, place: Place) -> Iterator[Deployment]:
    with deployments.opened(stack, place) as deployment:
        deployment.prepare()
        yield deployment


@pytest.mark.parametrize("stack", stacks.STACKS)
def test_local_runs_use_the_local_cloud_and_nothing_of_the_user(
    pulumi: FakePulumi, cloud: LocalCloud, stack: str
) -> None:
    with prepared(stack, Place.LOCAL) as deployment:
        deployment.run("up", "--yes")
    for _, _, environment in pulumi.calls:
        assert not set(USER.values()) & set(environment.values())
        assert environment["PULUMI_DEBUG_PROVIDERS"] == "aws:7001"
        assert environment["PULUMI_BACKEND_URL"] == f"file://{cloud.home}/backend"
        assert environment["AWS_ACCESS_KEY_ID"] == stacks.account_of(stack)


def test_local_runs_deploy_for_this_machine_and_leave_the_repository_alone(
    pulumi: FakePulumi, cloud: LocalCloud
) -> None:
    before = stacks.settings_file("production").read_bytes()
    with prepared("production", Place.LOCAL) as deployment:
        deployment.run("up", "--yes")
    arguments, folder, _ = pulumi.calls[-1]
    copy = stack_files.read(Path(arguments[arguments.index("--config-file") + 1]))
    own = stack_files.read(stacks.settings_file("production"))["config"]
    host = {
        "omnitrack:functionRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "omnitrack:functionArchitecture": "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64",
        "omnitrack:permissionsBoundary": "",
        "omnitrack:hostedZoneId": "Z of api.omnitrack.ai for production",
    }
    assert copy["config"] == own | host
    assert folder == ROOT
    assert all(cwd == cloud.home / "stacks" for _, cwd, _ in pulumi.calls[:-1])
    assert stacks.settings_file("production").read_bytes() == before


def test_a_stack_is_populated_once_its_state_has_resources(pulumi: FakePulumi, cloud: LocalCloud) -> None:
    with deployments.opened("development", Place.LOCAL) as deployment:
        assert not deployment.populated
        deployment.prepare()
        file = cloud.home / "backend" / ".pulumi" / "stacks" / "omnitrack" / "development.json"
        answers = []
        for resources in (None, ["the stack itself"], ["the stack itself", "a table"]):
            file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))
            answers.append(deployment.populated)
    assert answers == [False, False, True]
    assert pulumi.commands


def test_a_stack_is_made_once_and_keeps_its_salt(pulumi: FakePulumi, cloud: LocalCloud) -> None:
    for _ in range(2):
        with prepared("development", Place.LOCAL) as deployment:
            assert stack_files.read(deployment.settings_copy)["encryptionsalt"] == "v1:made-by-init"
    assert [arguments[:2] for arguments in pulumi.commands] == [["stack", "init"]]
    assert cloud.home in deployment.settings_copy.parents


def test_offline_previews_need_no_account_and_leave_nothing(pulumi: FakePulumi, cloud: LocalCloud) -> None:
    with prepared("production", Place.OFFLINE) as deployment:
        deployment.run("preview")
        assert "functionRuntime: python3.13" in deployment.settings_copy.read_text()
    environment = pulumi.calls[-1][2]
    assert not set(USER.values()) & set(environment.values())
    assert not [name for name in environment if name.startswith("AWS_")]
    assert environment["PULUMI_DEBUG_PROVIDERS"] == f"aws:{cloud.provider_port}"
    assert not Path(environment["PULUMI_BACKEND_URL"].removeprefix("file://")).exists()
    assert not deployment.project_folder.exists()


def test_live_runs_use_the_users_own_backend_and_the_stack_file(pulumi: FakePulumi) -> None:
    with deployments.opened("production", Place.LIVE) as deployment:
        deployment.run("up", "--yes")
    arguments, _, environment = pulumi.calls[-1]
    # With a profile, keys in the environment would win over it.
    assert {name: environment.get(name) for name in USER} == USER | {"AWS_SECRET_ACCESS_KEY": None}
    assert "--config-file" not in arguments
    assert "PULUMI_DEBUG_PROVIDERS" not in environment
    assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in environment


@pytest.mark.parametrize(
    ("login", "found"),
    [
        (None, False),
        ("", False),
        ("{}", False),
        ('{"current": ""}', False),
        ('["s3://a"]', False),
        ('{"current": "s3://a"}', True),
    ],
)
def test_a_live_run_needs_to_be_told_where_the_state_is(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, login: str | None, *, found: bool
) -> None:
    for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    if login is not None:
        (tmp_path / "credentials.json").write_text(login)
    expected = (
        nullcontext() if found else pytest.raises(RunbookError, match=r"set PULUMI_BACKEND_URL to .* boot")
    )
    with expected, deployments.opened("production", Place.LIVE) as deployment:
        deployment.run("up")
    assert bool(pulumi.calls) == found


@pytest.mark.parametrize("variable", ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"])
def test_a_variable_tells_where_the_state_is(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setenv(variable, "told")
    with deployments.opened("production", Place.LIVE) as deployment:
        deployment.run("up")
    assert pulumi.calls


def test_a_live_run_uses_the_profile_that_is_named(pulumi: FakePulumi) -> None:
    with deployments.opened("production", Place.LIVE, "another") as deployment:
        deployment.run("up")
    assert pulumi.calls[-1][2]["AWS_PROFILE"] == "another"


def test_a_record_is_asked_for_with_what_makes_pulumi_write_it(pulumi: FakePulumi, tmp_path: Path) -> None:
    with deployments.opened("production", Place.LIVE) as deployment:
        deployment.run("preview", "--diff", events=tmp_path / "events")
        deployment.run("preview")
    (recorded, _, environment), (plain, _, usual) = pulumi.calls
    assert recorded[recorded.index("--event-log") + 1] == str(tmp_path / "events")
    assert environment["PULUMI_DEBUG_COMMANDS"] == "true"
    assert "--event-log" not in plain
    assert "PULUMI_DEBUG_COMMANDS" not in usual


def test_what_stands_aside_leaves_standard_output_alone(
    pulumi: FakePulumi, capfd: pytest.CaptureFixture[str]
) -> None:
    pulumi.stdout, pulumi.stderr = "1 to create\n", "a warning\n"
    with deployments.opened("production", Place.LIVE) as deployment:
        deployment.run("preview", aside=True)
    out, error = capfd.readouterr()
    assert out == ""
    assert error == "1 to create\na warning\n"


def test_the_state_is_what_pulumi_exports_and_nothing_where_it_cannot(pulumi: FakePulumi) -> None:
    pulumi.stdout = json.dumps({"deployment": {"resources": [{"urn": "a"}]}})
    with deployments.opened("production", Place.LIVE) as deployment:
        assert deployment.state() == [{"urn": "a"}]
        pulumi.code = 255
        assert deployment.state() == []


@pytest.mark.parametrize("place", [Place.LOCAL, Place.OFFLINE, Place.LIVE])
@pytest.mark.parametrize("command", ["preview", "up"])
def test_the_policy_pack_is_always_attached(
    pulumi: FakePulumi, cloud: LocalCloud, place: Place, command: str
) -> None:
    assert cloud
    with deployments.opened("staging", place) as deployment:
        deployment.run(command)
    arguments = pulumi.commands[-1]
    assert arguments[arguments.index("--policy-pack") + 1] == str(ROOT / "policy")
    assert arguments[arguments.index("--policy-pack-config") + 1] == str(ROOT / "policy/config/staging.json")


def test_a_failure_of_pulumi_is_told_with_its_code(pulumi: FakePulumi) -> None:
    pulumi.code = 255
    with (
        deployments.opened("production", Place.LIVE) as deployment,
        pytest.raises(PulumiFailedError, match="pulumi up of production failed") as caught,
    ):
        deployment.run("up")
    assert caught.value.code == 255


def test_outputs_are_what_pulumi_prints(pulumi: FakePulumi) -> None:
    wanted: dict[str, Any] = {"ApiEndpoint": "https://x/v1", "FunctionNames": {"health": "omnitrack-health"}}
    pulumi.stdout = json.dumps(wanted)
    with deployments.opened("production", Place.LIVE) as deployment:
        assert deployment.outputs() == wanted


def test_outputs_that_cannot_be_read_are_told_with_pulumis_reason(pulumi: FakePulumi) -> None:
    pulumi.code = 255
    with (
        deployments.opened("production", Place.LIVE) as deployment,
        pytest.raises(RunbookError, match="the outputs of production cannot be read: no"),
    ):
        deployment.outputs()


def test_a_stack_that_was_never_deployed_locally_has_no_outputs_and_is_not_made(
    pulumi: FakePulumi, cloud: LocalCloud
) -> None:
    assert cloud
    with deployments.opened("development", Place.LOCAL) as deployment:
        assert deployment.outputs() == {}
    assert pulumi.calls == []


def test_a_local_run_without_a_cloud_is_refused(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pulumi
    monkeypatch.setattr("localcloud.control.find", lambda _home: None)
    with pytest.raises(CloudDownError), deployments.opened("development", Place.LOCAL):
        pass
