"""What the detectors of injections find, and what they leave alone, by tables of cases."""

import html
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from localcloud.aws import firewall_html, firewall_sql
from localcloud.aws.firewall_transformations import revealed

HERE = Path(__file__).parent


def table(name: str) -> list[str]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text().splitlines()]


SQL_ATTACKS = table("attacks_sql")
HTML_ATTACKS = table("attacks_html")
HARMLESS = table("harmless")


def is_sql(text: str) -> bool:
    return any(firewall_sql.is_injection(layer) for layer in revealed(text))


def is_script(text: str) -> bool:
    return any(firewall_html.is_injection(layer) for layer in revealed(text))


@pytest.mark.parametrize("text", SQL_ATTACKS)
def test_an_sql_injection_is_found(text: str) -> None:
    assert is_sql(text)


@pytest.mark.parametrize("text", HTML_ATTACKS)
def test_a_script_injection_is_found(text: str) -> None:
    assert is_script(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert (is_sql(text), is_script(text)) == (False, False)


DISGUISES = {
    "upper case": str.upper,
    "lower case": str.lower,
    "mixed case": lambda text: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text)),
    "url encoding": quote,
    "double url encoding": lambda text: quote(quote(text)),
    "entities": html.escape,
    "numeric entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "tabs": lambda text: text.replace(" ", "\t"),
    "line breaks": lambda text: text.replace(" ", "\r\n"),
    "many blanks": lambda text: text.replace(" ", "    "),
    "a value in front": lambda text: "Hamburg" + text,
}
PLAIN_SQL = ["' or 1=1 -- ", "' union select 1, 2 -- ", "'; drop table nodes; -- ", "' and sleep(5) -- "]
PLAIN_HTML = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>"]


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("text", PLAIN_SQL)
def test_a_disguised_sql_injection_is_found(text: str, disguise: Any) -> None:
    assert is_sql(disguise(text))


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("text", PLAIN_HTML)
def test_a_disguised_script_injection_is_found(text: str, disguise: Any) -> None:
    assert is_script(disguise(text))


@pytest.mark.parametrize("text", PLAIN_SQL)
def test_comments_instead_of_blanks_do_not_hide_an_injection(text: str) -> None:
    assert is_sql(text.rstrip("- ").replace(" ", "/**/") + "--")


LONG = {
    "quotes": "'" * 16_000,
    "parentheses": "or (" * 4_000,
    "sums": "1 or " + "1+" * 8_000,
    "comments": "/*" * 8_000,
    "escaped quotes": "\\'" * 8_000,
    "unions": "union select " * 1_200,
    "tags": "<a x='" * 2_700,
    "attributes": "<a " + "a='" * 5_000,
    "events": "' onload='" * 1_600,
    "breaks": "');" * 5_000,
    "blanks": "onload" + " " * 15_000,
    "ampersands": "&lt;" * 4_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_no_text_as_long_as_a_body_keeps_the_detectors_busy(text: str) -> None:
    begin = time.process_time()
    is_sql(text)
    is_script(text)
    assert time.process_time() - begin < 5  # a quadratic search would take a minute
