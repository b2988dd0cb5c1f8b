"""How logs are kept: every log group of the platform is made here."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch


@dataclass(frozen=True, kw_only=True)
class LogKeeping:
    """Retention and encryption of log groups.

    Attributes:
        retention_days: Days until an entry is deleted; one of the values of CloudWatch Logs.
        key_arn: The customer key; None for AWS's own.
        region: Where the groups are; None for the region of the stack.
    """

    retention_days: int
    key_arn: pulumi.Input[str] | None
    region: str | None = None

    def group(
        self, resource_name: str, *, name: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> cloudwatch.LogGroup:
        """Declare a log group before the service that writes to it would make its own, kept for ever."""
        return cloudwatch.LogGroup(
            resource_name,
            name=name,
            retention_in_days=self.retention_days,
            kms_key_id=self.key_arn,
            region=self.region,
            opts=opts,
        )
