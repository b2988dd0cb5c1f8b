"""What exists once per account and region, for every stack in it."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import apigateway, iam, iot

from components.location import Location
from components.permissions import Grant, role_name_prefix, role_policy, trust

THING_TYPE = "SupplyChainSensor"


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """Where the account-wide resources live.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        boundary_arn: The policy that the role for logs cannot exceed; None for no bound.
    """

    prefix: str
    location: Location
    boundary_arn: str | None


class Account(pulumi.ComponentResource):
    """API Gateway's right to write logs, and the thing type of the sensors.

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
        self.thing_type_name = thing_type.name
        self.register_outputs({"thing_type_name": self.thing_type_name})


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
