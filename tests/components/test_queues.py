"""A queue keeps what its function cannot digest, and tells roles what it takes to use it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from components.location import Location
from components.queues import QueueWithDeadLetters, QueueWithDeadLettersArgs
from tests.support.program import Deployed

QUEUE = "aws:sqs/queue:Queue"
ARN = "arn:aws:sqs:us-east-1:123456789012:omnitrack-staging-ingest"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def args(location: Location, key: str) -> QueueWithDeadLettersArgs:
    return QueueWithDeadLettersArgs(
        queue_name="omnitrack-staging-ingest", location=location, key_arn=key, consumer_timeout=30
    )


def test_a_message_that_fails_five_times_becomes_a_dead_letter(
    deploy: Deploy, args: QueueWithDeadLettersArgs
) -> None:
    deployed = deploy(lambda: QueueWithDeadLetters("ingest", args))
    policy = json.loads(deployed.only(QUEUE, "ingest")["redrivePolicy"])
    assert policy == {"deadLetterTargetArn": f"{ARN}-dead-letters", "maxReceiveCount": 5}


def test_dead_letters_come_from_that_queue_only_and_stay_longest(
    deploy: Deploy, args: QueueWithDeadLettersArgs
) -> None:
    dead_letters = deploy(lambda: QueueWithDeadLetters("ingest", args)).only(QUEUE, "ingest-dead-letters")
    assert json.loads(dead_letters["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [ARN],
    }
    assert dead_letters["messageRetentionSeconds"] == 14 * 24 * 3600


def test_a_message_is_invisible_for_six_times_the_functions_timeout(
    deploy: Deploy, args: QueueWithDeadLettersArgs
) -> None:
    deployed = deploy(lambda: QueueWithDeadLetters("ingest", replace(args, consumer_timeout=40)))
    assert deployed.only(QUEUE, "ingest")["visibilityTimeoutSeconds"] == 240


def test_both_queues_are_encrypted_with_the_given_key(
    deploy: Deploy, args: QueueWithDeadLettersArgs, key: str
) -> None:
    for queue in deploy(lambda: QueueWithDeadLetters("ingest", args)).all(QUEUE):
        assert queue.inputs["kmsMasterKeyId"] == key
        assert queue.inputs["kmsDataKeyReusePeriodSeconds"] == 300
        assert "sqsManagedSseEnabled" not in queue.inputs


def test_without_a_key_sqs_encrypts_with_its_own(deploy: Deploy, args: QueueWithDeadLettersArgs) -> None:
    for queue in deploy(lambda: QueueWithDeadLetters("ingest", replace(args, key_arn=None))).all(QUEUE):
        assert queue.inputs["sqsManagedSseEnabled"] is True
        assert "kmsMasterKeyId" not in queue.inputs


def test_sending_and_receiving_take_their_own_permissions(
    deploy: Deploy, args: QueueWithDeadLettersArgs
) -> None:
    made: list[QueueWithDeadLetters] = []
    deploy(lambda: made.append(QueueWithDeadLetters("ingest", args)))
    sending = [tuple(grant.actions) for grant in made[0].dead_letters.sending]
    receiving = [tuple(grant.actions) for grant in made[0].main.receiving]
    assert sending == [("sqs:SendMessage",), ("kms:GenerateDataKey", "kms:Decrypt")]
    assert receiving == [
        ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        ("kms:Decrypt",),
    ]
    assert made[0].dead_letters.sending[0].resources == (f"{ARN}-dead-letters",)
