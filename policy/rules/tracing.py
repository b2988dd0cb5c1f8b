"""Tracing: requests are followed by X-Ray through stages, functions and state machines.

API Gateway v2 stages are not judged: X-Ray follows REST APIs only.
"""

from policy.predicates import equals
from policy.rule import Rule, Severity

RULES = (
    Rule(
        id="lambda-xray-active",
        types=("aws:lambda/function:Function",),
        # PassThrough follows only what a caller samples already.
        judge=equals("tracingConfig.mode", wanted="Active", fault="does not trace by itself"),
        fix='set tracing_config with mode="Active"',
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        frameworks=("CKV_AWS_50", "LambdaTracing", "AWS-0066"),
    ),
    Rule(
        id="apigw-stage-xray",
        types=("aws:apigateway/stage:Stage",),
        judge=equals("xrayTracingEnabled", wanted=True, fault="does not trace"),
        fix="set xray_tracing_enabled to True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html",
        frameworks=("FSBP APIGateway.3", "CT.APIGATEWAY.PR.2", "CKV_AWS_73", "APIGWXrayEnabled", "AWS-0003"),
    ),
    Rule(
        id="sfn-xray",
        types=("aws:sfn/stateMachine:StateMachine",),
        judge=equals("tracingConfiguration.enabled", wanted=True, fault="does not trace"),
        fix="set tracing_configuration with enabled=True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
        frameworks=("CKV_AWS_284", "AwsSolutions-SF2"),
    ),
)
