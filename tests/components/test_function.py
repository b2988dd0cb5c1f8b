"""A function acts as itself, logs to its own group, and is called by its alias."""

from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest

from components.function import (
    DependencyLayer,
    DependencyLayerArgs,
    Function,
    FunctionArgs,
    FunctionDefaults,
)
from components.location import Location
from components.log_keeping import LogKeeping
from components.permissions import Grant
from tests.support.program import Deployed

FUNCTION, LAYER = "aws:lambda/function:Function", "aws:lambda/layerVersion:LayerVersion"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BOUNDARY = "arn:aws:iam::123456789012:policy/omnitrack-staging-boundary"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def args(location: Location, logs: LogKeeping, key: str) -> FunctionArgs:
    return FunctionArgs(
        defaults=FunctionDefaults(
            prefix="omnitrack-staging",
            location=location,
            runtime="python3.13",
            architecture="arm64",
            code=pulumi.FileArchive("code.zip"),
            layer_arn="arn:layer:1",
            memory_size=1024,
            concurrency=25,
            log_level="WARN",
            tracing=True,
            logs=logs,
            boundary_arn=BOUNDARY,
            key_arn=key,
            environment={"TABLE_NAME": "omnitrack-staging-main"},
        ),
        handler="omnitrack.handlers.twin.handler",
        timeout=29,
        grants=[Grant(actions=("dynamodb:Query",), resources=("arn:table",), reason="reads")],
        environment={"EXTRA": "own"},
    )


def test_the_layer_fits_the_target_only(deploy: Deploy) -> None:
    args = DependencyLayerArgs(
        layer_name="dependencies",
        archive=pulumi.FileArchive("layer.zip"),
        runtime="python3.13",
        architecture="arm64",
    )
    layer = deploy(lambda: DependencyLayer("dependencies", args)).only(LAYER)
    assert layer["compatibleRuntimes"] == ["python3.13"]
    assert layer["compatibleArchitectures"] == ["arm64"]


def test_a_function_reads_what_is_shared_and_what_is_its_own(deploy: Deploy, args: FunctionArgs) -> None:
    function = deploy(lambda: Function("twin", args)).only(FUNCTION)
    assert function["environment"]["variables"] == {
        "TABLE_NAME": "omnitrack-staging-main",
        "EXTRA": "own",
        "POWERTOOLS_SERVICE_NAME": "twin",
        "POWERTOOLS_LOG_LEVEL": "WARNING",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
        "POWERTOOLS_TRACER_CAPTURE_ERROR": "false",
    }


def test_no_trace_holds_what_a_function_answers_whatever_its_own_environment_says(
    deploy: Deploy, args: FunctionArgs
) -> None:
    told = {"POWERTOOLS_TRACER_CAPTURE_RESPONSE": "true", "POWERTOOLS_TRACER_CAPTURE_ERROR": "true"}
    function = deploy(lambda: Function("twin", replace(args, environment=told))).only(FUNCTION)
    assert {function["environment"]["variables"][name] for name in told} == {"false"}


def test_lambda_and_the_function_log_at_one_level(deploy: Deploy, args: FunctionArgs) -> None:
    function = deploy(lambda: Function("twin", args)).only(FUNCTION)
    assert function["loggingConfig"] == {
        "logFormat": "JSON",
        "applicationLogLevel": "WARN",
        "logGroup": "/aws/lambda/omnitrack-staging-twin",
    }


def test_the_environment_is_encrypted_and_the_role_may_decrypt_it(
    deploy: Deploy, args: FunctionArgs, key: str
) -> None:
    deployed = deploy(lambda: Function("twin", args))
    assert deployed.only(FUNCTION)["kmsKeyArn"] == key
    (decrypt,) = [s for s in deployed.one(ROLE_POLICY).policy() if s["Action"] == ["kms:Decrypt"]]
    assert decrypt["Resource"] == [key]
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "lambda.us-east-1.amazonaws.com"}}


def test_the_role_holds_the_grants(deploy: Deploy, args: FunctionArgs) -> None:
    statements = deploy(lambda: Function("twin", args)).one(ROLE_POLICY).policy()
    assert {"Effect": "Allow", "Action": ["dynamodb:Query"], "Resource": ["arn:table"]} in statements


@pytest.mark.parametrize(("tracing", "mode"), [(True, "Active"), (False, "PassThrough")])
def test_tracing_and_its_permission_go_together(
    deploy: Deploy, args: FunctionArgs, *, tracing: bool, mode: str
) -> None:
    changed = replace(args, defaults=replace(args.defaults, tracing=tracing))
    deployed = deploy(lambda: Function("twin", changed))
    allowed = {action for s in deployed.one(ROLE_POLICY).policy() for action in s["Action"]}
    assert deployed.only(FUNCTION)["tracingConfig"] == {"mode": mode}
    assert ("xray:PutTraceSegments" in allowed) is tracing


def test_a_function_keeps_its_executions_for_itself(deploy: Deploy, args: FunctionArgs) -> None:
    assert deploy(lambda: Function("twin", args)).only(FUNCTION)["reservedConcurrentExecutions"] == 25


def test_the_gateway_calls_the_alias(deploy: Deploy, args: FunctionArgs) -> None:
    made: list[Function] = []
    deploy(lambda: made.append(Function("twin", args)))
    assert made[0].alias_path == (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:omnitrack-staging-twin:live/invocations"
    )


def test_the_role_stays_within_its_boundary(deploy: Deploy, args: FunctionArgs) -> None:
    role = deploy(lambda: Function("twin", args)).only("aws:iam/role:Role", "twin")
    assert role["permissionsBoundary"] == BOUNDARY
