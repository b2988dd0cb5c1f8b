"""What data sources answer, made up as `policy.mocks` makes up resources."""

import json
from collections.abc import Mapping, Sequence

from policy.mocks import Cloud


def look_up(cloud: Cloud, token: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """The answer of a data source.

    Args:
        cloud: the account and region that are asked.
        token: which one, as in `aws:index/getRegion:getRegion`.
        arguments: what it is asked for, under camelCase names.
    """
    function = token.rpartition(":")[2]
    match function:
        case "getCallerIdentity":
            arn = f"arn:{cloud.partition}:iam::{cloud.account}:root"
            return {"accountId": cloud.account, "arn": arn, "userId": cloud.account, "id": cloud.account}
        case "getRegion":
            return {"region": cloud.region, "name": cloud.region, "id": cloud.region, "description": ""}
        case "getPartition":
            suffix = "amazonaws.com.cn" if cloud.partition == "aws-cn" else "amazonaws.com"
            return {"partition": cloud.partition, "id": cloud.partition, "dnsSuffix": suffix}
        case "getAvailabilityZones":
            zones = [f"{cloud.region}{letter}" for letter in "abc"]
            return {"names": zones, "zoneIds": zones, "id": cloud.region}
        case "getPolicyDocument":
            return {
                "id": "1",
                "json": policy_document(arguments),
                "minifiedJson": policy_document(arguments),
            }
    kind = function.removeprefix("get")
    type_ = token.replace(f"/{function}:", f"/{kind[:1].lower()}{kind[1:]}:")
    asked = next((value for value in arguments.values() if isinstance(value, str)), kind)
    outputs: dict[str, object] = {**arguments, **cloud.answer(type_, f"{token}::{asked}", arguments)}
    if asked.startswith("alias/"):  # whose key it is shows in the alias only
        arn = f"arn:{cloud.partition}:kms:{cloud.region}:{cloud.account}:{asked}"
        outputs |= {"arn": arn, "targetKeyArn": arn}
    return outputs


def policy_document(arguments: Mapping[str, object]) -> str:
    """The JSON that `aws.iam.get_policy_document` makes of its arguments."""
    statements: list[object] = []
    for text in _list(arguments.get("sourcePolicyDocuments")):
        statements += _list(json.loads(str(text)).get("Statement"))
    statements += [_statement(one) for one in _list(arguments.get("statements")) if isinstance(one, Mapping)]
    for text in _list(arguments.get("overridePolicyDocuments")):
        statements += _list(json.loads(str(text)).get("Statement"))
    return json.dumps({"Version": arguments.get("version") or "2012-10-17", "Statement": statements})


def _statement(given: Mapping[str, object]) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": given.get("effect") or "Allow"}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if values := given.get(f"{name[0].lower()}{name[1:]}s"):
            statement[name] = values
    for name in ("Principal", "NotPrincipal"):
        if found := _list(given.get(f"{name[0].lower()}{name[1:]}s")):
            statement[name] = _principals(found)
    conditions: dict[str, dict[str, object]] = {}
    for one in _list(given.get("conditions")):
        if isinstance(one, Mapping):
            conditions.setdefault(str(one["test"]), {})[str(one["variable"])] = one["values"]
    return statement | ({"Condition": conditions} if conditions else {})


def _principals(found: Sequence[object]) -> object:
    principals: dict[str, list[object]] = {}
    for one in found:
        if isinstance(one, Mapping):
            principals.setdefault(str(one["type"]), []).extend(_list(one["identifiers"]))
    return "*" if principals.get("*") == ["*"] else principals


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
