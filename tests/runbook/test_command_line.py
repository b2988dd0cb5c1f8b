"""The command line says what is wrong in one sentence, with the exit codes that its help promises."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import typer
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from omnitrack.domain.errors import UnavailableError
from typer.core import TyperGroup
from typer.testing import CliRunner

from localcloud.control import LocalCloudError
from localcloud.engine import EngineError
from runbook import shell, stacks
from runbook.cli import app
from runbook.edge import EdgeGroup
from runbook.errors import CloudDownError, RunbookError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()


@pytest.fixture(autouse=True)
def no_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs, and nobody's environment takes part."""
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(tmp_path / "cloud"))
    for name in (shell.MARKER, *stacks.LEADS_AWAY):
        monkeypatch.delenv(name, raising=False)


def commands(group: TyperGroup, *path: str) -> list[tuple[str, ...]]:
    """All commands of a group, by their words."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += commands(command, *path, name) if isinstance(command, TyperGroup) else [(*path, name)]
    return found


ROOT = typer.main.get_command(app)
assert isinstance(ROOT, TyperGroup)


@pytest.mark.parametrize("words", commands(ROOT), ids=" ".join)
def test_every_help_has_a_sentence_and_an_example_that_names_the_command(words: tuple[str, ...]) -> None:
    result = runner.invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    _, _, examples = result.stdout.partition("Examples:")
    assert f"omnitrack {' '.join(words)}" in examples or "make up" in examples
    assert "$" in examples


def test_the_root_help_documents_every_exit_code() -> None:
    text = " ".join(runner.invoke(app, ["--help"]).stdout.split())
    assert (
        "0 done, 1 failed, 2 called wrongly, 3 the local cloud is not running, "
        "4 refused because data would be lost, 130 interrupted"
    ) in text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("up -s stagin", "no stack is named 'stagin': choose development, staging or production"),
        ("outputs -s prod", "no stack is named 'prod'"),
        ("up -s staging", "say where: --live for the AWS account of staging, --local for the local cloud"),
        ("destroy -s production", "say where: --live"),
        ("refresh -s production", "say where: --live"),
        ("init-db -s staging", "say where: --live"),
        ("up -s staging --local --live", "--local and --live exclude each other"),
        ("up -s development --live", "development has no AWS account"),
        ("up -s development extra", "'extra' is not understood: name a stack with -s"),
        ("preview", "say which stack: -s development, -s staging or -s production"),
        ("preview -s staging -- extra", "'extra' is not understood: name a stack with -s"),
        ("preview -s staging --break-glass main", "takes the URN of one resource"),
        ("up -s development -- --strict", "leave --strict out"),
        ("up -s development -- --event-log x", "`omnitrack preview --event-log FILE` keeps one"),
        ("up -s development -- -sstaging", "name it before the `--`, with -s"),
        ("destroy -s development -- --stack staging", "name it before the `--`, with -s"),
        ("refresh -s development -- --stack=staging", "name it before the `--`, with -s"),
        ("preview -s production -- -s staging", "name it before the `--`, with -s"),
        ("policy analyze -s development -- -s=staging", "name it before the `--`, with -s"),
        ("up -s production --live", "nobody is at the terminal to confirm: add --yes"),
        ("destroy -s staging --live", "nobody is at the terminal to confirm: add --yes"),
        ("env -s staging", "these shells live in the local cloud only: add --local to use staging there"),
        ("users add ada --role viewer", "'ada' is no e-mail address"),
        ("users add ada@example.com --role boss", "no role is named 'boss': choose one of viewer"),
        ("users role ada@example.com boss", "no role is named 'boss'"),
        ("users demo -s production", "demo users live in the local cloud only"),
        ("sensors unregister", "say which devices: name their nodes, or --all"),
        ("sensors unregister a --all", "say which devices"),
        ("sensors simulate --duration 30", "'30' is no duration: write it as 30s, 5m or 1h"),
        ("sensors simulate --duration 0s", "'0s' is no duration"),
    ],
)
def test_a_wrong_call_is_told_in_one_sentence_and_ends_with_2(line: str, sentence: str) -> None:
    result = runner.invoke(app, line.split())
    assert result.exit_code == 2
    assert result.stderr.startswith("omnitrack: ")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_password_can_be_piped_in_and_is_not_asked_for_where_nobody_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = SimpleNamespace(id_token=lambda user, password, _code: f"token of {user} by {password}")
    monkeypatch.setattr("runbook.targets.open_target", lambda *_, **__: SimpleNamespace(cloud=None))
    monkeypatch.setattr("runbook.users.pool_of", lambda _target: pool)
    piped = runner.invoke(app, ["token", "--user", "a@b.example"], input="secret\n")
    assert piped.stdout == "token of a@b.example by secret\n"
    nobody = runner.invoke(app, ["token", "--user", "a@b.example"], input="")
    assert nobody.exit_code == 1
    assert nobody.stderr.startswith("omnitrack: no password was given")


@pytest.mark.parametrize(
    "line",
    [
        "up",
        "up --nonsense -s development",
        "no-such-command",
        "sensors simulate --rate 0",
        "sensors simulate --anomalies 2",
        "sensors simulate --protocol pigeon",
        "sensors register",
        "dead-letters list --limit 0",
        "token",
        "token --user a@b.c --password-file /no/such/file",
    ],
)
def test_what_the_parser_refuses_ends_with_2(line: str) -> None:
    result = runner.invoke(app, line.split())
    assert result.exit_code == 2
    assert "Error" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        "up -s development",
        "up -s staging --local",
        "preview -s development",
        "destroy -s development",
        "refresh -s production --local",
        "outputs -s development",
        "env",
        "init-db",
        "users list",
        "users demo",
        "token --user viewer@demo.omnitrack.ai",
        "sensors register port-shanghai",
        "sensors simulate",
        "dead-letters list",
        "dead-letters replay",
        "secrets rotate edge",
        "local status",
        "local mail",
        "local mail --confirm ops@example.com",
    ],
)
def test_without_a_local_cloud_it_ends_with_3_and_says_how_to_start_one(line: str) -> None:
    result = runner.invoke(app, line.split())
    assert result.exit_code == 3
    if line != "local status":
        assert result.stderr == (
            "omnitrack: the local cloud is not running: start it with `omnitrack local up`\n"
        )
        assert result.stdout == ""


def test_stopping_what_does_not_run_is_no_failure() -> None:
    assert runner.invoke(app, ["local", "down"]).exit_code == 0


def test_a_shell_that_is_set_is_told_so_first_and_cannot_reach_a_real_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(shell.MARKER, "000000000000")
    result = runner.invoke(app, ["up", "-s", "production", "--live", "--yes"])
    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert first == "LOCAL CLOUD, account 000000000000"
    assert 'eval "$(omnitrack env --off)"' in second


@pytest.mark.parametrize("name", stacks.LEADS_AWAY)
def test_a_variable_that_leads_elsewhere_stops_a_real_command(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "something")
    result = runner.invoke(app, ["preview", "-s", "production", "--live"])
    assert result.exit_code == 2
    assert result.stderr == f"omnitrack: {name} leads away from AWS: unset it before using --live\n"


def test_leaving_needs_no_cloud() -> None:
    result = runner.invoke(app, ["env", "--off"])
    assert result.exit_code == 0
    assert result.stdout == shell.leave() + "\n"


REFUSED = {"Error": {"Code": "AccessDenied", "Message": "you may not"}}
EXPIRED = {"Error": {"Code": "ExpiredToken", "Message": "old"}}


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (RunbookError("it failed"), "it failed", 1),
        (UsageError("wrong"), "wrong", 2),
        (CloudDownError(), "the local cloud is not running", 3),
        (LocalCloudError("no port"), "no port", 1),
        (EngineError("no engine"), "no engine", 1),
        (UnavailableError("the table is out of reach"), "the table is out of reach", 1),
        (NoCredentialsError(), "AWS has no credentials to work with: sign in to AWS", 1),
        (ClientError(REFUSED, "PutItem"), "AWS refused PutItem (AccessDenied): you may not", 1),  # type: ignore[arg-type]
        (ClientError(EXPIRED, "PutItem"), "AWS refused the credentials (ExpiredToken): sign in", 1),  # type: ignore[arg-type]
        (EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be asked: Could not connect", 1),
        (PermissionError(13, "Permission denied", "/root/x"), "Permission denied (/root/x)", 1),
        (KeyboardInterrupt(), "Interrupted", 130),
    ],
)
def test_every_expected_failure_becomes_one_sentence(error: BaseException, sentence: str, code: int) -> None:
    failing = typer.Typer(cls=EdgeGroup)

    @failing.command()
    def fail() -> None:
        raise error

    @failing.command()
    def other() -> None:
        """A second command makes it a group."""

    result = runner.invoke(failing, ["fail"])
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_defect_of_the_program_keeps_its_traceback() -> None:
    failing = typer.Typer(cls=EdgeGroup)

    @failing.command()
    def fail() -> None:
        raise LookupError("a defect")

    @failing.command()
    def other() -> None:
        """A second command makes it a group."""

    assert isinstance(runner.invoke(failing, ["fail"]).exception, LookupError)


def test_the_help_loads_neither_boto3_nor_rich_nor_pulumi() -> None:
    program = "import sys, runbook.cli; print(*(set(sys.modules) & {'boto3', 'pulumi', 'rich', 'searoute'}))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert ended.stdout.split() == []
