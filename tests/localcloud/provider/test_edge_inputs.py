"""Inputs of CloudFront's and API Gateway v2's types that are wrong together, though right one by one."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.provider import services
from localcloud.provider.check import check
from localcloud.provider.values import UNKNOWN

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
FUNCTION = "arn:aws:cloudfront::123456789012:function/refuse"
ORIGIN: dict[str, Any] = {
    "originId": "rest",
    "domainName": "rest.example",
    "customOriginConfig": {
        "httpPort": 80,
        "httpsPort": 443,
        "originProtocolPolicy": "https-only",
        "originSslProtocols": ["TLSv1.2"],
    },
}
BEHAVIOR: dict[str, Any] = {
    "targetOriginId": "rest",
    "viewerProtocolPolicy": "https-only",
    "allowedMethods": ["GET", "HEAD"],
    "cachedMethods": ["GET", "HEAD"],
    "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
}
FORWARDED = {"queryString": True, "cookies": {"forward": "none"}}
DISTRIBUTION: dict[str, Any] = {
    "enabled": True,
    "origins": [ORIGIN],
    "defaultCacheBehavior": BEHAVIOR,
    "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    "viewerCertificate": {"cloudfrontDefaultCertificate": True},
}
OWN_CERTIFICATE: dict[str, Any] = {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "sni-only"}
REFUSING = {"eventType": "viewer-request", "functionArn": FUNCTION}


def faults(type_: str, inputs: dict[str, Any]) -> dict[str, str]:
    """Property -> sentence."""
    found = check(services.resource(type_), inputs, old_inputs={}, name="n", seed=b"s")[1]
    return {failure.property: failure.reason for failure in found}


def of_distribution(**changes: Any) -> dict[str, str]:
    return faults("aws:cloudfront/distribution:Distribution", {**DISTRIBUTION, **changes})


def of_behavior(**changes: Any) -> dict[str, str]:
    return of_distribution(defaultCacheBehavior={**BEHAVIOR, **changes})


def of_origin(**changes: Any) -> dict[str, str]:
    return of_distribution(origins=[{**ORIGIN, **changes}])


def header(name: str) -> dict[str, Any]:
    return {"customHeaders": [{"name": name, "value": "1"}]}


def test_a_plain_distribution_has_no_fault() -> None:
    assert of_distribution() == {}
    assert of_distribution(aliases=["a.example"], viewerCertificate=OWN_CERTIFICATE) == {}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"targetOriginId": "none"}, "targetOriginId"),
        ({"cachePolicyId": None}, "cachePolicyId"),
        ({"forwardedValues": FORWARDED}, "cachePolicyId"),
        ({"minTtl": 5}, "minTtl"),
        (
            {"cachePolicyId": None, "forwardedValues": FORWARDED, "originRequestPolicyId": "1"},
            "originRequestPolicyId",
        ),
        ({"allowedMethods": ["GET", "HEAD", "POST"]}, "allowedMethods"),
        ({"cachedMethods": ["GET"]}, "cachedMethods"),
        ({"functionAssociations": [REFUSING, REFUSING]}, "functionAssociations.eventType"),
        (
            {"functionAssociations": [{**REFUSING, "eventType": "origin-request"}]},
            "functionAssociations.eventType",
        ),
        (
            {"functionAssociations": [{**REFUSING, "functionArn": "refuse"}]},
            "functionAssociations.functionArn",
        ),
        ({"viewerProtocolPolicy": "always"}, "viewerProtocolPolicy"),
    ],
)
def test_a_behavior_that_cloudfront_would_refuse_is_refused(changes: dict[str, Any], path: str) -> None:
    assert set(of_behavior(**changes)) == {f"defaultCacheBehavior.{path}"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"customOriginConfig": None}, "customOriginConfig"),
        ({"s3OriginConfig": {"originAccessIdentity": ""}}, "customOriginConfig"),
        ({"domainName": "https://rest.example"}, "domainName"),
        ({"originPath": "live"}, "originPath"),
        ({"originPath": "/live/"}, "originPath"),
        ({"originShield": {"enabled": True}}, "originShield.originShieldRegion"),
        ({"connectionAttempts": 4}, "connectionAttempts"),
        (header("Host"), "customHeaders.name"),
        (header("X-Amz-Door"), "customHeaders.name"),
        (header("x-edge-door"), "customHeaders.name"),
        (header("x door"), "customHeaders.name"),
    ],
)
def test_an_origin_that_cloudfront_would_refuse_is_refused(changes: dict[str, Any], path: str) -> None:
    assert set(of_origin(**changes)) == {f"origins.{path}"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"aliases": ["a.example"]}, "viewerCertificate.acmCertificateArn"),
        (
            {"viewerCertificate": {"acmCertificateArn": CERTIFICATE}},
            "viewerCertificate.sslSupportMethod",
        ),
        (
            {"viewerCertificate": {**OWN_CERTIFICATE, "cloudfrontDefaultCertificate": True}},
            "viewerCertificate.cloudfrontDefaultCertificate",
        ),
        (
            {
                "viewerCertificate": {
                    **OWN_CERTIFICATE,
                    "acmCertificateArn": CERTIFICATE.replace("us-east-1", "eu-central-1"),
                }
            },
            "viewerCertificate.acmCertificateArn",
        ),
        ({"webAclId": "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/a/1"}, "webAclId"),
        ({"origins": [ORIGIN, ORIGIN]}, "origins.originId"),
        (
            {"orderedCacheBehaviors": [{**BEHAVIOR, "pathPattern": "/a"}] * 2},
            "orderedCacheBehaviors.pathPattern",
        ),
        ({"httpVersion": "http4"}, "httpVersion"),
    ],
)
def test_a_distribution_that_cloudfront_would_refuse_is_refused(changes: dict[str, Any], path: str) -> None:
    assert set(of_distribution(**changes)) == {path}


NOT_KNOWN: list[dict[str, Any]] = [
    {"origins": UNKNOWN},
    {"origins": [UNKNOWN]},
    {"origins": [{**ORIGIN, "originId": UNKNOWN}]},
    {"origins": [{**ORIGIN, "customHeaders": [{"name": "x-door", "value": UNKNOWN}]}]},
    {"defaultCacheBehavior": {**BEHAVIOR, "cachePolicyId": UNKNOWN, "targetOriginId": UNKNOWN}},
    {"defaultCacheBehavior": {**BEHAVIOR, "allowedMethods": UNKNOWN, "cachedMethods": [UNKNOWN]}},
    {"aliases": [UNKNOWN], "viewerCertificate": {**OWN_CERTIFICATE, "acmCertificateArn": UNKNOWN}},
    {"orderedCacheBehaviors": [UNKNOWN], "webAclId": UNKNOWN},
]


@pytest.mark.parametrize("changes", NOT_KNOWN)
def test_what_a_preview_does_not_know_is_no_fault_of_a_distribution(changes: dict[str, Any]) -> None:
    assert of_distribution(**changes) == {}


def test_a_message_does_not_tell_the_value_of_an_origin_header() -> None:
    headers = {"customHeaders": [{"name": "x-edge-door", "value": "hush-hush"}], "originPath": "x"}
    told = of_origin(**headers)
    assert len(told) == 2
    assert "hush-hush" not in str(told)


SOCKET = {"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"}
PART = {"apiId": "a1"}


@pytest.mark.parametrize(
    ("kind", "inputs", "paths"),
    [
        ("api:Api", SOCKET, set()),
        ("api:Api", {"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["*"]}}, set()),
        ("api:Api", {"protocolType": "GRPC"}, {"protocolType"}),
        ("api:Api", {"protocolType": "WEBSOCKET"}, {"routeSelectionExpression"}),
        ("api:Api", {**SOCKET, "corsConfiguration": {"maxAge": 1}}, {"corsConfiguration"}),
        ("api:Api", {"protocolType": "HTTP", "target": "arn:x"}, {"target"}),
        ("api:Api", {"protocolType": "HTTP", "body": "{}"}, {"body"}),
        (
            "authorizer:Authorizer",
            {**PART, "authorizerType": "REQUEST", "identitySources": ["route.request.header.Auth"]},
            {"authorizerUri"},
        ),
        (
            "authorizer:Authorizer",
            {**PART, "authorizerType": "JWT", "identitySources": ["$request.header.Authorization"]},
            {"jwtConfiguration"},
        ),
        ("integration:Integration", {**PART, "integrationType": "MOCK"}, set()),
        ("integration:Integration", {**PART, "integrationType": "AWS_PROXY"}, {"integrationUri"}),
        ("integration:Integration", {**PART, "integrationType": "LAMBDA"}, {"integrationType"}),
        (
            "integration:Integration",
            {**PART, "integrationType": "MOCK", "timeoutMilliseconds": 40},
            {"timeoutMilliseconds"},
        ),
        ("route:Route", {**PART, "routeKey": "ping"}, set()),
        ("route:Route", {**PART, "routeKey": "$connect", "authorizationType": "CUSTOM"}, {"authorizerId"}),
        ("route:Route", {**PART, "routeKey": "$connect", "authorizerId": "1"}, {"authorizerId"}),
        ("stage:Stage", {**PART, "autoDeploy": True, "deploymentId": "d1"}, {"deploymentId"}),
        ("stage:Stage", {**PART, "name": "a/b"}, {"name"}),
    ],
)
def test_inputs_of_a_web_socket_or_http_api_are_judged_together(
    kind: str, inputs: dict[str, Any], paths: set[str]
) -> None:
    assert set(faults(f"aws:apigatewayv2/{kind}", inputs)) == paths
