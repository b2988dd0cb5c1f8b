"""Amazon Route 53: https://docs.aws.amazon.com/Route53/latest/APIReference/."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values
from localcloud.provider.services.route53_names import (
    RECORD_TYPES,
    fqdn_of,
    parts_of,
    plain_name,
    quoted,
    unquoted,
)
from localcloud.provider.tagging import as_tags, from_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

ROUTING = "must be left out: the local cloud has no routing policies"
NO_PRIVATE_ZONES = "must be left out: the local cloud has public zones of its own name servers only"
ZONE_NOT_LOCAL = dict.fromkeys(("delegationSetId", "enableAcceleratedRecovery", "vpcs"), NO_PRIVATE_ZONES)
RECORD_NOT_LOCAL = dict.fromkeys(
    (
        "cidrRoutingPolicy",
        "failoverRoutingPolicies",
        "geolocationRoutingPolicies",
        "geoproximityRoutingPolicy",
        "healthCheckId",
        "latencyRoutingPolicies",
        "multivalueAnswerRoutingPolicy",
        "setIdentifier",
        "weightedRoutingPolicies",
    ),
    ROUTING,
)


class ZoneResource(Resource):
    """A hosted zone; its tags have one call that adds and removes."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What the local cloud does not have."""
        yield from ((name, ZONE_NOT_LOCAL[name]) for name in sorted(inputs.keys() & ZONE_NOT_LOCAL))

    def request(self, operation: str, values: Values) -> Request:
        """Each creation has a reference of its own; an update names the comment in another way."""
        request = super().request(operation, values)
        if operation == self.create:
            request.members["CallerReference"] = uuid.uuid4().hex
        if operation == "UpdateHostedZoneComment" and isinstance(values.get("comment"), str):
            request.members["Comment"] = values["comment"]
            request.origins["Comment"] = "comment"
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """The id, without the path that the answer has before it."""
        answer = cloud.call("route53", self.create, self.request(self.create, values).members)
        return {"zoneId": answer["HostedZone"]["Id"].rpartition("/")[2]}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Change the comment, and bring the tags to what the program says."""
        super().run_update(cloud, values, changed)
        whose = {"ResourceType": "hostedzone", "ResourceId": values["zoneId"]}
        old, new = self._tags(cloud, values["zoneId"]), values["tagsAll"]
        shape = self.input_shape("ChangeTagsForResource").members["AddTags"]  # type: ignore[union-attr]
        added = as_tags(shape, {name: text for name, text in new.items() if old.get(name) != text})
        removed = sorted(old.keys() - new.keys())
        for member, content in (("AddTags", added), ("RemoveTagKeys", removed)):
            if content:
                cloud.call("route53", "ChangeTagsForResource", {**whose, member: content})

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The zone, its name servers and its tags."""
        zone_id = values["zoneId"]
        try:
            answer = cloud.call("route53", "GetHostedZone", {"Id": zone_id})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        zone = answer["HostedZone"]
        servers = sorted(answer.get("DelegationSet", {}).get("NameServers", ()))
        return {
            "comment": zone.get("Config", {}).get("Comment", ""),
            "name": plain_name(zone["Name"]),
            "nameServers": servers,
            "primaryNameServer": next(iter(servers), ""),
            "tags": self._tags(cloud, zone_id),
            "zoneId": zone_id,
        }

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete the records first where the program allows it; AWS's own two go with the zone."""
        if values.get("forceDestroy"):
            name = plain_name(str(values["name"]))
            for record in _records(cloud, values["zoneId"]):
                if record["Type"] not in {"NS", "SOA"} or plain_name(record["Name"]) != name:
                    _change(cloud, values["zoneId"], "DELETE", record)
        super().run_delete(cloud, values)

    def _tags(self, cloud: Cloud, zone_id: str) -> dict[str, str]:
        request = {"ResourceType": "hostedzone", "ResourceId": zone_id}
        return from_tags(cloud.call("route53", "ListTagsForResource", request)["ResourceTagSet"]["Tags"])


