"""Amazon SNS: https://docs.aws.amazon.com/sns/latest/api/welcome.html."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

DEFAULT_POLICY_ID = "__default_policy_ID"
FEEDBACK = {
    "application": "Application",
    "firehose": "Firehose",
    "http": "HTTP",
    "lambda": "Lambda",
    "sqs": "SQS",
}
TOPIC_ATTRIBUTES = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maximumMessageSize": "MaximumMessageSize",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    **{
        f"{protocol}{outcome}": f"{name}{outcome}"
        for protocol, name in FEEDBACK.items()
        for outcome in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
    },
}
FIFO_ONLY = ("archivePolicy", "contentBasedDeduplication", "fifoThroughputScope", "fifoTopic")
SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "replayPolicy": "ReplayPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}


def _members(attributes: dict[str, str]) -> dict[str, str]:
    return {name: f"Attributes.{attribute}" for name, attribute in attributes.items()}


class AttributedResource(Resource):
    """A resource with attributes: the create call takes them all, a later call one at a time."""

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Set each changed attribute; one that the program drops becomes empty."""
        for call in self.updates:
            attributes = self.request(self.create, values).members.get("Attributes", {})
            for name in sorted(changed & self.concerns(call)):
                attribute = self.names[name].rpartition(".")[2]
                value = attributes.get(attribute, self.cleared.get(name, ""))
                request = self.request(call.operation, values).members
                named = {"AttributeName": attribute, "AttributeValue": value}
                cloud.call(self.service, call.operation, {**request, **named})


