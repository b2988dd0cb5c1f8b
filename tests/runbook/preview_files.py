"""The files that a pipeline leaves of a preview, for tests of the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runbook.changes import results
from runbook.changes.report import SIZE, page

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.changes.results import Result

ELSEWHERE = "see the full report"
NAMES = [f"{'a-long-name-of-a-resource-' * 3}{number}" for number in range(10_000)]


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:production::omnitrack::{type_}::{name}"


def step(operation: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"op": operation, "urn": urn(type_, name), **more}


TABLE, GROUP, QUEUE = "aws:dynamodb/table:Table", "aws:cloudwatch/logGroup:LogGroup", "aws:sqs/queue:Queue"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
AT = {"sourcePosition": "project:///components/tables.py#31"}
STEPS = [
    step("create", QUEUE, "a-new-one"),
    step("update", QUEUE, "ingest", detailedDiff={"delaySeconds": {"kind": "update"}}),
    step("delete", GROUP, "old-logs", oldState={}),
    step("replace", TABLE, "main", detailedDiff={"hashKey": {"kind": "update-replace"}}, newState=AT),
]
FINDING = {
    "rule": "sqs-queue-cmk",
    "severity": "critical",
    "outcome": "violation",
    "stops": True,
    "urn": urn(QUEUE, "orders"),
    "type": QUEUE,
    "name": "orders",
    "fault": "has no key",
    "fix": "set kms_master_key_id",
    "source": "https://docs.aws.amazon.com/x/y.html#z",
    "message": "sqs-queue-cmk: ...",
    "place": {"file": "components/queues.py", "line": 12},
    "exemption": None,
}
EXEMPTION = {"reason": "a test", "owner": "ada", "ticket": "T-1", "expires": "2027-01-31", "daysLeft": 12}


def digest(*steps: dict[str, Any]) -> str:
    return json.dumps({"steps": [*steps], "changeSummary": {}}, indent=4)


def findings(*found: dict[str, Any], stack: str = "production", **more: Any) -> str:
    told = {"findings": [*found], "refusals": [], "error": None, **more}
    stops = told["error"] or told["refusals"] or any(one["stops"] for one in found)
    return json.dumps({"version": 1, "stack": stack, "verdict": "failed" if stops else "passed", **told})


def collected(folder: Path, **files: str) -> Result:
    """What is found of stack `production`; files by name, a dot written as two underscores."""
    place = folder / "out" / "production"
    place.mkdir(parents=True)
    for name, text in files.items():
        (place / name.replace("__", ".")).write_text(text, encoding="utf-8")
    (result,) = results.collect([str(folder / "out")])
    return result


def told(folder: Path, **files: str) -> str:
    return page([collected(folder, **files)]).within(SIZE, ELSEWHERE)


def headline(text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith("- `production`: ")]
    return line.removeprefix("- `production`: ")
