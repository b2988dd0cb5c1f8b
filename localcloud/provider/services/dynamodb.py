"""Amazon DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.errors import NotFoundError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values
from localcloud.provider.services.dynamodb_answers import completed, told_otherwise
from localcloud.provider.services.dynamodb_keys import identity, key_schema, with_key_schema
from localcloud.provider.services.dynamodb_rules import NOT_LOCAL, require_types, table_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

INDEXES = ("globalSecondaryIndexes", "localSecondaryIndexes")
CAPACITY = ("billingMode", "readCapacity", "writeCapacity")
STREAM = ("streamEnabled", "streamViewType")
# UpdateTable does one thing at a time.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
STEPS = (
    CAPACITY,
    STREAM,
    ("serverSideEncryption",),
    ("tableClass",),
    ("deletionProtectionEnabled",),
    ("onDemandThroughput",),
)


class TableResource(Resource):
    """A table: keys and indexes are written otherwise than in the API, and change one at a time."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Keys, attributes, indexes and capacity must fit each other."""
        return table_problems(inputs)

    def request(self, operation: str, values: Values) -> Request:
        """Write keys as key schemas, and capacity only where it is provisioned."""
        sent = dict(values)
        sent["keySchema"] = key_schema(sent.pop("hashKey", None), sent.pop("rangeKey", None))
        for name in INDEXES:
            if isinstance(values.get(name), list):
                sent[name] = [with_key_schema(index, values) for index in values[name]]
        if sent.get("billingMode") == "PAY_PER_REQUEST":
            sent.pop("readCapacity", None)
            sent.pop("writeCapacity", None)
        if operation == self.create and not sent.get("streamEnabled"):
            sent = {name: value for name, value in sent.items() if name not in STREAM}
        if not sent["keySchema"]:
            del sent["keySchema"]
        ttl = sent.get("ttl")
        if isinstance(ttl, Mapping) and not ttl.get("attributeName"):
            # To end it, the call needs the attribute that the table has.
            sent.pop("ttl", None)
        request = super().request(operation, sent)
        encryption = request.members.get("SSESpecification", {})
        if "KMSMasterKeyId" in encryption:
            encryption["SSEType"] = "KMS"
        if operation == "UpdateTimeToLive":
            request.placed.add("ttl.enabled")
        nested = {f"{name}.{key}" for name in INDEXES for key in ("hashKey", "rangeKey")}
        if operation == self.create:
            request.placed.update({"hashKey", "rangeKey", *CAPACITY, *STREAM, *nested})
        return request

    def after_create(self, cloud: Cloud, values: Values) -> None:
        """Wait until it can be used."""
        self._settle(cloud, values)

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Change one thing after the other, each when the last one is done."""
        if not changed:
            return
        current = self._current(cloud, values)
        for step in STEPS:
            if changed & set(step) and any(current.get(name) != values.get(name) for name in step):
                self._change(cloud, values, step, current)
        if changed & {"attributes", "globalSecondaryIndexes"}:
            self._change_indexes(cloud, values)
            require_types(values, self._current(cloud, values))
        if "ttl" in changed:
            self._change_ttl(cloud, values, current)
        if "pointInTimeRecovery" in changed:
            recovery = values.get("pointInTimeRecovery") or {"enabled": False}
            request = self.request(
                "UpdateContinuousBackups", {"name": values["name"], "pointInTimeRecovery": recovery}
            )
            cloud.call("dynamodb", "UpdateContinuousBackups", request.members)

    def unsettled(self, inputs: Values, changed: frozenset[str]) -> frozenset[str]:
        """Another stream has another address."""
        del inputs
        return frozenset(self.volatile if changed & {*STREAM} else ())

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the table with its time to live and backups; one that is being deleted is gone."""
        found = super().run_read(cloud, values)
        return None if found and found.get("__status") == "DELETING" else found

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """The properties, and what only this service's files need."""
        found = super().properties(answer)
        return {**found, **told_otherwise(answer, found)}

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Keys in the program's form, and what AWS does not tell while it is off."""
        return completed(found, values)

    def _change(
        self, cloud: Cloud, values: Values, step: tuple[str, ...], current: Mapping[str, Any]
    ) -> None:
        wanted = {name: values.get(name) for name in step}
        if wanted.get("onDemandThroughput", 0) is None:
            wanted["onDemandThroughput"] = {"maxReadRequestUnits": -1, "maxWriteRequestUnits": -1}
        if step == STREAM and current.get("streamEnabled"):
            # A stream keeps its view type: another one is another stream.
            self._update(cloud, values, {"StreamSpecification": {"StreamEnabled": False}})
            if not wanted["streamEnabled"]:
                return
        members = self.request("UpdateTable", wanted).members
        if step == CAPACITY and current["billingMode"] == wanted["billingMode"]:
            del members["BillingMode"]
        elif step == CAPACITY and wanted["billingMode"] == "PROVISIONED":
            # All indexes get their capacity with the table.
            members["GlobalSecondaryIndexUpdates"] = [
                {"Update": {key: index[key] for key in ("IndexName", "ProvisionedThroughput")}}
                for index in self._wanted_indexes(values).values()
                if index["IndexName"] in self._wanted_indexes(current)
            ]
        if members:
            self._update(cloud, values, members)

    def _current(self, cloud: Cloud, values: Values) -> dict[str, Any]:
        found = self.run_read(cloud, values)
        if found is None:
            raise NotFoundError(f"the table {values['name']} is gone: run `pulumi refresh`")
        return self.from_cloud(found, values)

    def _change_indexes(self, cloud: Cloud, values: Values) -> None:
        wanted = self._wanted_indexes(values)
        present = self._wanted_indexes(self._current(cloud, values))
        for name, index in present.items():
            if name not in wanted or identity(wanted[name]) != identity(index):
                self._update_index(cloud, values, {"Delete": {"IndexName": name}})
                continue
            capacity = wanted[name].get("ProvisionedThroughput")
            if capacity and capacity != index.get("ProvisionedThroughput"):
                change = {"IndexName": name, "ProvisionedThroughput": capacity}
                self._update_index(cloud, values, {"Update": change})
        for name, index in wanted.items():
            if name not in present or identity(present[name]) != identity(index):
                self._update_index(cloud, values, {"Create": index})

    def _wanted_indexes(self, values: Values) -> dict[str, dict[str, Any]]:
        indexes = self.request("CreateTable", values).members.get("GlobalSecondaryIndexes", ())
        return {index["IndexName"]: index for index in indexes}

    def _update_index(self, cloud: Cloud, values: Values, change: Mapping[str, Any]) -> None:
        members: dict[str, Any] = {"GlobalSecondaryIndexUpdates": [change]}
        if "Create" in change:
            members |= self.request("UpdateTable", {"attributes": values["attributes"]}).members
        self._update(cloud, values, members)

    def _change_ttl(self, cloud: Cloud, values: Values, current: Mapping[str, Any]) -> None:
        wanted = values.get("ttl") or {"enabled": False}
        if not wanted.get("enabled"):
            attribute = current["ttl"].get("attributeName")
            if not attribute:
                return
            wanted = {"enabled": False, "attributeName": attribute}
        request = self.request("UpdateTimeToLive", {"name": values["name"], "ttl": wanted})
        cloud.call("dynamodb", "UpdateTimeToLive", request.members)

    def _update(self, cloud: Cloud, values: Values, members: Mapping[str, Any]) -> None:
        cloud.call("dynamodb", "UpdateTable", {"TableName": values["name"], **members})
        self._settle(cloud, values)

    def _settle(self, cloud: Cloud, values: Values) -> None:
        def is_settled() -> bool:
            found = self._read_part(cloud, self.reads[0], values) or {}
            states = [index.get("IndexStatus", "ACTIVE") for index in found.get("GlobalSecondaryIndexes", ())]
            return {found.get("TableStatus"), *states} == {"ACTIVE"}

        cloud.wait(is_settled, what=f"the table {values['name']} getting ready")


