"""Cases of the rules on X-Ray."""

from typing import Any

from tests.policy.cases import tracing_roles
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    value_cases,
    without_none,
)

FUNCTION = "aws:lambda/function:Function"
SAMPLING = "aws:xray/samplingRule:SamplingRule"


def sampling(
    kind: Kind, name: str, properties: dict[str, Any], fault: str | None = None, *, undecided: bool = False
) -> Case:
    return Case(
        rule="xray-sampling-nonzero",
        kind=kind,
        name=name,
        resources=[resource(SAMPLING, properties)],
        fault=fault,
        undecided=undecided,
    )


CASES = (
    *value_cases(
        "lambda-xray-active",
        FUNCTION,
        lambda mode: {"tracingConfig": {"__defaults": [], **without_none(mode=mode)}},
        right="Active",
        wrong=["PassThrough", "active", "", False],
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
    *value_cases(
        "sns-active-tracing",
        "aws:sns/topic:Topic",
        lambda mode: without_none(tracingConfig=mode),
        right="Active",
        wrong=["PassThrough", "active", ""],
        unknown=UNKNOWN_TEXT,
        fault="does not trace by itself",
    ),
    sampling(Kind.MISSING, "neither is set", {"urlPath": UNKNOWN_TEXT}, "samples no request"),
    sampling(Kind.WRONG, "both are zero", {"fixedRate": 0.0, "reservoirSize": 0}, "samples no request"),
    sampling(Kind.WRONG, "a text", {"fixedRate": "1", "reservoirSize": 0}, "samples no request"),
    sampling(
        Kind.UNKNOWN,
        "the rate is not known",
        {"fixedRate": UNKNOWN_NUMBER, "reservoirSize": 0},
        undecided=True,
    ),
    sampling(
        Kind.UNKNOWN,
        "the reservoir is not known",
        {"fixedRate": 0, "reservoirSize": UNKNOWN_NUMBER},
        undecided=True,
    ),
    sampling(Kind.CORRECT, "a rate", {"fixedRate": 0.05, "reservoirSize": 0}),
    sampling(Kind.CORRECT, "a reservoir", {"fixedRate": 0, "reservoirSize": 1}),
    sampling(Kind.CORRECT, "a rate is enough", {"fixedRate": 1, "reservoirSize": UNKNOWN_NUMBER}),
    *tracing_roles.CASES,
)
