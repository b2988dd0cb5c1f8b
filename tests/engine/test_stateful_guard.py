"""The guard of data on the real engine: its records are read, and nothing is lost that nobody named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from localcloud import control
from runbook.changes import document, permissions, stateful
from tests.e2e.home import Home
from tests.support import checkout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runbook.changes.model import Preview
    from tests.engine.stack import Result, Stack

    NewStack = Callable[[str], Stack]

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine-stateful-guard")]

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    keep, gone = pulumi.ResourceOptions(retain_on_delete=True), {gone}
    aws.kms.Key("key", description="key of {key}")
    aws.dynamodb.Table(
        "table", name="orders", billing_mode="PAY_PER_REQUEST", hash_key="{key}",
        attributes=[{{"name": "{key}", "type": "S"}}],
    )
    who = {{"Service": "lambda.amazonaws.com"}}
    trust = {{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}}
    role = aws.iam.Role("role", name="orders", assume_role_policy=json.dumps({{"Statement": [trust]}}))
    grant = {{"Effect": "Allow", "Action": ["dynamodb:GetItem", "{action}"], "Resource": "arn:aws:s3:::a"}}
    aws.iam.RolePolicy("policy", role=role.name, policy=json.dumps({{"Statement": [grant]}}))
    aws.sqs.Queue("queue", tags={{"word": pulumi.Output.secret("{word}")}})
    if not gone:
        aws.cloudwatch.LogGroup("logs", name="/orders/logs")
        aws.cloudwatch.LogGroup("kept", name="/orders/kept", opts=keep)
    name = "renamed" if gone else "aliased"
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="aliased")])
    aws.cloudwatch.LogGroup(name, name="/orders/aliased", opts=alias)
"""
BEFORE = {"gone": False, "word": "first-secret", "key": "a", "action": "dynamodb:Query"}
AFTER = {"gone": True, "word": "second-secret", "key": "b", "action": "dynamodb:PutItem"}


def _read(result: Result) -> Preview:
    return document.from_events("\n".join(map(json.dumps, result.events)))


def test_event_log_and_digest_of_one_preview_tell_the_same(stack: NewStack) -> None:
    made = stack(PROGRAM.format(**BEFORE))
    made.up().check()
    made.program(PROGRAM.format(**AFTER))
    logged = made.preview().check()
    written = made.preview("--json").check()
    from_log, from_digest = _read(logged), document.from_digest(written.output)
    # Only the digest has places.
    assert {str(change.place).partition(":")[0] for change in from_digest.changes} == {"__main__.py"}
    assert from_log == replace(
        from_digest, changes=tuple(replace(change, place=None) for change in from_digest.changes)
    )
    assert from_log.complete
    told = {change.name: change.operation.value for change in from_log.changes}
    assert told == {
        "key": "update",
        "table": "replace",
        "policy": "update",
        "queue": "update",
        "logs": "delete",
        "kept": "delete",
    }
    lost = {loss.change.name: loss.change.forcing for loss in stateful.losses(from_log.changes)}
    assert lost == {"table": ("hashKey",), "logs": ()}
    (rights,) = permissions.differences(from_log.changes)
    assert rights.holder == "role orders"
    assert [grant.action for grant in rights.gained] == ["dynamodb:PutItem"]
    assert [grant.action for grant in rights.lost] == ["dynamodb:Query"]
    for text in (json.dumps(logged.events), written.output):
        assert "first-secret" not in text
        assert "second-secret" not in text
        assert "key of b" in text
    assert "key of" not in repr((from_log, from_digest))
    places = document.places(made.export().values())
    assert {name for name in told if name != "key"} <= {
        urn.rpartition("::")[2] for urn, place in places.items() if place.file == "__main__.py"
    }


@pytest.mark.parametrize("source", ["def (", "import pulumi\npulumi.log.error('no')"])
def test_a_program_that_fails_leaves_no_complete_record(stack: NewStack, source: str) -> None:
    made = stack(source)
    for preview in (
        _read(made.preview()),
        document.from_digest(made.preview("--json").output),
    ):
        assert not preview.complete
        assert preview.errors


