"""What data sources answer, made up as `policy.mocks` makes up resources."""

import importlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from pulumi._types import output_type_types
from pulumi.output import Unknown
from pulumi.runtime import rpc

from policy.mocks import Cloud


def look_up(cloud: Cloud, token: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """The answer of a data source: what nobody made up stays unknown, as in a preview.

    Args:
        cloud: the account and region that are asked.
        token: which one, as in `aws:index/getRegion:getRegion`.
        arguments: what it is asked for, under camelCase names.
    """
    hidden = dict.fromkeys(_output_names(token), rpc.UNKNOWN)
    if hidden:
        for name, method in _OF_UNKNOWN.items():
            setattr(Unknown, name, method)
    return {**hidden, **_made_up(cloud, token, arguments)}


_OF_UNKNOWN: Final[Mapping[str, object]] = {
    # The SDK's result types take nothing of another type than theirs but what is false.
    "__bool__": lambda _unknown: False,
    # Programs look into an answer, also where nothing is known of it.
    "__getitem__": lambda unknown, _key: unknown,
    "__iter__": None,  # it would have no end
    "__str__": lambda _unknown: rpc.UNKNOWN,
}
"""What the SDK's unknown value lacks to stand in an answer of which other parts are known."""


@cache
def _output_names(token: str) -> tuple[str, ...]:
    """The outputs of a data source by the SDK's type of its result; none where there is no such type."""
    package, _, rest = token.partition(":")
    path, _, function = rest.rpartition(":")
    name = path.partition("/")[0]
    places = {"index": "", "lambda": ".lambda_"}
    try:
        module = importlib.import_module(f"pulumi_{package}{places.get(name, f'.{name}')}")
    except ImportError:
        return ()
    result = getattr(module, f"{function[:1].upper()}{function[1:]}Result", None)
    return tuple(output_type_types(result)) if result else ()


def _made_up(cloud: Cloud, token: str, arguments: Mapping[str, object]) -> dict[str, object]:
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
    outputs: dict[str, object] = {
        "region": cloud.region,
        **arguments,
        **cloud.answer(type_, f"{token}::{asked}", arguments),
    }
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
