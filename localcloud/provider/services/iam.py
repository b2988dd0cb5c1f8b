"""AWS Identity and Access Management: https://docs.aws.amazon.com/IAM/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Name, Read, Tags, Values

if TYPE_CHECKING:
    from localcloud.provider.shapes import Request


class RoleResource(Resource):
    """A role; its trust policy has another name at create than in the call that changes it."""

    def request(self, operation: str, values: Values) -> Request:
        """Rename the trust policy."""
        request = super().request(operation, values)
        if operation == "UpdateAssumeRolePolicy" and "assumeRolePolicy" in values:
            request.placed.add("assumeRolePolicy")
            request.origins["PolicyDocument"] = "assumeRolePolicy"
            if isinstance(values["assumeRolePolicy"], str):
                request.members["PolicyDocument"] = values["assumeRolePolicy"]
        return request


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
        ),
        delete="DeleteRole",
        id="{name}",
        name=Name(longest=64),
        names={"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName", "uniqueId": "RoleId"},
        answers={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
        replace=("name", "namePrefix", "path"),
        defaults={"description": "", "maxSessionDuration": 3600, "path": "/"},
        json=("assumeRolePolicy",),
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
