"""What a pull request shows. Names come from anybody: none may leave its cell, or become anything."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from policy.report import document, markdown
from policy.rule import Finding, Level
from tests.policy.cases.case import UNKNOWN_FLAG
from tests.policy.test_report import SFN, built, exempted, findings

HOSTILE = (
    "a|b",
    "a | b |\n| c",
    "<script>alert(1)</script>",
    "</code></td><img src=x onerror=alert(1)>",
    "<!-- ",
    "`a` | `b",
    "**bold** _it_ ~~no~~",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    "@everyone #1 GH-1",
    "\\| \\",
    "&lt;b&gt; &#124;",
    "a\r\n\r\n# head\n\n- list",
    "\u202egnp.exe",
)


def named(finding: Finding, name: str) -> Finding:
    urn = finding.urn.rpartition("::")[0]
    return replace(finding, resource=replace(finding.resource, name=name, urn=f"{urn}::{name}"))


def parsed(text: str) -> str:
    html: str = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    return html


def cells(html: str) -> list[list[str]]:
    return [
        re.findall(r"<t[dh]>(.*?)</t[dh]>", row, re.DOTALL)
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def test_the_verdict_comes_first_and_then_the_table() -> None:
    text = markdown.render(built(*findings(False)))
    assert text.splitlines()[:3] == [
        "### Policy of <code>production</code>: failed",
        "",
        "1 violation, 0 advisories, 0 undecided, 0 exempted.",
    ]
    heads, row = cells(parsed(text))
    assert heads == ["Severity", "Rule", "Resource", "Fault", "Fix", "Place"]
    assert row[0] == SFN.severity.value
    assert row[1] == f'<a href="{SFN.source}">sfn-xray</a>'
    assert row[2].startswith("<code>m0</code><br><code>urn:pulumi:production::omnitrack::aws:sfn/")
    assert row[3] == "does not trace"
    assert row[4] == SFN.fix
    assert row[5] == "<code>components/flow.py:31</code><br><code>__main__.py:80</code>"


def test_a_passed_judgement_has_no_table() -> None:
    text = markdown.render(built())
    assert text.startswith("### Policy of <code>production</code>: passed\n")
    assert "|" not in text


def test_exemptions_show_the_days_that_they_have_left() -> None:
    html = parsed(markdown.render(built(exempted(findings(False)[0]))))
    _, row = cells(html)
    assert row[0] == "12"
    assert row[3:] == ["<code>the old workflow ends</code>", "<code>platform</code>", "<code>OPS-7</code>"]


def test_advisories_and_undecided_ones_are_folded() -> None:
    advice, undecided = findings(False, UNKNOWN_FLAG)
    undecided = replace(undecided, rule=replace(SFN, mission=False))
    text = markdown.render(built(replace(advice, level=Level.ADVISORY), undecided))
    before, *folded = text.split("<details>")
    assert "sfn-xray" not in before
    assert [one.splitlines()[0] for one in folded] == [
        "<summary>Advisories (1)</summary>",
        "<summary>Undecided (1)</summary>",
    ]
    assert all(len(cells(parsed(one))) == 2 for one in folded)
    assert text.count("<details>") == text.count("</details>")


def test_what_stops_because_it_is_undecided_is_not_folded() -> None:
    assert "<details>" not in markdown.render(built(*findings(UNKNOWN_FLAG)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_in_its_cell_and_is_text(name: str) -> None:
    plain = cells(parsed(markdown.render(built(*findings(False)))))
    finding = named(findings(False)[0], name)
    html = parsed(markdown.render(built(finding)))
    assert [len(row) for row in cells(html)] == [len(row) for row in plain] == [6, 6]
    tags = set(re.findall(r"<(/?\w+)", html))
    assert tags <= {
        one
        for tag in ("h3", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "a", "br")
        for one in (tag, f"/{tag}")
    }
    assert re.findall(r'href="([^"]*)"', html) == [SFN.source]
    cell = cells(html)[1][2]
    assert re.fullmatch(r"<code>[^<>]*</code><br><code>[^<>]*</code>", cell)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_source_line_is_one_of_the_strangers(text: str) -> None:
    """GitHub links addresses, mentions and issues in text, but not what is written in entities."""
    finding = exempted(named(findings(False)[0], text))
    assert finding.exemption
    finding = replace(finding, exemption=replace(finding.exemption, reason=text, owner=text, ticket=text))
    told = built(finding, refusals=(text,))
    source = markdown.render(told)
    assert text not in source
    assert "evil.example" not in source
    assert "@everyone" not in source
    assert "<script" not in source
    assert "<img" not in source


@pytest.mark.parametrize("text", [*HOSTILE, "</pre><b>x</b>", "mend 2 settings:\n  - a\n\n  - b"])
def test_an_error_is_text_too(text: str) -> None:
    source = markdown.render(document.failed("production", text))
    html = parsed(source)
    assert set(re.findall(r"<(/?\w+)", html)) <= {"h3", "/h3", "p", "/p", "pre", "/pre", "code", "/code"}
    assert source.count("<pre>") == source.count("</pre>") == 1
    assert "@everyone" not in source


def test_refusals_are_a_list() -> None:
    html = parsed(markdown.render(built(refusals=("it hides.", "it waits."))))
    assert re.findall(r"<li><code>(.*?)</code></li>", html) == ["it hides.", "it waits."]
