"""What DynamoDB asks of a table's keys, attributes, indexes and capacity, judged before anything is sent.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.errors import ProviderError
from localcloud.provider.services.dynamodb_keys import listed
from localcloud.provider.values import UNKNOWN, contains_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.row import Values

RESTORES = (
    "importTable",
    "restoreBackupArn",
    "restoreDateTime",
    "restoreSourceName",
    "restoreSourceTableArn",
    "restoreToLatestTime",
)
NOT_LOCAL = {
    **dict.fromkeys(RESTORES, "must be left out: the local cloud makes empty tables; restore by the AWS CLI"),
    "globalTableWitness": "must be left out: the local cloud's tables live in one region",
    "replicas": "must be left out: the local cloud's tables live in one region",
    "warmThroughput": "must be left out: the local cloud does not limit throughput",
}
# The service model lists no maximum: 35 is also what AWS assumes.
RECOVERY_DAYS = 35


def table_problems(inputs: Values) -> Iterator[tuple[str, str]]:
    """Faults of a table: pairs of property path and sentence.

    Args:
        inputs: The table's inputs; values may be `UNKNOWN`.
    """
    yield from ((name, NOT_LOCAL[name]) for name in sorted(inputs.keys() & NOT_LOCAL))
    if not inputs.get("hashKey"):
        yield "hashKey", "is required"
    if inputs.get("streamEnabled") is True and not inputs.get("streamViewType"):
        yield "streamViewType", "is required when streamEnabled is true"
    if inputs.get("streamViewType") and not inputs.get("streamEnabled"):
        yield "streamViewType", "must be left out when streamEnabled is false"
    yield from _ttl_problems(inputs.get("ttl"))
    recovery = inputs.get("pointInTimeRecovery")
    if isinstance(recovery, Mapping) and recovery.get("recoveryPeriodInDays") not in {
        None,
        UNKNOWN,
        RECOVERY_DAYS,
    }:
        path = "pointInTimeRecovery.recoveryPeriodInDays"
        yield path, f"must be left out: the local cloud keeps backups for {RECOVERY_DAYS} days"
    yield from _index_problems(inputs)
    yield from _capacity_problems(inputs)
    yield from _attribute_problems(inputs)


def require_types(wanted: Values, found: Values) -> None:
    """Refuse another type for a known attribute: AWS keeps the old one without a word.

    Args:
        wanted: The table's inputs.
        found: What the table is after the update.

    Raises:
        ProviderError: An attribute kept another type.
    """
    types = {attribute["name"]: attribute["type"] for attribute in listed(found.get("attributes"))}
    for attribute in listed(wanted.get("attributes")):
        name, kept = attribute["name"], types.get(attribute["name"])
        if kept not in {None, attribute["type"]}:
            raise ProviderError(
                f"the attribute {name} of table {wanted['name']} keeps its type {kept}: "
                "give the attribute or the table another name"
            )


def _ttl_problems(ttl: object) -> Iterator[tuple[str, str]]:
    if not isinstance(ttl, Mapping):
        return
    if ttl.get("enabled") is True and not ttl.get("attributeName"):
        yield "ttl.attributeName", "is required when ttl.enabled is true"
    if not ttl.get("enabled") and ttl.get("attributeName"):
        yield "ttl.attributeName", "must be left out when ttl.enabled is false"


def _index_problems(inputs: Values) -> Iterator[tuple[str, str]]:
    if inputs.get("localSecondaryIndexes") and not inputs.get("rangeKey"):
        yield "rangeKey", "is required for localSecondaryIndexes"
    for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        for index in listed(inputs.get(kind)):
            name = index.get("name")
            if index.get("projectionType") not in {"INCLUDE", UNKNOWN} and index.get("nonKeyAttributes"):
                yield f"{kind}.nonKeyAttributes", f"of {name} must be left out: projectionType is not INCLUDE"
            if index.get("projectionType") == "INCLUDE" and not index.get("nonKeyAttributes"):
                yield f"{kind}.nonKeyAttributes", f"of {name} is required when projectionType is INCLUDE"
            if kind == "globalSecondaryIndexes" and ("hashKey" in index) == ("keySchemas" in index):
                yield f"{kind}.hashKey", f"or keySchemas must be given for {name}, and not both"
            for throughput in ("onDemandThroughput", "warmThroughput"):
                if throughput in index:
                    yield (
                        f"{kind}.{throughput}",
                        f"of {name} must be left out: the local cloud does not limit it",
                    )


def _capacity_problems(inputs: Values) -> Iterator[tuple[str, str]]:
    mode = inputs.get("billingMode", "PROVISIONED")
    indexes = [("globalSecondaryIndexes.", one) for one in listed(inputs.get("globalSecondaryIndexes"))]
    for prefix, part in (("", inputs), *indexes):
        for name in ("readCapacity", "writeCapacity"):
            if mode == "PROVISIONED" and not part.get(name):
                yield f"{prefix}{name}", "must be 1 or more when billingMode is PROVISIONED (the default)"
            if mode == "PAY_PER_REQUEST" and part.get(name):
                yield f"{prefix}{name}", "must be left out when billingMode is PAY_PER_REQUEST"


def _attribute_problems(inputs: Values) -> Iterator[tuple[str, str]]:
    """Every key must be an attribute, and every attribute a key."""
    if contains_unknown(inputs.get("attributes")) or contains_unknown([*_key_names(inputs)]):
        return
    defined = [str(attribute.get("name")) for attribute in listed(inputs.get("attributes"))]
    keys = {str(name) for name in _key_names(inputs) if name}
    missing, unused = sorted(keys - {*defined}), sorted({*defined} - keys)
    if missing:
        yield "attributes", f"must define every key: {', '.join(missing)} is missing"
    if unused:
        yield "attributes", f"must hold keys only: no key of the table or an index uses {', '.join(unused)}"
    if len(defined) != len({*defined}):
        yield "attributes", "must define every attribute once"


def _key_names(inputs: Values) -> Iterator[Any]:
    yield from (inputs.get("hashKey"), inputs.get("rangeKey"))
    for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        if inputs.get(kind) is UNKNOWN:
            yield UNKNOWN
        for index in listed(inputs.get(kind)):
            yield from (index.get("hashKey"), index.get("rangeKey"))
            yield from (key.get("attributeName") for key in listed(index.get("keySchemas")))
