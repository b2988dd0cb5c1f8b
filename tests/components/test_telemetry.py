"""Readings: a device speaks for its own node, and nothing that it says is lost."""

from tests.support.program import Deployed

SENSOR_POLICY, TOPIC_RULE = "aws:iot/policy:Policy", "aws:iot/topicRule:TopicRule"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def test_a_device_connects_as_itself_and_publishes_to_its_own_topic_only(staging: Deployed) -> None:
    connect, publish = staging.one(SENSOR_POLICY).policy()
    own = "${iot:Connection.Thing.ThingName}"
    assert (connect["Action"], publish["Action"]) == ("iot:Connect", "iot:Publish")
    assert connect["Resource"] == f"arn:aws:iot:us-east-1:123456789012:client/{own}"
    assert connect["Condition"] == {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}
    assert publish["Resource"] == f"arn:aws:iot:us-east-1:123456789012:topic/omnitrack/sensors/{own}/data"


def test_readings_reach_the_queue_as_they_came_with_their_topics_node(staging: Deployed) -> None:
    rule = staging.only(TOPIC_RULE)
    assert rule["sql"] == (
        "SELECT encode(*, 'base64') AS payload, topic(3) AS topicNodeId, timestamp() AS receivedAt"
        " FROM 'omnitrack/sensors/+/data'"
    )
    assert rule["sqlVersion"] == "2016-03-23"
    assert rule["sqs"][0]["queueUrl"].endswith("/omnitrack-staging-ingest")
    assert rule["errorAction"]["sqs"]["queueUrl"].endswith("/omnitrack-staging-ingest-dead-letters")


def test_only_that_rule_takes_the_role_that_sends(staging: Deployed) -> None:
    (trust,) = staging.one(ROLE, "telemetry-rule").policy("assumeRolePolicy")
    rule = staging.only(TOPIC_RULE)["name"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:iot:us-east-1:123456789012:rule/{rule}"},
    }
    sent_to = {
        resource
        for statement in staging.one(ROLE_POLICY, "telemetry-rule").policy()
        if statement["Action"] == ["sqs:SendMessage"]
        for resource in statement["Resource"]
    }
    queue = "arn:aws:sqs:us-east-1:123456789012:omnitrack-staging-ingest"
    assert sent_to == {queue, f"{queue}-dead-letters"}


def test_the_function_may_add_to_the_dead_letters(staging: Deployed) -> None:
    policy = staging.one("aws:sqs/queuePolicy:QueuePolicy", "telemetry-dead-letters").policy()
    senders = policy[0]["Principal"]["AWS"]
    assert sorted(arn.rpartition("/")[2] for arn in senders) == ["sensor-ingest", "telemetry-rule"]


def test_what_iot_core_refuses_is_logged_and_kept_for_the_retention(staging: Deployed) -> None:
    options = staging.one("aws:iot/loggingOptions:LoggingOptions")
    assert (options.inputs["defaultLogLevel"], options.inputs["disableAllLogs"]) == ("ERROR", False)
    group = staging.one("aws:cloudwatch/logGroup:LogGroup", "account-iot")
    assert group.inputs["name"] == "AWSIotLogsV2"
    assert group.inputs["retentionInDays"] == 7
    assert group.urn in options.depends_on, "IoT Core would make it itself, and keep it for ever"
    (write,) = staging.one(ROLE_POLICY, "account-iot-logs").policy()
    assert write["Resource"] == ["arn:aws:logs:us-east-1:123456789012:log-group:AWSIotLogsV2:*"]
