"""The platform's data: one table, keys and indexes as in docs/architecture.md."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from components.location import Location
from components.permissions import Grant, key_grants

INDEXES = ("GSI1", "GSI2")
KEY_ATTRIBUTES = ("PK", "SK", *(f"{index}{key}" for index in INDEXES for key in ("PK", "SK")))
TTL_ATTRIBUTE = "expiresAt"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
KEY_USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True, kw_only=True)
class TablesArgs:
    """How the table is kept.

    Attributes:
        table_name: Physical name.
        location: Account and region.
        key_arn: The customer key; None for AWS's own.
        billing_mode: PAY_PER_REQUEST or PROVISIONED.
        read_capacity: Read units of the table and of each index, where provisioned.
        write_capacity: Write units of the table and of each index, where provisioned.
        deletion_protection: Whether AWS refuses to delete the table.
    """

    table_name: str
    location: Location
    key_arn: pulumi.Input[str] | None
    billing_mode: str
    read_capacity: int
    write_capacity: int
    deletion_protection: bool


class Tables(pulumi.ComponentResource):
    """The table `main`.

    Attributes:
        name: Physical name.
        arn: Known before the table exists.
    """

    name: pulumi.Output[str]
    arn: str

    def __init__(self, name: str, args: TablesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:tables:Tables", name, {}, opts)
        self._args = args
        provisioned = args.billing_mode == "PROVISIONED"
        read_capacity = args.read_capacity if provisioned else None
        write_capacity = args.write_capacity if provisioned else None
        encryption = (
            dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn)
            if args.key_arn is not None
            else None
        )
        main = dynamodb.Table(
            f"{name}-main",
            name=args.table_name,
            billing_mode=args.billing_mode,
            hash_key="PK",
            range_key="SK",
            attributes=[
                dynamodb.TableAttributeArgs(name=attribute, type="S") for attribute in KEY_ATTRIBUTES
            ],
            global_secondary_indexes=[
                dynamodb.TableGlobalSecondaryIndexArgs(
                    name=index,
                    key_schemas=[
                        dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                            attribute_name=f"{index}{key}", key_type=kind
                        )
                        for key, kind in (("PK", "HASH"), ("SK", "RANGE"))
                    ],
                    projection_type="ALL",
                    read_capacity=read_capacity,
                    write_capacity=write_capacity,
                )
                for index in INDEXES
            ],
            ttl=dynamodb.TableTtlArgs(attribute_name=TTL_ATTRIBUTE, enabled=True),
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=encryption,
            deletion_protection_enabled=args.deletion_protection,
            read_capacity=read_capacity,
            write_capacity=write_capacity,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = main.name
        self.arn = args.location.arn("dynamodb", f"table/{args.table_name}")
        self.register_outputs({"name": self.name})

    def grants(self, actions: Sequence[str], *, reason: str) -> tuple[Grant, ...]:
        """What a role needs to use the table; nobody reads an index yet.

        Args:
            actions: DynamoDB actions on items.
            reason: Why the role needs them.
        """
        items = Grant(actions=actions, resources=(self.arn,), reason=reason)
        via = self._args.location.endpoint("dynamodb")
        return (
            items,
            *key_grants(self._args.key_arn, KEY_USE, via=via, reason="the table is encrypted with it"),
        )
