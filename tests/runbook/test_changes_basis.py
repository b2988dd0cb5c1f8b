"""A record says what was compared with, and a report tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runbook.changes import basis
from runbook.changes.basis import UNKNOWN, Against, Basis
from tests.runbook.preview_files import QUEUE, STEPS, digest, findings, headline, told, urn

if TYPE_CHECKING:
    from pathlib import Path

SINCE = Basis(against=Against.REVISION, revision="abc1234", account="123456789012")


@pytest.mark.parametrize("against", Against)
def test_what_was_compared_with_is_read_as_it_was_written(against: Against) -> None:
    written = Basis(against=against, revision="abc1234", account="1", unseen="a, b")
    assert basis.read(written.line + '{"summaryEvent": {}}\n') == written
    assert basis.without(written.line + "rest\n") == "rest\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{",
        "[]",
        "null",
        '{"omnitrackPreview": 1}',
        '{"omnitrackPreview": {"against": "x"}}',
        "[" * 9999,
    ],
)
def test_a_record_that_does_not_say_it_is_read_all_the_same(text: str) -> None:
    assert basis.read(text) == UNKNOWN


def test_a_record_without_the_line_is_the_engines_from_its_beginning() -> None:
    assert basis.without("first\nsecond\n") == "first\nsecond\n"


@pytest.mark.parametrize(
    ("compared", "words"),
    [
        (SINCE, ", compared with `abc1234`"),
        (Basis(against=Against.NOTHING), ", from an empty state"),
        (
            Basis(against=Against.NOTHING, revision="abc1234"),
            ", from an empty state because `abc1234` cannot be deployed",
        ),
        (
            replace(SINCE, unseen="a"),
            ", compared with `abc1234`. **Not shown**: what `a` changes, which the local cloud overrides",
        ),
        (Basis(against=Against.LIVE), ", against the real state"),
        (Basis(against=Against.LOCAL), ", against the local cloud"),
        (UNKNOWN, ""),
    ],
)
def test_the_verdict_says_what_was_compared_with(tmp_path: Path, compared: Basis, words: str) -> None:
    text = told(
        tmp_path, preview__json=digest(STEPS[1]), policy__json=findings(), events__jsonl=compared.line
    )
    assert headline(text) == f"**ready**; `+0 ~1 ±0 -0`{words}"


def test_a_record_with_nothing_but_the_line_proves_nothing(tmp_path: Path) -> None:
    text = told(tmp_path, preview__json=digest(), events__jsonl=SINCE.line)
    assert headline(text).startswith("**ready** (no findings of the policy were handed in)")


def test_only_from_an_empty_state_new_permissions_are_folded(tmp_path: Path) -> None:
    grant = {"Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Principal": "*"}}
    made = {
        "op": "create",
        "urn": urn(QUEUE, "orders"),
        "newState": {"inputs": {"policy": json.dumps(grant)}},
    }
    for number, (compared, folded) in enumerate([(SINCE, False), (Basis(against=Against.NOTHING), True)]):
        text = told(tmp_path / str(number), preview__json=digest(made), events__jsonl=compared.line)
        assert ("<summary>New permissions (1)</summary>" in text) == folded
        assert ("**New permissions (1)**" in text) == (not folded)
