"""A distribution and what it names hold together, on a running local cloud."""

import copy
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.control import LocalCloud
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
MISSING = "00000000-0000-0000-0000-000000000000"
CODE = b"function handler(event) { return event.request; }"
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"}
BEHAVIOR = {
    "TargetOriginId": "rest",
    "ViewerProtocolPolicy": "https-only",
    "CachePolicyId": CACHING_DISABLED,
}


@pytest.fixture
def bench(cloud: LocalCloud) -> Workbench:
    """An account of its own: aliases are taken once in an account."""
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


@pytest.fixture
def edge(bench: Workbench) -> Any:
    return bench.client("cloudfront")


def config(**changes: Any) -> dict[str, Any]:
    """The configuration of a distribution with one origin."""
    origin = {
        "Id": "rest",
        "DomainName": "rest.example",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    return {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "",
        "Enabled": False,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": BEHAVIOR,
        **changes,
    }


def counted(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


def calling(arn: str) -> dict[str, Any]:
    """A behavior that calls a function."""
    function = {"FunctionARN": arn, "EventType": "viewer-request"}
    return {**BEHAVIOR, "FunctionAssociations": counted(function)}


def certified(arn: str, alias: str) -> dict[str, Any]:
    certificate = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only"}
    return config(Aliases=counted(alias), ViewerCertificate=certificate)


def function(edge: Any, name: str) -> tuple[str, str]:
    """ARN and version of a function that is not published yet."""
    made = edge.create_function(
        Name=name,
        FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
        FunctionCode=CODE,
    )
    return made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"], made["ETag"]


def code_of(call: Any, **request: Any) -> str:
    """The code of the error that a call is refused with; empty when it is not."""
    try:
        call(**request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TargetOriginId": "none"}, "NoSuchOrigin"),
        ({"CachePolicyId": MISSING}, "NoSuchCachePolicy"),
        ({"OriginRequestPolicyId": MISSING}, "NoSuchOriginRequestPolicy"),
        ({"ResponseHeadersPolicyId": MISSING}, "NoSuchResponseHeadersPolicy"),
        (calling("arn:aws:cloudfront::000000000000:function/none"), "InvalidFunctionAssociation"),
    ],
)
def test_a_behavior_that_names_what_is_not_there_is_refused(
    edge: Any, changes: dict[str, Any], code: str
) -> None:
    wrong = {**BEHAVIOR, **changes}
    assert code_of(edge.create_distribution, DistributionConfig=config(DefaultCacheBehavior=wrong)) == code
    ordered = config(CacheBehaviors=counted({**wrong, "PathPattern": "/a"}))
    assert code_of(edge.create_distribution, DistributionConfig=ordered) == code

    made = edge.create_distribution(DistributionConfig=config())
    now = copy.deepcopy(made["Distribution"]["DistributionConfig"])
    now["DefaultCacheBehavior"] = wrong
    update = {"Id": made["Distribution"]["Id"], "IfMatch": made["ETag"], "DistributionConfig": now}
    assert code_of(edge.update_distribution, **update) == code


def test_a_function_is_called_once_it_is_published_and_deleted_once_it_is_called_no_more(edge: Any) -> None:
    arn, version = function(edge, "refuse")
    wanted = config(DefaultCacheBehavior=calling(arn))
    assert code_of(edge.create_distribution, DistributionConfig=wanted) == "InvalidFunctionAssociation"

    edge.publish_function(Name="refuse", IfMatch=version)
    made = edge.create_distribution(DistributionConfig=wanted)
    assert code_of(edge.delete_function, Name="refuse", IfMatch=version) == "FunctionInUse"

    edge.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"])
    assert code_of(edge.delete_function, Name="refuse", IfMatch=version) == ""


def test_a_web_acl_is_there_before_the_distribution_and_as_long_as_it(bench: Workbench, edge: Any) -> None:
    waf = bench.client("wafv2")
    acl = waf.create_web_acl(
        Name="edge", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN
    )["Summary"]
    other = config(WebACLId=acl["ARN"].replace(acl["Id"], MISSING))
    assert code_of(edge.create_distribution, DistributionConfig=other) == "InvalidWebACLId"

    made = edge.create_distribution(DistributionConfig=config(WebACLId=acl["ARN"]))
    key = {"Name": "edge", "Scope": "CLOUDFRONT", "Id": acl["Id"], "LockToken": acl["LockToken"]}
    assert code_of(waf.delete_web_acl, **key) == "WAFAssociatedItemException"

    edge.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"])
    assert code_of(waf.delete_web_acl, **key) == ""


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("orders.example", ""),
        ("api.orders.example", ""),
        ("a.api.orders.example", "InvalidViewerCertificate"),
        ("parcels.example", "InvalidViewerCertificate"),
    ],
)
def test_an_alias_needs_a_certificate_that_covers_it(
    bench: Workbench, edge: Any, alias: str, code: str
) -> None:
    arn = bench.client("acm").request_certificate(
        DomainName="orders.example", SubjectAlternativeNames=["*.orders.example"], ValidationMethod="EMAIL"
    )["CertificateArn"]
    assert code_of(edge.create_distribution, DistributionConfig=certified(arn, alias)) == code


def test_a_certificate_that_is_not_issued_is_refused(bench: Workbench, edge: Any) -> None:
    pending = bench.client("acm").request_certificate(DomainName="orders.example", ValidationMethod="DNS")
    for arn in (pending["CertificateArn"], f"arn:aws:acm:us-east-1:{bench.account}:certificate/{MISSING}"):
        wanted = certified(arn, "orders.example")
        assert code_of(edge.create_distribution, DistributionConfig=wanted) == "InvalidViewerCertificate"


def test_an_alias_is_taken_once(edge: Any) -> None:
    made = edge.create_distribution(DistributionConfig=config(Aliases=counted("orders.example")))
    again = config(Aliases=counted("parcels.example", "orders.example"))
    assert code_of(edge.create_distribution, DistributionConfig=again) == "CNAMEAlreadyExists"

    now = made["Distribution"]["DistributionConfig"]
    update = {"Id": made["Distribution"]["Id"], "IfMatch": made["ETag"], "DistributionConfig": now}
    assert code_of(edge.update_distribution, **update) == ""
