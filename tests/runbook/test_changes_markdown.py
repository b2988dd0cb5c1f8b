"""A report fits into a comment, and nothing of a pull request acts in it."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from runbook.changes import document, results
from runbook.changes.basis import Against, Basis
from runbook.changes.links import Links
from runbook.changes.markdown import code
from runbook.changes.report import MARKER, SIZE, page, whole
from runbook.changes.results import Result
from tests.runbook.preview_files import (
    ELSEWHERE,
    EXEMPTION,
    FINDING,
    GROUP,
    NAMES,
    QUEUE,
    ROLE_POLICY,
    STEPS,
    TABLE,
    collected,
    digest,
    findings,
    step,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [1_000, 10_000])
@pytest.mark.parametrize("operation", ["create", "update", "replace", "delete"])
def test_any_number_of_changes_fits_and_what_is_left_out_is_said(
    tmp_path: Path, operation: str, number: int
) -> None:
    steps = [step(operation, QUEUE, name, diffReasons=["a"]) for name in NAMES[:number]]
    made = page([collected(tmp_path, preview__json=digest(*steps, *STEPS))])
    text = made.within(SIZE, ELSEWHERE)
    assert len(text) <= SIZE
    assert len(text) > SIZE / 2
    assert re.search(rf"\*\*[\d,]+ more are left out here: {ELSEWHERE}\*\*", text)
    assert "`components/tables.py:31`" in text or operation in {"replace", "delete"}
    whole = made.whole()
    assert all(name in whole for name in NAMES[:number])
    assert "left out" not in whole
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("second", ["the same", "another", "a part"])
def test_any_number_of_changes_of_two_stacks_fits(tmp_path: Path, second: str) -> None:
    many = [step("update", QUEUE, name, diffReasons=["a"]) for name in NAMES]
    others = {"the same": many, "another": [*reversed(STEPS)], "a part": many[:9_000]}
    for stack, steps in (("staging", many), ("production", others[second])):
        (tmp_path / stack).mkdir()
        text = digest(*steps).replace("urn:pulumi:production", f"urn:pulumi:{stack}")
        (tmp_path / stack / "preview.json").write_text(text)
    text = page(results.collect([str(tmp_path)])).within(SIZE, ELSEWHERE)
    assert SIZE / 2 < len(text) <= SIZE
    assert ("the same changes as `staging`" in text) == (second == "the same")
    assert ("As `staging`, but for this:" in text) == (second == "a part")


def test_what_matters_less_is_left_out_first(tmp_path: Path) -> None:
    steps = [step("create", QUEUE, name) for name in NAMES[:2000]]
    steps += [step("delete", GROUP, name) for name in NAMES[:50]]
    text = told(tmp_path, preview__json=digest(*steps))
    deleted = text.partition("Deleted (50)")[2].partition("Created (2,000)")[0]
    assert deleted.count("\n- ") == 50
    assert "left out" not in deleted


def test_even_very_many_stacks_fit(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"stack-{number}").mkdir()
    text = page(results.collect([str(tmp_path)])).within(SIZE, ELSEWHERE)
    assert len(text) <= SIZE
    assert ELSEWHERE in text


def rendered(text: str) -> str:
    """What a reader of the Markdown sees of links, HTML and text; code left out."""
    shown = READER.render(text)
    return re.sub(r"<code>.*?</code>", "", shown, flags=re.DOTALL)


HOSTILE = [
    "`@octocat`",
    "``` @octocat ```",
    "<img src=x onerror=alert(1)>",
    "</summary></details><script>x</script>",
    "[link](https://evil.example)",
    "https://evil.example www.evil.example",
    "<!-- omnitrack-preview -->",
    "a\n\n# heading @octocat\n\n- [ ] task",
    "a\r\n<b>@octocat",
    "| a | b |\n|---|---|",
    "\u202e\u200b@octocat\u2028@octocat",
    "#1 GH-1 octocat/repository#1",
    "\\`@octocat",
    "`" * 400 + "@octocat",
    " ` ",
    "",
    "\ud800",
]
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FORBIDDEN = re.compile(r"octocat|evil|onerror|script|<img|<h1|<table|<input|<b>|heading", re.IGNORECASE)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_pull_request_acts_in_its_report(tmp_path: Path, text: str) -> None:
    for stack, changes in (("staging", text), ("production", text), ("trial", f"{text}2")):
        (tmp_path / "out" / stack).mkdir(parents=True)
        for name, content in _everywhere(changes).items():
            (tmp_path / "out" / stack / name).write_text(content, encoding="utf-8")
    found = results.collect([str(tmp_path / "out")])
    links = Links(base="https://github.com/acme/omnitrack/blob/0123456")
    for markdown in (
        page(found).within(SIZE, ELSEWHERE),
        page(found, links).within(SIZE, ELSEWHERE),
        whole(found, links),
    ):
        assert not FORBIDDEN.search(rendered(markdown)), markdown
        assert markdown.count(MARKER) - MARKER.count(text or "\0") >= 1
        assert markdown.encode()


def _everywhere(text: str) -> dict[str, str]:
    """The files of a stack with a text wherever somebody else may write."""
    inputs = {
        "role": text,
        "policy": json.dumps(
            {"Statement": {"Effect": text, "Action": text, "Resource": text, "Condition": text}}
        ),
    }
    place = {"sourcePosition": f"project:///{text}#1", "inputs": inputs}
    changed = {text: {"kind": "update-replace"}}
    steps = [
        step(operation, type_, f"{text}{operation}", detailedDiff=changed, oldState=place, newState=place)
        for operation in ("create", "update", "replace", "delete", "import", "discard")
        for type_ in (TABLE, ROLE_POLICY, text)
    ]
    diagnostics = [{"severity": "error", "message": text}, {"severity": "error", "message": f"{text} {text}"}]
    preview = {"steps": steps, "diagnostics": diagnostics, "changeSummary": {}}
    words = dict.fromkeys(FINDING, text) | {"place": {"file": text, "line": text}}
    exemption = dict.fromkeys(EXEMPTION, text)
    told = [
        {**words, "stops": True},
        {**words, "stops": False},
        {**words, "stops": False, "exemption": exemption},
    ]
    return {
        "preview.json": json.dumps(preview),
        "policy.json": findings(*told, refusals=[text], error=text),
        "preview.log": f"error: {text}".encode(errors="replace").decode(),
        "events.jsonl": Basis(against=Against.REVISION, revision=text, account=text).line,
    }


@settings(deadline=None)
@given(text=some.text())
def test_any_text_is_one_piece_of_code_in_one_line(text: str) -> None:
    shown = code(text)
    assert "\n" not in shown
    assert len(shown) < 1000
    line = READER.render(f"- {shown} and {shown}")
    assert line.count("<code>") == 2
    assert re.sub(r"<code>.*?</code>", "", line) == "<ul>\n<li> and </li>\n</ul>\n"


@given(text=some.text(some.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=200))
def test_code_shows_the_text_as_it_is(text: str) -> None:
    found = re.search(r"<code>(.*?)</code>", READER.render(f"- {code(text)}"))
    assert found is not None
    assert html.unescape(found[1]) == text


@settings(deadline=None, max_examples=30)
@given(
    texts=some.lists(some.text(max_size=40), min_size=1, max_size=30),
    repeats=some.integers(1, 200),
    size=some.integers(2_000, SIZE),
)
def test_every_size_is_kept(texts: list[str], repeats: int, size: int) -> None:
    changes = document.from_digest(
        digest(
            *(
                step(operation, TABLE, f"{text}{number}", diffReasons=[text])
                for number in range(repeats)
                for text, operation in zip(texts, ["create", "update", "replace", "delete"] * 8, strict=False)
            )
        )
    ).changes
    text = page([Result(stack="production", changes=changes, complete=True)]).within(size, ELSEWHERE)
    assert len(text.encode()) <= size
    assert text.startswith(MARKER)
