"""What is run, in which order, after which judgement; what the local cloud keeps; how it ends."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from localcloud.control import LocalCloudError
from runbook import deployments, devices, shell, stacks
from runbook.cli import app
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

runner = CliRunner()
PREVIEW, UPDATE = ("preview",), ("up", "--skip-preview", "--yes")
TABLE = "urn:pulumi:development::omnitrack::omnitrack:tables:Tables$aws:dynamodb/table:Table::tables-main"
QUEUE = "urn:pulumi:development::omnitrack::aws:sqs/queue:Queue::ingest"
DONE: dict[str, Any] = {"summaryEvent": {"result": "succeeded"}}


def step(operation: str, urn: str, **more: object) -> dict[str, Any]:
    """An event of the engine's record."""
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, **more}}}


REPLACED = step("replace", TABLE, detailedDiff={"hashKey": {"diffKind": "update-replace"}})


class FakeDeployment:
    """An engine that ends with a given exit code, and records a preview as it is told."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.fails = "up"
        self.runs: list[tuple[str, ...]] = []
        self.aside: list[bool] = []
        self.record: list[dict[str, Any]] | None = [DONE]
        self.places: dict[str, str] = {}
        self.opened: list[tuple[str, Place, str | None]] = []
        self.saves = 0
        self.saving_fails = False
        self.deployed: dict[str, Any] = {}

    def prepare(self) -> None:
        """Nothing to prepare."""

    def run(self, command: str, *arguments: str, events: Path | None = None, aside: bool = False) -> None:
        self.runs.append((command, *arguments))
        self.aside.append(aside)
        if events is not None and self.record is not None:
            events.write_text("".join(f"{json.dumps(event)}\n" for event in self.record))
        if self.code and command == self.fails:
            raise deployments.PulumiFailedError(command, "development", self.code)

    def outputs(self) -> dict[str, Any]:
        return self.deployed

    def state(self) -> list[dict[str, Any]]:
        return [{"urn": urn, "sourcePosition": place} for urn, place in self.places.items()]

    def save(self, _home: object) -> None:
        self.saves += 1
        if self.saving_fails:
            raise LocalCloudError("the disk is full")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> FakeDeployment:
    fake = FakeDeployment(getattr(request, "param", 0))

    @contextmanager
    def opened(stack: str, place: Place, profile: str | None = None) -> Iterator[FakeDeployment]:
        fake.opened.append((stack, place, profile))
        yield fake

    monkeypatch.delenv(shell.MARKER, raising=False)
    monkeypatch.setattr(deployments, "opened", opened)
    monkeypatch.setattr(stacks, "local_account", lambda _stack: "000000000000")
    monkeypatch.setattr("localcloud.control.save", fake.save)
    return fake


@pytest.mark.parametrize("command", ["up", "refresh"])
def test_a_local_change_is_announced_first_and_kept_in_the_end(engine: FakeDeployment, command: str) -> None:
    result = runner.invoke(app, [command, "-s", "development"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "LOCAL CLOUD, account 000000000000"
    assert engine.runs == ([PREVIEW, UPDATE] if command == "up" else [(command, "--yes")])
    assert engine.saves == 1


@pytest.mark.parametrize("place", [["-s", "development"], ["-s", "production", "--live"]])
def test_what_is_only_shown_needs_no_confirmation(engine: FakeDeployment, place: list[str]) -> None:
    assert runner.invoke(app, ["refresh", *place, "--", "--preview-only"]).exit_code == 0
    assert engine.runs == [("refresh", "--preview-only")]


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_previews_of_real_stacks_are_offline_unless_live_is_said(engine: FakeDeployment, stack: str) -> None:
    for line in ([], ["--live"], ["--live", "--profile", "mine"], ["--local", "--", "--diff"]):
        assert runner.invoke(app, ["preview", "-s", stack, *line]).exit_code == 0
    assert engine.opened == [
        (stack, Place.OFFLINE, None),
        (stack, Place.LIVE, None),
        (stack, Place.LIVE, "mine"),
        (stack, Place.LOCAL, None),
    ]
    assert engine.runs == [PREVIEW, PREVIEW, PREVIEW, ("preview", "--diff")]


@pytest.mark.parametrize("command", ["destroy", "refresh"])
def test_local_changes_do_not_ask_and_real_ones_do_unless_told(
    engine: FakeDeployment, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("runbook.chapters.deploy._at_terminal", lambda: True)
    monkeypatch.setattr("runbook.chapters.deploy._remove_devices", lambda _stack: None)
    for line in (["development"], ["production", "--live", "--yes"], ["production", "--live"]):
        assert runner.invoke(app, [command, "-s", *line]).exit_code == 0
    assert engine.runs == [(command, "--yes"), (command, "--yes"), (command,)]


@pytest.mark.parametrize("command", ["up", "destroy", "refresh"])
def test_a_real_change_uses_the_profile_that_is_named(engine: FakeDeployment, command: str) -> None:
    line = [command, "-s", "production", "--live", "--yes", "--profile", "mine"]
    assert runner.invoke(app, line).exit_code == 0
    assert engine.opened == [("production", Place.LIVE, "mine")]


def test_a_preview_keeps_nothing(engine: FakeDeployment) -> None:
    assert runner.invoke(app, ["preview", "-s", "development"]).exit_code == 0
    assert engine.saves == 0


def test_the_banner_leaves_machine_readable_output_alone(engine: FakeDeployment) -> None:
    assert engine
    result = runner.invoke(app, ["preview", "-s", "development", "--", "--json"])
    assert result.stdout == ""
    assert result.stderr == "LOCAL CLOUD, account 000000000000\n"


@pytest.mark.parametrize("engine", [255], indirect=True)
@pytest.mark.parametrize("saving_fails", [False, True])
def test_a_failed_change_is_kept_too_and_its_failure_is_what_is_told(
    engine: FakeDeployment, *, saving_fails: bool
) -> None:
    engine.saving_fails = saving_fails
    result = runner.invoke(app, ["up", "-s", "development"])
    assert engine.runs == [PREVIEW, UPDATE]
    assert result.exit_code == 1
    assert "pulumi up of development failed" in result.stderr
    assert engine.saves == 1


@pytest.mark.parametrize("engine", [130], indirect=True)
@pytest.mark.parametrize(("half", "ran"), [("preview", [PREVIEW]), ("up", [PREVIEW, UPDATE])])
def test_an_interrupted_change_ends_with_130_and_says_how_it_goes_on(
    engine: FakeDeployment, half: str, ran: list[tuple[str, ...]]
) -> None:
    engine.fails = half
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 130
    assert engine.runs == ran
    assert "`omnitrack up -s development` goes on from here" in result.stderr
    assert engine.saves == 1


def test_a_change_whose_state_cannot_be_kept_is_no_success(engine: FakeDeployment) -> None:
    engine.saving_fails = True
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 1
    assert result.stderr == "omnitrack: the disk is full\n"


def test_a_real_change_saves_no_local_cloud(engine: FakeDeployment) -> None:
    result = runner.invoke(app, ["up", "-s", "production", "--live", "--yes"])
    assert result.exit_code == 0
    assert engine.runs == [PREVIEW, UPDATE]
    assert engine.saves == 0
    assert "LOCAL CLOUD" not in result.output


@pytest.mark.parametrize("engine", [255], indirect=True)
def test_nothing_is_deployed_after_a_preview_that_failed(engine: FakeDeployment) -> None:
    engine.fails = "preview"
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 1
    assert engine.runs == [PREVIEW]


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_change_that_loses_data_is_refused_with_what_to_say_to_mean_it(
    engine: FakeDeployment, command: str
) -> None:
    engine.record = [REPLACED, DONE]
    engine.places = {TABLE: "project:///components/tables.py#65"}
    result = runner.invoke(app, [command, "-s", "development"])
    assert result.exit_code == 4
    assert engine.runs == [PREVIEW]
    for word in ("'tables-main'", "hashKey", "its items", "components/tables.py:65", f"'{TABLE}'"):
        assert word in result.stderr
    named = runner.invoke(app, [command, "-s", "development", "--break-glass", TABLE])
    assert named.exit_code == 0
    assert f"{TABLE} may lose its data" in named.stderr
    assert engine.runs[1:] == ([PREVIEW, UPDATE] if command == "up" else [PREVIEW])


@pytest.mark.parametrize("command", ["up", "preview"])
def test_an_allowance_that_is_no_urn_is_a_wrong_call(engine: FakeDeployment, command: str) -> None:
    result = runner.invoke(app, [command, "-s", "development", "--break-glass", "tables-main"])
    assert result.exit_code == 2
    assert "--break-glass" in result.stderr
    assert engine.runs == []


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize("urn", [QUEUE, TABLE, f"{TABLE} "])
def test_the_same_allowance_again_is_told_and_stops_nothing(
    engine: FakeDeployment, command: str, urn: str
) -> None:
    engine.record = [step("update", QUEUE), DONE]
    result = runner.invoke(app, [command, "-s", "development", "--break-glass", urn])
    assert result.exit_code == 0
    assert result.stderr.startswith("WARNING: --break-glass ")
    assert "names nothing that would be lost: it is done already, or mistyped" in result.stderr
    assert "may lose its data" not in result.stderr
    assert engine.runs == ([PREVIEW, UPDATE] if command == "up" else [PREVIEW])


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_mistyped_allowance_lets_nothing_through_and_is_told(engine: FakeDeployment, command: str) -> None:
    engine.record = [REPLACED, DONE]
    result = runner.invoke(app, [command, "-s", "development", "--break-glass", f"{TABLE}x"])
    assert result.exit_code == 4
    assert f"'{TABLE}x' names nothing that would be lost" in result.stderr
    assert engine.runs == [PREVIEW]


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_step_on_data_that_is_not_understood_is_refused(engine: FakeDeployment, command: str) -> None:
    engine.record = [step("migrate", TABLE), DONE]
    result = runner.invoke(app, [command, "-s", "development"])
    assert result.exit_code == 4
    assert "is not understood (migrate)" in result.stderr
    assert engine.runs == [PREVIEW]
    engine.record = [step("migrate", "urn:pulumi:development::omnitrack::aws:iam/role:Role::a"), DONE]
    assert runner.invoke(app, [command, "-s", "development"]).exit_code == 0


def test_a_secret_does_not_go_back_to_an_older_generation(engine: FakeDeployment) -> None:
    engine.deployed = {"EdgeSecretGeneration": 1_000}
    result = runner.invoke(app, ["up", "-s", "staging", "--live", "--yes"])
    assert result.exit_code == 1
    assert "Pulumi.staging.yaml says edgeSecretGeneration 1, and 1000 is deployed" in result.stderr
    assert engine.runs == [PREVIEW]
    assert engine.saves == 0


@pytest.mark.parametrize("record", [None, [], [REPLACED], [{"summaryEvent": {"result": "failed"}}]])
def test_nothing_is_deployed_where_nobody_can_tell_what_it_would_lose(
    engine: FakeDeployment, record: list[dict[str, Any]] | None
) -> None:
    engine.record = record
    result = runner.invoke(app, ["up", "-s", "development"])
    assert result.exit_code == 1
    assert "nobody can tell what it would lose" in result.stderr
    assert engine.runs == [PREVIEW]


def test_each_run_gets_what_it_understands(engine: FakeDeployment) -> None:
    line = "up -s development -- --refresh --save-plan plan.json --continue-on-error -f --target a --json"
    result = runner.invoke(app, line.split())
    assert result.exit_code == 0
    assert engine.runs == [
        ("preview", "--refresh", "--save-plan", "plan.json", "--target", "a"),
        ("up", "--skip-preview", "--yes", "--refresh", "--continue-on-error", "--target", "a", "--json"),
    ]
    assert engine.aside == [True, False]
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("answer", "code", "ran"),
    [("y\n", 0, [PREVIEW, UPDATE]), ("n\n", 1, [PREVIEW]), ("\n", 1, [PREVIEW]), ("", 130, [PREVIEW])],
    ids=["yes", "no", "only enter", "gone"],
)
def test_a_real_change_asks_after_its_preview_and_takes_no_answer_for_a_no(
    engine: FakeDeployment,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    ran: list[tuple[str, ...]],
) -> None:
    monkeypatch.setattr("runbook.chapters.deploy._at_terminal", lambda: True)
    result = runner.invoke(app, ["up", "-s", "production", "--live"], input=answer)
    assert result.exit_code == code
    assert engine.runs == ran
    assert "Deploy production to its own AWS account?" in result.stderr


def test_the_record_of_a_preview_can_be_kept(engine: FakeDeployment, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    assert runner.invoke(app, ["preview", "-s", "development", "--event-log", str(file)]).exit_code == 0
    first, second = map(json.loads, file.read_text().splitlines())
    assert first["omnitrackPreview"]["against"] == "local"
    assert second == DONE
    assert engine.runs == [PREVIEW]


def test_devices_are_removed_before_a_local_stack_is_destroyed_and_only_then(
    engine: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deployed:
        outputs = {"SensorPolicyName": "policy"}  # noqa: RUF012 - never changed

    removed: list[list[str]] = []
    monkeypatch.setattr(devices, "registered_here", lambda _stack: ["a", "b"])
    monkeypatch.setattr("runbook.targets.open_target", lambda *_stack, **_place: Deployed())
    monkeypatch.setattr(devices, "unregister", lambda _target, names, *_rest: removed.append(names))
    assert runner.invoke(app, ["destroy", "-s", "staging", "--live", "--yes"]).exit_code == 0
    assert removed == []
    assert runner.invoke(app, ["destroy", "-s", "development"]).exit_code == 0
    assert removed == [["a", "b"]]
    assert engine.runs == [("destroy", "--yes")] * 2