class TopicResource(AttributedResource):
    """A topic; FIFO topics have a name of their own form."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A FIFO topic's name ends in .fifo, and only such a topic has FIFO attributes."""
        name, fifo = inputs.get("name"), inputs.get("fifoTopic")
        if isinstance(name, str) and fifo is not UNKNOWN and name.endswith(".fifo") != bool(fifo):
            yield (
                "name",
                f"must {'' if fifo else 'not '}end in .fifo when fifoTopic is {str(bool(fifo)).lower()}",
            )
        yield from (
            (name, "needs fifoTopic to be true") for name in FIFO_ONLY if inputs.get(name) and not fifo
        )

    def request(self, operation: str, values: Values) -> Request:
        """AWS takes FIFO attributes only for FIFO topics, and refuses FifoTopic=false."""
        hidden = () if values.get("fifoTopic") else FIFO_ONLY
        return super().request(
            operation, {name: value for name, value in values.items() if name not in hidden}
        )

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The name is the last part of the ARN."""
        return {**found, "name": str(values["arn"]).rpartition(":")[2]}


class TopicPolicyResource(Resource):
    """A topic's policy: AWS knows no topic without one, so deleting it sets the one of a new topic."""

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Set the policy that AWS gives a new topic."""
        arn = str(values["arn"])
        owner = {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}}
        actions = (
            *("Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes"),
            *("AddPermission", "RemovePermission", "DeleteTopic", "ListSubscriptionsByTopic"),
        )
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in actions],
            "Resource": arn,
            "Condition": owner,
        }
        policy = {"Version": "2008-10-17", "Id": DEFAULT_POLICY_ID, "Statement": [statement]}
        named = {"AttributeName": "Policy", "AttributeValue": json.dumps(policy)}
        cloud.call("sns", "SetTopicAttributes", {"TopicArn": arn, **named})

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """A topic with the policy of a new topic has no such resource."""
        found = super().run_read(cloud, values)
        policy = json.loads((found or {}).get("policy") or "{}")
        return found if policy and policy.get("Id") != DEFAULT_POLICY_ID else None


class SubscriptionResource(AttributedResource):
    """A subscription; one by e-mail is pending until somebody confirms it."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Firehose needs a role, and only raw delivery of JSON bodies is filtered by scope."""
        if inputs.get("protocol") == "firehose" and "subscriptionRoleArn" not in inputs:
            yield "subscriptionRoleArn", "is required for the protocol firehose"
        if "filterPolicyScope" in inputs and "filterPolicy" not in inputs:
            yield "filterPolicyScope", "needs filterPolicy"

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Unsubscribe; what is pending cannot be: AWS drops it with its topic, or when nobody confirms."""
        try:
            super().run_delete(cloud, values)
        except CallError as error:
            if "pending confirmation" not in error.message:
                raise


RESOURCES = (
    TopicResource(
        type="aws:sns/topic:Topic",
        service="sns",
        create="CreateTopic",
        reads=(Read(operation="GetTopicAttributes", at="Attributes"),),
        updates=(
            Call(
                operation="SetTopicAttributes",
                properties=tuple(name for name in TOPIC_ATTRIBUTES if name != "fifoTopic"),
            ),
        ),
        delete="DeleteTopic",
        id="{arn}",
        name=Name(longest=256, suffix=lambda inputs: ".fifo" if inputs.get("fifoTopic") else ""),
        names={"arn": "TopicArn", **_members(TOPIC_ATTRIBUTES)},
        replace=("name", "fifoTopic"),
        defaults={"contentBasedDeduplication": False, "displayName": "", "fifoTopic": False},
        # AWS answers these with values of its own.
        kept=("fifoThroughputScope", "maximumMessageSize", "policy", "signatureVersion", "tracingConfig"),
        json=("archivePolicy", "deliveryPolicy", "policy"),
        tags=Tags(),
        # SNS lists its limits in the text of CreateTopic and SetTopicAttributes only.
        limits={
            "displayName": Limit(longest=100),
            "fifoThroughputScope": Limit(values=("Topic", "MessageGroup")),
            "name": Limit(longest=256, pattern=r"[A-Za-z0-9_-]+(\.fifo)?"),
            "signatureVersion": Limit(values=(1, 2)),
            "tracingConfig": Limit(values=("Active", "PassThrough")),
            **{f"{protocol}SuccessFeedbackSampleRate": Limit(low=0, high=100) for protocol in FEEDBACK},
        },
    ),
    TopicPolicyResource(
        type="aws:sns/topicPolicy:TopicPolicy",
        service="sns",
        create="SetTopicAttributes",
        arguments={"AttributeName": "Policy"},
        reads=(Read(operation="GetTopicAttributes", at="Attributes"),),
        updates=(
            Call(
                operation="SetTopicAttributes", properties=("policy",), arguments={"AttributeName": "Policy"}
            ),
        ),
        delete="SetTopicAttributes",
        id="{arn}",
        names={"arn": "TopicArn", "policy": "AttributeValue"},
        answers={"policy": "Policy"},
        replace=("arn",),
        json=("policy",),
    ),
    SubscriptionResource(
        type="aws:sns/topicSubscription:TopicSubscription",
        service="sns",
        create="Subscribe",
        # The ARN of what is still to be confirmed, too.
        arguments={"ReturnSubscriptionArn": True},
        reads=(Read(operation="GetSubscriptionAttributes", at="Attributes"),),
        updates=(Call(operation="SetSubscriptionAttributes", properties=tuple(SUBSCRIPTION_ATTRIBUTES)),),
        delete="Unsubscribe",
        id="{arn}",
        names={
            "arn": "SubscriptionArn",
            "ownerId": "Owner",
            "topic": "TopicArn",
            **_members(SUBSCRIPTION_ATTRIBUTES),
        },
        replace=("endpoint", "protocol", "topic"),
        defaults={
            "confirmationTimeoutInMinutes": 1,
            "endpointAutoConfirms": False,
            "rawMessageDelivery": False,
        },
        handled={"confirmationTimeoutInMinutes": "", "endpointAutoConfirms": ""},
        kept=("filterPolicyScope",),
        json=("deliveryPolicy", "filterPolicy", "redrivePolicy", "replayPolicy"),
        cleared={"filterPolicy": "{}", "rawMessageDelivery": "false"},
        limits={
            "filterPolicyScope": Limit(values=("MessageAttributes", "MessageBody")),
            "protocol": Limit(
                values=(
                    *("application", "email", "email-json", "firehose"),
                    *("http", "https", "lambda", "sms", "sqs"),
                )
            ),
        },
    ),
)
