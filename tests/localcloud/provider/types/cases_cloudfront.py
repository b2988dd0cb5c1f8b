"""Amazon CloudFront."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case
from tests.localcloud.provider.types.cases_wafv2 import SEEN

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
# Policies that AWS manages: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
CODE = "function handler(event) { return event.request; }"
OTHER_CODE = "function handler(event) { return { statusCode: 404 }; }"
STORE = "arn:aws:cloudfront::000000000000:key-value-store/0e0cf6d2-3b9f-4a59-9d28-0e1a4a5a0c11"
FRAME = {"frameOption": "DENY", "override": True}
TRANSPORT = {"accessControlMaxAgeSec": 31536000, "override": True, "includeSubdomains": True}
EVERY_METHOD = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def function(it: Scene, name: str) -> str:
    made = it.make("aws:cloudfront/function:Function", name=name, runtime="cloudfront-js-2.0", code=CODE)
    return str(made["arn"])


def policy(it: Scene) -> str:
    made = it.make(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        name="strict",
        securityHeadersConfig={"frameOptions": FRAME},
    )
    return str(made["id"])


def certificate(it: Scene) -> str:
    """A certificate that needs no record to be issued."""
    made = it.aws("acm").request_certificate(
        DomainName="orders.example", SubjectAlternativeNames=["*.orders.example"], ValidationMethod="EMAIL"
    )
    return str(made["CertificateArn"])


def edge_acl(it: Scene) -> str:
    made = it.make(
        "aws:wafv2/webAcl:WebAcl",
        name="edge",
        scope="CLOUDFRONT",
        defaultAction={"allow": {}},
        visibilityConfig=SEEN,
    )
    return str(made["arn"])


def served_by(it: Scene) -> dict[str, str]:
    return {
        "refuse": function(it, "refuse"),
        "policy": policy(it),
        "certificate": certificate(it),
        "acl": edge_acl(it),
    }


def origin(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "originId": name,
        "domainName": f"{name}.example",
        "customOriginConfig": {
            "httpPort": 80,
            "httpsPort": 443,
            "originProtocolPolicy": "https-only",
            "originSslProtocols": ["TLSv1.2"],
        },
        **changes,
    }


def behavior(target: str, **changes: Any) -> dict[str, Any]:
    return {
        "targetOriginId": target,
        "viewerProtocolPolicy": "https-only",
        "allowedMethods": EVERY_METHOD,
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": CACHING_DISABLED,
        "originRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
        **changes,
    }


def own_certificate(it: Scene, **changes: str) -> dict[str, str]:
    return {
        "acmCertificateArn": it.needs["certificate"],
        "minimumProtocolVersion": "TLSv1.2_2021",
        "sslSupportMethod": "sni-only",
        **changes,
    }


def distribution(it: Scene) -> dict[str, Any]:
    refusing = {"eventType": "viewer-request", "functionArn": it.needs["refuse"]}
    return {
        "comment": "orders",
        "customErrorResponses": [
            {"errorCode": 502, "errorCachingMinTtl": 0},
            {"errorCode": 404, "responseCode": 200, "responsePagePath": "/none.html"},
        ],
        "defaultCacheBehavior": behavior("rest", functionAssociations=[refusing]),
        "enabled": True,
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "loggingConfig": {"bucket": "logs.s3.amazonaws.com", "prefix": "orders"},
        "orderedCacheBehaviors": [
            behavior("rest", pathPattern="/v1/*", responseHeadersPolicyId=it.needs["policy"]),
            behavior("socket", pathPattern="/ws"),
        ],
        "origins": [
            origin(
                "rest",
                originPath="/live",
                customHeaders=[{"name": "x-door", "value": "hush"}, {"name": "x-way", "value": "front"}],
                originShield={"enabled": True, "originShieldRegion": "eu-central-1"},
            ),
            origin("socket", connectionAttempts=2),
        ],
        "priceClass": "PriceClass_100",
        "restrictions": {"geoRestriction": {"restrictionType": "whitelist", "locations": ["DE", "CH"]}},
        "viewerCertificate": own_certificate(it),
        "tags": {"owner": "us"},
    }


def configuration(it: Scene) -> Any:
    return it.aws("cloudfront").get_distribution_config(Id=it.id)


def change(it: Scene, **changes: Any) -> None:
    """Change the distribution behind Pulumi's back."""
    now = configuration(it)
    it.aws("cloudfront").update_distribution(
        Id=it.id, IfMatch=now["ETag"], DistributionConfig={**now["DistributionConfig"], **changes}
    )


def vanish(it: Scene) -> None:
    change(it, Enabled=False)
    it.aws("cloudfront").delete_distribution(Id=it.id, IfMatch=configuration(it)["ETag"])


def served(it: Scene) -> Any:
    """What the update of the distribution changes."""
    config = configuration(it)["DistributionConfig"]
    return (
        config["Origins"]["Items"][0]["CustomHeaders"]["Items"],
        [item["PathPattern"] for item in config["CacheBehaviors"]["Items"]],
        config["Restrictions"]["GeoRestriction"]["RestrictionType"],
        config.get("WebACLId"),
        config["ViewerCertificate"]["MinimumProtocolVersion"],
        config.get("Aliases", {}).get("Quantity", 0),
    )


