"""Refuses to end a subscription of SNS that still waits for its confirmation, as SNS does.

https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Answer = Any
REASON = "Cannot unsubscribe a subscription that is pending confirmation"
FAULT = f"Invalid parameter: SubscriptionArn Reason: {REASON}"


def apply() -> None:
    """Wrap the end of a subscription.

    Raises:
        PatchError: MiniStack has changed.
    """
    sns = Upstream("pending_subscriptions", "services.sns")
    sns.require("_p", "params", "key", "default")
    sns.require("_error", "code", "message", "status")
    sns.require("_find_subscription", "topic_arn", "sub_arn")
    sns.require("_sub_arn_to_topic")

    def refusing(original: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
        def unsubscribe(params: Any) -> Answer:  # noqa: ANN401
            arn = sns.module._p(params, "SubscriptionArn")
            topic = sns.module._sub_arn_to_topic.get(arn) or ""
            subscription = sns.module._find_subscription(topic, arn)
            if subscription and not subscription["confirmed"]:
                return sns.module._error("InvalidParameter", FAULT, 400)
            return original(params)

        return unsubscribe

    sns.wrap("_unsubscribe", "params", by=refusing)
