"""The platform's data: two tables, keys and indexes as in docs/architecture.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import dynamodb

from components.permissions import Grant, key_grants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.location import Location

INDEXES = ("GSI1", "GSI2")
TTL_ATTRIBUTE = "expiresAt"
STREAM_VIEW = "NEW_AND_OLD_IMAGES"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
KEY_USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
KEY_USE_TO_READ_STREAM = ("kms:Decrypt",)


@dataclass(frozen=True, kw_only=True)
class TablesArgs:
    """How the tables are kept.

    Attributes:
        table_name: Physical name of the main table.
        connections_name: Physical name of the table of sockets.
        location: Account and region.
        key_arn: The customer key; None for AWS's own.
        billing_mode: PAY_PER_REQUEST or PROVISIONED.
        read_capacity: Read units of each table and index, where provisioned.
        write_capacity: Write units of each table and index, where provisioned.
        deletion_protection: Whether AWS refuses to delete the tables.
    """

    table_name: str
    connections_name: str
    location: Location
    key_arn: pulumi.Input[str] | None
    billing_mode: str
    read_capacity: int
    write_capacity: int
    deletion_protection: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """One of the tables, as others use it.

    Attributes:
        name: Physical name.
        arn: Known before the table exists.
        stream_arn: Its stream; AWS names it after the moment in which it was opened.
        location: Account and region.
        key_arn: The customer key; None for AWS's own.
    """

    name: pulumi.Output[str]
    arn: str
    stream_arn: pulumi.Output[str]
    location: Location
    key_arn: pulumi.Input[str] | None

    def grants(
        self, actions: Sequence[str], *, reason: str, indexes: Sequence[str] = ()
    ) -> tuple[Grant, ...]:
        """What a role needs to use the table.

        Args:
            actions: DynamoDB actions on items.
            reason: Why the role needs them.
            indexes: Those that it queries.
        """
        items = Grant(actions=actions, resources=(self.arn,), reason=reason)
        queries = Grant(
            actions=("dynamodb:Query",),
            resources=[f"{self.arn}/index/{index}" for index in indexes],
            reason=reason,
        )
        return (items, *([queries] if indexes else []), *self._key_grants(KEY_USE))

    def stream_grants(self, *, reason: str) -> tuple[Grant, ...]:
        """What a role needs for an event source mapping to read the stream as it.

        Args:
            reason: Why the role needs it.
        """
        return (
            Grant(actions=READ_STREAM, resources=(self.stream_arn,), reason=reason),
            Grant(
                actions=("dynamodb:ListStreams",),
                resources=("*",),
                reason="listing streams knows no resource: "
                "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
            ),
            *self._key_grants(KEY_USE_TO_READ_STREAM),
        )

    def _key_grants(self, actions: Sequence[str]) -> tuple[Grant, ...]:
        via = self.location.endpoint("dynamodb")
        return key_grants(self.key_arn, actions, via=via, reason="the table is encrypted with it")


class Tables(pulumi.ComponentResource):
    """The tables.

    Attributes:
        main: The twin, its readings, alerts and what else is kept.
        connections: Who listens at a socket, and what was sent there.
        arns: Of both, known before they exist.
    """

    main: Table
    connections: Table
    arns: tuple[str, ...]

    def __init__(self, name: str, args: TablesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:tables:Tables", name, {}, opts)
        self._args = args
        self.main = self._table(f"{name}-main", args.table_name, indexes=INDEXES, streams=True)
        self.connections = self._table(f"{name}-connections", args.connections_name)
        self.arns = (self.main.arn, self.connections.arn)
        self.register_outputs({"name": self.main.name, "connections_name": self.connections.name})

    def grants(self, actions: Sequence[str], *, reason: str) -> tuple[Grant, ...]:
        """What a role needs to use both tables.

        Args:
            actions: DynamoDB actions.
            reason: Why the role needs them.
        """
        of_main, *key_use = self.main.grants(actions, reason=reason)
        return (replace(of_main, resources=self.arns), *key_use)

    def _table(
        self, resource_name: str, table_name: str, *, indexes: Sequence[str] = (), streams: bool = False
    ) -> Table:
        args = self._args
        provisioned = args.billing_mode == "PROVISIONED"
        capacity = (args.read_capacity, args.write_capacity) if provisioned else (None, None)
        made = dynamodb.Table(
            resource_name,
            name=table_name,
            billing_mode=args.billing_mode,
            hash_key="PK",
            range_key="SK",
            attributes=[
                dynamodb.TableAttributeArgs(name=f"{index}{key}", type="S")
                for index in ("", *indexes)
                for key in ("PK", "SK")
            ],
            global_secondary_indexes=[_index(index, capacity) for index in indexes] or None,
            ttl=dynamodb.TableTtlArgs(attribute_name=TTL_ATTRIBUTE, enabled=True),
            stream_enabled=streams or None,
            stream_view_type=STREAM_VIEW if streams else None,
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(
                enabled=True, kms_key_arn=args.key_arn
            )
            if args.key_arn is not None
            else None,
            deletion_protection_enabled=args.deletion_protection,
            read_capacity=capacity[0],
            write_capacity=capacity[1],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Table(
            name=made.name,
            arn=args.location.arn("dynamodb", f"table/{table_name}"),
            stream_arn=made.stream_arn,
            location=args.location,
            key_arn=args.key_arn,
        )


def _index(name: str, capacity: tuple[int | None, int | None]) -> dynamodb.TableGlobalSecondaryIndexArgs:
    read_capacity, write_capacity = capacity
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=f"{name}{key}", key_type=kind)
            for key, kind in (("PK", "HASH"), ("SK", "RANGE"))
        ],
        projection_type="ALL",
        read_capacity=read_capacity,
        write_capacity=write_capacity,
    )
