"""AWS Certificate Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def options(it: Scene) -> Any:
    return it.aws("acm").describe_certificate(CertificateArn=it.id)["Certificate"]["Options"]


def a_proven_certificate(it: Scene) -> dict[str, Any]:
    """Two certificates whose records are in the zone."""
    zone = it.make("aws:route53/zone:Zone", name="shop.example")["zoneId"]
    made = {}
    for name in ("api.shop.example", "www.shop.example"):
        made[name] = it.make("aws:acm/certificate:Certificate", domainName=name, validationMethod="DNS")
        for proof in made[name]["domainValidationOptions"]:
            it.make(
                "aws:route53/record:Record",
                name=proof["resourceRecordName"],
                records=[proof["resourceRecordValue"]],
                ttl=60,
                type=proof["resourceRecordType"],
                zoneId=zone,
            )
    return made


def fqdns(certificate: Any) -> list[str]:
    return [proof["resourceRecordName"] for proof in certificate["domainValidationOptions"]]


CASES = [
    Case(
        type="aws:acm/certificate:Certificate",
        inputs={
            "domainName": "shop.example",
            "options": {"certificateTransparencyLoggingPreference": "ENABLED"},
            "subjectAlternativeNames": ["*.shop.example"],
            "tags": {"owner": "us"},
            "validationMethod": "DNS",
        },
        update={"options": {"certificateTransparencyLoggingPreference": "DISABLED"}},
        seen=lambda it: options(it).get("CertificateTransparencyLoggingPreference"),
        expected="DISABLED",
        replace={"domainName": "store.example"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-certificatemanager-certificate.html",
        drift=lambda it: it.aws("acm").add_tags_to_certificate(
            CertificateArn=it.id, Tags=[{"Key": "owner", "Value": "me"}]
        ),
        drifted={"tags"},
        vanish=lambda it: it.aws("acm").delete_certificate(CertificateArn=it.id),
    ),
    Case(
        type="aws:acm/certificateValidation:CertificateValidation",
        needs=a_proven_certificate,
        inputs=lambda it: {
            "certificateArn": it.needs["api.shop.example"]["arn"],
            "validationRecordFqdns": fqdns(it.needs["api.shop.example"]),
        },
        update=None,
        update_page="https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
        replace=lambda it: {
            "certificateArn": it.needs["www.shop.example"]["arn"],
            "validationRecordFqdns": fqdns(it.needs["www.shop.example"]),
        },
        replace_page="https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
        drift=None,
        drift_reason="the resource is a wait that has ended",
        vanish=lambda it: it.aws("acm").delete_certificate(CertificateArn=it.id),
        unread={"validationRecordFqdns"},
        stays="an issued certificate stays issued, whoever waited for it",
    ),
]
