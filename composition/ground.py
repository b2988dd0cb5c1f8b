"""What every part of a stack is made with: its settings, where it is, its keys, how its logs are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.account import IOT_LOG_GROUP
from components.encryption import Encryption, EncryptionArgs
from components.location import Location
from components.log_keeping import LogKeeping
from components.permissions import boundary_arn
from components.rest_api import EXECUTION_LOGS
from components.websocket_api import EXECUTION_LOGS as SOCKET_EXECUTION_LOGS

if TYPE_CHECKING:
    from settings import Settings


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every part of a stack is made with.

    Attributes:
        settings: What the stack differs in from others.
        encryption: Its keys.
    """

    settings: Settings
    encryption: Encryption

    @property
    def prefix(self) -> str:
        """Start of physical names."""
        return self.settings.prefix

    @property
    def location(self) -> Location:
        """Account and region."""
        return _location(self.settings)

    @property
    def boundary_arn(self) -> str | None:
        """The policy that no role exceeds; None for no bound."""
        return boundary_arn(self.location, self.settings.permissions_boundary)

    @property
    def kept(self) -> pulumi.ResourceOptions:
        """Options of what the engine must not delete where the stack is protected."""
        return _kept(self.settings)

    @property
    def logs(self) -> LogKeeping:
        """How logs are kept."""
        return LogKeeping(
            retention_days=self.settings.log_retention_days, key_arn=self.encryption.logs_key_arn
        )

    @property
    def edge_logs(self) -> LogKeeping:
        """How logs are kept of what belongs to CloudFront."""
        return LogKeeping(
            retention_days=self.settings.log_retention_days,
            key_arn=self.encryption.edge_logs_key_arn,
            region=self.location.edge.region,
        )


def keys(settings: Settings) -> Encryption:
    """The customer keys, and what each may be used for."""
    prefix = settings.prefix
    return Encryption(
        "encryption",
        EncryptionArgs(
            enabled=settings.enable_encryption,
            prefix=prefix,
            location=_location(settings),
            log_groups=[
                f"/aws/lambda/{prefix}-*",
                f"/aws/apigateway/{prefix}-*",
                f"aws-waf-logs-{prefix}-*",
                f"{EXECUTION_LOGS}*/{settings.api_stage}",
                SOCKET_EXECUTION_LOGS,
                IOT_LOG_GROUP,
            ],
            edge_log_groups=[f"/aws/cloudfront/{prefix}-*", f"aws-waf-logs-{prefix}-edge"],
            deletion_window_days=settings.kms_deletion_window_days,
        ),
        _kept(settings),
    )


def _location(settings: Settings) -> Location:
    return Location(account=settings.account, region=settings.region)


def _kept(settings: Settings) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(protect=settings.deletion_protection)
