"""The guard in a program: what breaks a rule ends the process before the engine hears of anything."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("guarded_program.py")
STOPPED = 32

DEFECTS: list[tuple[str, dict[str, Any], str, str]] = [
    # name, changes to the program, rule, resource that is named
    ("a key that does not rotate", {"key": {"enable_key_rotation": False}}, "kms-key-rotation", 'Key "key"'),
    (
        "a table without encryption",
        {"table": {"server_side_encryption": None}},
        "dynamodb-table-cmk",
        'Table "table"',
    ),
    ("a queue without a key", {"queue": {"kms_master_key_id": None}}, "sqs-queue-encrypted", 'Queue "queue"'),
    (
        "a queue with the service's key",
        {"queue": {"kms_master_key_id": None, "sqs_managed_sse_enabled": True}},
        "sqs-queue-cmk",
        'Queue "queue"',
    ),
    (
        "a topic with a key of AWS",
        {"topic": {"kms_master_key_id": "alias/aws/sns"}},
        "sns-topic-cmk",
        'Topic "topic"',
    ),
    ("a log group without a key", {"logs": {"kms_key_id": None}}, "log-group-cmk", 'LogGroup "logs"'),
    (
        "an environment without a key",
        {"function": {"kms_key_arn": None}},
        "lambda-env-cmk",
        'Function "function"',
    ),
    ("a stage without a web ACL", {"association": None}, "apigw-stage-waf", 'Stage "stage"'),
    (
        "a web ACL for another thing",
        {"association": {"resource_arn": "arn:aws:cognito-idp:eu-west-1:1:userpool/x"}},
        "apigw-stage-waf",
        'Stage "stage"',
    ),
    ("a web ACL that counts", {"acl": {"rules": None}}, "waf-acl-blocks", 'WebAcl "acl"'),
    ("a web ACL without a log", {"acl-logging": None}, "waf-acl-logging", 'WebAcl "acl"'),
    (
        "a WAF log of another name",
        {"acl-logs": {"name": "/aws/waf"}},
        "waf-log-destination-name",
        'WebAclLoggingConfiguration "acl-logging"',
    ),
    (
        "a function that passes traces through",
        {"function": {"tracing_config": {"mode": "PassThrough"}}},
        "lambda-xray-active",
        'Function "function"',
    ),
    (
        "a stage without traces",
        {"stage": {"xray_tracing_enabled": False}},
        "apigw-stage-xray",
        'Stage "stage"',
    ),
    (
        "logs that are kept too short",
        {"logs": {"retention_in_days": 7}},
        "log-group-retention",
        'LogGroup "logs"',
    ),
    (
        "logs that are kept for ever",
        {"acl-logs": {"retention_in_days": None}},
        "log-group-retention",
        'LogGroup "acl-logs"',
    ),
    (
        "a function without a declared log group",
        {"logs": None},
        "lambda-log-group-managed",
        'Function "function"',
    ),
]


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs the program once for each call, see guarded_program."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def once(**task: Any) -> Done:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(task) + "\n")
            server.stdin.flush()
            return Done(**json.loads(server.stdout.readline()))

        yield once


@pytest.mark.parametrize("stage", ["production", "staging", "development"])
def test_a_program_without_a_fault_goes_through(run: Run, stage: str) -> None:
    done = run(stage=stage)
    assert done.stderr == ""
    assert done.code == 0
    assert "registered aws:apigateway/stage:Stage stage" in done.stdout


@pytest.mark.parametrize(("name", "changes", "rule", "subject"), DEFECTS, ids=[row[0] for row in DEFECTS])
def test_a_program_with_a_fault_ends_before_anything_is_registered(
    run: Run, name: str, changes: dict[str, Any], rule: str, subject: str
) -> None:
    done = run(changes=changes)
    assert done.code == STOPPED, name
    assert done.stdout == ""
    (violation,) = [line for line in done.stderr.splitlines() if line.startswith("violation: ")]
    assert violation.startswith(f"violation: {rule}: aws:")
    assert subject in violation
    assert "(https://docs.aws.amazon.com/" in violation
    assert done.stderr.splitlines()[-1] == "policy: 1 violation, 0 undecided: nothing was changed"


def test_a_resource_that_is_only_read_is_not_judged(run: Run) -> None:
    done = run(reads=True)
    assert (done.code, done.stderr) == (0, "")
    assert "registered aws:sqs/queue:Queue theirs" in done.stdout


def test_settings_below_the_stage_do_not_lower_it(run: Run) -> None:
    done = run(retention_days=1, changes={"logs": {"retention_in_days": 1}})
    assert done.code == STOPPED
    assert "keeps its logs for fewer than 30 days" in done.stderr


def test_settings_above_the_stage_raise_it(run: Run) -> None:
    done = run(retention_days=60)
    assert done.code == STOPPED
    assert done.stderr.count("keeps its logs for fewer than 60 days") == 2


def test_a_resource_after_the_judgement_ends_the_program(run: Run) -> None:
    done = run(late=True)
    assert done.code == STOPPED
    assert done.stdout == ""
    assert done.stderr == (
        'policy: aws:sqs/queue:Queue "late" was registered after the judgement: create it outside of apply '
        "and before policy.guard.judge(), the last statement of the program\n"
    )


def test_a_program_that_waits_before_the_judgement_is_told_so(run: Run) -> None:
    done = run(waits=True)
    assert done.code == STOPPED
    assert done.stderr == (
        "policy: resources were sent to the engine before the judgement, as the program waited for "
        "something: call data sources in their _output form\n"
    )


def test_a_judgement_without_install_ends_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from policy import guard; guard.judge()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == STOPPED
    assert done.stderr == "policy: call policy.guard.install() before the first resource\n"


def test_a_rule_that_fails_ends_the_program(run: Run) -> None:
    done = run(broken=True)
    assert done.code == STOPPED
    assert done.stdout == ""
    assert done.stderr.startswith("policy rule kms-key-rotation failed on urn:pulumi:production::omnitrack::")
    assert "omnitrack:encryption:Encryption$aws:kms/key:Key::key" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("transforms", 'aws:sqs/queue:Queue "sly" has transforms, which the engine applies behind the guard'),
        ("transformation", "a stack transformation was registered after policy.guard.install()"),
        ("ignore_changes", 'aws:sqs/queue:Queue "sly" has ignore_changes'),
        (
            "own transformation",
            'sqs-queue-encrypted: aws:sqs/queue:Queue "sly" does not say how it is encrypted',
        ),
        ("twin", "two resources are urn:pulumi:production::omnitrack::aws:sqs/queue:Queue::sly"),
        ("second install", "policy.guard.install() is called twice"),
        ("unknown", 'undecided: customer-key-source: aws:sqs/queue:Queue "sly"'),
        ("flag", 'undecided: kms-key-rotation: aws:kms/key:Key "sly"'),
        ("thread", 'aws:sqs/queue:Queue "sly" was made in a thread or a context of its own'),
        ("context", 'aws:sqs/queue:Queue "sly" was made in a thread or a context of its own'),
        ("foreign resource", 'resource-type-known: company:platform:Thing "sly"'),
        ("error", "hunter2 is no reason to go on"),
        ("run error", "error: the contract says no\n"),
        ("exit", "error: the program left with exit code 0\n"),
        ("interrupt", "error: the program was interrupted\n"),
    ],
)
def test_a_way_around_the_judgement_ends_before_anything_is_registered(
    run: Run, way: str, sentence: str
) -> None:
    done = run(misbehaviour=way)
    assert done.code == STOPPED, done.stderr
    assert done.stdout == ""
    assert sentence in done.stderr


def test_a_component_of_another_name_makes_nothing_itself(run: Run) -> None:
    assert run(misbehaviour="foreign component").code == 0


def test_what_no_rule_reads_may_be_kept_from_changing(run: Run) -> None:
    done = run(misbehaviour="ignored tags")
    assert done.code == 0, done.stderr
    assert "registered aws:sqs/queue:Queue sly" in done.stdout


@pytest.mark.parametrize(("way", "shown"), [("error", True), ("run error", False), ("exit", False)])
def test_a_program_that_fails_before_the_judgement_says_why(run: Run, way: str, *, shown: bool) -> None:
    done = run(misbehaviour=way)
    assert done.stderr.endswith("policy: the program ended before it was judged: nothing was changed\n")
    assert ("Traceback" in done.stderr) is shown
