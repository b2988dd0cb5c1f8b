"""Tracing: requests are followed by X-Ray through stages, functions and state machines.

API Gateway v2 stages are not judged: X-Ray follows REST APIs only.
"""

from policy.graph import UNKNOWN, Resource
from policy.predicates import equals, is_, when
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules import tracing_roles

FUNCTION = "aws:lambda/function:Function"


def samples_something(rule: Resource, _context: Context) -> Verdict:
    """A sampling rule takes some of the requests it matches, by its rate or by its reservoir."""
    sizes = [rule.read(name) for name in ("fixedRate", "reservoirSize")]
    if any(isinstance(size, int | float) and size > 0 for size in sizes):
        return None
    return UNKNOWN if UNKNOWN in sizes else "samples no request"


RULES = (
    Rule(
        id="lambda-xray-active",
        title="A function traces by itself.",
        types=(FUNCTION,),
        # PassThrough follows only what a caller samples already.
        judge=equals("tracingConfig.mode", wanted="Active", fault="does not trace by itself"),
        fix='set tracing_config with mode="Active"',
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        frameworks=("CKV_AWS_50", "LambdaTracing", "AWS-0066"),
    ),
    Rule(
        id="apigw-stage-xray",
        title="A REST stage traces its requests.",
        types=("aws:apigateway/stage:Stage",),
        judge=equals("xrayTracingEnabled", wanted=True, fault="does not trace"),
        fix="set xray_tracing_enabled to True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html",
        frameworks=("FSBP APIGateway.3", "CT.APIGATEWAY.PR.2", "CKV_AWS_73", "APIGWXrayEnabled", "AWS-0003"),
    ),
    Rule(
        id="sfn-xray",
        title="A state machine traces its executions.",
        types=("aws:sfn/stateMachine:StateMachine",),
        judge=equals("tracingConfiguration.enabled", wanted=True, fault="does not trace"),
        fix="set tracing_configuration with enabled=True",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
        frameworks=("CKV_AWS_284", "AwsSolutions-SF2"),
    ),
    Rule(
        id="lambda-role-xray-write",
        title="The role of a function that traces may send traces to X-Ray.",
        types=(FUNCTION,),
        related=tracing_roles.RELATED,
        judge=when(is_("tracingConfig.mode", wanted="Active"), tracing_roles.may_send_traces),
        fix="allow the role xray:PutTraceSegments and xray:PutTelemetryRecords on * in an iam.RolePolicy, "
        "or attach iam.ManagedPolicy.AWS_XRAY_WRITE_ONLY_ACCESS",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        level=Level.ADVISORY,
    ),
    Rule(
        id="xray-sampling-nonzero",
        title="A sampling rule takes some of the requests it matches.",
        types=("aws:xray/samplingRule:SamplingRule",),
        judge=samples_something,
        fix="set fixed_rate or reservoir_size above 0",
        severity=Severity.LOW,
        source="https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html",
        level=Level.ADVISORY,
    ),
    Rule(
        id="sns-active-tracing",
        title="A topic traces its deliveries.",
        types=("aws:sns/topic:Topic",),
        judge=equals("tracingConfig", wanted="Active", fault="does not trace by itself"),
        fix="set tracing_config to Active",
        severity=Severity.LOW,
        source="https://docs.aws.amazon.com/sns/latest/dg/sns-active-tracing.html",
        level=Level.ADVISORY,
    ),
)
