"""Updates that do not reach their end, and secrets on the way."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.faults import Faults
    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

HALF_WAY = """
    import pulumi_aws as aws
    key = aws.kms.Key("key", enable_key_rotation=True, tags={"a": "b"})
    aws.sqs.Queue("after", tags={"key": key.id})
"""
CHAIN = """
    import pulumi, pulumi_aws as aws
    before = []
    for number in range(60):
        queue = aws.sqs.Queue(f"queue-{number}", opts=pulumi.ResourceOptions(depends_on=before))
        before = [queue]
"""
SECRETS = """
    import pulumi, pulumi_aws as aws
    word = pulumi.Output.secret("swordfish-{version}")
    queue = aws.sqs.Queue("orders", tags={{"word": word, "plain": "visible"}})
    aws.cloudwatch.LogGroup("log", name="/x", tags=word.apply(lambda text: {{"word": text}}))
    aws.kms.Key("key", description=word)
"""


def test_what_was_created_before_a_failure_stays_and_the_next_up_finishes_it(
    stack: NewStack, faults: Faults
) -> None:
    made = stack(HALF_WAY)
    made.use_provider(faults.provider_port)
    faults.refused.add("EnableKeyRotation")
    result = made.up()
    assert result.code != 0
    assert "EnableKeyRotation was refused: refused by the test" in result.output
    key = made.export()["key"]
    assert key["initErrors"]
    assert not made.client("kms").get_key_rotation_status(KeyId=key["id"])["KeyRotationEnabled"]
    faults.refused.clear()
    assert made.up().check().steps == {"key": "update", "after": "create"}
    repaired = made.export()["key"]
    assert repaired["id"] == key["id"]
    assert "initErrors" not in repaired
    assert made.client("kms").get_key_rotation_status(KeyId=key["id"])["KeyRotationEnabled"]
    made.preview("--expect-no-changes").check()
    made.refresh("--expect-no-changes").check()


def test_a_failed_update_is_tried_again_by_the_next_up(stack: NewStack, faults: Faults) -> None:
    made = stack(HALF_WAY.replace("enable_key_rotation=True", "description='one'"))
    made.use_provider(faults.provider_port)
    made.up().check()
    made.program(HALF_WAY.replace('"a": "b"', '"a": "c"'))
    faults.refused.add("EnableKeyRotation")
    assert made.up().code != 0
    faults.refused.clear()
    assert made.up().check().steps == {"key": "update"}
    key = made.export()["key"]
    assert key["outputs"]["enableKeyRotation"] is True
    assert made.client("kms").list_resource_tags(KeyId=key["id"])["Tags"] == [
        {"TagKey": "a", "TagValue": "c"}
    ]
    made.refresh("--expect-no-changes").check()


def test_ctrl_c_ends_a_call_that_aws_does_not_answer_and_the_next_up_completes(
    stack: NewStack, faults: Faults
) -> None:
    made = stack(HALF_WAY)
    made.use_provider(faults.provider_port)
    faults.held.add("EnableKeyRotation")
    process = made.start("up", "--yes", "--skip-preview", "--color", "never")
    assert faults.holding.wait(30)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) != 0
    key = made.export()["key"]
    assert key["initErrors"]
    faults.held.clear()
    faults.released.set()
    assert made.up().check().steps == {"key": "update", "after": "create"}
    assert made.export()["key"]["id"] == key["id"]
    assert len(made.client("kms").list_keys()["Keys"]) == 1


def test_after_ctrl_c_during_up_the_next_up_completes(stack: NewStack) -> None:
    made = stack(CHAIN)
    process = made.start("up", "--yes", "--skip-preview", "--color", "never")
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(r"queue-3 created", line):
            os.kill(process.pid, signal.SIGINT)
            break
    process.stdout.read()
    assert process.wait(timeout=60) != 0
    begun = len(made.export())
    assert 0 < begun < 60
    made.up().check()
    assert len(made.export()) == 60
    assert len(made.client("sqs").list_queues(MaxResults=1000)["QueueUrls"]) == 60
    made.refresh("--expect-no-changes").check()


def test_no_secret_stands_in_clear_in_state_output_or_messages(stack: NewStack) -> None:
    made = stack(SECRETS.format(version=1))
    outputs = [made.preview("--diff").check().output, made.up("--diff").check().output]
    url = made.export()["orders"]["id"]
    assert made.client("sqs").list_queue_tags(QueueUrl=url)["Tags"]["word"] == "swordfish-1"
    made.program(SECRETS.format(version=2))
    outputs += [made.up("--diff").check().output, made.refresh("--diff").check().output]
    outputs += [made.pulumi("stack", "export", flags=()).output]
    outputs += [file.read_text() for file in (made.folder / "backend").rglob("*.json")]
    assert made.client("sqs").list_queue_tags(QueueUrl=url)["Tags"]["word"] == "swordfish-2"
    assert len(outputs) > 5
    assert not [text for text in outputs if "swordfish" in text]


def test_a_secret_is_left_out_of_the_sentence_of_a_failure(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi, pulumi_aws as aws
        aws.cloudwatch.LogGroup("log", name=pulumi.Output.secret("/sword fish"), skip_destroy=False)
        """
    )
    result = made.up()
    assert result.code != 0
    assert "name must match the pattern" in result.output
    assert "sword fish" not in result.output
