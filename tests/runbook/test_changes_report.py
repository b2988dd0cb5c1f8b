"""A report says the gravest first, and says what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from runbook.changes import results
from runbook.changes.report import MARKER, SIZE
from runbook.cli import app
from tests.runbook.preview_files import (
    EXEMPTION,
    FINDING,
    GROUP,
    NAMES,
    QUEUE,
    ROLE_POLICY,
    STEPS,
    TABLE,
    digest,
    findings,
    headline,
    step,
    told,
    urn,
)

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()
LIMIT = 65_536  # of GitHub


def test_the_verdict_comes_first_and_the_gravest_after_it(tmp_path: Path) -> None:
    text = told(tmp_path, preview__json=digest(*STEPS), policy__json=findings())
    assert text.splitlines()[0] == MARKER
    assert headline(text) == "**would lose data** of 2 resources; `+1 ~1 ±1 -1`"
    order = ["Replaced (1)", "Deleted (1)", "Updated in place (1)", "Created (1)"]
    assert [text.index(title) for title in order] == sorted(text.index(title) for title in order)
    replaced = next(line for line in text.splitlines() if "`main`" in line)
    for word in ("`components/tables.py:31`", "`hashKey` cannot be changed in place", "lose its items"):
        assert word in replaced
    assert f"--break-glass {urn(TABLE, 'main')}`" in replaced
    assert "`ingest` (`aws:sqs/queue:Queue`): `delaySeconds`" in text
    assert "<details><summary>Created (1)</summary>\n\n- `a-new-one`" in text


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"preview__json": digest(STEPS[1]), "policy__json": findings()}, "**ready**; `+0 ~1 ±0 -0`"),
        ({"preview__json": digest(), "policy__json": findings()}, "**ready**; no changes"),
        ({"preview__json": digest()}, "**ready** (no findings of the policy were handed in); no changes"),
        (
            {"preview__json": digest(), "policy__json": findings(FINDING)},
            "**blocked by policy** (1 violation)",
        ),
        ({"policy__json": findings(FINDING)}, "**blocked by policy** (1 violation)"),
        ({"policy__json": findings(refusals=["a way around"])}, "**blocked by policy** (0 violations)"),
        (
            {"policy__json": findings(error="settings.py is wrong"), "preview__json": digest()},
            "**failed**: `settings.py is wrong`",
        ),
        ({"preview__json": digest(STEPS[1])[:-30]}, "**failed**: the preview was cut off"),
        ({"preview__json": "", "preview__log": "error: no network"}, "**failed**: `no network`"),
        ({"preview__json": "error: no network"}, "**failed**: `no network`"),
        (
            {
                "preview__json": digest(),
                "preview__log": "omnitrack: pulumi preview of production failed: the reason is above",
            },
            "**failed**: `pulumi preview of production failed: the reason is above`",
        ),
        ({"preview__json": "", "preview__log": "\n"}, "**no preview**"),
        ({}, "**no preview**"),
    ],
)
def test_each_state_of_a_pipeline_has_its_verdict(
    tmp_path: Path, files: dict[str, str], verdict: str
) -> None:
    assert headline(told(tmp_path, **files)).startswith(verdict)


def test_what_only_follows_an_error_is_not_told(tmp_path: Path) -> None:
    errors = [{"severity": "error", "message": text} for text in ("no such key", "preview failed")]
    text = told(tmp_path, preview__json=json.dumps({"diagnostics": errors, "changeSummary": {}}))
    assert "**Errors (1)**\n\n- `no such key`" in text
    assert "preview failed" not in text


@pytest.mark.parametrize("number", [1, 3, 4, 12])
def test_the_verdict_names_some_violations_with_place_and_fix(tmp_path: Path, number: int) -> None:
    found = [{**FINDING, "name": f"orders-{one:02}"} for one in range(number)]
    named = told(tmp_path, policy__json=findings(*found)).partition("### ")[0]
    line = (
        "  - `sqs-queue-cmk` (critical): `orders-00` (`aws:sqs/queue:Queue`), at `components/queues.py:12`: "
    )
    assert f"{line}`set kms_master_key_id`" in named.splitlines()
    assert named.count("\n  - `sqs-queue-cmk`") == min(number, 3)
    assert (f"\n  - and {number - 3} more" in named) == (number > 3)


def test_a_stack_that_is_blocked_says_how_to_see_that_on_a_laptop(tmp_path: Path) -> None:
    assert "`omnitrack policy check -s production`" in told(tmp_path / "a", policy__json=findings(FINDING))
    assert "policy check" not in told(tmp_path / "b", preview__json=digest(*STEPS), policy__json=findings())


def test_an_error_is_told_without_the_calls_that_led_to_it(tmp_path: Path) -> None:
    message = (
        'error: Program failed:\nTraceback (most recent call last):\n  File "x"\n    y\nValueError: no key\n'
    )
    text = json.dumps({"diagnostics": [{"severity": "error", "message": message}], "changeSummary": {}})
    assert "`Program failed: ValueError: no key`" in headline(told(tmp_path, preview__json=text))


def test_violations_exemptions_and_advice_are_told_apart(tmp_path: Path) -> None:
    exempted = {**FINDING, "rule": "sqs-dlq", "stops": False, "exemption": EXEMPTION}
    sooner = {**exempted, "rule": "ends-sooner", "exemption": {**EXEMPTION, "daysLeft": 1}}
    advice = {**FINDING, "rule": "an-advice", "stops": False, "source": "https://example.com/x"}
    undecided = {**FINDING, "rule": "an-open-one", "stops": False, "outcome": "undecided"}
    text = told(
        tmp_path, preview__json=digest(), policy__json=findings(exempted, advice, FINDING, undecided, sooner)
    )
    violation = next(line for line in text.splitlines() if line.startswith("- `sqs-queue-cmk`"))
    for word in (
        "critical",
        "`orders`",
        "`components/queues.py:12`",
        "`has no key`",
        "`set kms_master_key_id`",
    ):
        assert word in violation
    assert "([why](https://docs.aws.amazon.com/x/y.html#z))" in violation
    assert "12 days left: `sqs-dlq` on `orders`, because `a test, ada, T-1, 2027-01-31`" in text
    assert text.index("1 day left: `ends-sooner`") < text.index("12 days left")
    assert "Advice of the policy (1)" in text
    assert "What the policy decides only during the deployment (1)" in text
    assert "example.com" not in text


def test_without_a_findings_document_the_engines_record_is_asked(tmp_path: Path) -> None:
    event = {
        "resourceUrn": urn(QUEUE, "orders"),
        "policyName": "sqs-queue-cmk",
        "message": "A queue has a key.\nsqs-queue-cmk: no key",
        "enforcementLevel": "mandatory",
    }
    log = "\n".join(map(json.dumps, [{"policyEvent": event}, {"summaryEvent": {"result": "failed"}}]))
    text = told(tmp_path, preview__json=digest(), events__jsonl=log)
    assert headline(text).startswith("**blocked by policy** (1 violation)")
    assert "- `sqs-queue-cmk`: `orders` (`aws:sqs/queue:Queue`): `no key`" in text


def test_new_permissions_are_told_in_words(tmp_path: Path) -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": ["arn:table", "arn:table/index"],
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    inputs = {"role": "omnitrack-twin", "policy": json.dumps({"Statement": [statement]})}
    steps = [
        step("create", ROLE_POLICY, "twin", newState={"inputs": inputs}),
        step("delete", ROLE_POLICY, "old", oldState={"inputs": {**inputs, "role": "omnitrack-old"}}),
        step("create", ROLE_POLICY, "later", newState={"inputs": {"role": "r", "policy": results.DIGEST}}),
    ]
    text = told(tmp_path, preview__json=digest(*steps))
    assert (
        "- `role omnitrack-twin` may now: `dynamodb:GetItem`, `dynamodb:Query` on `arn:table`, "
        '`arn:table/index`, if `{"Bool": {"aws:SecureTransport": "true"}}`, because its policy is new'
    ) in text
    assert "- `role omnitrack-old` may not any more: `dynamodb:GetItem`, `dynamodb:Query`" in text
    assert "- `role r`: `policy of later`" in text


def test_what_is_retained_is_said_to_stay(tmp_path: Path) -> None:
    kept = step("delete", GROUP, "old-logs", oldState={"retainOnDelete": True})
    text = told(tmp_path, preview__json=digest(kept))
    assert "it stays in the account (`retain_on_delete`)" in text
    assert "break-glass" not in text


def test_stacks_come_in_the_order_of_a_deployment(tmp_path: Path) -> None:
    for stack in ("production", "a-trial", "staging", "development"):
        (tmp_path / stack).mkdir()
    found = [result.stack for result in results.collect([str(tmp_path)])]
    assert found == ["development", "staging", "production", "a-trial"]


def test_a_digest_alone_is_named_by_its_stack(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text(digest(STEPS[1]))
    assert [result.stack for result in results.collect([f"staging={file}", str(file)])] == ["staging", "some"]


def test_the_same_previews_make_the_same_report(tmp_path: Path) -> None:
    first = told(tmp_path / "a", preview__json=digest(*STEPS))
    assert told(tmp_path / "b", preview__json=digest(*reversed(STEPS))) == first


def test_the_command_writes_the_comment_and_the_full_report(tmp_path: Path) -> None:
    (tmp_path / "out" / "staging").mkdir(parents=True)
    steps = [step("create", QUEUE, name) for name in NAMES[:2000]]
    (tmp_path / "out" / "staging" / "preview.json").write_text(digest(*steps))
    comment, full = tmp_path / "comment.md", tmp_path / "full.md"
    line = ["preview", "report", str(tmp_path / "out"), "--output", str(comment), "--full", str(full)]
    result = runner.invoke(app, line)
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(comment.read_text()) <= SIZE < LIMIT < len(full.read_text())
    assert "the full report, `full.md`, is kept with this run" in comment.read_text()


def test_the_command_says_that_there_was_no_preview(tmp_path: Path) -> None:
    result = runner.invoke(app, ["preview", "report", str(tmp_path / "nothing")])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == MARKER
    assert "**There was no preview**" in result.stdout


def test_a_stack_that_is_expected_is_told_also_where_it_left_nothing(tmp_path: Path) -> None:
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging" / "preview.json").write_text(digest())
    line = ["preview", "report", str(tmp_path), "--expect", "staging", "--expect", "production"]
    lines = runner.invoke(app, line).stdout.splitlines()
    assert [one for one in lines if one.startswith("- `staging`: **ready**")]
    assert headline("\n".join(lines)).startswith("**no preview**")


def test_a_comment_needs_a_token_and_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "comment.md"
    file.write_text(MARKER)
    line = ["preview", "comment", "--repository", "a/b", "--number", "7", "--file", str(file)]
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    assert runner.invoke(app, line).exit_code == 2
    published: list[tuple[str, dict[str, Any]]] = []

    def publish(text: str, **more: object) -> str:
        published.append((text, more))
        return "https://github.com/a/b/pull/7#1"

    monkeypatch.setattr("runbook.pull_request_comment.publish", publish)
    monkeypatch.setenv("GITHUB_TOKEN", "a token")
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example/api/v3")
    result = runner.invoke(app, line)
    assert (result.exit_code, result.stdout) == (0, "https://github.com/a/b/pull/7#1\n")
    where = {"repository": "a/b", "number": 7, "token": "a token", "api": "https://github.example/api/v3"}
    assert published == [(MARKER, where)]
