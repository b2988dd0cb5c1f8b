"""A pull request carries one comment about its previews, whatever GitHub does in between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from runbook import pull_request_comment
from runbook.changes.report import MARKER
from runbook.cli import app
from runbook.errors import ExitCode, explain
from runbook.pull_request_comment import (
    ATTEMPTS,
    LARGEST_COMMENT,
    CommentError,
    ReadOnlyTokenError,
    fitted,
    publish,
)
from tests.support.github import BOT, COMMENTS, TOKEN, GitHub, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serving() as state:
        yield state


def test_the_first_run_makes_the_comment_with_its_invisible_marker(github: GitHub) -> None:
    page = github.publish("all is well")
    assert [comment["body"] for comment in github.comments] == [f"{MARKER}\nall is well"]
    assert page == github.comments[0]["html_url"]
    assert re.fullmatch(r"<!-- [^>]* -->", MARKER)


def test_the_next_run_updates_it(github: GitHub) -> None:
    github.add("ada", "looks good")
    first = github.publish("one violation")
    github.add("ada", "mended")
    assert github.publish("all is well") == first
    assert [comment["body"] for comment in github.comments] == [
        "looks good",
        f"{MARKER}\nall is well",
        "mended",
    ]


def test_a_report_that_begins_with_the_marker_gets_no_second_one(github: GitHub) -> None:
    github.publish(f"{MARKER}\nall is well")
    assert github.comments[0]["body"] == f"{MARKER}\nall is well"


def test_it_is_found_on_a_later_page(github: GitHub) -> None:
    for number in range(130):
        github.add("ada", f"remark {number}")
    github.add(BOT, f"{MARKER}\nold")
    github.publish("new")
    assert len(github.comments) == 131
    assert github.comments[-1]["body"] == f"{MARKER}\nnew"


def test_a_full_page_is_not_taken_for_the_last(github: GitHub) -> None:
    for number in range(100):
        github.add("ada", f"remark {number}")
    github.publish("new")
    assert [path for method, path in github.asked if method == "GET"] == ["/user", COMMENTS, COMMENTS]
    assert len(github.comments) == 101


def test_what_another_account_wrote_is_left_alone(github: GitHub) -> None:
    github.add("mallory", f"{MARKER}\nnothing to see here")
    github.add(None, f"{MARKER}\nof a deleted account")
    github.add(BOT, f"quoting {MARKER}")
    github.publish("one violation")
    assert [comment["body"] for comment in github.comments][:3] == [
        f"{MARKER}\nnothing to see here",
        f"{MARKER}\nof a deleted account",
        f"quoting {MARKER}",
    ]
    assert github.comments[3]["body"] == f"{MARKER}\none violation"


def test_a_person_with_a_token_updates_their_own_comment_and_not_the_workflows(github: GitHub) -> None:
    github.login = "ada"
    github.add(BOT, f"{MARKER}\nof the workflow")
    github.add("ada", f"{MARKER}\nof ada")
    github.publish("new")
    assert [comment["body"] for comment in github.comments] == [
        f"{MARKER}\nof the workflow",
        f"{MARKER}\nnew",
    ]


def test_a_comment_that_was_deleted_meanwhile_is_made_anew(github: GitHub) -> None:
    github.add(BOT, f"{MARKER}\nold")
    github.faults = [("PATCH", 404, {})]
    github.publish("new")
    assert github.comments[-1]["body"] == f"{MARKER}\nnew"
    assert len(github.comments) == 2


def test_trouble_of_github_is_tried_again(github: GitHub) -> None:
    github.faults = [("GET", 502, {}), ("POST", 503, {}), ("GET", 429, {"Retry-After": "7"})]
    github.publish("all is well")
    assert len(github.comments) == 1
    assert github.pauses == [1.0, 7.0, 4.0]


def test_a_comment_that_was_made_though_its_answer_was_lost_is_not_made_twice(github: GitHub) -> None:
    github.forgets = True
    github.publish("all is well")
    assert [comment["body"] for comment in github.comments] == [f"{MARKER}\nall is well"]


def test_a_rate_limit_is_no_read_only_token_and_its_pause_is_kept_short(github: GitHub) -> None:
    github.faults = [
        ("POST", 403, {"Retry-After": "3600"}),
        ("POST", 403, {"X-RateLimit-Remaining": "0"}),
    ]
    github.publish("all is well")
    assert github.pauses == [60.0, 2.0]
    assert len(github.comments) == 1


def test_lasting_trouble_ends_in_a_sentence(github: GitHub) -> None:
    github.faults = [("GET", 503, {})] * ATTEMPTS
    with pytest.raises(CommentError, match=r"^GitHub answers 503: run the job again later$"):
        github.publish("all is well")
    assert github.pauses == [1.0, 2.0, 4.0]


def test_a_server_that_does_not_answer_ends_in_a_sentence() -> None:
    with pytest.raises(CommentError, match=r"^GitHub does not answer \(ConnectError\): run the job again"):
        publish(
            "text",
            repository="acme/omnitrack",
            number=7,
            token=TOKEN,
            api="http://127.0.0.1:9",
            pause=lambda _seconds: None,
        )


def test_a_forks_token_is_told_apart_and_says_where_the_text_is(github: GitHub) -> None:
    github.faults = [("POST", 403, {})]
    with pytest.raises(ReadOnlyTokenError) as caught:
        github.publish("all is well")
    sentence, code = explain(caught.value) or ("", ExitCode.OK)
    assert "the text is in the summary of the run" in sentence
    assert code == ExitCode.FAILED
    assert github.pauses == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "acme/omnitrack has no pull request 7, or the token cannot see it"),
        (410, "acme/omnitrack has no pull request 7, or the token cannot see it"),
        (422, "GitHub refuses the comment (422): as the test wants it"),
    ],
)
def test_a_refusal_is_one_sentence_and_not_repeated(github: GitHub, status: int, sentence: str) -> None:
    github.faults = [("POST", status, {})]
    with pytest.raises(CommentError) as caught:
        github.publish("all is well")
    assert str(caught.value) == sentence
    assert github.pauses == []


def test_the_token_is_in_no_message(github: GitHub) -> None:
    for token in ("ghs_wrong", f"ghs_secret\n{TOKEN}", "ghs_secret\x00", "ghs_sécret", " \n"):
        with pytest.raises(CommentError) as caught:
            github.publish("text", token=token)
        told = f"{caught.value!r} {caught.value.__cause__!r}"
        assert "ghs" not in told
        assert "\n" not in str(caught.value)


def test_a_line_break_after_the_token_does_no_harm(github: GitHub) -> None:
    github.publish("text", token=f"{TOKEN}\n")
    assert len(github.comments) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repository": "acme"}, "'acme' is no repository: write it as owner/name"),
        ({"repository": "acme/omni/../x"}, "is no repository"),
        ({"number": 0}, "0 is no pull request's number"),
        ({"api": "http://github.example"}, "http://github.example is no https address"),
        ({"api": "ftp://127.0.0.2"}, "is no https address"),
    ],
)
def test_a_wrong_call_sends_nothing(github: GitHub, change: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"repository": "acme/omnitrack", "number": 7, "api": github.address}
    with pytest.raises(CommentError, match=re.escape(sentence)):
        publish("text", token=TOKEN, **{**arguments, **change})
    assert github.asked == []


def test_a_text_that_fits_stays_as_it_is() -> None:
    text = "x" * LARGEST_COMMENT
    assert fitted(text) == text


def test_a_long_text_is_cut_between_lines_with_what_it_opened_closed_again() -> None:
    lines = [f"line {number}" for number in range(9000)]
    cut = fitted("\n".join(["<details><summary>all</summary>", "```diff", *lines, "```", "</details>"]))
    assert len(cut) <= LARGEST_COMMENT
    assert len(cut) > LARGEST_COMMENT - 50
    body, _, note = cut.partition("\n```\n</details>")
    assert body.splitlines()[-1] in lines
    assert note == pull_request_comment.CUT_NOTE


@pytest.mark.parametrize("head", ["", f"{MARKER}\n"])
def test_a_line_that_is_too_long_itself_is_told_as_far_as_there_is_room(head: str) -> None:
    cut = fitted(f"{head}{'x' * 70_000}")
    assert LARGEST_COMMENT - 50 < len(cut) <= LARGEST_COMMENT
    assert cut.startswith(f"{head}xxx")
    assert cut.endswith(f"x{pull_request_comment.CUT_NOTE}")
    # A tag that is cut in two would take in the note.
    tagged = fitted(f"{'x' * 65_000}<{'y' * 5_000}>")
    assert tagged == "x" * 65_000 + pull_request_comment.CUT_NOTE


def test_a_file_that_is_no_text_is_not_sent(
    github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "report.md").write_bytes("é".encode("latin-1"))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", github.address)
    line = ["preview", "comment", "--repository", "acme/omnitrack", "--number", "7", "--file"]
    result = CliRunner().invoke(app, [*line, str(tmp_path / "report.md")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"omnitrack: {tmp_path}/report.md is no text in UTF-8: nothing was sent\n"
    assert github.asked == []


@pytest.mark.parametrize("repository", ["../..", "a/..", "./a", "a/.", "a", "a/b/c", "a/b\n", ""])
def test_what_is_no_repository_is_refused(github: GitHub, repository: str) -> None:
    with pytest.raises(CommentError, match="is no repository"):
        publish("x", repository=repository, number=7, token=TOKEN, api=github.address)
    assert github.asked == []


@pytest.mark.parametrize(("writes", "code"), [(True, 0), (False, 1)])
def test_the_command_answers_the_page_or_one_sentence(
    github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, writes: bool, code: int
) -> None:
    (tmp_path / "report.md").write_text("all is well")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", github.address)
    if not writes:
        github.faults = [("POST", 403, {})]
    line = ["preview", "comment", "--repository", "acme/omnitrack", "--number", "7", "--file"]
    result = CliRunner().invoke(app, [*line, str(tmp_path / "report.md")])
    assert result.exit_code == code
    assert len(github.comments) == writes
    assert result.stdout == (f"{github.comments[0]['html_url']}\n" if writes else "")
    assert ("the text is in the summary of the run" in result.stderr) == (not writes)
    assert TOKEN not in result.output
