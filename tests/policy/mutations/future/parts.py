"""What the parts of the future program share: documents, names and log groups."""

import json
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from policy.stages import retention_floor

ACCOUNT = "123456789012"
OWN_ACCOUNT = f"arn:aws:iam::{ACCOUNT}:root"
KEY_ABROAD = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
TRACES = {
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def for_own_account(*actions: str) -> str:
    """A resource policy that lets nobody in but the account itself."""
    principal = {"AWS": OWN_ACCOUNT}
    return document({"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*"})


def trust(service: str) -> str:
    return document(
        {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )


def log_group(name: str, called: pulumi.Input[str], key_arn: pulumi.Input[str]) -> cloudwatch.LogGroup:
    days = retention_floor(pulumi.get_stack())
    return cloudwatch.LogGroup(name, name=called, retention_in_days=days, kms_key_id=key_arn)
