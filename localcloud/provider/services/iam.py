"""AWS Identity and Access Management: https://docs.aws.amazon.com/IAM/latest/APIReference/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider import cloud as clouds
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

# What a role may do, where the program says so in the role itself and not in resources beside it.
GRANTS = ("inlinePolicies", "managedPolicyArns")


class RoleResource(Resource):
    """A role; where the program names its policies in the role, the role has those and no others."""

    def request(self, operation: str, values: Values) -> Request:
        """The trust policy has another name at create than in the call that changes it."""
        request = super().request(operation, values)
        if not request.members.get("PermissionsBoundary", True):
            del request.members["PermissionsBoundary"]  # AWS takes an ARN or nothing
        if operation == "PutRolePolicy":
            request.placed.update({"inlinePolicies.name", "inlinePolicies.policy"})
        if operation == "UpdateAssumeRolePolicy" and "assumeRolePolicy" in values:
            request.placed.add("assumeRolePolicy")
            request.origins["PolicyDocument"] = "assumeRolePolicy"
            if isinstance(values["assumeRolePolicy"], str):
                request.members["PolicyDocument"] = values["assumeRolePolicy"]
        return request

    def run_call(self, cloud: Cloud, call: Call, values: Values, concerned: frozenset[str]) -> None:
        """Grants are lists in Pulumi, and one call for each of them in AWS."""
        if not concerned & {*GRANTS}:
            super().run_call(cloud, call, values, concerned)
        elif call.operation == "AttachRolePolicy" and values.get("managedPolicyArns") is not None:
            _attach(cloud, values["name"], set(values["managedPolicyArns"]))
        elif call.operation == "PutRolePolicy" and values.get("inlinePolicies") is not None:
            _put(
                cloud, values["name"], {one["name"]: one["policy"] for one in values["inlinePolicies"] if one}
            )

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Without grants, unless the program names them."""
        return {name: value for name, value in found.items() if name not in GRANTS or _names(values, name)}

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the role, and what it may do if that is asked for."""
        found = super().run_read(cloud, values)
        if found is None:
            return None
        if _names(values, "managedPolicyArns"):
            found["managedPolicyArns"] = sorted(_attached(cloud, values["name"]))
        if _names(values, "inlinePolicies"):
            inline = _inline(cloud, values["name"])
            found["inlinePolicies"] = [{"name": name, "policy": text} for name, text in inline.items()]
        return found

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """AWS deletes no role that may do anything."""
        if values.get("forceDetachPolicies") or values.get("managedPolicyArns"):
            _attach(cloud, values["name"], set())
        if values.get("forceDetachPolicies") or values.get("inlinePolicies"):
            _put(cloud, values["name"], {})
        super().run_delete(cloud, values)


def _names(values: Values, grants: str) -> bool:
    """Whether a program names the grants; at an import there is no program to say so."""
    return "assumeRolePolicy" not in values or values.get(grants) is not None


def _attached(cloud: Cloud, role: str) -> set[str]:
    listed = clouds.pages(cloud, "iam", "ListAttachedRolePolicies", {"RoleName": role}, at="AttachedPolicies")
    return {policy["PolicyArn"] for policy in listed}


def _attach(cloud: Cloud, role: str, wanted: set[str]) -> None:
    present = _attached(cloud, role)
    for arn in sorted(wanted - present):
        cloud.call("iam", "AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    for arn in sorted(present - wanted):
        cloud.call("iam", "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})


def _inline(cloud: Cloud, role: str) -> dict[str, str]:
    names = clouds.pages(cloud, "iam", "ListRolePolicies", {"RoleName": role}, at="PolicyNames")
    found = {}
    for name in sorted(names):
        answer = cloud.call("iam", "GetRolePolicy", {"RoleName": role, "PolicyName": name})
        document = answer["PolicyDocument"]
        found[name] = json.dumps(document) if isinstance(document, Mapping) else document
    return found


def _put(cloud: Cloud, role: str, wanted: Mapping[str, str]) -> None:
    present = _inline(cloud, role)
    for name, text in wanted.items():
        request = {"RoleName": role, "PolicyName": name, "PolicyDocument": text}
        cloud.call("iam", "PutRolePolicy", request)
    for name in present.keys() - wanted.keys():
        cloud.call("iam", "DeleteRolePolicy", {"RoleName": role, "PolicyName": name})


RESOURCES = (
    RoleResource(
        type="aws:iam/role:Role",
        service="iam",
        create="CreateRole",
        reads=(Read(operation="GetRole", at="Role"),),
        updates=(
            Call(operation="UpdateAssumeRolePolicy", properties=("assumeRolePolicy",)),
            Call(operation="UpdateRoleDescription", properties=("description",)),
            Call(operation="UpdateRole", properties=("maxSessionDuration",), only_changed=True),
            Call(
                operation="PutRolePermissionsBoundary",
                properties=("permissionsBoundary",),
                otherwise="DeleteRolePermissionsBoundary",
            ),
            Call(operation="AttachRolePolicy", properties=("managedPolicyArns",)),
            Call(operation="PutRolePolicy", properties=("inlinePolicies",)),
        ),
        delete="DeleteRole",
        id="{name}",
        name=Name(longest=64),
        names={"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName", "uniqueId": "RoleId"},
        answers={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
        replace=("name", "namePrefix", "path"),
        defaults={
            "description": "",
            "forceDetachPolicies": False,
            "maxSessionDuration": 3600,
            "path": "/",
            "permissionsBoundary": "",  # none; one that somebody adds is drift
        },
        json=("assumeRolePolicy", "inlinePolicies.policy"),
        handled={"forceDetachPolicies": ""},
        kept=GRANTS,
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
        limits={
            "inlinePolicies.name": Limit(longest=128, pattern=r"[\w+=,.@-]+"),
            "managedPolicyArns": Limit(longest=20, pattern=r"arn:[\w-]+:iam::(aws|\d{12}):policy/.+"),
        },
        tags=Tags(resource="name", tag="TagRole", untag="UntagRole", read="ListRoleTags"),
    ),
    Resource(
        type="aws:iam/rolePolicy:RolePolicy",
        service="iam",
        create="PutRolePolicy",
        reads=(Read(operation="GetRolePolicy"),),
        updates=(Call(operation="PutRolePolicy", properties=("policy",)),),
        delete="DeleteRolePolicy",
        id="{role}:{name}",
        name=Name(longest=128),
        names={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
        replace=("name", "namePrefix", "role"),
        json=("policy",),
    ),
)
