"""`omnitrack bootstrap` says where it acts, and does nothing by mistake."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from runbook import stacks, targets
from runbook.bootstrap.account import Bootstrap, names_of
from runbook.bootstrap.parts import Outcome
from runbook.cli import app

ARGUMENTS = ["--live", "--repository", "acme/twin"]


def omnitrack(*arguments: str, answer: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bootstrap", *arguments], input=answer)
    return result.exit_code, result.output


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The runs on an account of staging that is made up: whether each was dry."""
    dry: list[bool] = []

    def run(_: Bootstrap, *, dry_run: bool) -> list[Outcome]:
        dry.append(dry_run)
        return [Outcome(title="key", changes=("made",)), Outcome(title="bucket", changes=())]

    monkeypatch.setattr(Bootstrap, "run", run)
    monkeypatch.setattr(targets.Target, "client", lambda *_: SimpleNamespace(get_caller_identity=identity))
    return dry


def identity() -> dict[str, Any]:
    return {"Account": "123456789012"}


def test_development_needs_none(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "development", "--repository", "acme/twin")
    assert (code, runs) == (2, [])
    assert "needs no bootstrap" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--live"], "--repository ORG/REPO"),
        (["--repository", "acme/twin"], "say where: --live"),
        (["--live", "--local", "--repository", "acme/twin"], "exclude each other"),
        ([*ARGUMENTS, "--owner-id", "1"], "go together"),
        (["--live", "--repository", "twin"], "is no repository"),
    ],
)
def test_a_wrong_call_does_nothing(runs: list[bool], arguments: list[str], sentence: str) -> None:
    code, output = omnitrack("-s", "staging", *arguments)
    assert (code, runs) == (2, [])
    assert sentence in output


def test_another_account_is_refused_before_anything(
    runs: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SimpleNamespace(get_caller_identity=lambda: {"Account": "210987654321"})
    monkeypatch.setattr(targets.Target, "client", lambda *_: other)
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes")
    assert (code, runs) == (1, [])
    assert "of account 210987654321, and staging lives in 123456789012" in output


def test_without_anybody_to_ask_it_wants_yes(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS)
    assert (code, runs) == (2, [])
    assert "add --yes" in output


@pytest.mark.parametrize(("answer", "code", "expected"), [("y\n", 0, [False]), ("n\n", 1, [])])
def test_a_person_is_asked(
    runs: list[bool], monkeypatch: pytest.MonkeyPatch, answer: str, code: int, expected: list[bool]
) -> None:
    monkeypatch.setattr("runbook.chapters.bootstrap.is_attended", lambda: True)
    ended, output = omnitrack("-s", "staging", *ARGUMENTS, answer=answer)
    assert (ended, runs) == (code, expected)
    assert "Bootstrap staging in the AWS account 123456789012?" in output


def test_a_dry_run_asks_nobody(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--dry-run")
    assert (code, runs) == (0, [True])
    assert "key: would be made" in output
    assert "1 of 2 parts would change; nothing was done." in output
    assert "Next" not in output


def test_it_ends_with_what_to_do_next(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes")
    assert (code, runs) == (0, [False])
    assert "key: made" in output
    assert "bucket: unchanged" in output
    for text in (
        "export PULUMI_BACKEND_URL='s3://omnitrack-staging-state-123456789012?region=us-east-1'",
        "--secrets-provider='awskms://alias/omnitrack-staging-pulumi?region=us-east-1'",
        "AWS_DEPLOY_ROLE_ARN --repo acme/twin --env staging --body arn:aws:iam::123456789012:role/",
        "AWS_PREVIEW_ROLE_ARN --repo acme/twin --env staging-preview",
        "gh api repos/acme/twin --jq '.owner.id, .id'",
    ):
        assert text in output


def test_with_the_numbers_nothing_is_left_to_say(runs: list[bool]) -> None:
    _, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes", "--owner-id", "1", "--repository-id", "2")
    assert runs
    assert "later repository" not in output


def test_the_names_follow_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"omnitrack:stackName": "omnitrack-blue", "omnitrack:dynamodbTableName": "old"}
    monkeypatch.setattr("runbook.stacks.settings", lambda _: settings)
    target = targets.Target(
        stack="staging", account="123456789012", cloud=None, region="eu-central-1", outputs={}
    )
    names = names_of(target)
    assert (names.prefix, names.own, names.tables) == ("omnitrack-blue", "omnitrack-staging", ("old",))
    assert names.table_arns == ["arn:aws:dynamodb:eu-central-1:123456789012:table/old"]


def test_the_setting_of_the_stacks_names_the_boundary_that_is_made() -> None:
    for stack in ("staging", "production"):
        target = targets.open_account(stack, local=False, live=True)
        assert names_of(target).boundary == stacks.settings(stack)["omnitrack:permissionsBoundary"]
