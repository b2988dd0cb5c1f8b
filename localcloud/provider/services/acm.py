"""AWS Certificate Manager: https://docs.aws.amazon.com/acm/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.errors import ProviderError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Read, Tags, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

NOT_LOCAL = {
    **dict.fromkeys(
        ("certificateBody", "certificateChain", "privateKey", "privateKeyWo", "privateKeyWoVersion"),
        "must be left out: the local cloud requests certificates and imports none",
    ),
    **dict.fromkeys(
        ("certificateAuthorityArn", "earlyRenewalDuration"),
        "must be left out: the local cloud has no private certificate authorities",
    ),
}
ISSUED = "ISSUED"
FAILED = ("EXPIRED", "FAILED", "REVOKED", "VALIDATION_TIMED_OUT")


class CertificateResource(Resource):
    """A certificate that AWS issues once its domain's records prove who has the domain."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What the local cloud does not have, and what a request needs."""
        yield from ((name, NOT_LOCAL[name]) for name in sorted(inputs.keys() & NOT_LOCAL))
        if not inputs.keys() & {"domainName", *NOT_LOCAL}:
            yield "domainName", "is required"
        if "domainName" in inputs and "validationMethod" not in inputs:
            yield "validationMethod", "is required: DNS, or EMAIL"

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The certificate; of the names, those that the request adds to the domain's own."""
        found = super().run_read(cloud, values)
        if found is None:
            return None
        found.pop("validationOptions", None)
        certificate = cloud.call("acm", "DescribeCertificate", {"CertificateArn": values["arn"]})
        options = certificate["Certificate"].get("DomainValidationOptions", ())
        methods = [option["ValidationMethod"] for option in options if "ValidationMethod" in option]
        emails = [email for option in options for email in option.get("ValidationEmails", ())]
        return {
            **found,
            "domainValidationOptions": [_record(option) for option in options if "ResourceRecord" in option],
            "pendingRenewal": False,
            "renewalSummaries": [],
            "validationEmails": emails,
            **({"validationMethod": methods[0]} if methods else {}),
        }

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """AWS counts the domain itself among the names; a program may or may not."""
        wanted = values.get("subjectAlternativeNames") or ()
        names = found.get("subjectAlternativeNames", ())
        own = found.get("domainName")
        return {
            **found,
            "subjectAlternativeNames": [name for name in names if name != own or name in wanted],
        }


class ValidationResource(Resource):
    """No resource of AWS: the wait until a certificate is issued.

    The id is the certificate's ARN: the official provider's, the time of issue, leads back to nothing.
    """

    def request(self, operation: str, values: Values) -> Request:
        """Nothing is created, so only the certificate is named."""
        return super().request(
            operation, {name: values[name] for name in ("certificateArn",) if name in values}
        )

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Wait until the certificate is issued.

        Raises:
            ProviderError: It never will be, or the program names other records than those that prove it.
        """
        arn = values["certificateArn"]
        self._compare(self._certificate(cloud, arn), values)

        def issued() -> bool:
            status = self._certificate(cloud, arn)["Status"]
            if status in FAILED:
                raise ProviderError(f"the certificate {arn} is {status}: replace it")
            return bool(status == ISSUED)

        cloud.wait(issued, what=f"the issue of the certificate {arn}")
        return {"certificateArn": arn}

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """What is not issued is not validated."""
        found = super().run_read(cloud, values)
        if found is None or self._certificate(cloud, values["certificateArn"])["Status"] != ISSUED:
            return None
        return {"certificateArn": values["certificateArn"]}

    def _certificate(self, cloud: Cloud, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = cloud.call("acm", "DescribeCertificate", {"CertificateArn": arn})[
            "Certificate"
        ]
        return found

    def _compare(self, certificate: dict[str, Any], values: Values) -> None:
        named = values.get("validationRecordFqdns")
        if not named or named is UNKNOWN:
            return
        options = certificate.get("DomainValidationOptions", ())
        wanted = {
            _record(one)["resourceRecordName"].rstrip(".") for one in options if "ResourceRecord" in one
        }
        missing = sorted(wanted - {name.rstrip(".") for name in named})
        if missing:
            raise ProviderError(
                f"validationRecordFqdns of {values['certificateArn']} lacks {', '.join(missing)}: "
                "create the records of domainValidationOptions and name them all"
            )


def _record(option: Values) -> dict[str, str]:
    """The record that proves one domain, in the official provider's words."""
    record = option["ResourceRecord"]
    return {
        "domainName": option["DomainName"],
        "resourceRecordName": record["Name"],
        "resourceRecordType": record["Type"],
        "resourceRecordValue": record["Value"],
    }


RESOURCES = (
    CertificateResource(
        type="aws:acm/certificate:Certificate",
        service="acm",
        create="RequestCertificate",
        reads=(Read(operation="DescribeCertificate", at="Certificate"),),
        updates=(Call(operation="UpdateCertificateOptions", properties=("options",)),),
        delete="DeleteCertificate",
        id="{arn}",
        names={"arn": "CertificateArn", "validationOptions": "DomainValidationOptions"},
        replace=(
            "domainName",
            "keyAlgorithm",
            "subjectAlternativeNames",
            "validationMethod",
            "validationOptions",
        ),
        handled=dict.fromkeys(NOT_LOCAL, ""),
        kept=("keyAlgorithm", "options", "subjectAlternativeNames"),
        write_only=("keyAlgorithm", "validationOptions"),
        tags=Tags(
            tag="AddTagsToCertificate", untag="RemoveTagsFromCertificate", read="ListTagsForCertificate"
        ),
        limits={
            "options.certificateTransparencyLoggingPreference": Limit(values=("ENABLED", "DISABLED")),
            "validationMethod": Limit(values=("DNS", "EMAIL", "NONE")),
        },
    ),
    ValidationResource(
        type="aws:acm/certificateValidation:CertificateValidation",
        service="acm",
        create="DescribeCertificate",
        reads=(Read(operation="DescribeCertificate", at="Certificate"),),
        delete="",
        id="{certificateArn}",
        replace=("certificateArn", "validationRecordFqdns"),
        write_only=("validationRecordFqdns",),
        handled={"validationRecordFqdns": ""},
    ),
)
