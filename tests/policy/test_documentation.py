"""docs/policy.md: what findings point at stands there, and stands there now."""

import re
from collections import Counter
from pathlib import Path

import pytest

from policy import documentation
from policy.documentation import PAGE, DocumentationError, examples, main, render
from policy.rules import CONCERNS, RULES


def test_the_page_is_what_the_rules_make_of_it() -> None:
    assert PAGE.read_text("utf-8") == render(), "run python -m policy.documentation"


def headings(level: str) -> list[str]:
    """The headings of a level, outside of the examples."""
    text = re.sub(r"^```.*?^```$", "", render(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(rf"^{level} (.*)$", text, re.MULTILINE)


def test_every_rule_has_one_anchor_that_is_its_id() -> None:
    assert headings("###") == [rule.id for rule in RULES]
    assert max(Counter(headings("###")).values()) == 1


def test_no_heading_of_another_kind_takes_an_anchor() -> None:
    anchors = [title.lower().replace(" ", "-") for title in (*headings("#"), *headings("##"))]
    assert len(set(anchors)) == len(anchors)
    assert set(anchors).isdisjoint(rule.id for rule in RULES)


def test_every_link_within_the_page_leads_to_a_rule() -> None:
    assert set(re.findall(r"\]\(#([^)]+)\)", render())) == {rule.id for rule in RULES}


def test_a_rule_is_told_in_full() -> None:
    (section,) = re.findall(r"^### apigw-stage-waf\n(.*?)^### ", render(), re.MULTILINE | re.DOTALL)
    assert "A web ACL of the region stands before every public REST stage." in section
    assert "- **Level:** mandatory, mission" in section
    assert "- **Severity:** critical" in section
    assert "- **Judges:** `aws:apigateway/stage:Stage`" in section
    assert "- **Decided:** by its relation to `aws:apigateway/restApi:RestApi`" in section
    assert "wafv2.WebAclAssociation with resource_arn=stage.arn" in section
    assert "<https://docs.aws.amazon.com/apigateway/" in section
    assert "FSBP APIGateway.4, CKV2_AWS_29" in section
    assert section.count("```python\n") == 2


def test_what_markdown_takes_for_its_own_is_written_as_text() -> None:
    assert "call it /aws/lambda/\\<function name>" in render()


def test_every_concern_has_a_title() -> None:
    assert set(documentation.CONCERN_TITLES) == set(CONCERNS)


def test_the_page_is_written_and_then_not_stale(tmp_path: Path) -> None:
    page = tmp_path / "policy.md"
    assert main([], page=page) == 0
    assert page.read_text("utf-8") == render()
    assert main(["--check"], page=page) == 0


@pytest.mark.parametrize("text", ["", None])
def test_a_stale_page_fails_the_check_and_stays_as_it_is(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "policy.md"
    if text is not None:
        page.write_text(text)
    assert main(["--check"], page=page) == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/policy.md is stale: run python -m policy.documentation and commit the page"
    ]
    assert page.exists() == (text is not None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("another-rule: {bad: x, good: y}", "reach.yaml: another-rule is no rule of this concern"),
        ("resource-type-known: {bad: x}", "reach.yaml: resource-type-known needs the texts bad and good"),
        (
            "resource-type-known: {bad: x, good: 1}",
            "reach.yaml: resource-type-known needs the texts bad and good",
        ),
        ("", "reach.yaml: resource-type-known needs the texts bad and good"),
    ],
)
def test_examples_that_do_not_fit_the_rules_are_refused(
    text: str,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "reach.yaml").write_text(text)
    monkeypatch.setattr(documentation, "EXAMPLES", tmp_path)
    monkeypatch.setattr(documentation, "CONCERNS", {"reach": CONCERNS["reach"]})
    with pytest.raises(DocumentationError, match=problem):
        examples()
    page = tmp_path / "policy.md"
    assert main([], page=page) == 1
    assert problem in capsys.readouterr().err
    assert not page.exists()


def test_files_of_examples_belong_to_a_concern() -> None:
    files = {file.stem for file in documentation.EXAMPLES.glob("*.yaml")}
    assert files == {concern.replace("-", "_") for concern in CONCERNS}
