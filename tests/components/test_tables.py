"""The table: keys, indexes, and what keeps its data."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.location import Location
from components.tables import Tables, TablesArgs
from tests.support.program import Deployed

TABLE, MAIN, CONNECTIONS = "aws:dynamodb/table:Table", "tables-main", "tables-connections"
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-staging-main"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def args(location: Location, key: str) -> TablesArgs:
    return TablesArgs(
        table_name="omnitrack-staging-main",
        connections_name="omnitrack-staging-connections",
        location=location,
        key_arn=key,
        billing_mode="PAY_PER_REQUEST",
        read_capacity=5,
        write_capacity=6,
        deletion_protection=True,
    )


def test_the_table_has_the_keys_and_indexes_of_the_architecture(deploy: Deploy, args: TablesArgs) -> None:
    table = deploy(lambda: Tables("tables", args)).only(TABLE, MAIN)
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
    assert deploy(lambda: Tables("tables", args)).only(TABLE, MAIN)[name] == value


def test_the_table_is_encrypted_with_the_given_key(deploy: Deploy, args: TablesArgs, key: str) -> None:
    table = deploy(lambda: Tables("tables", args)).only(TABLE, MAIN)
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}


def test_capacity_is_set_where_it_is_paid_for(deploy: Deploy, args: TablesArgs) -> None:
    on_demand = deploy(lambda: Tables("tables", args)).only(TABLE, MAIN)
    assert on_demand.get("readCapacity") is None
    table = deploy(lambda: Tables("tables", replace(args, billing_mode="PROVISIONED"))).only(TABLE, MAIN)
    for place in (table, *table["globalSecondaryIndexes"]):
        assert (place["readCapacity"], place["writeCapacity"]) == (5, 6)


def test_sockets_have_a_table_without_index_and_stream_that_is_kept_as_the_other(
    deploy: Deploy, args: TablesArgs, key: str
) -> None:
    table = deploy(lambda: Tables("tables", args)).only(TABLE, CONNECTIONS)
    assert table["name"] == "omnitrack-staging-connections"
    assert (table["hashKey"], table["rangeKey"]) == ("PK", "SK")
    assert not {"globalSecondaryIndexes", "streamEnabled", "streamViewType"} & set(table)
    assert table["ttl"] == {"attributeName": "expiresAt", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}
    assert table["deletionProtectionEnabled"] is True


def made(deploy: Deploy, args: TablesArgs) -> Tables:
    tables: list[Tables] = []
    deploy(lambda: tables.append(Tables("tables", args)))
    return tables[0]


def test_a_grant_names_the_table_and_its_key(deploy: Deploy, args: TablesArgs, key: str) -> None:
    items, encryption = made(deploy, args).main.grants(["dynamodb:GetItem"], reason="reads")
    assert items.resources == (ARN,)
    assert items.actions == ["dynamodb:GetItem"]
    assert encryption.resources == (key,)


def test_an_index_is_queried_where_the_grant_says_so(deploy: Deploy, args: TablesArgs) -> None:
    grants = made(deploy, args).main.grants(["dynamodb:GetItem"], reason="lists", indexes=["GSI1"])
    (query,) = [grant for grant in grants if "dynamodb:Query" in grant.actions]
    assert query.resources == [f"{ARN}/index/GSI1"]


def test_whoever_reads_the_stream_may_read_no_item(deploy: Deploy, args: TablesArgs, key: str) -> None:
    grants = made(deploy, args).main.stream_grants(reason="follows")
    actions = {action for grant in grants for action in grant.actions}
    assert actions == {
        *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        *("dynamodb:ListStreams", "kms:Decrypt"),
    }
    assert key in grants[-1].resources


def test_both_tables_are_backed_up_by_their_names(deploy: Deploy, args: TablesArgs) -> None:
    (both, _) = made(deploy, args).grants(["dynamodb:DescribeTable"], reason="backs up")
    assert both.resources == (ARN, ARN.replace("-main", "-connections"))
