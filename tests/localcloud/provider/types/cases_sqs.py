"""Amazon SQS."""

from __future__ import annotations

import json
from typing import Any

from tests.localcloud.provider.types.case import Case

SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference"
CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def policy(queue: str, action: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action, "Resource": queue}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def attributes(it: Any, url: str) -> Any:
    return it.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


CASES = [
    Case(
        type="aws:sqs/queue:Queue",
        inputs={"visibilityTimeoutSeconds": 60, "tags": {"owner": "us"}},
        update={"visibilityTimeoutSeconds": 90},
        seen=lambda it: attributes(it, it.id)["VisibilityTimeout"],
        expected="90",
        replace={"fifoQueue": True},
        replace_page=f"{CLOUDFORMATION}/aws-resource-sqs-queue.html",
        drift=lambda it: it.aws("sqs").set_queue_attributes(QueueUrl=it.id, Attributes={"DelaySeconds": "5"}),
        drifted={"delaySeconds"},
        vanish=lambda it: it.aws("sqs").delete_queue(QueueUrl=it.id),
    ),
    Case(
        type="aws:sqs/queuePolicy:QueuePolicy",
        needs=lambda it: {name: it.make("aws:sqs/queue:Queue", name=name) for name in ("orders", "others")},
        inputs=lambda it: {
            "queueUrl": it.needs["orders"]["id"],
            "policy": policy(it.needs["orders"]["arn"], "sqs:SendMessage"),
        },
        update=lambda it: {"policy": policy(it.needs["orders"]["arn"], "sqs:ReceiveMessage")},
        seen=lambda it: json.loads(attributes(it, it.id)["Policy"])["Statement"][0]["Action"],
        expected="sqs:ReceiveMessage",
        replace=lambda it: {"queueUrl": it.needs["others"]["id"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-sqs-queueinlinepolicy.html",
        drift=lambda it: it.aws("sqs").set_queue_attributes(
            QueueUrl=it.id, Attributes={"Policy": policy(it.needs["orders"]["arn"], "sqs:*")}
        ),
        drifted={"policy"},
        vanish=lambda it: it.aws("sqs").set_queue_attributes(QueueUrl=it.id, Attributes={"Policy": ""}),
    ),
]
