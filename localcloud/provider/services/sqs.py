"""Amazon SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request


class QueueResource(Resource):
    """A queue; FIFO queues have a name of their own form."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A FIFO queue's name ends in .fifo, and only such a queue has FIFO attributes."""
        name, fifo = inputs.get("name"), bool(inputs.get("fifoQueue"))
        if isinstance(name, str) and name.endswith(".fifo") != fifo:
            yield "name", f"must {'' if fifo else 'not '}end in .fifo when fifoQueue is {str(fifo).lower()}"
        if inputs.get("contentBasedDeduplication") and not fifo:
            yield "contentBasedDeduplication", "needs fifoQueue to be true"
        if inputs.get("kmsMasterKeyId") not in (None, UNKNOWN, "") and inputs.get("sqsManagedSseEnabled"):
            yield "sqsManagedSseEnabled", "must be left out beside kmsMasterKeyId"

    def request(self, operation: str, values: Values) -> Request:
        """AWS takes FIFO attributes only for FIFO queues, and refuses FifoQueue=false."""
        kept = dict(values)
        if not kept.get("fifoQueue"):
            kept.pop("fifoQueue", None)
            if operation == self.create:
                for name in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
                    kept.pop(name, None)
        return super().request(operation, kept)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The name is the last part of the address."""
        return {**found, "name": str(values["url"]).rpartition("/")[2]}


class QueuePolicyResource(Resource):
    """A queue's policy: an attribute of the queue, so deleting it sets an empty one."""

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Set an empty policy."""
        cloud.call(
            "sqs", "SetQueueAttributes", {"QueueUrl": values["queueUrl"], "Attributes": {"Policy": ""}}
        )

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """A queue without a policy has no such resource."""
        found = super().run_read(cloud, values)
        return found if found and found.get("policy") else None


RESOURCES = (
    QueueResource(
        type="aws:sqs/queue:Queue",
        service="sqs",
        create="CreateQueue",
        reads=(Read(operation="GetQueueAttributes", arguments={"AttributeNames": ["All"]}, at="Attributes"),),
        updates=(Call(operation="SetQueueAttributes", only_changed=True),),
        delete="DeleteQueue",
        id="{url}",
        name=Name(longest=80, suffix=lambda inputs: ".fifo" if inputs.get("fifoQueue") else ""),
        names={
            "arn": "Attributes.QueueArn",
            "maxMessageSize": "Attributes.MaximumMessageSize",
            "messageRetentionSeconds": "Attributes.MessageRetentionPeriod",
            "name": "QueueName",
            "receiveWaitTimeSeconds": "Attributes.ReceiveMessageWaitTimeSeconds",
            "url": "QueueUrl",
            "visibilityTimeoutSeconds": "Attributes.VisibilityTimeout",
        },
        containers=("Attributes",),
        replace=("name", "fifoQueue"),
        defaults={
            "contentBasedDeduplication": False,
            "delaySeconds": 0,
            "fifoQueue": False,
            "kmsDataKeyReusePeriodSeconds": 300,
            "maxMessageSize": 262_144,
            "messageRetentionSeconds": 345_600,
            "receiveWaitTimeSeconds": 0,
            "visibilityTimeoutSeconds": 30,
        },
        kept=("policy",),
        json=("policy", "redriveAllowPolicy", "redrivePolicy"),
        cleared={"kmsMasterKeyId": "", "policy": "", "redriveAllowPolicy": "", "redrivePolicy": ""},
        tags=Tags(resource="url", tag="TagQueue", untag="UntagQueue", read="ListQueueTags"),
        # SQS lists its limits in the text of CreateQueue only.
        limits={
            "deduplicationScope": Limit(values=("messageGroup", "queue")),
            "delaySeconds": Limit(low=0, high=900),
            "fifoThroughputLimit": Limit(values=("perQueue", "perMessageGroupId")),
            "kmsDataKeyReusePeriodSeconds": Limit(low=60, high=86_400),
            "maxMessageSize": Limit(low=1_024, high=1_048_576),
            "messageRetentionSeconds": Limit(low=60, high=1_209_600),
            "name": Limit(longest=80, pattern=r"[A-Za-z0-9_-]+(\.fifo)?"),
            "receiveWaitTimeSeconds": Limit(low=0, high=20),
            "visibilityTimeoutSeconds": Limit(low=0, high=43_200),
        },
    ),
    QueuePolicyResource(
        type="aws:sqs/queuePolicy:QueuePolicy",
        service="sqs",
        create="SetQueueAttributes",
        reads=(
            Read(operation="GetQueueAttributes", arguments={"AttributeNames": ["Policy"]}, at="Attributes"),
        ),
        updates=(Call(operation="SetQueueAttributes"),),
        delete="SetQueueAttributes",
        id="{queueUrl}",
        containers=("Attributes",),
        replace=("queueUrl",),
        json=("policy",),
    ),
)
