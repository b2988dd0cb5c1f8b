"""AWS IoT Core."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def delete_thing_type(it: Scene) -> None:
    it.aws("iot").deprecate_thing_type(thingTypeName=it.id)
    it.aws("iot").delete_thing_type(thingTypeName=it.id)


def a_role_and_queues(it: Scene) -> dict[str, Any]:
    trust = document(Principal={"Service": "iot.amazonaws.com"}, Action="sts:AssumeRole")
    queues = {name: it.make("aws:sqs/queue:Queue", name=name)["url"] for name in ("readings", "rest")}
    return {**queues, "role": it.make("aws:iam/role:Role", assumeRolePolicy=trust)["arn"]}


def to_queue(it: Scene, name: str) -> dict[str, Any]:
    return {"queueUrl": it.needs[name], "roleArn": it.needs["role"], "useBase64": False}


def rule(it: Scene) -> Any:
    return it.aws("iot").get_topic_rule(ruleName=it.id)["rule"]


CASES = [
    Case(
        type="aws:iot/thingType:ThingType",
        inputs={
            "properties": {"description": "a sensor", "searchableAttributes": ["place"]},
            "tags": {"owner": "us"},
        },
        update={"deprecated": True},
        seen=lambda it: it.aws("iot").describe_thing_type(thingTypeName=it.id)["thingTypeMetadata"][
            "deprecated"
        ],
        expected=True,
        replace={"name": "Sensor"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-iot-thingtype.html",
        drift=lambda it: it.aws("iot").deprecate_thing_type(thingTypeName=it.id),
        drifted={"deprecated"},
        vanish=delete_thing_type,
    ),
    Case(
        type="aws:iot/policy:Policy",
        inputs={"policy": document(Action="iot:Connect", Resource="*"), "tags": {"owner": "us"}},
        update={"policy": document(Action="iot:Publish", Resource="*")},
        seen=lambda it: json.loads(it.aws("iot").get_policy(policyName=it.id)["policyDocument"])["Statement"][
            0
        ]["Action"],
        expected="iot:Publish",
        replace={"name": "sensors"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-iot-policy.html",
        drift=lambda it: it.aws("iot").create_policy_version(
            policyName=it.id, policyDocument=document(Action="iot:*", Resource="*"), setAsDefault=True
        ),
        drifted={"policy"},
        vanish=lambda it: it.aws("iot").delete_policy(policyName=it.id),
    ),
    Case(
        type="aws:iot/topicRule:TopicRule",
        needs=a_role_and_queues,
        inputs=lambda it: {
            "description": "readings go to a queue",
            "enabled": True,
            "errorAction": {"sqs": to_queue(it, "rest")},
            "https": [
                {
                    "httpHeaders": [{"key": "x-kind", "value": "reading"}],
                    "url": "https://orders.example/readings",
                }
            ],
            "name": "readings",
            "sql": "SELECT * FROM 'sensors/+/data'",
            "sqlVersion": "2016-03-23",
            "sqs": [to_queue(it, "readings")],
            "tags": {"owner": "us"},
        },
        update=lambda it: {
            "enabled": False,
            "https": [],
            "republishes": [{"roleArn": it.needs["role"], "topic": "copies"}],
        },
        seen=lambda it: [rule(it)["ruleDisabled"], [*map(list, rule(it)["actions"])]],
        expected=[True, [["republish"], ["sqs"]]],
        replace={"name": "measurements"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-iot-topicrule.html",
        drift=lambda it: it.aws("iot").disable_topic_rule(ruleName=it.id),
        drifted={"enabled"},
        vanish=lambda it: it.aws("iot").delete_topic_rule(ruleName=it.id),
    ),
    Case(
        type="aws:iot/loggingOptions:LoggingOptions",
        needs=a_role_and_queues,
        inputs=lambda it: {"defaultLogLevel": "WARN", "roleArn": it.needs["role"]},
        update={"defaultLogLevel": "ERROR"},
        seen=lambda it: it.aws("iot").get_v2_logging_options()["defaultLogLevel"],
        expected="ERROR",
        replace=None,
        replace_page="https://docs.aws.amazon.com/iot/latest/apireference/API_SetV2LoggingOptions.html",
        drift=lambda it: it.aws("iot").set_v2_logging_options(
            roleArn=it.needs["role"], defaultLogLevel="DEBUG"
        ),
        drifted={"defaultLogLevel"},
        vanish=lambda it: it.aws("iot").set_v2_logging_options(
            roleArn=it.needs["role"], defaultLogLevel="DISABLED", disableAllLogs=True
        ),
    ),
]
