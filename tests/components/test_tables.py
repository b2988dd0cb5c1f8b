"""The table: keys, indexes, and what keeps its data."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.location import Location
from components.tables import Tables, TablesArgs
from tests.support.program import Deployed

TABLE = "aws:dynamodb/table:Table"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def args(location: Location, key: str) -> TablesArgs:
    return TablesArgs(
        table_name="omnitrack-staging-main",
        location=location,
        key_arn=key,
        billing_mode="PAY_PER_REQUEST",
        read_capacity=5,
        write_capacity=6,
        deletion_protection=True,
    )


def test_the_table_has_the_keys_and_indexes_of_the_architecture(deploy: Deploy, args: TablesArgs) -> None:
    table = deploy(lambda: Tables("tables", args)).only(TABLE)
    assert (table["hashKey"], table["rangeKey"]) == ("PK", "SK")
    indexes = {
        index["name"]: [(key["attributeName"], key["keyType"]) for key in index["keySchemas"]]
        for index in table["globalSecondaryIndexes"]
    }
    assert indexes == {
        "GSI1": [("GSI1PK", "HASH"), ("GSI1SK", "RANGE")],
        "GSI2": [("GSI2PK", "HASH"), ("GSI2SK", "RANGE")],
    }
    assert {index["projectionType"] for index in table["globalSecondaryIndexes"]} == {"ALL"}
    used = {"PK", "SK", *(name for keys in indexes.values() for name, _ in keys)}
    assert {attribute["name"] for attribute in table["attributes"]} == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ttl", {"attributeName": "expiresAt", "enabled": True}),
        ("streamViewType", "NEW_AND_OLD_IMAGES"),
        ("streamEnabled", True),
        ("pointInTimeRecovery", {"enabled": True}),
        ("deletionProtectionEnabled", True),
    ],
)
def test_the_table_expires_streams_and_recovers(
    deploy: Deploy, args: TablesArgs, name: str, value: Any
) -> None:
    assert deploy(lambda: Tables("tables", args)).only(TABLE)[name] == value


def test_the_table_is_encrypted_with_the_given_key(deploy: Deploy, args: TablesArgs, key: str) -> None:
    table = deploy(lambda: Tables("tables", args)).only(TABLE)
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}


def test_capacity_is_set_where_it_is_paid_for(deploy: Deploy, args: TablesArgs) -> None:
    on_demand = deploy(lambda: Tables("tables", args)).only(TABLE)
    assert on_demand.get("readCapacity") is None
    table = deploy(lambda: Tables("tables", replace(args, billing_mode="PROVISIONED"))).only(TABLE)
    for place in (table, *table["globalSecondaryIndexes"]):
        assert (place["readCapacity"], place["writeCapacity"]) == (5, 6)


def test_a_grant_names_the_table_and_its_key(deploy: Deploy, args: TablesArgs, key: str) -> None:
    made: list[Tables] = []
    deploy(lambda: made.append(Tables("tables", args)))
    items, encryption = made[0].grants(["dynamodb:GetItem"], reason="reads")
    assert items.resources == ("arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-staging-main",)
    assert items.actions == ["dynamodb:GetItem"]
    assert encryption.resources == (key,)