def described(it: Scene, stage: str = "DEVELOPMENT") -> Any:
    return it.aws("cloudfront").describe_function(Name=it.id, Stage=stage)


def published(it: Scene) -> str:
    code: bytes = it.aws("cloudfront").get_function(Name=it.id, Stage="LIVE")["FunctionCode"].read()
    return code.decode()


def patch_function(it: Scene) -> None:
    """Change the function behind Pulumi's back."""
    found = described(it)
    config = {**found["FunctionSummary"]["FunctionConfig"], "Comment": "by hand"}
    it.aws("cloudfront").update_function(
        Name=it.id, IfMatch=found["ETag"], FunctionConfig=config, FunctionCode=OTHER_CODE.encode()
    )


def headers(it: Scene) -> Any:
    return it.aws("cloudfront").get_response_headers_policy(Id=it.id)


def patch_policy(it: Scene) -> None:
    """Change the policy behind Pulumi's back."""
    found = headers(it)
    config = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    del config["SecurityHeadersConfig"]["StrictTransportSecurity"]
    it.aws("cloudfront").update_response_headers_policy(
        Id=it.id, IfMatch=found["ETag"], ResponseHeadersPolicyConfig=config
    )


CASES = [
    Case(
        type="aws:cloudfront/distribution:Distribution",
        needs=served_by,
        inputs=distribution,
        update=lambda it: {
            "aliases": ["orders.example", "api.orders.example"],
            "orderedCacheBehaviors": [
                behavior("socket", pathPattern="/ws"),
                behavior("rest", pathPattern="/v1/*", compress=True),
            ],
            "origins": [
                origin("rest", customHeaders=[{"name": "x-door", "value": "hushed"}]),
                origin("socket"),
            ],
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": own_certificate(it, minimumProtocolVersion="TLSv1.2_2019"),
            "webAclId": it.needs["acl"],
        },
        seen=lambda it: (*served(it)[:3], bool(served(it)[3]), *served(it)[4:]),
        expected=(
            [{"HeaderName": "x-door", "HeaderValue": "hushed"}],
            ["/ws", "/v1/*"],
            "none",
            True,
            "TLSv1.2_2019",
            2,
        ),
        replace={"staging": True},
        replace_page="https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html",
        drift=lambda it: change(
            it, Comment="by hand", CacheBehaviors={"Quantity": 0}, HttpVersion="http2", WebACLId="old"
        ),
        drifted={"comment", "orderedCacheBehaviors", "httpVersion", "webAclId"},
        vanish=vanish,
    ),
    Case(
        type="aws:cloudfront/function:Function",
        inputs={
            "name": "refuse",
            "runtime": "cloudfront-js-2.0",
            "code": CODE,
            "comment": "refuses",
            "keyValueStoreAssociations": [STORE],
            "tags": {"owner": "us"},
        },
        update={"code": OTHER_CODE, "comment": "refuses more", "keyValueStoreAssociations": None},
        seen=lambda it: (
            published(it),
            described(it, "LIVE")["FunctionSummary"]["FunctionConfig"]["Comment"],
            described(it)["FunctionSummary"]["FunctionConfig"]["KeyValueStoreAssociations"]["Quantity"],
        ),
        expected=(OTHER_CODE, "refuses more", 0),
        replace={"name": "reject"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-cloudfront-function.html",
        drift=patch_function,
        drifted={"code", "comment"},
        vanish=lambda it: it.aws("cloudfront").delete_function(Name=it.id, IfMatch=described(it)["ETag"]),
    ),
    Case(
        type="aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        inputs={
            "name": "strict",
            "corsConfig": {
                "accessControlAllowCredentials": False,
                "accessControlAllowHeaders": {"items": ["authorization"]},
                "accessControlAllowMethods": {"items": ["GET", "PUT"]},
                "accessControlAllowOrigins": {"items": ["https://orders.example"]},
                "originOverride": True,
            },
            "customHeadersConfig": {"items": [{"header": "x-kind", "value": "order", "override": True}]},
            "removeHeadersConfig": {"items": [{"header": "server"}]},
            "securityHeadersConfig": {
                "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'none'", "override": True},
                "contentTypeOptions": {"override": True},
                "frameOptions": FRAME,
                "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
                "strictTransportSecurity": TRANSPORT,
                "xssProtection": {"protection": True, "override": False},
            },
            "serverTimingHeadersConfig": {"enabled": True, "samplingRate": 2.5},
        },
        update={
            "name": "stricter",
            "comment": "for all",
            "customHeadersConfig": None,
            "securityHeadersConfig": {"frameOptions": FRAME, "strictTransportSecurity": TRANSPORT},
        },
        seen=lambda it: [
            (
                config["Name"],
                config["Comment"],
                config["CustomHeadersConfig"]["Quantity"],
                sorted(config["SecurityHeadersConfig"]),
            )
            for config in [headers(it)["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]]
        ],
        expected=[("stricter", "for all", 0, ["FrameOptions", "StrictTransportSecurity"])],
        replace=None,
        replace_page=f"{CLOUDFORMATION}/aws-resource-cloudfront-responseheaderspolicy.html",
        drift=patch_policy,
        drifted={"securityHeadersConfig"},
        vanish=lambda it: it.aws("cloudfront").delete_response_headers_policy(
            Id=it.id, IfMatch=headers(it)["ETag"]
        ),
    ),
]
