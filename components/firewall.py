"""The web ACL in front of the REST API: AWS's managed rules and the platform's own."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.location import Location
from components.log_keeping import LogKeeping
from components.permissions import policy
from components.wafv2 import WebAcl, WebAclAssociation, WebAclLoggingConfiguration

# Together with the own rules 1,465 of the 1,500 capacity units that cost nothing extra:
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
# Headers whose ordinary values look like an attack, or that hold a secret of the user.
UNINSPECTED_HEADERS = ("authorization", "accept", "sec-ch-ua", "sec-ch-ua-full-version-list")
# What is too large to be looked through does not pass.
TOO_LARGE = "MATCH"
INSPECTED: tuple[dict[str, Any], ...] = (
    {"uriPath": {}},
    {"allQueryArguments": {}},
    {"body": {"oversizeHandling": TOO_LARGE}},
    {
        "headers": [
            {
                "matchPattern": {"excludedHeaders": list(UNINSPECTED_HEADERS)},
                "matchScope": "VALUE",
                "oversizeHandling": TOO_LARGE,
            }
        ]
    },
)
TRANSFORMATIONS = ("URL_DECODE", "HTML_ENTITY_DECODE")
ATTACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "sql-injection": ("sqliMatchStatement", {"sensitivityLevel": "LOW"}),
    "cross-site-scripting": ("xssMatchStatement", {}),
}
REDACTED_HEADER = "authorization"


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the web ACL protects.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        stage_arn: The stage of the REST API.
        logs: How its log is kept.
    """

    prefix: str
    location: Location
    stage_arn: pulumi.Input[str]
    logs: LogKeeping


class Firewall(pulumi.ComponentResource):
    """The regional web ACL."""

    web_acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:firewall:Firewall", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl_name = f"{args.prefix}-api"

        web_acl = WebAcl(
            name,
            {
                "name": acl_name,
                "scope": "REGIONAL",
                "defaultAction": {"allow": {}},
                "rules": _rules(),
                "visibilityConfig": _visibility(acl_name),
            },
            parent=self,
        )
        WebAclAssociation(name, {"resourceArn": args.stage_arn, "webAclArn": web_acl.arn}, parent=self)
        # AWS WAF writes only to groups whose name starts like this:
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        group_name = f"aws-waf-logs-{acl_name}"
        log_group = args.logs.group(name, name=group_name, opts=child)
        log_policy = cloudwatch.LogResourcePolicy(
            name,
            policy_name=group_name,
            policy_document=policy([_delivery(args.location, group_name)]),
            opts=child,
        )
        WebAclLoggingConfiguration(
            name,
            {
                "resourceArn": web_acl.arn,
                "logDestinationConfigs": [args.location.arn("logs", f"log-group:{group_name}")],
                "redactedFields": [{"singleHeader": {"name": REDACTED_HEADER}}],
            },
            parent=self,
            depends_on=[log_group, log_policy],
        )

        self.web_acl_arn = web_acl.arn
        self.register_outputs({"web_acl_arn": self.web_acl_arn})


def _rules() -> list[dict[str, Any]]:
    managed = [
        {
            "name": group,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
        }
        for group in MANAGED_GROUPS
    ]
    own = [
        {"name": attack, "action": {"block": {}}, "statement": _any_field_matches(kind, options)}
        for attack, (kind, options) in ATTACKS.items()
    ]
    return [
        {**rule, "priority": priority, "visibilityConfig": _visibility(str(rule["name"]))}
        for priority, rule in enumerate([*own, *managed])
    ]


def _any_field_matches(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    transformations = [{"priority": order, "type": text} for order, text in enumerate(TRANSFORMATIONS)]
    statements = [
        {kind: {"fieldToMatch": field, "textTransformations": transformations, **options}}
        for field in INSPECTED
    ]
    return {"orStatement": {"statements": statements}}


def _visibility(metric: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": True}


def _delivery(location: Location, group: str) -> dict[str, Any]:
    return {
        "Sid": "WebAclLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": location.arn("logs", f"log-group:{group}:log-stream:*"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("logs", "*")},
        },
    }
