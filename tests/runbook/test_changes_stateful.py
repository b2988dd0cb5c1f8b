"""What would lose data is refused by name, and allowed by name only."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pulumi_aws
import pytest

from runbook.changes import lost, permissions, stateful
from runbook.changes.model import Change, Operation, Place
from runbook.errors import RefusedError, UsageError

DATA = (Operation.REPLACE, Operation.DELETE, Operation.UNKNOWN)
MISSION = (
    "aws:dynamodb/table:Table",
    "aws:cognito/userPool:UserPool",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudfront/distribution:Distribution",
    "aws:sqs/queue:Queue",
)


def change(type_: str, operation: Operation, name: str = "main") -> Change:
    urn = f"urn:pulumi:dev::omnitrack::omnitrack:tables:Tables${type_}::{name}"
    return Change(urn=urn, operation=operation, type=type_, name=name, forcing=("hashKey",))


TABLE = change(MISSION[0], Operation.REPLACE)


@pytest.mark.parametrize("type_", MISSION)
@pytest.mark.parametrize("operation", Operation)
def test_only_what_replaces_deletes_or_is_not_understood_loses_data(type_: str, operation: Operation) -> None:
    found = stateful.losses([change(type_, operation)])
    assert len(found) == (operation in DATA)


@pytest.mark.parametrize("operation", DATA)
def test_what_is_retained_is_not_lost(operation: Operation) -> None:
    assert stateful.losses([replace(change(MISSION[0], operation), retained=True)]) == []


@pytest.mark.parametrize("operation", DATA)
def test_what_holds_no_data_may_go(operation: Operation) -> None:
    stateful.judge([change("aws:iam/role:Role", operation), change("omnitrack:a:B", operation)], ())


def test_every_type_of_the_tables_is_one_of_the_sdk() -> None:
    sources = Path(pulumi_aws.__file__).parent
    known: set[str] = set()
    for file in sources.rglob("*.py"):
        known.update(re.findall(r"'(aws:\w+/\w+:\w+)'", file.read_text(encoding="utf-8")))
    tables = {*lost.LOST, *permissions.DOCUMENTS, *permissions.MANAGED, *permissions.HOLDERS}
    # Gone from the SDK, not from the states of those who had one.
    assert tables - known <= {"aws:qldb/ledger:Ledger"}
    assert list(lost.LOST) == sorted(lost.LOST)


@pytest.mark.parametrize(
    ("type_", "what"),
    [
        ("aws:odb/autonomousDatabase:AutonomousDatabase", "its data"),
        ("aws:cloudsearch/domain:Domain", "its indexes"),
        ("aws:s3control/bucket:Bucket", "its objects"),
        ("aws:eks/cluster:Cluster", "all that is deployed in it"),
        ("aws:iot/certificate:Certificate", "the identity of the devices that hold it"),
        ("aws:apigateway/restApi:RestApi", "its address"),
        ("aws:verifiedpermissions/policyStore:PolicyStore", "its policies"),
        ("aws:sns/topic:Topic", "the subscriptions that others have confirmed"),
    ],
)
def test_what_cannot_be_made_again_is_named(type_: str, what: str) -> None:
    with pytest.raises(RefusedError, match=f"and lose {what}: "):
        stateful.judge([change(type_, Operation.DELETE)], ())


@pytest.mark.parametrize(
    "type_",
    [
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:dynamodb/tableItem:TableItem",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:cognito/userPoolClient:UserPoolClient",
        "aws:apigateway/apiKey:ApiKey",
        "aws:route53domains/registeredDomain:RegisteredDomain",
    ],
)
@pytest.mark.parametrize("operation", DATA)
def test_what_the_program_makes_again_raises_no_alarm(type_: str, operation: Operation) -> None:
    stateful.judge([change(type_, operation)], ())


def test_a_refusal_says_all_that_is_needed_to_decide() -> None:
    placed = replace(TABLE, place=Place(file="components/tables.py", line=31))
    with pytest.raises(RefusedError) as caught:
        stateful.judge([placed], ())
    text = str(caught.value)
    assert text.startswith("refused, nothing was changed: data of 1 resource would be lost\n")
    assert "'main' would be replaced and lose its items: hashKey cannot be changed in place" in text
    assert "at components/tables.py:31" in text
    # The URN holds a $, which a shell would take for a variable.
    assert text.endswith(f"--break-glass '{TABLE.urn}'")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (change(MISSION[0], Operation.DELETE), "the program does not declare it any more"),
        (replace(TABLE, forcing=()), "its replacement was asked for"),
        (
            replace(TABLE, operation=Operation.UNKNOWN, steps=("migrate",)),
            r"could be changed and lose its items: what the engine would do .* is not understood \(migrate\)",
        ),
    ],
)
def test_the_cause_is_said(one: Change, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        stateful.judge([one], ())


def test_exactly_what_is_named_is_allowed() -> None:
    other = change(MISSION[1], Operation.DELETE, "users")
    stateful.judge([TABLE, other], [TABLE.urn, other.urn])
    with pytest.raises(RefusedError) as caught:
        stateful.judge([TABLE, other], [TABLE.urn])
    assert "'users'" in str(caught.value)
    assert "'main'" not in str(caught.value)


@pytest.mark.parametrize("urn", [TABLE.urn[:-1], f"{TABLE.urn}2", TABLE.urn.upper(), "urn:pulumi:*"])
def test_a_name_that_is_only_near_allows_nothing(urn: str) -> None:
    with pytest.raises(RefusedError) as caught:
        stateful.judge([TABLE], [urn])
    assert str(caught.value).splitlines()[-1] == f"  {stateful.idling(urn)}"
    assert stateful.judge([TABLE], [TABLE.urn, urn]) == [urn]


def test_what_a_run_before_has_done_is_no_fault_of_the_next() -> None:
    assert stateful.judge([TABLE], [TABLE.urn]) == []
    assert stateful.judge([], [TABLE.urn]) == [TABLE.urn]
    assert stateful.judge([replace(TABLE, operation=Operation.UPDATE)], [TABLE.urn]) == [TABLE.urn]


@pytest.mark.parametrize("text", ["", "main", "aws:dynamodb/table:Table", "URN:pulumi:dev"])
def test_what_is_no_urn_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(UsageError, match="takes the URN of one resource"):
        stateful.check_urns([TABLE.urn, text])
