"""Keys of tables and indexes: Pulumi has `hashKey` and `rangeKey`, DynamoDB a key schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.values import UNKNOWN, Plain

if TYPE_CHECKING:
    from localcloud.provider.row import Values


def listed(value: object) -> Iterable[Mapping[str, Any]]:
    """The objects of a list that may be unknown."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def key_schema(hash_key: object, range_key: object) -> list[dict[str, object]]:
    """The API's key schema, in Pulumi's names."""
    keys = (("HASH", hash_key), ("RANGE", range_key))
    return [{"attributeName": name, "keyType": kind} for kind, name in keys if name]


def with_key_schema(index: Plain, table: Values) -> Plain:
    """An index as the API has it; one without a hash key of its own has the table's."""
    if index is UNKNOWN or "keySchemas" in index:
        return index
    kept = {name: value for name, value in index.items() if name not in {"hashKey", "rangeKey"}}
    return {
        **kept,
        "keySchemas": key_schema(index.get("hashKey", table.get("hashKey")), index.get("rangeKey")),
    }


def identity(index: Mapping[str, Any]) -> tuple[object, ...]:
    """What an index cannot change."""
    projection = index["Projection"]
    kept = frozenset(projection.get("NonKeyAttributes", ()))
    return (index["KeySchema"], projection.get("ProjectionType"), kept)
