"""The edge: two APIs on one host and nothing else there, no way around, and no token in its log."""

import json
from typing import Any

import pytest

from tests.support.program import Deployed, Monitor, deploy_program

DISTRIBUTION, RECORD = "aws:cloudfront/distribution:Distribution", "aws:route53/record:Record"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
EVERY_METHOD = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def without_domain() -> Deployed:
    return deploy_program("staging", {"omnitrack:apiDomain": "", "omnitrack:hostedZoneId": ""})


def origins(deployed: Deployed) -> dict[str, Any]:
    return {origin["originId"]: origin for origin in deployed.only(DISTRIBUTION)["origins"]}


def test_each_path_reaches_its_api_as_the_stage_wants_it(staging: Deployed) -> None:
    behaviors = staging.only(DISTRIBUTION)["orderedCacheBehaviors"]
    reached = {each["pathPattern"]: origins(staging)[each["targetOriginId"]] for each in behaviors}
    assert {path: (origin["domainName"], origin.get("originPath")) for path, origin in reached.items()} == {
        "/v1/*": ("api-id.execute-api.us-east-1.amazonaws.com", "/staging"),
        "/ws": ("sockets-id.execute-api.us-east-1.amazonaws.com", None),
    }
    methods = {each["pathPattern"]: set(each["allowedMethods"]) for each in behaviors}
    assert methods == {"/v1/*": EVERY_METHOD, "/ws": {"GET", "HEAD"}}


def test_every_other_path_is_answered_at_the_edge(staging: Deployed) -> None:
    default = staging.only(DISTRIBUTION)["defaultCacheBehavior"]
    (association,) = default["functionAssociations"]
    assert association["eventType"] == "viewer-request"
    function = staging.only("aws:cloudfront/function:Function")
    assert association["functionArn"].endswith(f"/{function['name']}")
    assert function["publish"] is True
    assert "statusCode: 404" in function["code"]
    assert set(default["allowedMethods"]) == EVERY_METHOD, "of others CloudFront would say 403"


def test_nothing_is_cached_and_every_viewer_comes_by_tls(staging: Deployed) -> None:
    distribution = staging.only(DISTRIBUTION)
    for behavior in (distribution["defaultCacheBehavior"], *distribution["orderedCacheBehaviors"]):
        assert behavior["cachePolicyId"] == CACHING_DISABLED
        assert behavior["originRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST
        assert behavior["viewerProtocolPolicy"] == "https-only"
        assert behavior["responseHeadersPolicyId"] == "edge-id"


def test_both_apis_are_shown_who_asks_by_tls(staging: Deployed) -> None:
    assert "origins" in staging.one(DISTRIBUTION).secrets
    for origin in origins(staging).values():
        (header,) = origin["customHeaders"]
        assert header["name"] == "x-omnitrack-edge"
        assert len(header["value"]) >= 43
        assert origin["customOriginConfig"]["originProtocolPolicy"] == "https-only"
        assert origin["customOriginConfig"]["originSslProtocols"] == ["TLSv1.2"]


def test_a_new_value_is_shown_when_the_rest_api_accepts_it(staging: Deployed) -> None:
    accepting = staging.one("aws:wafv2/webAcl:WebAcl", "firewall")
    assert accepting.urn in staging.one(DISTRIBUTION).depends_on


def test_browsers_are_told_to_be_careful(staging: Deployed) -> None:
    headers = staging.only(HEADERS)["securityHeadersConfig"]
    assert headers["strictTransportSecurity"]["accessControlMaxAgeSec"] >= 365 * 24 * 3600
    assert headers["contentTypeOptions"] == {"override": True}
    assert headers["frameOptions"] == {"frameOption": "DENY", "override": True}
    assert headers["referrerPolicy"] == {"referrerPolicy": "no-referrer", "override": True}
    assert headers["contentSecurityPolicy"]["contentSecurityPolicy"].startswith("default-src 'none'")


def test_the_web_acl_of_the_edge_stands_before_it(staging: Deployed) -> None:
    assert staging.only(DISTRIBUTION)["webAclId"].endswith("WebAcl/omnitrack-staging-edge")


def test_a_domain_has_records_and_a_proved_certificate_of_modern_tls(staging: Deployed) -> None:
    certificate = staging.only(DISTRIBUTION)["viewerCertificate"]
    assert certificate["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert certificate["sslSupportMethod"] == "sni-only"
    assert staging.only(CERTIFICATE)["domainName"] == "staging-api.omnitrack.ai"
    assert {staging.only(token)["region"] for token in (CERTIFICATE, VALIDATION)} == {"us-east-1"}
    distribution = staging.one(DISTRIBUTION)
    assert staging.one(VALIDATION).urn in distribution.depends_on
    assert distribution.inputs["aliases"] == ["staging-api.omnitrack.ai"]
    kinds = {
        each.inputs["type"]: each.inputs["aliases"][0]
        for each in staging.all(RECORD)
        if "aliases" in each.inputs
    }
    assert set(kinds) == {"A", "AAAA"}
    assert {(each["name"], each["zoneId"]) for each in kinds.values()} == {
        ("edge.cloudfront.net", "edge-zone-id")
    }
    assert staging.exports["ApiEndpoint"] == "https://staging-api.omnitrack.ai/v1"
    assert staging.exports["WebSocketEndpoint"] == "wss://staging-api.omnitrack.ai/ws"


def test_a_certificate_that_never_comes_is_told_before_a_job_of_an_hour_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience: dict[str, str] = {}
    register = Monitor.RegisterResource

    def noting(self: Monitor, request: Any) -> Any:
        patience[request.type] = request.customTimeouts.create
        return register(self, request)

    monkeypatch.setattr(Monitor, "RegisterResource", noting)
    deploy_program("staging")
    assert patience[VALIDATION] == "20m"


def test_without_a_domain_cloudfronts_own_host_serves(without_domain: Deployed) -> None:
    assert not [
        *without_domain.all(RECORD),
        *without_domain.all(CERTIFICATE),
        *without_domain.all(VALIDATION),
    ]
    distribution = without_domain.only(DISTRIBUTION)
    assert "aliases" not in distribution
    assert distribution["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert without_domain.exports["ApiEndpoint"] == "https://edge.cloudfront.net/v1"
    assert without_domain.exports["WebSocketEndpoint"] == "wss://edge.cloudfront.net/ws"


def test_requests_are_logged_where_cloudfront_is_without_cookies_and_tokens(staging: Deployed) -> None:
    token = "aws:cloudwatch/logDelivery"
    source, delivery = (
        staging.one(f"{token}Source:LogDeliverySource"),
        staging.one(f"{token}:LogDelivery"),
    )
    destination = staging.one(f"{token}Destination:LogDeliveryDestination")
    group = staging.one("aws:cloudwatch/logGroup:LogGroup", "edge")
    assert group.inputs["name"] == "/aws/cloudfront/omnitrack-staging-edge"
    assert {each.inputs["region"] for each in (source, delivery, destination, group)} == {"us-east-1"}
    assert (source.inputs["logType"], destination.inputs["outputFormat"]) == ("ACCESS_LOGS", "json")
    assert staging.one(DISTRIBUTION).urn in source.depends_on
    written = " ".join(delivery.inputs["recordFields"]).lower()
    assert "x-edge-request-id" in written
    assert not [
        word for word in ("cookie", "authorization", "protocol-header", "edge-secret") if word in written
    ]
    (allowed,) = staging.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "edge").policy(
        "policyDocument"
    )
    assert allowed["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert group.inputs["name"] in json.dumps(allowed["Resource"])
