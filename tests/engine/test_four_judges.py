"""The guard, the pack, the check without an engine and the judgement of a state find the same violations."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from policy.rules import BY_ID
from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Result, Stack

pytestmark = pytest.mark.engine

POLICY = str(ROOT / "policy")
DEFECTS = """
import json
import pulumi
import pulumi_aws as aws
{first}

def document(**statement):
    return json.dumps({{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", **statement}}]}})

key = aws.kms.Key("key", enable_key_rotation=True)
aws.kms.Key("still", enable_key_rotation=False)
aws.sqs.Queue("plain")
aws.sqs.Queue("managed", kms_master_key_id="alias/aws/sqs")
aws.cloudwatch.LogGroup("short", retention_in_days=7, kms_key_id=key.arn)
aws.dynamodb.Table(
    "table", hash_key="PK", attributes=[{{"name": "PK", "type": "S"}}], billing_mode="PAY_PER_REQUEST",
    server_side_encryption={{"enabled": True, "kms_key_arn": key.arn}},
)
role = aws.iam.Role(
    "role",
    assume_role_policy=document(Principal={{"Service": "lambda.amazonaws.com"}}, Action="sts:AssumeRole"),
)
aws.iam.RolePolicy("admin", role=role.id, policy=document(Action="*", Resource="*"))
aws.lambda_.Function(
    "silent", name="silent", role=role.arn, handler="a.b", runtime="python3.11", kms_key_arn=key.arn,
    code=pulumi.AssetArchive({{"a.py": pulumi.StringAsset("x = 1")}}),
    tracing_config={{"mode": "PassThrough"}},
    environment={{"variables": {{"DATABASE_PASSWORD": "correct horse battery staple"}}}},
)
metrics = {{"cloudwatch_metrics_enabled": True, "metric_name": "m", "sampled_requests_enabled": True}}
acl = aws.wafv2.WebAcl(
    "counting", name="counting", scope="REGIONAL", default_action={{"allow": {{}}}}, visibility_config=metrics
)
operation = {{
    "responses": {{"200": {{"description": "it answers"}}}},
    "x-amazon-apigateway-integration": {{"type": "mock"}},
}}
info = {{"title": "open", "version": "1"}}
description = {{"openapi": "3.0.1", "info": info, "paths": {{"/": {{"get": operation}}}}}}
api = aws.apigateway.RestApi("open", name="open", body=json.dumps(description))
deployment = aws.apigateway.Deployment("open", rest_api=api.id)
aws.apigateway.Stage("open", rest_api=api.id, deployment=deployment.id, stage_name="open")
{last}
"""
GUARDED = DEFECTS.format(
    first='from policy import guard\nguard.install(stage="dev", retention_days=30)', last="guard.judge()"
)
BARE = DEFECTS.format(first="", last="")
SPOKEN = re.compile(r'(?:violation|advisory): (?P<rule>[a-z0-9-]+): \S+ "(?P<name>[^"]+)"')
FOLDED = re.compile(r"undecided, and no reason to stop: (?P<rules>[a-z0-9, -]+) \(")

Found = set[tuple[str, str]]


def by_the_guard(result: Result) -> tuple[Found, set[str]]:
    """What the guard says: the violations, and the rules that it cannot decide."""
    violations = {(match["rule"], match["name"]) for match in SPOKEN.finditer(result.output)}
    folded = FOLDED.search(result.output)
    return violations, set(folded["rules"].split(", ")) if folded else set()


def by_the_pack(events: list[dict[str, Any]]) -> Found:
    """What the policies of the rules say."""
    told = [event["policyEvent"] for event in events if "policyEvent" in event]
    assert not [event["message"] for event in told if "can't run policy" in event["message"]]
    return {
        (event["policyName"], event["resourceUrn"].rpartition("::")[2])
        for event in told
        if event["policyName"] in BY_ID
    }


def by_the_check(stack: Stack) -> Found:
    """What `python -m policy.check` says, without engine and cloud."""
    command = [sys.executable, "-m", "policy.check", "--root", str(stack.folder), "--stack", "dev"]
    done = subprocess.run(
        [*command, "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["error"] is None
    return {(one["rule"], one["name"]) for one in document["findings"] if one["outcome"] == "violation"}


def test_all_four_judges_find_the_same_violations(stack: Callable[[str], Stack]) -> None:
    trial = stack(GUARDED)
    guarded, undecided = by_the_guard(trial.preview())

    trial.program(BARE)
    checked = by_the_check(trial)
    previewed = trial.preview("--policy-pack", POLICY)
    assert previewed.code != 0
    trial.up().check()
    analyzed = trial.pulumi(
        *("policy", "analyze", "--stack", "dev", "--policy-pack", POLICY, "--json"), flags=()
    )
    assert analyzed.code != 0

    expected = {
        ("kms-key-rotation", "still"),
        ("sqs-queue-encrypted", "plain"),
        ("sqs-queue-cmk", "managed"),
        ("log-group-retention", "short"),
        ("dynamodb-pitr", "table"),
        ("dynamodb-deletion-protection", "table"),
        ("iam-no-admin", "admin"),
        ("lambda-xray-active", "silent"),
        ("lambda-log-group-managed", "silent"),
        ("no-secret-in-env", "silent"),
        ("waf-acl-blocks", "counting"),
        ("waf-acl-logging", "counting"),
        ("apigw-route-auth", "open"),
        ("apigw-stage-waf", "open"),
        ("apigw-stage-xray", "open"),
        ("apigw-stage-access-logs", "open"),
    }
    assert expected <= checked
    assert by_the_pack(previewed.events) == checked
    lines = [line for line in analyzed.output.splitlines() if line.startswith("{")]
    assert by_the_pack([json.loads(line) for line in lines]) == checked
    # Before the engine runs, nothing is known of what it will answer: that may be undecided, never passed.
    assert guarded <= checked
    assert {rule for rule, _ in checked - guarded} <= undecided
    assert expected <= guarded
