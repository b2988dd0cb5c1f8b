"""Logs, alarms, firewall, guardrails, traces and the console."""

from __future__ import annotations

from typing import Final

from runbook.bootstrap.actions.area import Area, arns, words

OPERATIONS: Final = (
    Area(
        name="Logs",
        types=("cloudwatch/logGroup:LogGroup", "cloudwatch/logMetricFilter:LogMetricFilter"),
        service="logs",
        resources=arns(
            "logs",
            "log-group:/aws/*/{prefix}-*",
            "log-group:aws-waf-logs-{prefix}-*",
            "log-group:API-Gateway-Execution-Logs_*",
            "log-group:/aws/apigateway/*/ws",  # of the WebSocket API, named by API Gateway
            "log-group:AWSIotLogsV2",
        ),
        reads=words("DescribeMetricFilters ListTagsForResource"),
        changes=words(
            "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteMetricFilter DeleteRetentionPolicy"
            " DisassociateKmsKey PutLogGroupDeletionProtection PutMetricFilter PutRetentionPolicy TagResource"
            " UntagResource"
        ),
        everywhere_reads=words("DescribeLogGroups"),
    ),
    Area(
        name="LogDelivery",
        types=("cloudwatch/logResourcePolicy:LogResourcePolicy",),
        service="logs",
        resources=(),
        reads=(),
        changes=(),
        everywhere_reads=words("DescribeResourcePolicies GetLogDelivery ListLogDeliveries"),
        # The web ACL, the WebSocket API and the workflow deliver their logs in the name of who sets them up.
        everywhere_changes=words(
            "CreateLogDelivery DeleteLogDelivery DeleteResourcePolicy PutResourcePolicy UpdateLogDelivery"
        ),
    ),
    Area(
        name="Alarms",
        types=words(
            "cloudwatch/compositeAlarm:CompositeAlarm cloudwatch/dashboard:Dashboard"
            " cloudwatch/metricAlarm:MetricAlarm"
        ),
        service="cloudwatch",
        resources=(
            *arns("cloudwatch", "alarm:{prefix}-*"),
            "arn:aws:cloudwatch::{account}:dashboard/{prefix}*",
        ),
        reads=words("DescribeAlarms GetDashboard ListTagsForResource"),
        changes=words(
            "DeleteAlarms DeleteDashboards PutCompositeAlarm PutDashboard PutMetricAlarm TagResource"
            " UntagResource"
        ),
    ),
    Area(
        name="Firewall",
        types=words(
            "wafv2/webAcl:WebAcl wafv2/webAclAssociation:WebAclAssociation"
            " wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
        ),
        service="wafv2",
        # A web ACL and what stands behind it are both asked for; AWS's own rule groups are in no account.
        resources=(
            *arns("wafv2", "regional/webacl/{prefix}*/*", "regional/managedruleset/*/*"),
            "arn:aws:apigateway:{region}::/restapis/*/stages/*",
            *arns("cognito-idp", "userpool/*"),
        ),
        reads=words("GetLoggingConfiguration GetWebACL GetWebACLForResource ListTagsForResource"),
        changes=words(
            "AssociateWebACL CreateWebACL DeleteLoggingConfiguration DeleteWebACL DisassociateWebACL"
            " PutLoggingConfiguration TagResource UntagResource UpdateWebACL"
        ),
    ),
    Area(
        name="Guardrails",
        types=("bedrock/guardrail:Guardrail", "bedrock/guardrailVersion:GuardrailVersion"),
        service="bedrock",
        resources=arns("bedrock", "guardrail/*"),
        reads=words("GetGuardrail ListTagsForResource"),
        changes=words("CreateGuardrailVersion DeleteGuardrail TagResource UntagResource UpdateGuardrail"),
        everywhere_changes=("CreateGuardrail",),
    ),
    Area(
        name="Sampling",
        types=("xray/samplingRule:SamplingRule",),
        service="xray",
        resources=arns("xray", "sampling-rule/{prefix}-*"),
        reads=("ListTagsForResource",),
        changes=words("CreateSamplingRule DeleteSamplingRule TagResource UntagResource UpdateSamplingRule"),
        everywhere_reads=("GetSamplingRules",),
    ),
    Area(
        name="Console",
        types=("amplify/app:App", "amplify/branch:Branch"),
        service="amplify",
        resources=arns("amplify", "apps/*"),
        reads=words("GetApp GetBranch ListTagsForResource"),
        changes=words(
            "CreateBranch CreateDeployment DeleteApp DeleteBranch StartDeployment TagResource UntagResource"
            " UpdateApp UpdateBranch"
        ),
        everywhere_changes=("CreateApp",),
    ),
)