class RecordResource(Resource):
    """A record set: one change of the zone creates, changes and deletes it."""

    def input_shape(self, operation: str) -> Shape | None:
        """Of a change, the record set that it is about."""
        shape = super().input_shape(operation)
        if shape is None or operation != self.create:
            return shape
        changes: Any = shape.members["ChangeBatch"].members["Changes"]  # type: ignore[attr-defined]
        record: Shape = changes.member.members["ResourceRecordSet"]
        return record

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A record set has values and their time to live, or is an alias."""
        yield from ((name, RECORD_NOT_LOCAL[name]) for name in sorted(inputs.keys() & RECORD_NOT_LOCAL))
        if "aliases" in inputs:
            yield from (
                (name, "must be left out beside aliases") for name in ("records", "ttl") if name in inputs
            )
        elif "records" not in inputs:
            yield "records", "is required, or aliases"
        elif "ttl" not in inputs:
            yield "ttl", "is required beside records"

    def request(self, operation: str, values: Values) -> Request:
        """Values are quoted where DNS wants it, and wrapped one by one."""
        sent = dict(values)
        if isinstance(values.get("records"), list):
            kind = str(values.get("type"))
            sent["records"] = [
                {"Value": quoted(kind, value)} if isinstance(value, str) else value
                for value in values["records"]
            ]
        return super().request(operation, sent)

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Make the record set; one that exists already is only overwritten where the program says so."""
        name = fqdn_of(str(values["name"]), self._zone(cloud, values))
        self._send(cloud, {**values, "fqdn": name}, "UPSERT" if values.get("allowOverwrite") else "CREATE")
        return {"fqdn": name}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Put the new values in the place of the old ones."""
        if changed - {"allowOverwrite"}:
            self._send(cloud, values, "UPSERT")

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete what is there: AWS wants all of it said."""
        found = self._find(cloud, values, fqdn_of(str(values["name"]), self._zone(cloud, values)))
        if found is not None:
            _change(cloud, values["zoneId"], "DELETE", found)

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The record set of the name and type."""
        try:
            name = fqdn_of(str(values["name"]), self._zone(cloud, values))
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        record = self._find(cloud, values, name)
        if record is None:
            return None
        found = self.properties({key: value for key, value in record.items() if key != "ResourceRecords"})
        texts = [unquoted(record["Type"], one["Value"]) for one in record.get("ResourceRecords", ())]
        if "AliasTarget" in record:
            target = record["AliasTarget"]["DNSName"].rstrip(".")
            found["aliases"][0]["name"] = target
        return {**found, "fqdn": name, "name": values["name"], **({"records": texts} if texts else {})}

    def from_id(self, resource_id: str) -> dict[str, str]:
        """Names and types have underscores, too: only a known type ends an id."""
        return parts_of(resource_id)

    def _send(self, cloud: Cloud, values: Values, action: str) -> None:
        record = self.request(self.create, values).members | {"Name": values["fqdn"]}
        _change(cloud, values["zoneId"], action, record)

    def _zone(self, cloud: Cloud, values: Values) -> str:
        """The name of the zone."""
        zone = cloud.call("route53", "GetHostedZone", {"Id": values["zoneId"]})["HostedZone"]
        return plain_name(zone["Name"])

    def _find(self, cloud: Cloud, values: Values, name: str) -> dict[str, Any] | None:
        matches = (
            record
            for record in _records(cloud, values["zoneId"], name, str(values["type"]))
            if (plain_name(record["Name"]), record["Type"]) == (name, values["type"])
        )
        return next(matches, None)


def _records(cloud: Cloud, zone_id: str, name: str = "", kind: str = "") -> list[dict[str, Any]]:
    """The record sets of a zone, from a name and type on."""
    start = {"StartRecordName": name, "StartRecordType": kind} if name else {}
    found: list[dict[str, Any]] = []
    while True:
        answer = cloud.call("route53", "ListResourceRecordSets", {"HostedZoneId": zone_id, **start})
        found += answer["ResourceRecordSets"]
        if not answer.get("IsTruncated") or name:
            return found
        start = {"StartRecordName": answer["NextRecordName"], "StartRecordType": answer["NextRecordType"]}


def _change(cloud: Cloud, zone_id: str, action: str, record: Values) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": dict(record)}]}
    cloud.call("route53", "ChangeResourceRecordSets", {"HostedZoneId": zone_id, "ChangeBatch": batch})


RESOURCES = (
    ZoneResource(
        type="aws:route53/zone:Zone",
        service="route53",
        create="CreateHostedZone",
        reads=(Read(operation="GetHostedZone"),),
        updates=(Call(operation="UpdateHostedZoneComment", properties=("comment",)),),
        delete="DeleteHostedZone",
        id="{zoneId}",
        name=Name(longest=1024),
        names={"comment": "HostedZoneConfig.Comment", "zoneId": "Id"},
        replace=("delegationSetId", "name"),
        defaults={"comment": "Managed by Pulumi", "forceDestroy": False},
        handled={**dict.fromkeys(ZONE_NOT_LOCAL, ""), "forceDestroy": ""},
        cleared={"comment": ""},
        computed={"arn": "arn:{partition}:route53:::hostedzone/{zoneId}"},
        # `run_update` brings the tags, of a new zone too.
        tags=Tags(resource="zoneId", tag="", untag="", read="", at_create=False),
    ),
    RecordResource(
        type="aws:route53/record:Record",
        service="route53",
        create="ChangeResourceRecordSets",
        reads=(Read(operation="ListResourceRecordSets"),),
        delete="ChangeResourceRecordSets",
        id="{zoneId}_{name}_{type}",
        names={
            "aliases": "AliasTarget",
            "aliases.name": "DNSName",
            "aliases.zoneId": "HostedZoneId",
            "records": "ResourceRecords",
        },
        replace=("name", "type", "zoneId"),
        defaults={"allowOverwrite": False},
        handled={**dict.fromkeys(RECORD_NOT_LOCAL, ""), "allowOverwrite": "", "zoneId": ""},
        # What is there under the name stands in the way of another type.
        delete_first=True,
        limits={"aliases": Limit(longest=1), "type": Limit(values=RECORD_TYPES)},
    ),
)
