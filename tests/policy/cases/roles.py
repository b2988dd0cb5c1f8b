"""What the cases on the roles of functions are made of."""

import json
from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import UNKNOWN_TEXT, cases_of, resource, without_none

FUNCTION = "aws:lambda/function:Function"
ROLE_TYPE = "aws:iam/role:Role"
ROLE_ARN = "arn:aws:iam::123456789012:role/twin"
POLICY_ARN = "arn:aws:iam::123456789012:policy/traces"
AWS_POLICY = "arn:aws:iam::aws:policy/{}"
BASIC = AWS_POLICY.format("service-role/AWSLambdaBasicExecutionRole")
TRACES = "xray:PutTraceSegments"
TELEMETRY = "xray:PutTelemetryRecords"
FORBIDDEN = "has a role that may not send traces"
DENIED = "has a role that is denied to send traces"


def allow(*actions: str, effect: str = "Allow", on: object = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": on, **more}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


WRITES = document(allow(TRACES, TELEMETRY))
LOGS = document(allow("logs:PutLogEvents"))


def role(name: str = "role", **properties: Any) -> Resource:
    return resource(
        ROLE_TYPE,
        {"name": "twin", **properties},
        name=name,
        outputs={"arn": UNKNOWN_TEXT, "id": UNKNOWN_TEXT},
    )


ROLE = role()
OTHER_ROLE = resource(ROLE_TYPE, {"name": "other"}, name="other", outputs={"id": "other"})


def function(of: Resource | None = ROLE, arn: object = UNKNOWN_TEXT, **properties: Any) -> Resource:
    return resource(
        FUNCTION,
        {"tracingConfig": {"mode": "Active"}, **without_none(role=arn), **properties},
        sources={"role": [of] if of else []},
    )


def role_policy(text: object, of: Sequence[Resource] = (ROLE,), name: object = UNKNOWN_TEXT) -> Resource:
    return resource(
        "aws:iam/rolePolicy:RolePolicy", {"policy": text, "role": name}, name="inline", sources={"role": of}
    )


def attach(
    arn: object,
    of: Sequence[Resource] = (ROLE,),
    policies: Sequence[Resource] = (),
    name: object = UNKNOWN_TEXT,
) -> Resource:
    return resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"policyArn": arn, "role": name},
        name="attachment",
        sources={"role": of, "policyArn": policies},
    )


def attach_to_roles(roles: object, *of: Resource) -> Resource:
    return resource(
        "aws:iam/policyAttachment:PolicyAttachment",
        {"policyArn": AWS_POLICY.format("AWSXRayDaemonWriteAccess"), "roles": roles},
        name="attachment",
        sources={"roles": of},
    )


def policy(text: object, name: str = "traces") -> Resource:
    arn = POLICY_ARN.replace("traces", name)
    return resource("aws:iam/policy:Policy", {"policy": text}, name=name, outputs={"arn": arn})


case = cases_of("lambda-role-xray-write")
