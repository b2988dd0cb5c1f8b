"""Dead letters in a real queue."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from omnitrack.adapters.dead_letters import LONGEST_REASON, DeadLetterQueue

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]


@pytest.mark.parametrize(
    "reason", ["unknown_node: the network has no node 'x'", "bad \x00 \ud800 \n é", "x" * 9000]
)
def test_a_dead_letter_keeps_its_body_and_a_printable_reason(aws: Callable[[str], Any], reason: str) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=f"dead-{uuid.uuid4().hex}")["QueueUrl"]
    DeadLetterQueue(sqs, url).send('{"payload": "e30="}', reason)
    (letter,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["reason"])["Messages"]
    told = letter["MessageAttributes"]["reason"]["StringValue"]
    assert letter["Body"] == '{"payload": "e30="}'
    assert told.isprintable()
    assert told[:4] == reason[:4]
    assert len(told) <= LONGEST_REASON
    sqs.delete_queue(QueueUrl=url)
