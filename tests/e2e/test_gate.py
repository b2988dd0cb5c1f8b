"""The gate: a violation stops every way to deploy, before anything is created."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud import control
from tests.e2e.account import leftovers
from tests.e2e.home import Done, Home
from tests.support import checkout

STACKS = ("development", "staging", "production")
FUNCTION = """
from pulumi_aws import lambda_
lambda_.Function(
    "defect-{name}", role=rest["health"].role_arn, handler="x.y", runtime=settings.runtime, kms_key_arn={key},
    architectures=[settings.architecture], code=pulumi.FileArchive(str(code)), {options}
)
"""
WEB_ACL = """
from components.wafv2 import WebAcl
metrics = {"cloudwatchMetricsEnabled": True, "metricName": "defect", "sampledRequestsEnabled": True}
rules = {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": metrics}
WebAcl("defect", {"name": "defect", **rules}, parent=None)
"""
LOG_GROUP = """
from pulumi_aws import cloudwatch
cloudwatch.LogGroup("defect", kms_key_id=encryption.logs_key_arn)
"""
STAGE = """
from pulumi_aws import apigateway
apigateway.Stage("defect", rest_api="a", deployment="b", stage_name="defect", xray_tracing_enabled=True)
"""
# One violation of each family: what is added to the program, the rule, what its message says to set.
RESOURCES = {
    "encryption": (
        "from pulumi_aws import sqs\nsqs.Queue('defect')",
        "sqs-queue-encrypted",
        "kms_master_key_id",
    ),
    "firewall": (
        WEB_ACL,
        "waf-acl-blocks",
        "action block",
    ),
    "tracing": (
        FUNCTION.format(
            name="tracing",
            key="encryption.functions_key_arn",
            options="tracing_config={'mode': 'PassThrough'}, logging_config={'log_format': 'JSON',"
            " 'log_group': f'/aws/lambda/{settings.prefix}-health'}",
        ),
        "lambda-xray-active",
        "tracing_config",
    ),
    "log retention": (
        LOG_GROUP,
        "log-group-retention",
        "retention_in_days",
    ),
}
# Violations that only the whole graph shows.
RELATIONS = {
    "a stage without web ACL": (
        STAGE,
        "apigw-stage-waf",
        "WebAclAssociation",
    ),
    "a function without declared log group": (
        FUNCTION.format(
            name="logs", key="encryption.functions_key_arn", options="tracing_config={'mode': 'Active'}"
        ),
        "lambda-log-group-managed",
        "cloudwatch.LogGroup",
    ),
}
DEFECTS = RESOURCES | RELATIONS
SWITCHES = {
    "enableEncryption": "kms",
    "enableWaf": "apigw-stage-waf",
    "enableXray": "lambda-xray-active",
}
Copies = Callable[..., Home]


@pytest.fixture
def gate(new_home: Copies, tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Call it with a stack and statements for a copy of the program; answers it, ready for a preview."""
    made: list[Home] = []

    def copy(stack: str, *statements: str) -> Home:
        made.append(new_home(checkout.copy_project(tmp_path / "project")))
        checkout.before_judgement(made[-1].project, "\n".join(statements))
        if stack == "development":
            made[-1].omnitrack("local", "up")
        return made[-1]

    yield copy
    for home in made:
        control.stop(home.folder)


def _added(defects: dict[str, tuple[str, str, str]]) -> list[str]:
    return [statements for statements, _, _ in defects.values()]


def _assert_stopped(done: Done, defects: dict[str, tuple[str, str, str]]) -> None:
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    for rule, setting in ((rule, setting) for _, rule, setting in defects.values()):
        messages = [line for line in said.splitlines() if rule in line]
        assert messages, f"{rule} is not named in: {said}"
        assert any(setting in line for line in messages), messages
    assert "Traceback" not in said


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_stops_every_violation_before_the_engine_hears_of_a_resource(
    gate: Copies, stack: str
) -> None:
    copy = gate(stack, *_added(DEFECTS))
    copy.omnitrack("local", "up")
    _assert_stopped(copy.omnitrack("preview", "-s", stack, check=False), DEFECTS)
    _assert_stopped(copy.bare("pulumi preview", stack, check=False), DEFECTS)
    _assert_stopped(copy.bare("pulumi up --yes --skip-preview", stack, check=False), DEFECTS)
    assert [resource["type"] for resource in copy.state(stack)] in ([], ["pulumi:pulumi:Stack"])
    assert leftovers(copy, stack) == {}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("defects", [RESOURCES, RELATIONS], ids=["resources", "relations"])
def test_the_pack_alone_stops_every_violation(
    gate: Copies, stack: str, defects: dict[str, tuple[str, str, str]]
) -> None:
    copy = gate(stack, *_added(defects))
    checkout.without_judgement(copy.project)
    _assert_stopped(copy.omnitrack("preview", "-s", stack, check=False), defects)


@pytest.mark.parametrize("judge", ["guard", "pack"])
@pytest.mark.parametrize(("stack", "setting"), list(zip(STACKS, SWITCHES, strict=True)))
def test_a_switch_that_turns_a_protection_off_is_refused(
    gate: Copies, stack: str, setting: str, judge: str
) -> None:
    copy = gate(stack)
    checkout.set_value(copy.project, stack, setting, "false")
    if judge == "pack":
        checkout.without_judgement(copy.project)
    done = copy.omnitrack("preview", "-s", stack, check=False)
    assert done.returncode != 0, done.stdout
    assert SWITCHES[setting] in done.stdout + done.stderr


def test_what_the_pack_would_refuse_passes_once_it_is_mended(gate: Copies) -> None:
    gate("production", "pulumi.log.info('all is well')").omnitrack("preview", "-s", "production")


FAULTS = {
    "an undeclared property": ({"visibility": 3}, "visibility is not a property"),
    "a wrong type": ({"delaySeconds": "3"}, "delaySeconds must be an integer"),
    "a value outside its enum": ({"deduplicationScope": "all"}, "deduplicationScope must be one of"),
    "a name that is too long": ({"name": "q" * 81}, "name may have at most 80 characters"),
}


@pytest.mark.parametrize(("properties", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_property_is_refused_with_its_resource(
    gate: Copies, properties: dict[str, object], sentence: str
) -> None:
    inputs = f"{{'kmsMasterKeyId': encryption.queues_key_arn, **{properties!r}}}"
    copy = gate("staging", f"pulumi.CustomResource('aws:sqs/queue:Queue', 'suspect', {inputs})")
    done = copy.omnitrack("preview", "-s", "staging", check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert [line for line in said.splitlines() if "'suspect'" in line and sentence in line], said
    assert "Traceback" not in said


def test_a_clone_is_judged_offline(home: Home) -> None:
    """A pull request's check: no cloud, no account, no network, nothing kept."""
    nowhere = "http://127.0.0.1:9"
    for stack in ("staging", "production"):
        done = home.omnitrack("preview", "-s", stack, HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, NO_PROXY="")
        assert "to create" in done.stdout
    assert not home.folder.exists()
