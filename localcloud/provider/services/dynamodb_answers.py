"""What DynamoDB answers, in the form that the SDK and the program use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.services.dynamodb_keys import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from localcloud.provider.row import Values


def told_otherwise(answer: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What the mapping cannot place: states instead of switches, and keys (marked with `__`).

    Args:
        answer: A table, its time to live or its backups.
        found: The properties found in it; local indexes get their keys.
    """
    facts: dict[str, Any] = {}
    if "TableStatus" in answer:
        for index, raw in zip(
            found.get("localSecondaryIndexes", ()), answer.get("LocalSecondaryIndexes", ()), strict=True
        ):
            index["rangeKey"] = keys(raw["KeySchema"])["RANGE"]
        facts["__status"] = answer["TableStatus"]
        facts["__keys"] = keys(answer["KeySchema"])
        facts["__encryption"] = answer.get("SSEDescription", {}).get("Status", "DISABLED")
    if "TimeToLiveDescription" in answer:
        ttl = answer["TimeToLiveDescription"]
        enabled = ttl["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
        facts["ttl"] = {"enabled": enabled, "attributeName": ttl.get("AttributeName", "")}
    if "ContinuousBackupsDescription" in answer:
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        facts["pointInTimeRecovery"] = {"enabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED"}
    return facts


def completed(found: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """A table's properties with keys as the program writes them, and what AWS does not tell while it is off.

    Args:
        found: All that was read.
        values: What the program and the old state say.
    """
    own = {index.get("name"): index for index in listed(values.get("globalSecondaryIndexes"))}
    indexes = [
        in_form_of(own.get(index["name"], {}), index) for index in found.get("globalSecondaryIndexes", ())
    ]
    found = {
        "billingMode": "PROVISIONED",
        "streamEnabled": False,
        "tableClass": "STANDARD",
        **found,
        "globalSecondaryIndexes": indexes,
        "hashKey": found["__keys"]["HASH"],
        "rangeKey": found["__keys"].get("RANGE"),
    }
    for part in (found, *indexes) if found["billingMode"] == "PAY_PER_REQUEST" else ():
        part.pop("readCapacity", None)
        part.pop("writeCapacity", None)
    key = found.get("serverSideEncryption", {}).get("kmsKeyArn", "")
    encrypted = found["__encryption"] in {"ENABLED", "ENABLING", "UPDATING"}
    found["serverSideEncryption"] = {"enabled": encrypted}
    # The key that AWS manages is not told, as the official provider does.
    if encrypted and not key.endswith("alias/aws/dynamodb"):
        found["serverSideEncryption"]["kmsKeyArn"] = key
    if not found.get("ttl", {}).get("enabled"):
        found["ttl"] = {"enabled": False}
    for name, nothing in (("onDemandThroughput", -1), ("warmThroughput", 0)):
        if all(value == nothing for value in found.get(name, {}).values()):
            found.pop(name, None)
    return {name: value for name, value in found.items() if value is not None}


def keys(schema: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Kind of key -> attribute, of a schema with one of each."""
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def in_form_of(own: Values, index: dict[str, Any]) -> dict[str, Any]:
    """An index of the cloud, with its keys as the program writes them."""
    if "hashKey" not in own:
        return index
    keys = {key["keyType"]: key["attributeName"] for key in index["keySchemas"]}
    flat = {**index, "hashKey": keys.get("HASH"), "rangeKey": keys.get("RANGE")}
    return {name: value for name, value in flat.items() if name != "keySchemas" and value is not None}
