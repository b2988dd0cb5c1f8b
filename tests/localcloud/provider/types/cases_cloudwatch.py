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
]
