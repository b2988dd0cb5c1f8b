"""Amazon CloudWatch Logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def group(it: Scene) -> Any:
    return it.aws("logs").describe_log_groups(logGroupNamePrefix=it.id)["logGroups"][0]


def policy(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def a_user_pool(it: Scene) -> dict[str, Any]:
    pools = {name: it.make("aws:cognito/userPool:UserPool", name=name)["arn"] for name in ("ours", "theirs")}
    return {**pools, **two_groups(it)}


def two_groups(it: Scene) -> dict[str, Any]:
    made = ("first", "second")
    return {name: it.make("aws:cloudwatch/logGroup:LogGroup", name=f"/{name}")["arn"] for name in made}


def two_ends(it: Scene) -> dict[str, Any]:
    """A source and two destinations of deliveries."""
    needs = a_user_pool(it)
    source = it.make(
        "aws:cloudwatch/logDeliverySource:LogDeliverySource",
        logType="USER_NOTIFICATION",
        name="ours",
        resourceArn=needs["ours"],
    )
    made = {
        name: it.make(
            "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
            deliveryDestinationConfiguration={"destinationResourceArn": needs[name]},
            name=name,
        )["arn"]
        for name in ("first", "second")
    }
    return {**made, "source": source["name"]}


CASES = [
    Case(
        type="aws:cloudwatch/logGroup:LogGroup",
        needs=lambda it: it.make("aws:kms/key:Key"),
        inputs={"name": "/orders", "retentionInDays": 30, "tags": {"owner": "us"}},
        update=lambda it: {
            "deletionProtectionEnabled": True,
            "retentionInDays": 90,
            "kmsKeyId": it.needs["arn"],
        },
        seen=lambda it: (
            group(it)["retentionInDays"],
            group(it).get("kmsKeyId") == it.needs["arn"],
            group(it)["deletionProtectionEnabled"],
        ),
        expected=(90, True, True),
        replace={"name": "/parcels"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-logs-loggroup.html",
        drift=lambda it: it.aws("logs").put_retention_policy(logGroupName=it.id, retentionInDays=1),
        drifted={"retentionInDays"},
        vanish=lambda it: it.aws("logs").delete_log_group(logGroupName=it.id),
    ),
    Case(
        type="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        inputs={"policyName": "routing", "policyDocument": policy("route53.amazonaws.com")},
        update={"policyDocument": policy("delivery.logs.amazonaws.com")},
        seen=lambda it: [
            json.loads(one["policyDocument"])["Statement"][0]["Principal"]
            for one in it.aws("logs").describe_resource_policies()["resourcePolicies"]
        ],
        expected=[{"Service": "delivery.logs.amazonaws.com"}],
        replace={"policyName": "delivery"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-logs-resourcepolicy.html",
        drift=lambda it: it.aws("logs").put_resource_policy(
            policyName="routing", policyDocument=policy("es.amazonaws.com")
        ),
        drifted={"policyDocument"},
        vanish=lambda it: it.aws("logs").delete_resource_policy(policyName="routing"),
    ),
    Case(
        type="aws:cloudwatch/logDeliverySource:LogDeliverySource",
        needs=a_user_pool,
        inputs=lambda it: {
            "logType": "USER_NOTIFICATION",
            "name": "ours",
            "resourceArn": it.needs["ours"],
            "tags": {"owner": "us"},
        },
        update={"tags": {"owner": "them"}},
        seen=lambda it: it.aws("logs").list_tags_for_resource(resourceArn=it.outputs["arn"])["tags"],
        expected={"owner": "them"},
        replace=lambda it: {"resourceArn": it.needs["theirs"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-logs-deliverysource.html",
        drift=lambda it: it.aws("logs").put_delivery_source(
            name="ours", resourceArn=it.needs["theirs"], logType="USER_NOTIFICATION"
        ),
        drifted={"resourceArn"},
        vanish=lambda it: it.aws("logs").delete_delivery_source(name="ours"),
    ),
    Case(
        type="aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        needs=two_groups,
        inputs=lambda it: {
            "deliveryDestinationConfiguration": {"destinationResourceArn": it.needs["first"]},
            "name": "group",
            "outputFormat": "json",
            "tags": {"owner": "us"},
        },
        update=lambda it: {
            "deliveryDestinationConfiguration": {"destinationResourceArn": it.needs["second"]}
        },
        seen=lambda it: (
            it.aws("logs")
            .get_delivery_destination(name="group")["deliveryDestination"][
                "deliveryDestinationConfiguration"
            ]["destinationResourceArn"]
            .rpartition(":")[2]
        ),
        expected="/second",
        replace={"outputFormat": "plain"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-logs-deliverydestination.html",
        drift=lambda it: it.aws("logs").put_delivery_destination(
            name="group",
            outputFormat="json",
            deliveryDestinationConfiguration={"destinationResourceArn": it.needs["second"]},
        ),
        drifted={"deliveryDestinationConfiguration"},
        vanish=lambda it: it.aws("logs").delete_delivery_destination(name="group"),
    ),
    Case(
        type="aws:cloudwatch/logDelivery:LogDelivery",
        needs=two_ends,
        inputs=lambda it: {
            "deliveryDestinationArn": it.needs["first"],
            "deliverySourceName": it.needs["source"],
            "recordFields": ["date", "time"],
            "tags": {"owner": "us"},
        },
        update={"recordFields": ["time", "date", "cs-method"]},
        seen=lambda it: it.aws("logs").get_delivery(id=it.id)["delivery"]["recordFields"],
        expected=["time", "date", "cs-method"],
        replace=lambda it: {"deliveryDestinationArn": it.needs["second"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-logs-delivery.html",
        drift=lambda it: it.aws("logs").update_delivery_configuration(id=it.id, recordFields=["date"]),
        drifted={"recordFields"},
        vanish=lambda it: it.aws("logs").delete_delivery(id=it.id),
    ),
]
