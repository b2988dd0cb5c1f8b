"""What CloudFront refuses in a distribution that is right in every single property.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html#API_CreateDistribution_Errors
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.values import UNKNOWN, contains_unknown

if TYPE_CHECKING:
    from localcloud.provider.row import Values

Problem = tuple[str, str]

# https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html
METHOD_SETS = (
    {"GET", "HEAD"},
    {"GET", "HEAD", "OPTIONS"},
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
)
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
OWN_HEADERS = frozenset(
    {
        "cache-control",
        "connection",
        "content-length",
        "cookie",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "pragma",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "request-range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-real-ip",
    }
)
OWN_PREFIXES = ("x-amz-", "x-edge-")
ORIGIN_KINDS = ("customOriginConfig", "s3OriginConfig", "vpcOriginConfig")


def distribution_problems(inputs: Values) -> Iterator[Problem]:
    """Faults that span properties; what a preview does not know yet is not judged."""
    origins = _blocks(inputs.get("origins"))
    yield from _origin_problems(origins)
    behaviors = _blocks(inputs.get("defaultCacheBehavior"), "defaultCacheBehavior")
    behaviors += _blocks(inputs.get("orderedCacheBehaviors"), "orderedCacheBehaviors")
    groups = inputs.get("originGroups")
    for path, behavior in behaviors:
        yield from _behavior_problems(path, behavior)
        if not contains_unknown([inputs.get("origins"), groups]):
            names = {block.get("originId") for _, block in [*origins, *_blocks(groups)]}
            if behavior.get("targetOriginId") not in {*names, UNKNOWN}:
                yield f"{path}.targetOriginId", "must be the originId of an origin"
    patterns = [behavior.get("pathPattern") for _, behavior in behaviors if behavior.get("pathPattern")]
    if any(count > 1 for name, count in Counter(patterns).items() if name is not UNKNOWN):
        yield "orderedCacheBehaviors.pathPattern", "must differ from behavior to behavior"
    yield from _certificate_problems(inputs)


def _blocks(value: Any, path: str = "origins") -> list[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - a property
    items = value if isinstance(value, list) else [value]
    return [(path, item) for item in items if isinstance(item, Mapping)]


def _origin_problems(origins: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    for path, origin in origins:
        kinds = [name for name in ORIGIN_KINDS if origin.get(name) is not None]
        if len(kinds) > 1 or not (kinds or origin.get("originAccessControlId") is not None):
            yield f"{path}.customOriginConfig", f"must be given, or one of {', '.join(ORIGIN_KINDS[1:])}"
        for header in origin.get("customHeaders") or ():
            name = header.get("name") if isinstance(header, Mapping) else None
            if isinstance(name, str) and (
                name.lower() in OWN_HEADERS or name.lower().startswith(OWN_PREFIXES)
            ):
                yield f"{path}.customHeaders.name", "must not be a header that CloudFront keeps to itself"
        shield = origin.get("originShield")
        if isinstance(shield, Mapping) and shield.get("enabled") and not shield.get("originShieldRegion"):
            yield f"{path}.originShield.originShieldRegion", "is required where the shield is enabled"
    names = Counter(origin.get("originId") for _, origin in origins)
    if any(count > 1 for name, count in names.items() if name is not UNKNOWN):
        yield "origins.originId", "must differ from origin to origin"


def _behavior_problems(path: str, behavior: Mapping[str, Any]) -> Iterator[Problem]:
    policy, values = behavior.get("cachePolicyId"), behavior.get("forwardedValues")
    if (policy is None) == (values is None):
        yield f"{path}.cachePolicyId", "must be given, or forwardedValues, and not both"
    if values is None:
        for name in ("defaultTtl", "maxTtl", "minTtl"):
            if behavior.get(name) is not None:
                yield f"{path}.{name}", "must be left out beside a cache policy, which says it"
    elif behavior.get("originRequestPolicyId") is not None:
        yield f"{path}.originRequestPolicyId", "needs cachePolicyId instead of forwardedValues"
    allowed, cached = behavior.get("allowedMethods"), behavior.get("cachedMethods")
    if isinstance(allowed, list) and not contains_unknown(allowed) and set(allowed) not in METHOD_SETS:
        sets = "; ".join(", ".join(sorted(methods)) for methods in METHOD_SETS)
        yield f"{path}.allowedMethods", f"must be one of these sets: {sets}"
    if isinstance(cached, list) and not contains_unknown(cached) and set(cached) not in METHOD_SETS[:2]:
        yield f"{path}.cachedMethods", "must be GET and HEAD, with or without OPTIONS"
    events = Counter(
        block.get("eventType") for _, block in _blocks(behavior.get("functionAssociations") or [])
    )
    if any(count > 1 for event, count in events.items() if event is not UNKNOWN):
        yield f"{path}.functionAssociations.eventType", "may have one function at most"


def _certificate_problems(inputs: Values) -> Iterator[Problem]:
    certificate = inputs.get("viewerCertificate")
    if not isinstance(certificate, Mapping):
        return
    own = any(certificate.get(name) is not None for name in ("acmCertificateArn", "iamCertificateId"))
    if own and certificate.get("sslSupportMethod") is None:
        yield "viewerCertificate.sslSupportMethod", "is required for a certificate of your own"
    if own and certificate.get("cloudfrontDefaultCertificate") is True:
        yield (
            "viewerCertificate.cloudfrontDefaultCertificate",
            "must be left out beside another",
        )
    if inputs.get("aliases") and not own:
        yield "viewerCertificate.acmCertificateArn", "is required where there are aliases"
