"""Who calls functions of AWS Lambda, and by what name: https://docs.aws.amazon.com/lambda/latest/api/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

STATEMENT_CONDITIONS = {
    "eventSourceToken": "lambda:EventSourceToken",
    "functionUrlAuthType": "lambda:FunctionUrlAuthType",
    "invokedViaFunctionUrl": "lambda:InvokedViaFunctionUrl",
    "principalOrgId": "aws:PrincipalOrgID",
    "sourceAccount": "AWS:SourceAccount",
    "sourceArn": "AWS:SourceArn",
}


class AliasResource(Resource):
    """An alias; its function is named as the program names it, by name or ARN."""

    def from_id(self, resource_id: str) -> dict[str, str]:
        """An id is the ARN; an import may name `function/alias`."""
        if resource_id.startswith("arn:"):
            return {"arn": resource_id}
        function, _, name = resource_id.rpartition("/")
        return {"functionName": function, "name": name} if function else {}

    def request(self, operation: str, values: Values) -> Request:
        """The ARN alone tells the function and the alias."""
        if values.get("arn") and values["arn"] is not UNKNOWN:
            _, function, name = str(values["arn"]).rsplit(":", 2)
            values = {"functionName": function, "name": name, **values}
        return super().request(operation, values)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The function's name, and the address of the alias for API Gateway."""
        _, function, name = found["arn"].rsplit(":", 2)
        region, partition = found["arn"].split(":")[3], found["arn"].split(":")[1]
        path = f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions"
        found["invokeArn"] = f"{path}/{found['arn']}/invocations"
        if not found.get("routingConfig", {}).get("additionalVersionWeights"):
            found.pop("routingConfig", None)
        return {**found, "functionName": values.get("functionName", function), "name": name}


class PermissionResource(Resource):
    """A permission: one statement of the function's policy."""

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The statement's; an import names `function/statement` or `function:qualifier/statement`."""
        function, _, statement = resource_id.rpartition("/")
        name, _, qualifier = function.partition(":")
        found = {"function": name, "qualifier": qualifier, "statementId": statement}
        return {key: value for key, value in found.items() if value}

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Find the statement in the policy."""
        kept = {name: values[name] for name in ("function", "qualifier") if values.get(name)}
        try:
            answer = cloud.call("lambda", "GetPolicy", self.request("GetPolicy", kept).members)
        except CallError as error:
            if error.means_not_found():
                return None
            raise
        statements = json.loads(answer["Policy"])["Statement"]
        found = next((one for one in statements if one.get("Sid") == values["statementId"]), None)
        return None if found is None else {**kept, **_statement(found, values)}


def _statement(statement: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The properties that a statement of a function's policy stands for."""
    principal = statement["Principal"]
    if isinstance(principal, Mapping):
        principal = principal.get("Service") or principal.get("AWS")
    # Lambda writes an account as its root user.
    if f":{values.get('principal')}:root" in str(principal):
        principal = values["principal"]
    conditions = {
        key.lower(): value for part in statement.get("Condition", {}).values() for key, value in part.items()
    }
    found = {name: conditions.get(key.lower()) for name, key in STATEMENT_CONDITIONS.items()}
    if found["invokedViaFunctionUrl"] is not None:
        found["invokedViaFunctionUrl"] = str(found["invokedViaFunctionUrl"]).lower() == "true"
    return {
        "action": statement["Action"],
        "principal": principal,
        **{name: value for name, value in found.items() if value is not None},
    }


RESOURCES = (
    AliasResource(
        type="aws:lambda/alias:Alias",
        service="lambda",
        create="CreateAlias",
        reads=(Read(operation="GetAlias"),),
        updates=(Call(operation="UpdateAlias"),),
        delete="DeleteAlias",
        id="{arn}",
        name=Name(longest=128),
        names={"arn": "AliasArn"},
        replace=("name", "functionName"),
        defaults={"description": ""},
        cleared={"routingConfig": {"additionalVersionWeights": {}}},
        limits={"functionVersion": Limit(pattern=r"\$LATEST|[0-9]+")},
    ),
    PermissionResource(
        type="aws:lambda/permission:Permission",
        service="lambda",
        create="AddPermission",
        reads=(Read(operation="GetPolicy"),),
        delete="RemovePermission",
        id="{statementId}",
        imports="{function}/{statementId}",
        name=Name(property="statementId", longest=100),
        names={"function": "FunctionName"},
        replace=(
            "action",
            "function",
            "principal",
            "qualifier",
            "statementId",
            *STATEMENT_CONDITIONS,
        ),
        retry=("The provided principal was invalid",),
    ),
)
