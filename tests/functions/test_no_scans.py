"""Every read path is a key or an index: nothing reads a whole table."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "functions/omnitrack").rglob("*.py"))
ROOMS = ("composition", "components")
PROGRAM = sorted([ROOT / "__main__.py", *(path for room in ROOMS for path in (ROOT / room).glob("*.py"))])
# The call, the paginator of that name, and PartiQL, whose SELECT without a key is a scan as well.
CALLS = {"scan", "execute_statement", "batch_execute_statement", "execute_transaction"}
GRANTS = re.compile(r"dynamodb:(?:\*|Scan|PartiQL\w*|[A-Za-z]*\*)")


def reads_everything(source: str) -> list[str]:
    """The places in a source that could read a whole table."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in CALLS)
        or (isinstance(node, ast.Constant) and node.value in CALLS)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_function_scans(path: Path) -> None:
    assert reads_everything(path.read_text()) == []


@pytest.mark.parametrize("path", PROGRAM, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_grant_admits_a_scan(path: Path) -> None:
    assert GRANTS.findall(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "client.scan(TableName='t')",
        "client.get_paginator('scan')",
        "getattr(client, 'scan')()",
        "f = table.scan",
    ],
)
def test_a_scan_would_be_found(source: str) -> None:
    assert reads_everything(source)


@pytest.mark.parametrize("grant", ["dynamodb:Scan", "dynamodb:*", "dynamodb:PartiQLSelect", "dynamodb:S*"])
def test_a_grant_of_a_scan_would_be_found(grant: str) -> None:
    assert GRANTS.search(f'["dynamodb:Query", "{grant}"]')
