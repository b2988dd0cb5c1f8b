"""Cases of the rules on encryption in transit."""

from typing import Any

from policy.graph import Resource
from tests.policy.cases import domains
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
IN_CLEAR = "serves viewers in clear"
OLD_VIEWERS = "accepts viewers with TLS older than TLSv1.2_2021"
ORIGIN_IN_CLEAR = "reaches an origin in clear"
OLD_ORIGIN = "reaches an origin with TLS older than 1.2"

https = cases_of("cloudfront-https-only")
viewer = cases_of("cloudfront-tls12")
origin = cases_of("cloudfront-origin-tls")


def behaving(default: object, *ordered: object) -> list[Resource]:
    behaviours = [{"viewerProtocolPolicy": policy} for policy in ordered]
    return [
        resource(
            DISTRIBUTION,
            {
                "defaultCacheBehavior": {"__defaults": [], "viewerProtocolPolicy": default},
                "orderedCacheBehaviors": behaviours,
            },
        )
    ]


HTTPS = (
    https(Kind.MISSING, "no behaviour", [resource(DISTRIBUTION, {})], IN_CLEAR),
    https(Kind.MISSING, "no policy", behaving(None), IN_CLEAR),
    https(Kind.WRONG, "an empty policy", behaving(""), IN_CLEAR),
    https(Kind.WRONG, "all are allowed", behaving("allow-all"), IN_CLEAR),
    https(Kind.WRONG, "one path allows all", behaving("https-only", "https-only", "allow-all"), IN_CLEAR),
    https(Kind.WRONG, "one path says nothing", behaving("https-only", None), IN_CLEAR),
    https(Kind.WRONG, "a path under an unknown default", behaving(UNKNOWN_TEXT, "allow-all"), IN_CLEAR),
    https(
        Kind.WRONG,
        "the default before unknown paths",
        [
            resource(
                DISTRIBUTION,
                {
                    "defaultCacheBehavior": {"viewerProtocolPolicy": "allow-all"},
                    "orderedCacheBehaviors": UNKNOWN_LIST,
                },
            )
        ],
        IN_CLEAR,
    ),
    https(Kind.UNKNOWN, "the default is not known", behaving(UNKNOWN_TEXT), undecided=True),
    https(Kind.UNKNOWN, "a path is not known", behaving("https-only", UNKNOWN_TEXT), undecided=True),
    https(
        Kind.UNKNOWN,
        "the paths are not known",
        [
            resource(
                DISTRIBUTION,
                {
                    "defaultCacheBehavior": {"viewerProtocolPolicy": "https-only"},
                    "orderedCacheBehaviors": UNKNOWN_LIST,
                },
            )
        ],
        undecided=True,
    ),
    https(Kind.CORRECT, "HTTPS only", behaving("https-only", "https-only")),
    https(Kind.CORRECT, "sent on to HTTPS", behaving("redirect-to-https", "https-only")),
    https(Kind.CORRECT, "as a secret", behaving(secret("redirect-to-https"))),
    https(
        Kind.CORRECT,
        "a list of one block and no paths",
        [resource(DISTRIBUTION, {"defaultCacheBehavior": [{"viewerProtocolPolicy": "https-only"}]})],
    ),
)


def certified(policy: object, certificate: object = CERTIFICATE, **more: Any) -> list[Resource]:
    found = without_none(acmCertificateArn=certificate, minimumProtocolVersion=policy, **more)
    return [resource(DISTRIBUTION, {"viewerCertificate": {"__defaults": [], **found}})]


