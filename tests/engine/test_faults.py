"""Calls that fail after the one that creates, throttling, refusals, and a provider that dies."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.faults import DENIAL
from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.faults import Faults
    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

PROGRAM = """
    import json, pulumi, pulumi_aws as aws
    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    lambda_ = {"Service": "lambda.amazonaws.com"}
    role = aws.iam.Role(
        "role", assume_role_policy=document(Action="sts:AssumeRole", Principal=lambda_),
        inline_policies=[{"name": "logs", "policy": document(Action="logs:*", Resource="*")}],
    )
    code = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(event, context): return 1")})
    aws.lambda_.Function(
        "function", role=role.arn, code=code, handler="main.handler", runtime="python3.11",
        reserved_concurrent_executions=2,
    )
    aws.cognito.UserPool(
        "pool", mfa_configuration="OPTIONAL", software_token_mfa_configuration={"enabled": True}
    )
    body = {"openapi": "3.0.1", "info": {"title": "orders", "version": "1"}, "paths": {}}
    aws.apigateway.RestApi("api", body=json.dumps(body))
    aws.cloudwatch.LogGroup("log", retention_in_days=7)
    aws.dynamodb.Table(
        "table", hash_key="id", attributes=[{"name": "id", "type": "S"}], billing_mode="PAY_PER_REQUEST",
        ttl={"enabled": True, "attribute_name": "end"},
    )
    aws.iot.TopicRule(
        "rule", enabled=True, sql="SELECT * FROM 'a'", sql_version="2016-03-23", tags={"owner": "us"}
    )
"""
SECOND_CALLS = {
    "role": "PutRolePolicy",
    "function": "PUT /.*/concurrency",
    "pool": "SetUserPoolMfaConfig",
    "api": "PUT /restapis/[^/]*",
    "log": "PutRetentionPolicy",
    "table": "UpdateTimeToLive",
    "rule": "POST /tags",
}
CHAIN = """
    import pulumi, pulumi_aws as aws
    before = []
    for number in range(30):
        options = pulumi.ResourceOptions(depends_on=before)
        key = aws.kms.Key(f"key-{number}", enable_key_rotation=True, opts=options)
        before = [key]
"""


def test_all_whose_second_call_fails_stay_in_the_state_and_are_finished_by_the_next_up(
    stack: NewStack, faults: Faults
) -> None:
    made = stack(PROGRAM)
    made.use_provider(faults.provider_port)
    faults.refused |= set(SECOND_CALLS.values())
    made.up("--continue-on-error")
    # The function waits for its role.
    ids = {name: record["id"] for name, record in made.export().items() if record.get("initErrors")}
    assert set(ids) == SECOND_CALLS.keys() - {"function"}
    faults.refused = {SECOND_CALLS["function"]}
    made.up()
    ids["function"] = made.export()["function"]["id"]
    assert made.export()["function"]["initErrors"]
    faults.refused = set()
    assert made.up().check().steps == {"function": "update"}
    assert {name: record["id"] for name, record in made.export().items()} == ids
    made.refresh("--expect-no-changes").check()
    made.up("--expect-no-changes").check()


def test_a_throttled_call_is_sent_again(stack: NewStack, faults: Faults) -> None:
    made = stack(PROGRAM)
    made.use_provider(faults.provider_port)
    faults.throttled = {"CreateUserPool": 2, "POST /.*/functions": 1, "CreateTable": 1}
    made.up().check()
    assert set(faults.throttled.values()) == {0}


def test_a_denied_call_is_told_with_its_reason(stack: NewStack, faults: Faults) -> None:
    made = stack(CHAIN)
    made.use_provider(faults.provider_port)
    faults.refusal, faults.refused = DENIAL, {"CreateKey"}
    result = made.up()
    assert result.code != 0
    assert "CreateKey was refused: you may not (AccessDeniedException)" in result.output


def test_an_answer_that_is_none_is_told_with_a_sentence(stack: NewStack, faults: Faults) -> None:
    made = stack(PROGRAM)
    made.use_provider(faults.provider_port)
    faults.refused = {"CreateRole"}  # IAM speaks XML, and gets JSON
    result = made.up()
    assert "the local cloud's answer to CreateRole cannot be read" in result.output
    assert "provider broke" not in result.output


def test_after_the_provider_was_killed_the_next_up_completes_without_duplicates(stack: NewStack) -> None:
    made = stack(CHAIN)
    environment = {"PATH": os.defpath, **made.cloud.aws_environment()}
    command = [sys.executable, "-m", "localcloud.provider", "--port", "0", "--endpoint", made.cloud.endpoint]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout is not None
        made.use_provider(int(provider.stdout.readline()))
        process = made.start("up", "--yes", "--skip-preview", "--color", "never")
        assert process.stdout is not None
        next(line for line in process.stdout if "key-3 created" in line)
        provider.kill()
        process.stdout.read()
        assert process.wait(timeout=60) != 0
    begun = made.export()
    assert 0 < len(begun) < 30
    made.use_provider(made.cloud.provider_port)
    made.up().check()
    assert len(made.export()) == 30
    made.refresh("--expect-no-changes").check()
