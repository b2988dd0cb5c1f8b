"""Alerts reach addresses: one publisher, encrypted, and what is not delivered is kept."""

import json

from tests.support.program import Deployed, deploy_program

TOPIC, SUBSCRIPTION = "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"
QUEUE = "aws:sqs/queue:Queue"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:omnitrack-staging-alerts"
TWO = '["ops@example.org", "night@example.org"]'


def test_the_topic_is_encrypted_traced_and_signed_by_a_modern_hash(staging: Deployed) -> None:
    topic = staging.only(TOPIC)
    assert topic["name"] == "omnitrack-staging-alerts"
    assert topic["kmsMasterKeyId"].endswith("/encryption-notifications")
    assert (topic["tracingConfig"], topic["signatureVersion"]) == ("Active", 2)


def test_only_the_notifier_publishes_and_only_by_tls(staging: Deployed) -> None:
    publisher, tls = staging.one("aws:sns/topicPolicy:TopicPolicy").policy()
    assert publisher["Principal"] == {"AWS": "arn:aws:made-up:us-east-1:123456789012:Role/alert-notifier"}
    assert publisher["Action"] == "sns:Publish"
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    publishers = {
        each.name
        for each in staging.all("aws:iam/rolePolicy:RolePolicy")
        if any("sns:Publish" in statement["Action"] for statement in each.policy())
    }
    assert publishers == {"alert-notifier"}


def test_each_address_is_subscribed_under_a_name_that_does_not_tell_it() -> None:
    deployed = deploy_program("staging", {"omnitrack:alertEmails": TWO})
    subscriptions = deployed.all(SUBSCRIPTION)
    assert {each.inputs["endpoint"] for each in subscriptions} == set(json.loads(TWO))
    assert {each.inputs["protocol"] for each in subscriptions} == {"email"}
    assert not [each.name for each in subscriptions if "@" in each.name or "example" in each.name]


def test_an_address_that_is_added_leaves_the_others_as_they_are() -> None:
    one = deploy_program("staging", {"omnitrack:alertEmails": '["night@example.org"]'}).all(SUBSCRIPTION)
    both = deploy_program("staging", {"omnitrack:alertEmails": TWO}).all(SUBSCRIPTION)
    assert {each.name for each in one} < {each.name for each in both}


def test_what_an_address_does_not_take_is_kept(staging: Deployed) -> None:
    (subscription,) = staging.all(SUBSCRIPTION)
    target = json.loads(subscription.inputs["redrivePolicy"])["deadLetterTargetArn"]
    queue = staging.only(QUEUE, "alerts-undelivered")
    assert target.rpartition(":")[2] == queue["name"] == "omnitrack-staging-alerts-undelivered"
    assert queue["messageRetentionSeconds"] == 14 * 24 * 3600
    topic, tls = staging.one("aws:sqs/queuePolicy:QueuePolicy", "notifications").policy()
    assert topic["Principal"] == {"Service": "sns.amazonaws.com"}
    assert topic["Condition"] == {"ArnEquals": {"aws:SourceArn": TOPIC_ARN}}
    assert tls["Effect"] == "Deny"


def test_the_last_address_can_go_without_what_it_did_not_take() -> None:
    deployed = deploy_program("staging", {"omnitrack:alertEmails": "[]"})
    assert not deployed.all(SUBSCRIPTION)
    assert "alerts-undelivered" in {each.name for each in deployed.all(QUEUE)}
    assert deployed.all(TOPIC)
