"""Rights are told in one line for each holder and resource, in short only where that hides nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runbook.changes import permissions, report, results, rights
from runbook.changes.model import Change, Grant, Operation, Rights
from tests.runbook.preview_files import ROLE_POLICY, digest, step, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ACCOUNT = "123456789012"
ROOT = f"AWS arn:aws:iam::{ACCOUNT}:root"
NEW = ", because its policy is new"
MANAGE = ("kms:DescribeKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
USE = ("kms:Decrypt", "kms:GenerateDataKey")


def via(service: str = "dynamodb", account: str = ACCOUNT, **more: Any) -> str:
    equals = {"kms:CallerAccount": account, "kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
    return json.dumps({"StringEquals": equals, **more}, sort_keys=True)


HANDED_ON = via(Bool={"kms:GrantIsForAWSResource": "true"})


def key(actions: Sequence[str], condition: str = "", principal: str = ROOT, **more: Any) -> set[Grant]:
    more = {"effect": "Allow", "resource": "*"} | more
    return {Grant(action=one, principal=principal, condition=condition, **more) for one in actions}


def lines(
    *grants: set[Grant], holder: str = "Key data", account: str = ACCOUNT, exact: bool = False
) -> list[str]:
    after = Rights(holder=holder, grants=frozenset[Grant]().union(*grants))
    change = Change(
        urn="urn:a", operation=Operation.CREATE, type="t", name="n", before=Rights(holder=holder), after=after
    )
    (difference,) = permissions.differences([change])
    return [*rights.gained(difference, account, exact=exact)]


def test_an_accounts_root_at_its_own_key_is_told_in_short_and_exactly_in_full() -> None:
    grants = (key(MANAGE), key(USE, via()), key(["kms:CreateGrant"], HANDED_ON))
    assert lines(*grants) == [
        f"`{ROOT}` at `Key data` may now: manage the key; use the key through `dynamodb`{NEW}"
    ]
    (exact,) = lines(*grants, exact=True)
    assert all(f"`{action}`" in exact for action in (*MANAGE, *USE, "kms:CreateGrant"))
    assert "kms:ViaService" in exact


@pytest.mark.parametrize(
    "grants",
    [
        key(["kms:*"]),
        key([*MANAGE, "kms:Decrypt"]),
        key(["kms:CreateGrant"]),
        key(["kms:CreateGrant"], via()),
        key(USE, via(account="999999999999")),
        key(USE, via(StringLike={"aws:PrincipalArn": "*"})),
        key(USE, json.dumps({"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}})),
        key(USE, via("anything.at.all")),
        key(MANAGE, via()),
        key(MANAGE, principal="AWS arn:aws:iam::999999999999:root"),
        key(MANAGE, principal=f"AWS arn:aws:iam::{ACCOUNT}:role/a"),
        key(MANAGE, principal="*"),
        key(MANAGE, effect="Deny"),
        key(MANAGE, not_for=True),
        key(MANAGE, all_but=True),
        key(MANAGE, resource="arn:other"),
        key(USE, "[1]"),
    ],
)
def test_what_is_not_usual_is_never_put_in_short(grants: set[Grant]) -> None:
    told = " ".join(lines(grants))
    assert all(f"`{grant.action}`" in told for grant in grants)
    assert "the key through" not in told
    assert "manage the key" not in told


def test_what_is_unusual_stays_beside_what_is_told_in_short() -> None:
    (line,) = lines(key(MANAGE), key(["kms:Decrypt"], '{"Bool": {"a": "b"}}'))
    assert 'may now on `*`: manage the key; `kms:Decrypt`, if `{"Bool": {"a": "b"}}`' in line


def test_another_holder_is_told_exactly() -> None:
    assert "`kms:PutKeyPolicy`" in lines(key(MANAGE), holder="role x")[0]


def test_a_role_has_one_line_for_each_resource() -> None:
    own: dict[str, Any] = {"effect": "Allow", "resource": "arn:table"}
    grants = {
        Grant(action="dynamodb:GetItem", **own),
        Grant(action="dynamodb:Query", **own),
        Grant(action="dynamodb:PutItem", condition='{"a": {}}', **own),
        Grant(effect="Allow", action="sqs:SendMessage", resource="arn:queue"),
    }
    condition = '`{"a": {}}`'
    read = "`dynamodb:GetItem`, `dynamodb:Query`"
    assert sorted(lines(grants, holder="role x")) == [
        f"`role x` may now on `arn:table`: {read}; `dynamodb:PutItem`, if {condition}{NEW}",
        f"`role x` may now: `sqs:SendMessage` on `arn:queue`{NEW}",
    ]


@pytest.mark.parametrize(("number", "folded"), [(report.MOST_OPEN, False), (report.MOST_OPEN + 1, True)])
def test_many_new_permissions_are_folded(tmp_path: Path, number: int, folded: bool) -> None:  # noqa: FBT001 - of a table
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Statement": statement})
    steps = [
        step("create", ROLE_POLICY, f"p{one}", newState={"inputs": {"role": f"r{one}", "policy": policy}})
        for one in range(number)
    ]
    text = told(tmp_path, preview__json=digest(*steps))
    assert ("<details><summary>New permissions" in text) == folded


def test_the_full_report_has_every_action(tmp_path: Path) -> None:
    many = [f"s3:Action{number}" for number in range(90)]
    statement = {"Effect": "Allow", "Action": many, "Resource": "*", "Condition": {"Bool": {"a": "b" * 900}}}
    inputs = {"role": "r", "policy": json.dumps({"Statement": statement})}
    file = tmp_path / "preview.json"
    file.write_text(digest(step("create", ROLE_POLICY, "p", newState={"inputs": inputs})))
    whole = report.whole(results.collect([f"staging={file}"]))
    assert all(f"`{action}`" in whole for action in many)
    assert "b" * 900 in whole