EXTRA = """
from pulumi_aws import cloudwatch
cloudwatch.LogGroup(
    "extra",
    name=f"/aws/lambda/{settings.prefix}-extra",
    retention_in_days=settings.log_retention_days,
    kms_key_id=encryption.logs_key_arn,
)
"""
STACK = "development"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A copy of the platform with a log group more, deployed in a cloud of its own."""
    project = checkout.copy_project(tmp_path_factory.mktemp("guarded") / "project")
    checkout.before_judgement(project, EXTRA)
    home = Home(folder=tmp_path_factory.mktemp("home") / "cloud", project=project)
    home.omnitrack("local", "up")
    home.omnitrack("up", "-s", STACK)
    yield home
    control.stop(home.folder)


@pytest.fixture
def changed(deployed: Home) -> Home:
    """The program asks for another key of the table and for one log group less, and goes on doing so."""
    tables, program = deployed.project / "components" / "tables.py", deployed.project / "__main__.py"
    checkout.replace(tables, 'hash_key="PK"', 'hash_key="SK"')
    checkout.replace(tables, 'range_key="SK"', 'range_key="PK"')
    checkout.replace(program, EXTRA, "")
    return deployed


def _snapshot(home: Home) -> tuple[Any, ...]:
    groups = home.client("logs").describe_log_groups()["logGroups"]
    description = home.client("dynamodb").describe_table(TableName="omnitrack-development-main")["Table"]
    table = {key: description[key] for key in ("KeySchema", "ItemCount", "CreationDateTime")}
    return home.state(), sorted(group["logGroupName"] for group in groups), table


def _urn(state: list[dict[str, Any]], ending: str) -> str:
    (urn,) = [resource["urn"] for resource in state if resource["urn"].endswith(ending)]
    return str(urn)


def test_nothing_is_lost_that_nobody_named(changed: Home, tmp_path: Path) -> None:
    before = _snapshot(changed)
    endings = ("Table::tables-main", "Table::tables-connections", "LogGroup::extra")
    table, connections, group = (_urn(before[0], ending) for ending in endings)

    shown = changed.omnitrack("preview", "-s", STACK, "--", "--json", check=False)
    assert shown.returncode == 4, shown.stderr
    assert {loss.change.urn for loss in stateful.losses(document.from_digest(shown.stdout).changes)} == {
        table,
        connections,
        group,
    }
    for word in ("hashKey", "its items", "components/tables.py:", f"--break-glass '{table}'", group):
        assert word in shown.stderr
    half = changed.omnitrack("up", "-s", STACK, "--break-glass", group, check=False)
    assert half.returncode == 4, half.stderr
    assert "data of 2 resources" in half.stderr
    assert f"--break-glass '{table}'" in half.stderr
    assert "Traceback" not in half.stderr + shown.stderr
    assert _snapshot(changed) == before

    out = tmp_path / "out" / STACK
    out.mkdir(parents=True)
    (out / "preview.json").write_text(shown.stdout)
    report = changed.omnitrack("preview", "report", str(out.parent)).stdout
    assert "**would lose data** of 3 resources" in report

    allowed = [word for urn in (table, connections, group) for word in ("--break-glass", urn)]
    done = changed.omnitrack("up", "-s", STACK, *allowed)
    assert f"{table} may lose its data" in done.stderr
    _, groups, described = _snapshot(changed)
    assert "/aws/lambda/omnitrack-development-extra" not in groups
    assert [key["AttributeName"] for key in described["KeySchema"]] == ["SK", "PK"]


def test_what_changes_in_place_needs_nobody(deployed: Home) -> None:
    checkout.set_value(deployed.project, STACK, "logRetentionDays", "14")
    done = deployed.omnitrack("up", "-s", STACK, "--", "--json", "--refresh")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events, done.stderr
    assert "to update" in done.stderr
    groups = deployed.client("logs").describe_log_groups()["logGroups"]
    assert 14 in {group.get("retentionInDays") for group in groups}
    unchanged = deployed.omnitrack("up", "-s", STACK, "--", "--expect-no-changes")
    assert "unchanged" in unchanged.stdout
