"""`omnitrack bootstrap` says where it acts, and does nothing by mistake."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from runbook import targets
from runbook.bootstrap.account import Bootstrap
from runbook.bootstrap.parts import Outcome
from runbook.bootstrap.trust import Repository
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
    monkeypatch.setattr(Bootstrap, "replaced", lambda _: [])
    monkeypatch.setattr(Bootstrap, "warnings", lambda _: ["a role is without the boundary"])
    monkeypatch.delenv("AWS_PROFILE", raising=False)
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
    assert ("not confirmed: nothing was changed" in output) is (code == 1)


def test_who_leaves_at_the_question_changes_nothing(
    runs: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runbook.chapters.bootstrap.is_attended", lambda: True)
    code, output = omnitrack("-s", "staging", *ARGUMENTS, answer="")
    assert (code, runs) == (130, [])
    assert "Interrupted: nothing was changed." in output


@pytest.fixture
def taken(runs: list[bool], monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """An account whose roles trust another repository."""
    former = Repository(owner="acme", name="old", owner_id="1", repository_id="2")
    monkeypatch.setattr(Bootstrap, "replaced", lambda _: [former])
    return runs


REPLACED = "the roles trust acme/old (1, 2): acme/twin takes its place"


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--yes"], 2, []),
        (["--yes", "--replace-repository"], 0, [False]),
        (["--dry-run"], 0, [True]),
        (["--dry-run", "--yes"], 0, [True]),
    ],
)
def test_the_roles_pass_to_another_repository_only_where_that_is_said(
    taken: list[bool], arguments: list[str], code: int, expected: list[bool]
) -> None:
    ended, output = omnitrack("-s", "staging", *ARGUMENTS, *arguments)
    assert (ended, taken) == (code, expected)
    assert REPLACED in output
    assert ("add --replace-repository" in output) is (code == 2)


def test_a_person_reads_who_loses_the_roles_before_the_question(
    taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runbook.chapters.bootstrap.is_attended", lambda: True)
    code, output = omnitrack("-s", "staging", *ARGUMENTS, answer="n\n")
    assert (code, taken) == (1, [])
    assert output.index(REPLACED) < output.index("Bootstrap staging in the AWS account")


def test_a_warning_is_told_and_changes_no_exit_code(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes")
    assert (code, runs) == (0, [False])
    assert "warning: a role is without the boundary" in output
    _, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes", "--json")
    assert '"a role is without the boundary"' in output


def test_a_dry_run_asks_nobody(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--dry-run")
    assert (code, runs) == (0, [True])
    assert "key: would be made" in output
    assert "1 of 2 parts would change; nothing was done." in output
    assert "Next" not in output
    assert "Before it is run with --live, on GitHub:" in output
    assert "AWS_DEPLOY_ROLE_ARN" not in output


def test_it_ends_with_what_to_do_next(runs: list[bool]) -> None:
    code, output = omnitrack("-s", "staging", *ARGUMENTS, "--yes")
    assert (code, runs) == (0, [False])
    assert "key: made" in output
    assert "bucket: unchanged" in output
    for text in (
        "export AWS_PROFILE='omnitrack-staging'",
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


@pytest.mark.parametrize(
    ("stack", "rule", "policy"),
    [
        ("staging", '"custom_branch_policies": true', "-f name='main' -f type=branch"),
        (
            "production",
            '"reviewers": [{"type": "User", "id": \'$reviewer\'}]',
            "-f name='release-*' -f type=tag",
        ),
    ],
)
def test_an_environment_is_protected_before_it_is_told_the_role(
    runs: list[bool], stack: str, rule: str, policy: str
) -> None:
    code, output = omnitrack("-s", stack, *ARGUMENTS, "--yes")
    assert (code, runs) == (0, [False])
    told = output.index("gh variable set AWS_DEPLOY_ROLE_ARN")
    assert output.index(rule) < output.index(policy) < told
    assert "docs/delivery.md" in output
    puts = [line for line in output.splitlines() if "--method PUT" in line]
    assert len(puts) == 2
    assert all(line.endswith("--input -") for line in puts), "without a body it could reset what is there"
