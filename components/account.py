"""What exists once per account and region, for every stack in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import apigateway, iam, iot

from components.permissions import Grant, role_name_prefix, role_policy, trust

if TYPE_CHECKING:
    from components.location import Location
    from components.log_keeping import LogKeeping

THING_TYPE = "SupplyChainSensor"
IOT_LOG_GROUP = "AWSIotLogsV2"  # IoT Core's own name for the group
IOT_LOG_LEVEL = "ERROR"  # a device that is refused; what devices say is no matter for a log


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """Where the account-wide resources live.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        boundary_arn: The policy that the roles for logs cannot exceed; None for no bound.
        logs: How the log of IoT Core is kept.
    """

    prefix: str
    location: Location
    boundary_arn: str | None
    logs: LogKeeping


class Account(pulumi.ComponentResource):
    """API Gateway's right to write logs, the thing type of the sensors, and what IoT Core logs.

    Attributes:
        api_logging: What must exist before a stage of API Gateway may log.
        thing_type_name: The sensors' thing type.
    """

    api_logging: pulumi.Resource
    thing_type_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:account:Account", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            f"{name}-api-logs",
            name_prefix=role_name_prefix(args.prefix, "api-logs"),
            assume_role_policy=trust("apigateway.amazonaws.com"),
            permissions_boundary=args.boundary_arn,
            opts=child,
        )
        permissions = iam.RolePolicy(
            f"{name}-api-logs", role=role.id, policy=role_policy(_log_grants(args.location)), opts=child
        )
        self.api_logging = apigateway.Account(
            name,
            cloudwatch_role_arn=role.arn,
            # API Gateway tries the role before it accepts it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions]),
        )
        thing_type = iot.ThingType(
            name,
            name=THING_TYPE,
            properties=iot.ThingTypePropertiesArgs(description="A sensor at a node of the supply chain"),
            opts=child,
        )
        self._iot_logging(name, args)
        self.thing_type_name = thing_type.name
        self.register_outputs({"thing_type_name": self.thing_type_name})

    def _iot_logging(self, name: str, args: AccountArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group = args.logs.group(f"{name}-iot", name=IOT_LOG_GROUP, opts=child)
        role = iam.Role(
            f"{name}-iot-logs",
            name_prefix=role_name_prefix(args.prefix, "iot-logs"),
            assume_role_policy=trust(
                "iot.amazonaws.com", {"StringEquals": {"aws:SourceAccount": args.location.account}}
            ),
            permissions_boundary=args.boundary_arn,
            opts=child,
        )
        permissions = iam.RolePolicy(
            f"{name}-iot-logs", role=role.id, policy=role_policy(_iot_log_grants(args.location)), opts=child
        )
        iot.LoggingOptions(
            f"{name}-iot",
            default_log_level=IOT_LOG_LEVEL,
            disable_all_logs=False,
            role_arn=role.arn,
            # IoT Core tries the role before it accepts it, and would make the group itself, kept for ever.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[group, permissions]),
        )


def _iot_log_grants(location: Location) -> list[Grant]:
    return [
        Grant(
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(location.arn("logs", f"log-group:{IOT_LOG_GROUP}:*"),),
            reason="IoT Core writes its log as this role: "
            "https://docs.aws.amazon.com/iot/latest/developerguide/configure-logging.html",
        )
    ]


def _log_grants(location: Location) -> list[Grant]:
    return [
        Grant(
            actions=(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
                "logs:PutLogEvents",
            ),
            resources=(location.arn("logs", "log-group:*"),),
            reason="one role serves the logs of every API of the account; API Gateway wants these actions: "
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        )
    ]
