"""Links lead into the repository that was judged, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from runbook.changes.links import Links
from runbook.cli import app
from tests.runbook.preview_files import FINDING, findings

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/omni.track_1",
    "GITHUB_SHA": COMMIT,
}
BASE = f"https://github.com/acme/omni.track_1/blob/{COMMIT}"


def test_a_rule_and_a_place_lead_to_the_judged_commit() -> None:
    links = Links.of_job(JOB)
    assert links.rule("sqs-queue-cmk") == f"[`sqs-queue-cmk`]({BASE}/docs/policy.md#sqs-queue-cmk)"
    assert (
        links.place("components/queues.py:31")
        == f"[`components/queues.py:31`]({BASE}/components/queues.py#L31)"
    )


@pytest.mark.parametrize(
    "environment",
    [
        {},
        *({name: value for name, value in JOB.items() if name != missing} for missing in JOB),
        JOB | {"GITHUB_SERVER_URL": "http://github.com"},
        JOB | {"GITHUB_SERVER_URL": "https://evil.example/x"},
        JOB | {"GITHUB_REPOSITORY": "acme"},
        JOB | {"GITHUB_REPOSITORY": "acme/a)b"},
        JOB | {"GITHUB_SHA": "main"},
    ],
)
def test_outside_of_a_job_nothing_is_a_link(environment: dict[str, str]) -> None:
    links = Links.of_job(environment)
    assert links.rule("a-rule") == "`a-rule`"
    assert links.place("a.py:1") == "`a.py:1`"


@pytest.mark.parametrize("text", ["", "A-rule", "a b", "a](https://evil.example)", "a#b", "-a", "a\nb"])
def test_what_is_no_rule_is_no_link(text: str) -> None:
    assert "](" not in Links.of_job(JOB).rule(text).replace("`a](https://evil.example)`", "")


@pytest.mark.parametrize(
    "text", ["", "a.py", "../a.py:1", "a/../../b.py:1", "/etc/passwd:1", "a b.py:1", "a.py:x", "a)b.py:1"]
)
def test_what_is_no_place_is_no_link(text: str) -> None:
    assert "](" not in Links.of_job(JOB).place(text)


def test_the_report_of_a_job_has_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in JOB.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging" / "policy.json").write_text(findings(FINDING, stack="staging"))
    text = CliRunner().invoke(app, ["preview", "report", str(tmp_path)]).stdout
    assert f"({BASE}/docs/policy.md#sqs-queue-cmk)" in text
    assert f"({BASE}/components/queues.py#L12)" in text
