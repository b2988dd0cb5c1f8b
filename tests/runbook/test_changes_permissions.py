"""What documents grant is compared in its smallest parts, and what nobody can read is said to be unknown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runbook.changes import document, permissions
from runbook.changes.permissions import UNKNOWN, Difference

if TYPE_CHECKING:
    from runbook.changes.model import Change

ROLE_POLICY, ROLE = "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/main"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def allow(actions: object, resource: object = TABLE, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def change(
    old: dict[str, Any] | None, new: dict[str, Any] | None, type_: str = ROLE_POLICY, name: str = "health"
) -> Change:
    operation = "create" if old is None else "delete" if new is None else "update"
    states = {"old": old and {"inputs": old}, "new": new and {"inputs": new}}
    step = {"op": operation, "urn": f"urn:pulumi:dev::omnitrack::{type_}::{name}", **states}
    event = json.dumps({"resourcePreEvent": {"metadata": step}})
    (read,) = document.from_events(event).changes
    return read


def difference(*changes: Change) -> Difference:
    (one,) = permissions.differences(changes)
    return one


def granted(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"role": "omnitrack-health", "policy": policy(*statements)}


def actions(found: Difference) -> tuple[list[str], list[str]]:
    return [grant.action for grant in found.gained], [grant.action for grant in found.lost]


def test_only_what_is_new_and_what_goes_is_told() -> None:
    old = granted(allow(["dynamodb:GetItem", "dynamodb:Query"]))
    new = granted(allow(["dynamodb:Query", "dynamodb:PutItem"]))
    found = difference(change(old, new))
    assert found.holder == "role omnitrack-health"
    assert actions(found) == (["dynamodb:PutItem"], ["dynamodb:GetItem"])
    assert not found.new


def test_a_document_that_says_the_same_in_other_words_changes_nothing() -> None:
    old = granted(allow(["dynamodb:GetItem", "dynamodb:Query"]))
    new = granted(allow("dynamodb:Query", [TABLE]), allow("dynamodb:GetItem"))
    single = {"role": "omnitrack-health", "policy": json.dumps({"Statement": allow("dynamodb:GetItem")})}
    assert permissions.differences([change(old, new)]) == []
    assert permissions.differences([change(granted(allow("dynamodb:GetItem")), single)]) == []


def test_a_grant_that_moves_to_another_document_of_the_holder_is_not_new() -> None:
    moved = granted(allow("dynamodb:GetItem"))
    assert permissions.differences([change(moved, None, name="a"), change(None, moved, name="b")]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}}), allow("s3:GetObject")),
        (allow("s3:GetObject", TABLE), allow("s3:GetObject", "*")),
        ({**allow("s3:GetObject"), "Effect": "Deny"}, allow("s3:GetObject")),
        (
            {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": TABLE},
            allow("s3:GetObject"),
        ),
        (
            {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": TABLE},
            allow("s3:GetObject"),
        ),
        (
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": {"AWS": "arn:a"}},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": "arn:a"}},
        ),
    ],
    ids=["condition", "resource", "effect", "not action", "not resource", "not principal"],
)
def test_every_part_of_a_statement_counts(old: dict[str, Any], new: dict[str, Any]) -> None:
    found = difference(change(granted(old), granted(new)))
    assert len(found.gained) == len(found.lost) == 1


@pytest.mark.parametrize(
    "given",
    [UNKNOWN, "[secret]", "no JSON", policy(allow("s3:GetObject", UNKNOWN)), '{"Statement": ["a"]}', 7, "[]"],
)
def test_a_document_that_nobody_can_read_is_unknown_and_takes_nothing_away(given: object) -> None:
    old, new = granted(allow("s3:GetObject")), {"role": "omnitrack-health", "policy": given}
    found = difference(change(old, new))
    assert found.unknown == ("policy of health",)
    assert (found.gained, found.lost) == ((), ())


@pytest.mark.parametrize("given", ["", None, '{"Version": "2012-10-17"}'])
def test_a_document_that_grants_nothing_is_known(given: object) -> None:
    assert permissions.differences([change(None, {"role": "a", "policy": given})]) == []


def test_a_role_is_read_with_trust_inline_and_managed_policies() -> None:
    trust = policy(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["a.amazonaws.com", "b"]}}
    )
    inputs = {
        "name": "omnitrack-health",
        "assumeRolePolicy": trust,
        "inlinePolicies": [{"policy": policy(allow("s3:GetObject"))}, {"name": "x", "policy": UNKNOWN}],
        "managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    }
    found = difference(change(None, inputs, ROLE))
    assert found.holder == "role omnitrack-health"
    assert {grant.principal for grant in found.gained} == {"", "Service a.amazonaws.com", "Service b"}
    assert "whatever arn:aws:iam::aws:policy/ReadOnlyAccess allows" in actions(found)[0]
    assert found.unknown == ("inlinePolicies.policy of health",)
    assert found.new


def test_everybody_is_one_principal_however_it_is_written() -> None:
    queue = "aws:sqs/queue:Queue"
    star, aws = (
        {"policy": policy({**allow("sqs:SendMessage"), "Principal": principal})}
        for principal in ("*", {"AWS": "*"})
    )
    assert permissions.differences([change(star, aws, queue)]) == []
    assert difference(change(None, star, queue)).gained[0].principal == "*"


def test_a_function_says_who_may_call_it() -> None:
    inputs = {"function": "health", "action": "lambda:InvokeFunction", "principal": "iot.amazonaws.com"}
    limited = {**inputs, "sourceArn": UNKNOWN}
    found = difference(change(inputs, limited, permissions.PERMISSION))
    assert found.holder == "function health"
    assert [grant.condition for grant in found.gained] == ['{"sourceArn": "(known after the deployment)"}']
    assert [grant.condition for grant in found.lost] == [""]


@pytest.mark.parametrize(
    ("inputs", "holder"),
    [({"policy": "{}"}, "the role of health"), ({"role": UNKNOWN, "policy": "{}"}, "the role of health")],
)
def test_a_holder_that_is_not_known_is_called_by_what_grants(inputs: dict[str, Any], holder: str) -> None:
    read = change(None, {**inputs, "policy": policy(allow("s3:GetObject"))})
    assert difference(read).holder == holder


def test_a_statement_of_endless_parts_is_compared_as_a_whole() -> None:
    many = [f"s3:Action{number}" for number in range(300)]
    found = difference(change(None, granted(allow(many, [f"arn:{number}" for number in range(300)]))))
    assert len(found.gained) == 1


def test_what_grants_nothing_has_no_rights() -> None:
    read = change(None, {"policy": policy(allow("s3:GetObject"))}, "aws:lambda/function:Function")
    assert (read.before, read.after) == (None, None)
