"""Amazon Route 53."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def zones(it: Scene) -> dict[str, Any]:
    made = ("shop.example", "store.example")
    return {name: it.make("aws:route53/zone:Zone", name=name)["zoneId"] for name in made}


def record(it: Scene) -> Any:
    zone = it.inputs["zoneId"]
    found = it.aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return next(one for one in found if one["Type"] == "TXT")


def change(it: Scene, action: str, **changed: Any) -> Any:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": {**record(it), **changed}}]}
    return it.aws("route53").change_resource_record_sets(HostedZoneId=it.inputs["zoneId"], ChangeBatch=batch)


CASES = [
    Case(
        type="aws:route53/zone:Zone",
        inputs={"name": "shop.example", "tags": {"owner": "us", "kind": "shop"}},
        update={"comment": "the shop's", "tags": {"kind": "shop", "place": "here"}},
        seen=lambda it: [
            it.aws("route53").get_hosted_zone(Id=it.id)["HostedZone"]["Config"].get("Comment"),
            {
                tag["Key"]: tag["Value"]
                for tag in it.aws("route53").list_tags_for_resource(
                    ResourceType="hostedzone", ResourceId=it.id
                )["ResourceTagSet"]["Tags"]
            },
        ],
        expected=["the shop's", {"kind": "shop", "place": "here"}],
        replace={"name": "store.example"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-route53-hostedzone.html",
        drift=lambda it: it.aws("route53").update_hosted_zone_comment(Id=it.id, Comment="mine"),
        drifted={"comment"},
        vanish=lambda it: it.aws("route53").delete_hosted_zone(Id=it.id),
    ),
    Case(
        type="aws:route53/record:Record",
        needs=zones,
        inputs=lambda it: {
            "name": "_proof.WWW",
            "records": ["one", "two"],
            "ttl": 60,
            "type": "TXT",
            "zoneId": it.needs["shop.example"],
        },
        update={"records": ["three"], "ttl": 300},
        seen=lambda it: [record(it)["TTL"], record(it)["Name"], record(it)["ResourceRecords"]],
        expected=[300, "_proof.www.shop.example.", [{"Value": '"three"'}]],
        replace=lambda it: {"zoneId": it.needs["store.example"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-route53-recordset.html",
        drift=lambda it: change(it, "UPSERT", TTL=5),
        drifted={"ttl"},
        vanish=lambda it: change(it, "DELETE"),
    ),
]
