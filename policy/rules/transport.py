"""Transport: nothing travels in clear, nor under TLS older than 1.2, to a viewer or to an origin."""

import re

from policy.graph import UNKNOWN, Resource, blocks, is_set, read
from policy.predicates import worst
from policy.rule import Context, Rule, Severity, Verdict

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
REST_DOMAIN = "aws:apigateway/domainName:DomainName"
DOMAIN = "aws:apigatewayv2/domainName:DomainName"
IOT_DOMAIN = "aws:iot/domainConfiguration:DomainConfiguration"
SECURITY_POLICIES = {
    REST_DOMAIN: "securityPolicy",
    DOMAIN: "domainNameConfiguration.securityPolicy",
    IOT_DOMAIN: "tlsConfig.securityPolicy",
}
OLD = "accepts TLS older than 1.2"

_ENCRYPTED = ("https-only", "redirect-to-https")
_VIEWER_POLICY = re.compile(r"TLSv(?P<version>\d+\.\d+)_(?P<year>\d{4})")
_ORIGIN_PROTOCOL = re.compile(r"TLSv1\.(?P<minor>\d+)")
# TLS_1_2; SecurityPolicy_TLS13_1_2_2021_06 and IotSecurityPolicy_TLS12_1_0_2016_01, where the number that
# stands apart is the oldest version taken; SecurityPolicy_TLS12_2018_EDGE, which has only the one.
_DOMAIN_POLICY = re.compile(
    r"TLS_1_(?P<legacy>\d)|(?:Io[tT])?SecurityPolicy_TLS1(?P<newest>\d)(?:_1_(?P<oldest>\d))?(?:_\w+)?"
)


def viewers_use_https(distribution: Resource, _context: Context) -> Verdict:
    """Every cache behaviour refuses HTTP or sends it on to HTTPS."""
    ordered = blocks(distribution.properties, "orderedCacheBehaviors")
    behaviours = (distribution.read("defaultCacheBehavior"), *(() if ordered is UNKNOWN else ordered))
    policies = [read(behaviour, "viewerProtocolPolicy") for behaviour in behaviours]
    if any(policy is not UNKNOWN and policy not in _ENCRYPTED for policy in policies):
        return "serves viewers in clear"
    return UNKNOWN if ordered is UNKNOWN or UNKNOWN in policies else None


def viewers_use_tls12(distribution: Resource, _context: Context) -> Verdict:
    """A distribution with a certificate of its own takes the security policies from TLSv1.2_2021 on.

    Those of 2018 and 2019 still take ciphers in CBC mode, and FSBP CloudFront.15 refuses them. With the
    default certificate CloudFront fixes TLSv1, whatever is set.
    """
    certificate = distribution.read("viewerCertificate")
    if not any(is_set(read(certificate, name)) for name in ("acmCertificateArn", "iamCertificateId")):
        return None
    policy = read(certificate, "minimumProtocolVersion")
    if policy is UNKNOWN:
        return UNKNOWN
    found = _VIEWER_POLICY.fullmatch(policy) if isinstance(policy, str) else None
    if found and (found["version"], found["year"]) >= ("1.2", "2021"):
        return None
    return "accepts viewers with TLS older than TLSv1.2_2021"


def origins_use_tls12(distribution: Resource, context: Context) -> Verdict:
    """CloudFront reaches each custom origin by HTTPS with TLS 1.2; an S3 origin has no such setting."""
    origins = blocks(distribution.properties, "origins")
    if origins is UNKNOWN:
        return UNKNOWN
    viewers = viewers_use_https(distribution, context)
    custom = [found for origin in origins if is_set(found := read(origin, "customOriginConfig"))]
    return worst(verdict for origin in custom for verdict in (_protocol(origin, viewers), _versions(origin)))


def _protocol(origin: object, viewers: Verdict) -> Verdict:
    policy = read(origin, "originProtocolPolicy")
    if policy is UNKNOWN:
        return UNKNOWN
    if policy == "https-only":
        return None
    if policy == "match-viewer" and not isinstance(viewers, str):
        return viewers  # as FSBP CloudFront.9: what comes by HTTPS goes on by HTTPS
    return "reaches an origin in clear"


def _versions(origin: object) -> Verdict:
    versions = blocks(origin, "originSslProtocols")
    if versions is UNKNOWN:
        return UNKNOWN
    known = [one for one in versions if one is not UNKNOWN]
    if not versions or not all(_is_modern(one) for one in known):
        return "reaches an origin with TLS older than 1.2"
    return None if len(known) == len(versions) else UNKNOWN


def _is_modern(protocol: object) -> bool:
    found = _ORIGIN_PROTOCOL.fullmatch(protocol) if isinstance(protocol, str) else None
    return found is not None and int(found["minor"]) >= 2  # noqa: PLR2004 - TLS 1.2


def domain_uses_tls12(domain: Resource, _context: Context) -> Verdict:
    """A custom domain names a security policy that takes nothing older than TLS 1.2.

    Left out, the choice is the service's: AWS IoT documents one that starts at TLS 1.2 for new domains, API
    Gateway documents none and the provider keeps what it finds.
    """
    policy = domain.read(SECURITY_POLICIES[domain.type])
    if policy is UNKNOWN:
        return UNKNOWN
    if not is_set(policy):
        return None if domain.type == IOT_DOMAIN else "leaves the oldest TLS version to the service"
    found = _DOMAIN_POLICY.fullmatch(policy) if isinstance(policy, str) else None
    if found is None:
        return OLD
    oldest = found["legacy"] or found["oldest"] or found["newest"]
    return None if int(oldest) >= 2 else OLD  # noqa: PLR2004 - TLS 1.2


RULES = (
    Rule(
        id="cloudfront-https-only",
        title="A distribution serves viewers by HTTPS only.",
        types=(DISTRIBUTION,),
        judge=viewers_use_https,
        fix="set viewer_protocol_policy of every cache behavior to redirect-to-https or https-only",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html",
        frameworks=("FSBP CloudFront.3", "CKV_AWS_34", "AWS-0012"),
    ),
    Rule(
        id="cloudfront-tls12",
        title="A distribution with a certificate of its own accepts viewers from TLS 1.2 on.",
        types=(DISTRIBUTION,),
        judge=viewers_use_tls12,
        fix="set minimum_protocol_version of viewer_certificate to TLSv1.2_2021 or newer",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html",
        frameworks=("FSBP CloudFront.15", "CKV_AWS_174", "AwsSolutions-CFR4", "AWS-0013"),
    ),
    Rule(
        id="cloudfront-origin-tls",
        title="A distribution reaches its custom origins by HTTPS with TLS 1.2.",
        types=(DISTRIBUTION,),
        judge=origins_use_tls12,
        fix='set origin_protocol_policy to https-only and origin_ssl_protocols to ["TLSv1.2"]',
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html",
        frameworks=(
            "FSBP CloudFront.9",
            "FSBP CloudFront.10",
            "CKV2_AWS_54",
            "CKV2_AWS_72",
            "AwsSolutions-CFR5",
        ),
    ),
    Rule(
        id="apigw-domain-tls12",
        title="A custom domain accepts clients from TLS 1.2 on.",
        types=tuple(SECURITY_POLICIES),
        judge=domain_uses_tls12,
        fix="set security_policy to TLS_1_2 "
        "(of an iot.DomainConfiguration to IotSecurityPolicy_TLS13_1_2_2022_10)",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
        frameworks=("CT.APIGATEWAY.PR.6", "CKV_AWS_206", "AWS-0005"),
    ),
)
