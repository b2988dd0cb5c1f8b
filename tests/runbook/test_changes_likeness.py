"""What stacks have in common is told once, and no difference is lost by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runbook.changes import report, results
from runbook.changes.basis import Against, Basis
from runbook.changes.report import SIZE, page
from tests.runbook.preview_files import ELSEWHERE, FINDING, GROUP, QUEUE, ROLE_POLICY, TABLE, findings

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = {"staging": "111111111111", "production": "222222222222"}
KEYS = {
    "staging": "0a1b2c3d-0000-4000-8000-0123456789ab",
    "production": "f9e8d7c6-0000-4000-8000-ba9876543210",
}
RANDOM = {"staging": "0a1b2c3", "production": "f9e8d7c"}


def steps(stack: str, resource: str) -> list[dict[str, Any]]:
    """Some changes of a stack, with a right on a resource."""
    policy = {"Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": resource}}
    role = f"omnitrack-{stack}-twin-{RANDOM[stack]}"

    def step(operation: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
        return {"op": operation, "urn": f"urn:pulumi:{stack}::omnitrack::{type_}::{name}", **more}

    return [
        step("create", QUEUE, "orders"),
        step("delete", GROUP, "old-logs", oldState={}),
        step("update", QUEUE, "ingest", diffReasons=["delaySeconds"]),
        step(
            "create", ROLE_POLICY, "twin", newState={"inputs": {"role": role, "policy": json.dumps(policy)}}
        ),
    ]


def own(stack: str) -> str:
    return f"arn:aws:kms:us-east-1:{ACCOUNTS[stack]}:key/{KEYS[stack]}"


def put(
    folder: Path,
    stack: str,
    changes: list[dict[str, Any]],
    *found: dict[str, Any],
    against: Against = Against.REVISION,
) -> None:
    place = folder / stack
    place.mkdir(parents=True)
    basis = Basis(against=against, revision="abc1234", account=ACCOUNTS[stack])
    (place / "events.jsonl").write_text(basis.line)
    (place / "preview.json").write_text(json.dumps({"steps": changes, "changeSummary": {}}, indent=1))
    (place / "policy.json").write_text(findings(*found, stack=stack))


def told(folder: Path) -> str:
    return page(results.collect([str(folder)])).within(SIZE, ELSEWHERE)


def test_the_same_changes_are_told_once(tmp_path: Path) -> None:
    for stack in ACCOUNTS:
        put(tmp_path, stack, steps(stack, own(stack)))
    text = told(tmp_path)
    lines = text.splitlines()
    assert "- `staging`: **would lose data** of 1 resource; `+2 ~1 ±0 -1`, compared with `abc1234`" in lines
    assert (
        "- `production`: **would lose data** of 1 resource; the same changes as `staging`, "
        "compared with `abc1234`"
    ) in lines
    assert "### `production`" not in text
    whole = report.whole(results.collect([str(tmp_path)]))
    assert whole.count("`delaySeconds`") == 2


@pytest.mark.parametrize(
    "resource",
    [
        own("staging"),
        own("staging").replace(ACCOUNTS["staging"], ACCOUNTS["production"]).replace("key/", "alias/"),
        own("production").replace(ACCOUNTS["production"], "333333333333"),
        "arn:aws:dynamodb:us-east-1:222222222222:table/omnitrack-staging-main",
        "*",
    ],
)
def test_a_right_on_something_else_is_told(tmp_path: Path, resource: str) -> None:
    put(tmp_path, "staging", steps("staging", own("staging")))
    put(tmp_path, "production", steps("production", resource))
    production = told(tmp_path).partition("### `production`")[2]
    assert "As `staging`, but for this:" in production
    assert f"`kms:Decrypt` on `{resource}`" in production
    assert "**New permissions (1), not here**" in production
    assert "old-logs" not in production
    assert "`delaySeconds`" not in production


def test_only_what_differs_is_told(tmp_path: Path) -> None:
    put(tmp_path, "staging", steps("staging", own("staging")))
    more = {
        "op": "replace",
        "urn": f"urn:pulumi:production::omnitrack::{TABLE}::main",
        "replaceReasons": ["hashKey"],
    }
    put(tmp_path, "production", [*steps("production", own("production")), more])
    production = told(tmp_path).partition("### `production`")[2]
    assert "**Replaced (1)**" in production
    assert "Deleted" not in production
    assert production.count("\n- ") == 1


def test_a_change_of_the_first_stack_that_is_missing_is_told(tmp_path: Path) -> None:
    put(tmp_path, "staging", steps("staging", own("staging")))
    put(tmp_path, "production", steps("production", own("production"))[1:])
    production = told(tmp_path).partition("### `production`")[2]
    assert "Created (1), not here" in production
    assert "`orders`" in production


def test_a_finding_of_one_stack_only_is_told(tmp_path: Path) -> None:
    put(tmp_path, "staging", steps("staging", own("staging")))
    put(tmp_path, "production", steps("production", own("production")), FINDING)
    text = told(tmp_path)
    assert "  - `sqs-queue-cmk` (critical): `orders`" in text
    assert "**Violations of the policy (1)**" in text.partition("### `production`")[2]


def test_stacks_with_little_in_common_are_told_in_full(tmp_path: Path) -> None:
    put(tmp_path, "staging", steps("staging", own("staging"))[:1])
    put(tmp_path, "production", steps("production", own("production"))[1:])
    production = told(tmp_path).partition("### `production`")[2]
    assert "not here" not in production
    assert "As `staging`" not in production
    assert "**Deleted (1)**" in production


def test_stacks_without_a_change_are_each_ready(tmp_path: Path) -> None:
    for stack in ACCOUNTS:
        put(tmp_path, stack, [])
    assert told(tmp_path).count("**ready**; no changes, compared with `abc1234`") == 2


def test_what_differs_behind_a_cut_is_not_called_the_same(tmp_path: Path) -> None:
    for stack in ACCOUNTS:
        put(tmp_path, stack, steps(stack, f"arn:{'x' * 400}:{'a' if stack == 'staging' else 'b'}"))
    text = told(tmp_path)
    assert "the same changes" not in text
    assert "### `production`" in text
