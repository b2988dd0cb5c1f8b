"""What is handed in and proves nothing never makes a stack ready."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runbook.changes.report import page
from runbook.changes.results import collect
from tests.runbook.preview_files import (
    FINDING,
    GROUP,
    QUEUE,
    STEPS,
    TABLE,
    collected,
    digest,
    findings,
    headline,
    step,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path

PROVES_NOTHING = "**failed**: `the findings of the policy (policy.json) prove nothing: "


def record(*steps: dict[str, object], result: str = "succeeded") -> str:
    events: list[object] = [{"resourcePreEvent": {"metadata": one}} for one in steps]
    return "\n".join(map(json.dumps, [*events, {"summaryEvent": {"result": result}}]))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", "it is no whole JSON document"),
        (findings()[:-1], "it is no whole JSON document"),
        (findings(FINDING)[:90], "it is no whole JSON document"),
        ("[" * 100_000, "it is no whole JSON document"),
        ("[]", "it is no findings document"),
        ("null", "it is no findings document"),
        ("{}", "its version is not 1"),
        (findings(version=99), "its version is not 1"),
        (findings(stack="staging"), "it is of another stack"),
        (findings(verdict="failed"), "its verdict is not"),
        (findings(verdict=None), "its verdict is not"),
        (findings({**FINDING, "stops": False}, verdict="failed"), "its verdict is not"),
        (findings({**FINDING, "stops": "true"}), "its findings cannot be read"),
        ('{"version": 1, "stack": "production", "verdict": "passed"}', "its findings cannot be read"),
        (
            '{"version": 1, "stack": "production", "verdict": "failed", "findings": {}}',
            "its findings cannot be",
        ),
        (
            '{"version": 1, "stack": "production", "verdict": "passed", "findings": ["a"]}',
            "its findings cannot be",
        ),
        (findings(refusals={"a": 1}), "its refusals cannot be read"),
        (findings(refusals=[1]), "its refusals cannot be read"),
        (findings(error=["a"]), "its error cannot be read"),
    ],
)
def test_findings_that_cannot_be_believed_fail(tmp_path: Path, document: str, why: str) -> None:
    said = headline(told(tmp_path, preview__json=digest(), policy__json=document))
    assert said.startswith(PROVES_NOTHING)
    assert why in said
    assert "ready" not in said


def test_findings_that_cannot_be_opened_fail(tmp_path: Path) -> None:
    place = tmp_path / "production"
    (place / "policy.json").mkdir(parents=True)
    (place / "preview.json").write_text(digest())
    assert headline(page(collect([str(tmp_path)])).whole()).startswith(PROVES_NOTHING)


def test_a_violation_is_told_whatever_the_verdict_says(tmp_path: Path) -> None:
    text = told(tmp_path, preview__json=digest(), policy__json=findings(FINDING, verdict="passed"))
    assert headline(text).startswith("**blocked by policy** (1 violation)")


def test_what_only_the_record_knows_counts(tmp_path: Path) -> None:
    result = collected(tmp_path, preview__json=digest(), events__jsonl=record(step("delete", TABLE, "main")))
    assert [loss.change.name for loss in result.losses] == ["main"]
    assert headline(page([result]).whole()).startswith("**would lose data** of 1 resource")


def test_of_two_records_the_graver_counts_with_the_place_of_the_other(tmp_path: Path) -> None:
    mild, grave = step("update", TABLE, "main", newState=STEPS[3]["newState"]), step("replace", TABLE, "main")
    result = collected(tmp_path / "a", preview__json=digest(mild), events__jsonl=record(grave))
    assert [(one.operation.value, str(one.place)) for one in result.changes] == [
        ("replace", "components/tables.py:31")
    ]
    result = collected(tmp_path / "b", preview__json=digest(STEPS[3]), events__jsonl=record(mild))
    assert [one.operation.value for one in result.changes] == ["replace"]
    kept = step("delete", GROUP, "logs", oldState={"retainOnDelete": True})
    result = collected(
        tmp_path / "c", preview__json=digest(kept), events__jsonl=record(step("delete", GROUP, "logs"))
    )
    assert [loss.change.name for loss in result.losses] == ["logs"]


def test_records_that_agree_are_one(tmp_path: Path) -> None:
    alone = collected(tmp_path / "a", preview__json=digest(*STEPS), policy__json=findings())
    both = collected(
        tmp_path / "b", preview__json=digest(*STEPS), policy__json=findings(), events__jsonl=record(*STEPS)
    )
    assert (both.changes, both.complete) == (alone.changes, True)


@pytest.mark.parametrize("events", [record(result="failed"), record(STEPS[1]).partition("\n")[0]])
def test_a_record_that_did_not_come_to_its_end_makes_nothing_ready(tmp_path: Path, events: str) -> None:
    text = told(tmp_path, preview__json=digest(STEPS[1]), policy__json=findings(), events__jsonl=events)
    assert headline(text).startswith("**failed**: the preview was cut off")


def test_a_step_that_is_not_understood_is_told(tmp_path: Path) -> None:
    steps = [step("migrate", TABLE, "main"), step("migrate", "aws:iam/role:Role", "health")]
    text = told(tmp_path, preview__json=digest(*steps), policy__json=findings())
    assert headline(text).startswith("**would lose data** of 1 resource")
    assert "Not understood (2)" in text
    assert (
        "what the engine would do with it is not understood (`migrate`). **It would lose its items**" in text
    )


@pytest.mark.parametrize(
    "text", ['{"steps": "x", "changeSummary": {}}', '{"steps": [], "changeSummary": null}']
)
def test_a_digest_of_another_shape_proves_nothing(tmp_path: Path, text: str) -> None:
    said = headline(told(tmp_path, preview__json=text, policy__json=findings()))
    assert said.startswith("**failed**: the preview was cut off")


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_mark_of_the_byte_order_cuts_nothing_off(tmp_path: Path, mark: str) -> None:
    updated = digest(step("update", QUEUE, "ingest"))
    text = told(tmp_path, preview__json=f"{mark}{updated}", policy__json=f"{mark}{findings()}")
    assert headline(text) == "**ready**; `+0 ~1 ±0 -0`"
