"""Issues a certificate only once the records that prove its domains are in Route 53, as ACM does.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

import json
from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Answer = Any


def apply() -> None:
    """Wrap the request of a certificate and what is told of it.

    Raises:
        PatchError: MiniStack has changed.
    """
    acm = Upstream("certificate_validation", "services.acm")
    names = Upstream("certificate_validation", "services.route53")
    acm.require("_certificates")
    names.require("_records")
    acm.wrap("_request_certificate", "data", by=lambda original: _remembering(original, acm.module))
    acm.wrap("_describe_certificate", "data", by=lambda original: _settling(original, acm, names))
    acm.wrap("_list_certificates", "data", by=lambda original: _settling(original, acm, names))


def _remembering(original: Callable[[Any], Answer], acm: Any) -> Callable[[Any], Answer]:  # noqa: ANN401
    def request(data: dict[str, Any]) -> Answer:
        answer = original(data)
        arn = json.loads(answer[2]).get("CertificateArn")
        certificate = acm._certificates.get(arn) if arn else None
        if certificate is not None:
            certificate["Options"] = dict(data.get("Options") or {})
            if certificate.get("ValidationMethod") == "DNS":
                certificate["Status"] = "PENDING_VALIDATION"
                for option in certificate["DomainValidationOptions"]:
                    option["ValidationStatus"] = "PENDING_VALIDATION"
        return answer

    return request


def _settling(original: Callable[[Any], Answer], acm: Upstream, names: Upstream) -> Callable[[Any], Answer]:
    def tell(data: dict[str, Any]) -> Answer:
        waiting = (one for one in acm.module._certificates.values() if one["Status"] == "PENDING_VALIDATION")
        for certificate in waiting:
            _settle(certificate, names.module)
        return original(data)

    return tell


def _settle(certificate: dict[str, Any], names: Any) -> None:  # noqa: ANN401
    """Issue a certificate whose records are all there; one that was issued stays so."""
    present = {
        (record["Name"], record["Type"], value)
        for records in names._records.values()
        for record in records
        for value in record.get("ResourceRecords") or ()
    }
    for option in certificate["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        wanted = (record["Name"], record["Type"], record["Value"])
        if wanted in present or (*wanted[:2], wanted[2].rstrip(".")) in present:
            option["ValidationStatus"] = "SUCCESS"
    if all(option["ValidationStatus"] == "SUCCESS" for option in certificate["DomainValidationOptions"]):
        certificate["Status"] = "ISSUED"
