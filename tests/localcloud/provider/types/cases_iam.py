"""AWS IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(service: str) -> str:
    return document(Principal={"Service": service}, Action="sts:AssumeRole")


def bounds(it: Scene) -> dict[str, str]:
    """Managed policies that may bound a role: name to ARN."""
    made = {}
    for name in ("narrow", "wide"):
        answer = it.aws("iam").create_policy(
            PolicyName=name, PolicyDocument=document(Action="sqs:*", Resource="*")
        )
        made[name] = answer["Policy"]["Arn"]
    return made


CASES = [
    Case(
        type="aws:iam/role:Role",
        needs=bounds,
        inputs=lambda it: {
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "maxSessionDuration": 7200,
            "permissionsBoundary": it.needs["narrow"],
            "tags": {"owner": "us"},
        },
        update=lambda it: {
            "assumeRolePolicy": trust("iot.amazonaws.com"),
            "maxSessionDuration": 3600,
            "permissionsBoundary": it.needs["wide"],
        },
        seen=lambda it: [
            (
                role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"],
                role["MaxSessionDuration"],
                role["PermissionsBoundary"]["PermissionsBoundaryArn"].rpartition("/")[2],
            )
            for role in [it.aws("iam").get_role(RoleName=it.id)["Role"]]
        ],
        expected=[("iot.amazonaws.com", 3600, "wide")],
        replace={"path": "/functions/"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-iam-role.html",
        drift=lambda it: [
            it.aws("iam").update_role(RoleName=it.id, MaxSessionDuration=14400),
            it.aws("iam").delete_role_permissions_boundary(RoleName=it.id),
        ],
        drifted={"maxSessionDuration", "permissionsBoundary"},
        vanish=lambda it: it.aws("iam").delete_role(RoleName=it.id),
    ),
    Case(
        type="aws:iam/rolePolicy:RolePolicy",
        needs=lambda it: {
            name: it.make("aws:iam/role:Role", name=name, assumeRolePolicy=trust("lambda.amazonaws.com"))
            for name in ("clerk", "driver")
        },
        inputs={
            "role": "clerk",
            "name": "read",
            "policy": document(Action="sqs:ReceiveMessage", Resource="*"),
        },
        update={"policy": document(Action="sqs:SendMessage", Resource="*")},
        seen=lambda it: it.aws("iam").get_role_policy(RoleName="clerk", PolicyName="read")["PolicyDocument"][
            "Statement"
        ][0]["Action"],
        expected="sqs:SendMessage",
        replace={"role": "driver"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-iam-rolepolicy.html",
        drift=lambda it: it.aws("iam").put_role_policy(
            RoleName="clerk", PolicyName="read", PolicyDocument=document(Action="*", Resource="*")
        ),
        drifted={"policy"},
        vanish=lambda it: it.aws("iam").delete_role_policy(RoleName="clerk", PolicyName="read"),
    ),
]
