"""docs/permissions.md: what each role may do and why stands there, and stands there now."""

import re
from functools import cache
from pathlib import Path

import pytest

from policy import permissions, trial
from policy.permissions import PAGE, ROOT, Page, PermissionsError, main
from policy.stack_files import read
from policy.trial import Recording

STACKS = ("development", "staging", "production")


@cache
def recorded(stack: str = permissions.STACK) -> Recording:
    """The program of a stack, run once."""
    return trial.record(read(ROOT, stack))


@cache
def rendered(stack: str = permissions.STACK) -> str:
    """The page as a stack makes it."""
    return Page(recorded(stack), stack).render()


@pytest.fixture
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the page already made."""
    monkeypatch.setattr(permissions, "render", rendered)


def section(title: str, stack: str = permissions.STACK) -> str:
    """The text below a heading."""
    found = re.search(rf"^### {title}\n(.*?)(?=^##|\Z)", rendered(stack), re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_the_page_is_what_the_program_makes_of_it() -> None:
    assert PAGE.read_text("utf-8") == rendered(), "run python -m policy.permissions"


def test_every_role_stands_on_the_page_once() -> None:
    roles = [each.name for each in recorded().resources if each.type == permissions.ROLE]
    headings = re.findall(r"^### (.*)$", rendered(), re.MULTILINE)
    assert sorted(headings) == sorted([*roles, "Every function"])


def test_every_function_is_called_by_something() -> None:
    functions = [each.name for each in recorded().resources if each.type == permissions.FUNCTION]
    callers = dict(re.findall(r"^\| \[([a-z-]+)\]\(#[a-z-]+\) \| (.*) \|$", rendered(), re.MULTILINE))
    assert set(callers) == set(functions)
    assert all(callers.values())
    assert "`GET /v1/twin`" in callers["twin"]
    assert "`subscribe`" in callers["realtime"]
    assert "who connects" in callers["socket-authorizer"]
    assert callers["alert-evaluator"].count("as the function") == 2


def test_a_row_tells_what_on_what_why_and_under_which_condition() -> None:
    (publishes, uses_key) = section("alert-notifier").splitlines()[-3:-1]
    assert publishes == "| `sns:Publish` | `sns:omnitrack-{env}-alerts` | tells people of alerts |  |"
    assert "`kms:key/alias/omnitrack-{env}-notifications`" in uses_key
    assert "kms:ViaService StringEquals `sns.{region}.amazonaws.com`" in uses_key


def test_what_every_function_may_do_stands_in_one_place() -> None:
    assert "log-group:/aws/lambda/omnitrack-{env}-{function}:*" in section("Every function")
    assert "logs:PutLogEvents" not in section("twin")


@pytest.mark.parametrize("stack", STACKS)
def test_the_page_names_no_stack_no_account_and_nothing_made_up(stack: str) -> None:
    tables = rendered(stack).partition("\n## ")[2]
    assert not re.findall(rf"{stack}|\d{{12}}|us-east-1|[0-9a-f]{{8}}-[0-9a-f]{{4}}-|arn:aws:", tables)


@pytest.mark.parametrize("stack", STACKS[:2])
def test_the_stacks_differ_by_what_a_setting_leaves_out_only(stack: str) -> None:
    """Development has no addresses for alerts, and so nobody sends to the queue of what they did not take."""
    more = {line for line in rendered().splitlines() if line not in rendered(stack).splitlines()}
    less = {line for line in rendered(stack).splitlines() if line not in rendered().splitlines()}
    assert not less
    assert all("omnitrack-{env}-alerts-undelivered" in line for line in more)


def test_a_role_without_reasons_is_refused() -> None:
    nameless = Recording(resources=recorded().resources, reasons={})
    with pytest.raises(
        PermissionsError, match="role alert-evaluator says no reasons: make it with permissions"
    ):
        Page(nameless, permissions.STACK).render()


@pytest.mark.usefixtures("made_once")
def test_the_page_is_written_and_then_not_stale(tmp_path: Path) -> None:
    page = tmp_path / "permissions.md"
    assert main([], page=page) == 0
    assert page.read_text("utf-8") == rendered()
    assert main(["--check"], page=page) == 0


@pytest.mark.usefixtures("made_once")
@pytest.mark.parametrize("text", ["", None])
def test_a_stale_page_fails_the_check_and_stays_as_it_is(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "permissions.md"
    if text is not None:
        page.write_text(text)
    assert main(["--check"], page=page) == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/permissions.md is stale: run python -m policy.permissions and commit the page"
    ]
    assert page.exists() == (text is not None)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [("settings: [", "Pulumi.production.yaml"), ("config: {}", "the program")],
)
def test_a_program_that_cannot_be_run_leaves_the_page_as_it_is(
    broken: str,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: omnitrack\nruntime: python\n")
    (tmp_path / "Pulumi.production.yaml").write_text(broken)
    (tmp_path / "__main__.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(permissions, "ROOT", tmp_path)
    page = tmp_path / "permissions.md"
    assert main([], page=page) == 1
    assert problem in capsys.readouterr().err
    assert not page.exists()
