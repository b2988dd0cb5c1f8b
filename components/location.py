"""Where a stack lives, and the ARNs that follow from it.

ARNs of named resources are built instead of awaited: a preview then knows, and policies can judge, what a
first deployment would otherwise learn only while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

PARTITION = "aws"  # settings.py refuses the regions of the others, where more than the ARNs differ
GLOBAL_REGION = "us-east-1"  # where what belongs to CloudFront lives, wherever the stack is


@dataclass(frozen=True, kw_only=True)
class Location:
    """An account in a region.

    Attributes:
        account: Twelve digits.
        region: As in us-east-1.
    """

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource, as in `location.arn("sqs", "queue-name")`."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account}:{resource}"

    def endpoint(self, service: str) -> str:
        """The name that keys know a service by in `kms:ViaService`."""
        return f"{service}.{self.region}.amazonaws.com"

    @property
    def edge(self) -> Location:
        """Where web ACLs, certificates and logs of CloudFront live."""
        return replace(self, region=GLOBAL_REGION)

    @property
    def root(self) -> str:
        """The account as a principal: whoever in it has a policy that allows the same."""
        return f"arn:{PARTITION}:iam::{self.account}:root"