VIEWERS = (
    viewer(Kind.MISSING, "the provider's default", certified(None), OLD_VIEWERS),
    viewer(Kind.MISSING, "an empty policy", certified(""), OLD_VIEWERS),
    viewer(Kind.MISSING, "a certificate by reference", certified(None, UNKNOWN_TEXT), OLD_VIEWERS),
    *(
        viewer(Kind.WRONG, f"the policy {policy}", certified(policy), OLD_VIEWERS)
        for policy in (
            "SSLv3",
            "TLSv1",
            "TLSv1_2016",
            "TLSv1.1_2016",
            "TLSv1.2_2018",
            "TLSv1.2_2019",
            "TLSv1.1_2025",
            "xTLSv1.2_2021",
            12,
        )
    ),
    viewer(Kind.WRONG, "a certificate of IAM", certified("TLSv1", None, iamCertificateId="id"), OLD_VIEWERS),
    viewer(
        Kind.WRONG,
        "the provider prefers a named certificate to the default one",
        certified("TLSv1", cloudfrontDefaultCertificate=True),
        OLD_VIEWERS,
    ),
    viewer(Kind.UNKNOWN, "the policy is not known", certified(UNKNOWN_TEXT), undecided=True),
    viewer(
        Kind.UNKNOWN,
        "the block is not known",
        [resource(DISTRIBUTION, {"viewerCertificate": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    *(
        viewer(Kind.CORRECT, f"the policy {policy}", certified(policy))
        for policy in ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025", "TLSv1.3_2031")
    ),
    viewer(Kind.CORRECT, "as a secret", certified(secret("TLSv1.2_2021"), UNKNOWN_TEXT)),
    viewer(
        Kind.NOT_APPLICABLE,
        "the default certificate, for which CloudFront fixes TLSv1",
        certified("TLSv1", None, cloudfrontDefaultCertificate=True),
    ),
    viewer(
        Kind.NOT_APPLICABLE,
        "the default certificate with the empty texts of a state",
        certified("TLSv1", "", iamCertificateId="", cloudfrontDefaultCertificate=True),
    ),
    viewer(Kind.NOT_APPLICABLE, "no block", [resource(DISTRIBUTION, {})]),
)

S3_ORIGIN = {"originId": "site", "s3OriginConfig": {"originAccessIdentity": ""}}
MODERN = ["TLSv1.2"]


def reaching(policy: object, versions: object = MODERN, viewers: object = "https-only") -> list[Resource]:
    custom = without_none(originProtocolPolicy=policy, originSslProtocols=versions)
    return [
        resource(
            DISTRIBUTION,
            {
                "origins": [
                    S3_ORIGIN,
                    {"originId": "api", "customOriginConfig": {"__defaults": [], **custom}},
                ],
                "defaultCacheBehavior": {"viewerProtocolPolicy": viewers},
            },
        )
    ]


def of_origins(origins: object) -> list[Resource]:
    return [resource(DISTRIBUTION, {"origins": origins})]


ORIGINS = (
    origin(Kind.MISSING, "no policy", reaching(None), ORIGIN_IN_CLEAR),
    origin(Kind.MISSING, "no versions", reaching("https-only", None), OLD_ORIGIN),
    origin(Kind.MISSING, "an empty list of versions", reaching("https-only", []), OLD_ORIGIN),
    origin(Kind.WRONG, "HTTP", reaching("http-only"), ORIGIN_IN_CLEAR),
    origin(
        Kind.WRONG,
        "as the viewer, who may use HTTP",
        reaching("match-viewer", viewers="allow-all"),
        ORIGIN_IN_CLEAR,
    ),
    *(
        origin(Kind.WRONG, f"the versions {versions}", reaching("https-only", versions), OLD_ORIGIN)
        for versions in (["SSLv3"], ["TLSv1"], ["TLSv1.2", "TLSv1.1"], ["TLSv1.2x"], [1.2])
    ),
    origin(Kind.WRONG, "old under an unknown policy", reaching(UNKNOWN_TEXT, ["TLSv1"]), OLD_ORIGIN),
    origin(
        Kind.WRONG,
        "an old version beside an unknown",
        reaching("https-only", [UNKNOWN_TEXT, "TLSv1"]),
        OLD_ORIGIN,
    ),
    origin(
        Kind.WRONG,
        "the second of two custom origins",
        of_origins(
            [
                {"customOriginConfig": {"originProtocolPolicy": policy, "originSslProtocols": MODERN}}
                for policy in ("https-only", "http-only")
            ]
        ),
        ORIGIN_IN_CLEAR,
    ),
    origin(Kind.UNKNOWN, "the policy is not known", reaching(UNKNOWN_TEXT), undecided=True),
    origin(Kind.UNKNOWN, "the versions are not known", reaching("https-only", UNKNOWN_LIST), undecided=True),
    origin(Kind.UNKNOWN, "a version is not known", reaching("https-only", [UNKNOWN_TEXT]), undecided=True),
    origin(
        Kind.UNKNOWN,
        "as the viewer, who is not known",
        reaching("match-viewer", viewers=UNKNOWN_TEXT),
        undecided=True,
    ),
    origin(Kind.UNKNOWN, "the origins are not known", of_origins(UNKNOWN_LIST), undecided=True),
    origin(Kind.UNKNOWN, "an origin is not known", of_origins([S3_ORIGIN, UNKNOWN_BLOCK]), undecided=True),
    origin(
        Kind.UNKNOWN,
        "its block is not known",
        of_origins([{"customOriginConfig": UNKNOWN_BLOCK}]),
        undecided=True,
    ),
    origin(Kind.CORRECT, "HTTPS with TLS 1.2", reaching("https-only", viewers="allow-all")),
    origin(Kind.CORRECT, "a newer version too", reaching("https-only", ["TLSv1.2", "TLSv1.3"])),
    origin(
        Kind.CORRECT, "as the viewer, who uses HTTPS", reaching("match-viewer", viewers="redirect-to-https")
    ),
    origin(Kind.CORRECT, "as a secret", reaching(secret("https-only"), secret(MODERN))),
    origin(Kind.NOT_APPLICABLE, "a bucket", of_origins([S3_ORIGIN])),
    origin(
        Kind.NOT_APPLICABLE,
        "a bucket, the other block null",
        of_origins([{**S3_ORIGIN, "customOriginConfig": None}]),
    ),
    origin(Kind.NOT_APPLICABLE, "no origin", [resource(DISTRIBUTION, {})]),
)


CASES = HTTPS + VIEWERS + ORIGINS + domains.CASES
