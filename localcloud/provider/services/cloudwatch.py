"""Amazon CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.shapes import Request

# 0 keeps for ever.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class LogGroupResource(Resource):
    """A log group; its ARN is told without the trailing `:*`."""

    def request(self, operation: str, values: Values) -> Request:
        """One call names the log group in another way."""
        request = super().request(operation, values)
        if operation == "PutLogGroupDeletionProtection" and isinstance(values.get("name"), str):
            request.members["logGroupIdentifier"] = values["name"]
            request.origins["logGroupIdentifier"] = "name"
        return request

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The ARN as other resources refer to it."""
        del values
        return {**found, "arn": found["arn"].removesuffix(":*")}


class LogResourcePolicyResource(Resource):
    """What a service may do with log groups of the account."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """The local cloud keeps the policies of the account only."""
        if inputs.get("resourceArn"):
            yield (
                "resourceArn",
                "is not known to the local cloud: use policyName, for a policy of the account",
            )
        elif inputs.get("policyName") is None:
            yield "policyName", "is required"


class LogDeliveryResource(Resource):
    """A delivery of logs; how files are laid out is told of buckets only."""

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Nothing rather than an empty configuration."""
        del values
        laid_out = [one for one in found.get("s3DeliveryConfigurations", ()) if one]
        return {**found, "s3DeliveryConfigurations": laid_out}


RESOURCES = (
    LogGroupResource(
        type="aws:cloudwatch/logGroup:LogGroup",
        service="logs",
        create="CreateLogGroup",
        reads=(Read(operation="DescribeLogGroups", at="logGroups", where={"logGroupName": "name"}),),
        updates=(
            Call(
                operation="PutRetentionPolicy",
                properties=("retentionInDays",),
                otherwise="DeleteRetentionPolicy",
            ),
            Call(
                operation="PutLogGroupDeletionProtection",
                properties=("deletionProtectionEnabled",),
            ),
            Call(operation="AssociateKmsKey", properties=("kmsKeyId",), otherwise="DisassociateKmsKey"),
        ),
        delete="DeleteLogGroup",
        id="{name}",
        name=Name(longest=512),
        names={"name": "logGroupName"},
        replace=("name", "namePrefix", "logGroupClass"),
        defaults={
            "deletionProtectionEnabled": False,
            "logGroupClass": "STANDARD",
            "retentionInDays": 0,
            "skipDestroy": False,
        },
        handled={"skipDestroy": ""},
        tags=Tags(resource="arn"),
        limits={"retentionInDays": Limit(values=RETENTION_DAYS)},
    ),
    LogResourcePolicyResource(
        type="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        service="logs",
        create="PutResourcePolicy",
        reads=(
            Read(
                operation="DescribeResourcePolicies",
                at="resourcePolicies",
                where={"policyName": "policyName"},
            ),
        ),
        updates=(Call(operation="PutResourcePolicy", properties=("policyDocument",)),),
        delete="DeleteResourcePolicy",
        id="{policyName}",
        replace=("policyName", "resourceArn"),
        json=("policyDocument",),
    ),
    Resource(
        type="aws:cloudwatch/logDeliverySource:LogDeliverySource",
        service="logs",
        create="PutDeliverySource",
        reads=(Read(operation="GetDeliverySource", at="deliverySource"),),
        delete="DeleteDeliverySource",
        id="{name}",
        name=Name(longest=60),
        answers={"resourceArn": "resourceArns"},
        replace=("logType", "name", "resourceArn"),
        tags=Tags(),
    ),
    Resource(
        type="aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        service="logs",
        create="PutDeliveryDestination",
        reads=(Read(operation="GetDeliveryDestination", at="deliveryDestination"),),
        updates=(Call(operation="PutDeliveryDestination", properties=("deliveryDestinationConfiguration",)),),
        delete="DeleteDeliveryDestination",
        id="{name}",
        name=Name(longest=60),
        replace=("deliveryDestinationType", "name", "outputFormat"),
        kept=("deliveryDestinationType", "outputFormat"),
        tags=Tags(),
    ),
    LogDeliveryResource(
        type="aws:cloudwatch/logDelivery:LogDelivery",
        service="logs",
        create="CreateDelivery",
        reads=(Read(operation="GetDelivery", at="delivery"),),
        updates=(
            Call(
                operation="UpdateDeliveryConfiguration",
                properties=("fieldDelimiter", "recordFields", "s3DeliveryConfigurations"),
            ),
        ),
        delete="DeleteDelivery",
        id="{id}",
        replace=("deliveryDestinationArn", "deliverySourceName"),
        kept=("fieldDelimiter", "recordFields", "s3DeliveryConfigurations"),
        ordered=("recordFields",),
        tags=Tags(),
        # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html
        limits={"fieldDelimiter": Limit(longest=5), "recordFields": Limit(longest=128)},
    ),
)
