"""Cases of the rules on X-Ray."""

from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    value_cases,
    without_none,
)

FUNCTION = "aws:lambda/function:Function"

CASES = (
    *value_cases(
        "lambda-xray-active",
        FUNCTION,
        lambda mode: {"tracingConfig": {"__defaults": [], **without_none(mode=mode)}},
        right="Active",
        wrong=["PassThrough", "active", ""],
        unknown=UNKNOWN_TEXT,
        fault="does not trace by itself",
    ),
    Case(
        rule="lambda-xray-active",
        kind=Kind.MISSING,
        name="no block at all",
        resources=[resource(FUNCTION, {"environment": UNKNOWN_BLOCK})],
        fault="does not trace by itself",
    ),
    Case(
        rule="lambda-xray-active",
        kind=Kind.MISSING,
        name="a null block",
        resources=[resource(FUNCTION, {"tracingConfig": None})],
        fault="does not trace by itself",
    ),
    Case(
        rule="lambda-xray-active",
        kind=Kind.CORRECT,
        name="a list of one block",
        resources=[resource(FUNCTION, {"tracingConfig": [{"mode": "Active"}]})],
    ),
    *value_cases(
        "apigw-stage-xray",
        "aws:apigateway/stage:Stage",
        lambda enabled: without_none(xrayTracingEnabled=enabled, restApi=UNKNOWN_TEXT),
        right=True,
        wrong=[False, "true", 1.0],
        unknown=UNKNOWN_FLAG,
        fault="does not trace",
    ),
    Case(
        rule="apigw-stage-xray",
        kind=Kind.NOT_APPLICABLE,
        name="a WebSocket stage, which X-Ray cannot follow",
        resources=[resource("aws:apigatewayv2/stage:Stage", {})],
    ),
    *value_cases(
        "sfn-xray",
        "aws:sfn/stateMachine:StateMachine",
        lambda enabled: {"tracingConfiguration": without_none(enabled=enabled)},
        right=True,
        wrong=[False],
        unknown=UNKNOWN_FLAG,
        fault="does not trace",
    ),
)
