"""Web ACLs, their rules written in all ways, and their logs."""

import json
from dataclasses import dataclass
from typing import Any

from pulumi_aws import iam, kinesis, wafv2

from tests.policy.mutations.future.parts import log_group, trust
from tests.policy.mutations.future.storage import Storage

KNOWN_BAD: Any = {"name": "AWSManagedRulesKnownBadInputsRuleSet", "vendor_name": "AWS"}


@dataclass(frozen=True, kw_only=True)
class Acls:
    """The web ACLs, by where they stand."""

    regional: wafv2.WebAcl
    parted: wafv2.WebAcl
    worldwide: wafv2.WebAcl


def _seen(name: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}


def web_acls(kept: Storage) -> Acls:
    """With rules as blocks, as resources of two kinds, and as JSON."""
    statement = {"managed_rule_group_statement": KNOWN_BAD}
    rule: Any = {
        "name": "bad",
        "priority": 1,
        "override_action": {"none": {}},
        "statement": statement,
    }
    inner: Any = {**rule, "visibility_config": _seen("bad")}
    regional = wafv2.WebAcl(
        "regional",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=_seen("regional"),
        rules=[inner],
    )
    parted = wafv2.WebAcl(
        "parted", scope="REGIONAL", default_action={"allow": {}}, visibility_config=_seen("parted")
    )
    ruled = wafv2.WebAcl(
        "ruled", scope="REGIONAL", default_action={"allow": {}}, visibility_config=_seen("ruled")
    )
    wafv2.WebAclRule("ruled", web_acl_arn=ruled.arn, **rule, visibility_config=_seen("bad"))
    wafv2.WebAclRuleGroupAssociation(
        "parted",
        web_acl_arn=parted.arn,
        rule_name="bad",
        priority=2,
        managed_rule_group=KNOWN_BAD,
        override_action="none",
        visibility_config=_seen("bad"),
    )
    worldwide = wafv2.WebAcl(
        "worldwide",
        scope="CLOUDFRONT",
        default_action={"allow": {}},
        visibility_config=_seen("worldwide"),
        rule_json=json.dumps(
            [
                {
                    "Name": "bad",
                    "Priority": 1,
                    "OverrideAction": {"None": {}},
                    "Statement": {
                        "ManagedRuleGroupStatement": {"Name": KNOWN_BAD["name"], "VendorName": "AWS"}
                    },
                    "VisibilityConfig": {
                        "CloudWatchMetricsEnabled": True,
                        "MetricName": "bad",
                        "SampledRequestsEnabled": True,
                    },
                }
            ]
        ),
    )
    group = log_group("firewall", "aws-waf-logs-future", kept.key.arn)
    role = iam.Role("stream", assume_role_policy=trust("firehose"))
    stream = kinesis.FirehoseDeliveryStream(
        "firewall",
        name="aws-waf-logs-stream",
        destination="extended_s3",
        extended_s3_configuration={"bucket_arn": kept.logs.arn, "role_arn": role.arn},
    )
    for name, acl, destination in (
        ("regional", regional, group.arn),
        ("parted", parted, stream.arn),
        ("ruled", ruled, group.arn),
        ("worldwide", worldwide, kept.logs.arn),
    ):
        wafv2.WebAclLoggingConfiguration(name, resource_arn=acl.arn, log_destination_configs=[destination])
    return Acls(regional=regional, parted=parted, worldwide=worldwide)
