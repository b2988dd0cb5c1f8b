"""The web ACLs in front of the REST API and of sign-in: AWS's managed rules and the platform's own.

The API's rules do not fit sign-in. Names and passwords are hidden from AWS WAF, and in the session texts and
tokens that are left a search for attacks finds what is none. The common rule set refuses a sign-in that
returns to localhost. What threatens sign-in is the number of attempts, which its own web ACL limits.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html
"""

from collections.abc import Mapping, Sequence
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
SIGN_IN_GROUPS = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
# Requests of one address within the window: a sign-in takes about six, and an office shares an address.
SIGN_IN_LIMIT = 600
SIGN_IN_WINDOW = 300  # seconds
REDACTED_HEADERS = {"api": ("authorization",), "sign-in": ("authorization", "cookie")}


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the web ACLs protect.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        stage_arn: The stage of the REST API.
        user_pool_arn: Where users sign in.
        logs: How their logs are kept.
    """

    prefix: str
    location: Location
    stage_arn: pulumi.Input[str]
    user_pool_arn: pulumi.Input[str]
    logs: LogKeeping


class Firewall(pulumi.ComponentResource):
    """The regional web ACLs.

    Attributes:
        web_acl_arn: The one of the REST API.
        sign_in_web_acl_arn: The one of the user pool.
    """

    web_acl_arn: pulumi.Output[str]
    sign_in_web_acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:firewall:Firewall", name, {}, opts)
        # AWS WAF writes only to groups whose name starts like this:
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        groups = {purpose: f"aws-waf-logs-{args.prefix}-{purpose}" for purpose in REDACTED_HEADERS}
        log_policy = cloudwatch.LogResourcePolicy(
            name,
            policy_name=groups["api"],
            policy_document=policy([_delivery(args.location, list(groups.values()))]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._args, self._groups, self._log_policy = args, groups, log_policy
        self.web_acl_arn = self._web_acl(name, "api", _api_rules(), args.stage_arn)
        self.sign_in_web_acl_arn = self._web_acl(
            f"{name}-sign-in", "sign-in", _sign_in_rules(), args.user_pool_arn
        )
        self.register_outputs(
            {"web_acl_arn": self.web_acl_arn, "sign_in_web_acl_arn": self.sign_in_web_acl_arn}
        )

    def _web_acl(
        self,
        name: str,
        purpose: str,
        rules: Sequence[Mapping[str, Any]],
        protected: pulumi.Input[str],
    ) -> pulumi.Output[str]:
        args, group_name = self._args, self._groups[purpose]
        acl_name = f"{args.prefix}-{purpose}"
        web_acl = WebAcl(
            name,
            {
                "name": acl_name,
                "scope": "REGIONAL",
                "defaultAction": {"allow": {}},
                "rules": [
                    {**rule, "priority": priority, "visibilityConfig": _visibility(str(rule["name"]))}
                    for priority, rule in enumerate(rules)
                ],
                "visibilityConfig": _visibility(acl_name),
            },
            parent=self,
        )
        WebAclAssociation(name, {"resourceArn": protected, "webAclArn": web_acl.arn}, parent=self)
        log_group = args.logs.group(name, name=group_name, opts=pulumi.ResourceOptions(parent=self))
        WebAclLoggingConfiguration(
            name,
            {
                "resourceArn": web_acl.arn,
                "logDestinationConfigs": [args.location.arn("logs", f"log-group:{group_name}")],
                "redactedFields": [
                    {"singleHeader": {"name": header}} for header in REDACTED_HEADERS[purpose]
                ],
            },
            parent=self,
            depends_on=[log_group, self._log_policy],
        )
        return web_acl.arn


def _api_rules() -> list[dict[str, Any]]:
    own = [
        {"name": attack, "action": {"block": {}}, "statement": _any_field_matches(kind, options)}
        for attack, (kind, options) in ATTACKS.items()
    ]
    return [*own, *_managed(MANAGED_GROUPS)]


def _sign_in_rules() -> list[dict[str, Any]]:
    limit = {
        "limit": SIGN_IN_LIMIT,
        "evaluationWindowSec": SIGN_IN_WINDOW,
        "aggregateKeyType": "IP",
    }
    attempts = {
        "name": "too-many-attempts",
        "action": {"block": {}},
        "statement": {"rateBasedStatement": limit},
    }
    return [attempts, *_managed(SIGN_IN_GROUPS)]


def _managed(groups: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": group,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
        }
        for group in groups
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
