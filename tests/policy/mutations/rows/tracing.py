"""Defects of tracing, and of the roles that traces are sent with."""

from typing import Any

from policy.graph import Resource
from tests.policy.mutations.defects import (
    TRUE,
    Change,
    edited,
    elsewhere,
    gone,
    removed,
    rows,
    source_of,
    through,
    to,
    users_of,
    value,
    with_statement,
)
from tests.policy.mutations.rows import tokens as t

SILENT = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_RULE = "lambda-role-xray-write"
_VEILED = "policy documents that name resources to be made are not known at preview"
_FUNCTIONS = users_of("role", t.FUNCTION)
_FUNCTIONS_OF_ROLE = through(source_of("role", t.ROLE), _FUNCTIONS)
_FUNCTIONS_OF_ROLES = through(source_of("roles", t.ROLE), _FUNCTIONS)
_FUNCTIONS_OF_POLICY = through(users_of("policyArn", t.ROLE_ATTACHMENT), _FUNCTIONS_OF_ROLE)


def _sends(path: str) -> Any:
    """Those whose document lets traces be sent."""
    return lambda resource: "xray:PutTraceSegments" in str(resource.read(path))


def _takes_no_function(role: Resource) -> bool:
    return role.type == t.ROLE and "lambda.amazonaws.com" not in str(role.read("assumeRolePolicy"))


def _of_traces(**changes: object) -> Change:
    """Changes the statement that lets traces be sent."""

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        statements = document["Statement"]
        listed = statements if isinstance(statements, list) else [statements]
        edited_ = [{**one, **changes} if "xray:" in str(one) else one for one in listed]
        return {**document, "Statement": edited_}

    return edited(edit)


_DOCUMENT = {
    "no statement": edited(
        lambda document: {
            **document,
            "Statement": [one for one in document["Statement"] if "xray:" not in str(one)],
        }
    ),
    "half of the actions": _of_traces(Action=["xray:PutTraceSegments"]),
    "on a resource that X-Ray does not know": _of_traces(Resource="arn:aws:xray:us-east-1:123456789012:x"),
    "denied beside it": with_statement(Effect="Deny", Action="xray:*", Resource="*"),
}

ROLES = (
    *gone(_RULE, t.ROLE_POLICY, where=_sends("policy"), on=_FUNCTIONS_OF_ROLE),
    *rows(_RULE, t.ROLE_POLICY, "policy", _DOCUMENT, where=_sends("policy"), on=_FUNCTIONS_OF_ROLE),
    *rows(
        _RULE, t.ROLE_POLICY, "policy", {"no document": to("")}, where=_sends("policy"), on=_FUNCTIONS_OF_ROLE
    ),
    *rows(
        _RULE,
        t.ROLE_POLICY,
        "role",
        {"no role": removed, "empty": to("")},
        where=_sends("policy"),
        on=_FUNCTIONS_OF_ROLE,
    ),
    *elsewhere(
        _RULE, t.ROLE_POLICY, "role", where=_sends("policy"), other=_takes_no_function, on=_FUNCTIONS_OF_ROLE
    ),
    *rows(_RULE, t.ROLE, "inlinePolicies", {"none": removed, "empty": to([])}, on=_FUNCTIONS),
    *rows(_RULE, t.ROLE, "inlinePolicies.0.policy", _DOCUMENT, on=_FUNCTIONS),
    *rows(
        _RULE,
        t.ROLE,
        "managedPolicyArns",
        {"none": removed, "empty": to([]), "another": to([SILENT])},
        on=_FUNCTIONS,
    ),
    *gone(_RULE, t.ROLE_ATTACHMENT, on=_FUNCTIONS_OF_ROLE),
    *rows(_RULE, t.ROLE_ATTACHMENT, "policyArn", {"another": to(SILENT)}, on=_FUNCTIONS_OF_ROLE),
    *rows(_RULE, t.ROLE_ATTACHMENT, "role", {"no role": removed, "empty": to("")}, on=_FUNCTIONS_OF_ROLE),
    *elsewhere(_RULE, t.ROLE_ATTACHMENT, "role", other=_takes_no_function, on=_FUNCTIONS_OF_ROLE),
    *rows(_RULE, t.POLICY, "policy", _DOCUMENT, where=_sends("policy"), on=_FUNCTIONS_OF_POLICY),
    *gone(_RULE, t.POLICY_ATTACHMENT, on=_FUNCTIONS_OF_ROLES),
    *rows(_RULE, t.POLICY_ATTACHMENT, "policyArn", {"another": to(SILENT)}, on=_FUNCTIONS_OF_ROLES),
    *rows(
        _RULE,
        t.POLICY_ATTACHMENT,
        "roles",
        {"none": removed, "empty": to([]), "another": to(["another"])},
        on=_FUNCTIONS_OF_ROLES,
    ),
    *rows(_RULE, t.FUNCTION, "role", {"no role": removed, "empty": to("")}),
    *elsewhere(_RULE, t.FUNCTION, "role", other=_takes_no_function, veiled=_VEILED),
)

ROWS = (
    *rows("lambda-xray-active", t.FUNCTION, "tracingConfig", {"not set": removed, "empty": to({})}),
    *rows("lambda-xray-active", t.FUNCTION, "tracingConfig.mode", value(["PassThrough", "", "active", True])),
    *rows("apigw-stage-xray", t.REST_STAGE, "xrayTracingEnabled", TRUE),
    *rows("sfn-xray", t.MACHINE, "tracingConfiguration", {"not set": removed, "empty": to({})}),
    *rows("sfn-xray", t.MACHINE, "tracingConfiguration.enabled", TRUE),
    *rows(
        "xray-sampling-nonzero",
        t.aws("xray/samplingRule"),
        "",
        {"nothing": lambda rule: {**rule, "fixedRate": 0, "reservoirSize": 0}},
    ),
    *rows("sns-active-tracing", t.TOPIC, "tracingConfig", value(["PassThrough", ""])),
    *ROLES,
)
