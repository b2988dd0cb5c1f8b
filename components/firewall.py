"""The web ACLs in front of the edge, of the REST API and of sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi_aws import cloudwatch

from components.firewall_rules import EDGE_HEADER, api_rules, edge_refusals, edge_rules, sign_in_rules
from components.permissions import policy
from components.wafv2 import WebAcl, WebAclAssociation, WebAclLoggingConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.location import Location
    from components.log_keeping import LogKeeping

# What a log must not hold: tokens, sessions, and what the edge proves itself with.
REDACTED_HEADERS: Final = {
    "api": ("authorization", EDGE_HEADER),
    "sign-in": ("authorization", "cookie"),
    "edge": ("authorization", "sec-websocket-protocol", EDGE_HEADER, "cookie"),
}


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the web ACLs protect.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        stage_arn: The stage of the REST API.
        user_pool_arn: Where users sign in.
        edge_values: What the edge shows to the REST API, any of these; the first is the current one.
        rate_limit: Requests of one address in five minutes.
        logs: How their logs are kept.
        edge_logs: How the log of the edge's web ACL is kept, in the region of CloudFront.
    """

    prefix: str
    location: Location
    stage_arn: pulumi.Input[str]
    user_pool_arn: pulumi.Input[str]
    edge_values: Sequence[pulumi.Input[str]]
    rate_limit: int
    logs: LogKeeping
    edge_logs: LogKeeping


class Firewall(pulumi.ComponentResource):
    """The web ACLs.

    Attributes:
        web_acl_arn: The one of the REST API.
        sign_in_web_acl_arn: The one of the user pool.
        edge_web_acl_arn: The one that a distribution names.
    """

    web_acl_arn: pulumi.Output[str]
    sign_in_web_acl_arn: pulumi.Output[str]
    edge_web_acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:firewall:Firewall", name, {}, opts)
        self._args = args
        regional = self._log_policy(name, args.location, ["api", "sign-in"])
        edge = self._log_policy(f"{name}-edge", args.location.edge, ["edge"])
        api = self._web_acl(name, "api", api_rules(args.rate_limit, args.edge_values))
        sign_in = self._web_acl(f"{name}-sign-in", "sign-in", sign_in_rules())
        distribution = self._web_acl(f"{name}-edge", "edge", edge_rules(args.rate_limit))
        for resource_name, acl, protected in (
            (name, api, args.stage_arn),
            (f"{name}-sign-in", sign_in, args.user_pool_arn),
        ):
            WebAclAssociation(resource_name, {"resourceArn": protected, "webAclArn": acl.arn}, parent=self)
        self._log(name, "api", api, regional)
        self._log(f"{name}-sign-in", "sign-in", sign_in, regional)
        self._log(f"{name}-edge", "edge", distribution, edge)

        self.web_acl_arn = api.arn
        self.sign_in_web_acl_arn = sign_in.arn
        self.edge_web_acl_arn = distribution.arn
        self.register_outputs(
            {
                "web_acl_arn": self.web_acl_arn,
                "sign_in_web_acl_arn": self.sign_in_web_acl_arn,
                "edge_web_acl_arn": self.edge_web_acl_arn,
            }
        )

    def _web_acl(self, name: str, purpose: str, rules: Sequence[Mapping[str, Any]]) -> WebAcl:
        acl_name = f"{self._args.prefix}-{purpose}"
        return WebAcl(
            name,
            {
                "name": acl_name,
                "scope": "CLOUDFRONT" if purpose == "edge" else "REGIONAL",
                "defaultAction": {"allow": {}},
                "rules": [
                    {**rule, "priority": priority, "visibilityConfig": _visibility(str(rule["name"]))}
                    for priority, rule in enumerate(rules)
                ],
                "visibilityConfig": _visibility(acl_name),
                **({"customResponseBodies": edge_refusals()} if purpose == "edge" else {}),
                **self._region(purpose),
            },
            parent=self,
        )

    def _log(self, name: str, purpose: str, acl: WebAcl, delivery: pulumi.Resource) -> None:
        args, edge = self._args, purpose == "edge"
        location, logs = (args.location.edge, args.edge_logs) if edge else (args.location, args.logs)
        group_name = _group_name(args, purpose)
        group = logs.group(name, name=group_name, opts=pulumi.ResourceOptions(parent=self))
        WebAclLoggingConfiguration(
            name,
            {
                "resourceArn": acl.arn,
                "logDestinationConfigs": [location.arn("logs", f"log-group:{group_name}")],
                "redactedFields": [
                    {"singleHeader": {"name": header}} for header in REDACTED_HEADERS[purpose]
                ],
                **self._region(purpose),
            },
            parent=self,
            depends_on=[group, delivery],
        )

    def _log_policy(self, name: str, location: Location, purposes: Sequence[str]) -> pulumi.Resource:
        groups = [_group_name(self._args, purpose) for purpose in purposes]
        return cloudwatch.LogResourcePolicy(
            name,
            policy_name=groups[0],
            policy_document=policy([_delivery(location, groups)]),
            region=self._region(purposes[0]).get("region"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _region(self, purpose: str) -> dict[str, str]:
        """What a resource of CloudFront says of where it is; all others are where the stack is."""
        return {"region": self._args.location.edge.region} if purpose == "edge" else {}


def _group_name(args: FirewallArgs, purpose: str) -> str:
    # AWS WAF writes only to groups whose name starts like this:
    # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    return f"aws-waf-logs-{args.prefix}-{purpose}"


def _visibility(metric: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": True}


def _delivery(location: Location, groups: Sequence[str]) -> dict[str, Any]:
    return {
        "Sid": "WebAclLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [location.arn("logs", f"log-group:{group}:log-stream:*") for group in groups],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("logs", "*")},
        },
    }