RESOURCES = (
    TableResource(
        type="aws:dynamodb/table:Table",
        service="dynamodb",
        create="CreateTable",
        reads=(
            Read(operation="DescribeTable", at="Table"),
            Read(operation="DescribeTimeToLive", optional=True),
            Read(operation="DescribeContinuousBackups", optional=True),
        ),
        updates=(
            Call(
                operation="UpdateTable",
                properties=(
                    *(name for step in STEPS for name in step),
                    "attributes",
                    "globalSecondaryIndexes",
                ),
            ),
            Call(operation="UpdateTimeToLive", properties=("ttl",)),
            Call(operation="UpdateContinuousBackups", properties=("pointInTimeRecovery",)),
        ),
        delete="DeleteTable",
        id="{name}",
        name=Name(longest=255),
        names={
            "arn": "TableArn",
            "attributes": "AttributeDefinitions",
            "attributes.name": "AttributeName",
            "attributes.type": "AttributeType",
            "globalSecondaryIndexes.name": "IndexName",
            "globalSecondaryIndexes.nonKeyAttributes": "Projection.NonKeyAttributes",
            "globalSecondaryIndexes.projectionType": "Projection.ProjectionType",
            "globalSecondaryIndexes.readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
            "globalSecondaryIndexes.writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
            "localSecondaryIndexes.name": "IndexName",
            "localSecondaryIndexes.nonKeyAttributes": "Projection.NonKeyAttributes",
            "localSecondaryIndexes.projectionType": "Projection.ProjectionType",
            "name": "TableName",
            "pointInTimeRecovery": "PointInTimeRecoverySpecification",
            "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
            "serverSideEncryption": "SSESpecification",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
            "streamArn": "LatestStreamArn",
            "streamEnabled": "StreamSpecification.StreamEnabled",
            "streamLabel": "LatestStreamLabel",
            "streamViewType": "StreamSpecification.StreamViewType",
            "ttl": "TimeToLiveSpecification",
            "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
        },
        answers={
            "billingMode": "BillingModeSummary.BillingMode",
            "serverSideEncryption": "SSEDescription",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyArn",
            "tableClass": "TableClassSummary.TableClass",
        },
        replace=("name", "hashKey", "rangeKey", "localSecondaryIndexes"),
        defaults={
            "billingMode": "PROVISIONED",
            "deletionProtectionEnabled": False,
            "pointInTimeRecovery": {"enabled": False},
            "serverSideEncryption": {"enabled": False},
            "streamEnabled": False,
            "tableClass": "STANDARD",
            "ttl": {"enabled": False},
        },
        handled=dict.fromkeys(NOT_LOCAL, ""),
        volatile=("streamArn", "streamLabel"),
        ordered=("globalSecondaryIndexes.keySchemas",),
        tags=Tags(read="ListTagsOfResource"),
        await_gone=True,
        # A table that is still being changed, and too many at once.
        retry=("ResourceInUseException", "LimitExceededException"),
        limits={"name": Limit(pattern="[a-zA-Z0-9_.-]{3,255}")},
    ),
)
