"""CloudFront distributions in front of an API: routing, headers, functions and errors."""

import json
import uuid
from typing import Any

import pytest

from localcloud.control import LocalCloud
from tests.localcloud.aws.delivery import (
    ALL_VIEWER,
    ECHO,
    SECRET,
    Delivered,
    api_host,
    behavior,
    calls,
    deliver,
    edge_function,
    in_front_of,
)
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud

NOT_FOUND = """
function handler(event) {
    const error = { code: "not_found", message: "no such path", requestId: event.context.requestId };
    return {
        statusCode: 404,
        statusDescription: "Not Found",
        headers: { "content-type": { value: "application/json" } },
        body: JSON.stringify({ error }),
    };
}
"""


@pytest.fixture(scope="module")
def bench(cloud: LocalCloud) -> Workbench:
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


@pytest.fixture(scope="module")
def api(bench: Workbench) -> str:
    return bench.api(bench.function(ECHO))


@pytest.fixture(scope="module")
def not_found(bench: Workbench) -> str:
    return edge_function(bench, NOT_FOUND)


@pytest.fixture(scope="module")
def edge(bench: Workbench, api: str, not_found: str) -> Delivered:
    return in_front_of(bench, api, behavior("rest", **calls(not_found)))


def test_a_request_reaches_the_api_below_the_origins_path(edge: Delivered, api: str) -> None:
    event = edge.call("/v1/nodes/a%20b?limit=2&q=%2Fx", method="POST", body=b'{"a": 1}').document
    assert event["requestContext"]["apiId"] == api
    assert event["path"] == "/v1/nodes/a b"
    assert event["requestContext"]["stage"] == "test"
    assert event["queryStringParameters"] == {"limit": "2", "q": "/x"}
    assert (event["httpMethod"], event["body"]) == ("POST", '{"a": 1}')


def test_the_origin_gets_the_headers_that_cloudfront_sends(edge: Delivered, api: str) -> None:
    answer = edge.call(
        "/v1/x",
        User_Agent="a browser",
        Authorization="Bearer abc",
        Cookie="one=1; two=2",
        X_Forwarded_For="203.0.113.9",
        X_Forwarded_Proto="gopher",
        X_Real_IP="203.0.113.9",
        X_Edge_Location="nowhere",
        X_Amz_Cf_Id="of the viewer",
    )
    sent = {name.lower(): value for name, value in answer.document["headers"].items()}
    assert sent["host"] == api_host(edge.bench, api)
    assert (sent["user-agent"], sent["authorization"]) == ("a browser", "Bearer abc")
    assert sent["cookie"] == "one=1; two=2"
    assert sent["x-forwarded-for"].startswith("203.0.113.9, 127.0.0.1")
    assert sent["x-forwarded-proto"] == "https"
    assert sent["via"].endswith(".cloudfront.net (CloudFront)")
    assert sent["x-amz-cf-id"] == answer.headers["x-amz-cf-id"] != "of the viewer"
    assert not {"x-real-ip", "x-edge-location"} & set(sent)


@pytest.mark.parametrize("name", ["x_omnitrack_edge", "X_OmniTrack_Edge"])
def test_a_viewer_cannot_bring_the_secret_header_itself(edge: Delivered, name: str) -> None:
    event = edge.call("/v1/x", **{name: "guessed"}).document
    values = [
        values for key, values in event["multiValueHeaders"].items() if key.lower() == "x-omnitrack-edge"
    ]
    assert values == [[SECRET]]


def test_the_answer_carries_the_headers_of_cloudfront_and_of_the_origin(edge: Delivered) -> None:
    answer = edge.call("/v1/x")
    assert answer.headers["x-cache"] == "Miss from cloudfront"
    assert answer.headers["via"].endswith(".cloudfront.net (CloudFront)")
    assert answer.headers["x-amz-cf-pop"]
    assert (answer.headers["x-own"], answer.headers["set-cookie"]) == ("kept", "a=1")
    assert answer.headers["x-amzn-requestid"] == answer.document["requestContext"]["requestId"]


def test_an_error_of_the_origin_is_handed_on_and_counts_as_one(edge: Delivered) -> None:
    answer = edge.call("/v1/x?status=404")
    assert (answer.status, answer.document["path"]) == (404, "/v1/x")
    assert answer.headers["x-cache"] == "Error from cloudfront"


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/v1/twin", True),
        ("/v1/", True),
        ("/x/../v1/twin", True),
        ("//v1//twin", True),
        ("/%76%31/twin", True),
        ("/v1", False),
        ("/V1/twin", False),
        ("/v1/../twin", False),
        ("/v1/%2e%2e/twin", False),
        ("/", False),
        ("/favicon.ico", False),
    ],
)
def test_the_normal_form_of_a_path_chooses_its_behaviour(
    edge: Delivered,
    path: str,
    served: bool,  # noqa: FBT001 - a case
) -> None:
    answer = edge.call(path)
    if served:
        assert answer.headers["x-cache"] == "Miss from cloudfront", answer
    else:
        assert (answer.status, answer.document["error"]["code"]) == (404, "not_found")
        assert answer.headers["x-cache"] == "FunctionGeneratedResponse from cloudfront"
        assert answer.document["error"]["requestId"] == answer.headers["x-amz-cf-id"]


def test_hosts_name_a_distribution_by_its_aliases(bench: Workbench, api: str, edge: Delivered) -> None:
    name = f"a{uuid.uuid4().hex[:8]}"
    aliases = [f"{name}.example.org", f"*.{name}.example.net"]
    in_front_of(bench, api, behavior("rest"), Aliases={"Quantity": 2, "Items": aliases})
    for host in (f"{name}.example.org", f"{name.upper()}.EXAMPLE.org:8443", f"deep.{name}.example.net"):
        assert bench.call("/v1/x", host=host).headers["x-cache"] == "Miss from cloudfront", host
    assert "x-cache" not in bench.call("/v1/x", host=f"a.b.{name}.example.net").headers
    assert edge.call("/v1/x", host=edge.host.upper()).status == 200


def test_a_host_of_no_distribution_and_a_disabled_one_are_refused(bench: Workbench, api: str) -> None:
    answers = [bench.call("/v1/x", host="d0000000000000.cloudfront.net")]
    disabled = in_front_of(bench, api, behavior("rest"))
    disabled.change(Enabled=False)
    answers.append(disabled.call("/v1/x"))
    for answer in answers:
        assert answer.status == 403
        assert answer.headers["x-cache"] == "Error from cloudfront"
        assert b"The request could not be satisfied" in answer.body


def test_a_change_of_the_distribution_is_served_at_once(bench: Workbench, api: str) -> None:
    changing = in_front_of(bench, api, behavior("rest"))
    assert changing.call("/else").status == 200
    methods = {
        "Quantity": 2,
        "Items": ["GET", "HEAD"],
        "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
    }
    changing.change(DefaultCacheBehavior=behavior("rest", AllowedMethods=methods))
    assert changing.call("/else", method="POST", body=b"{}").status == 403
    assert changing.call("/v1/x", method="POST", body=b"{}").status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "/v1/x", "method": "GET", "body": b"with a body"}, 403),
        ({"path": "/v1/" + "x" * 8189}, 413),
        ({"path": "/v1/x?q=" + "x" * 8190}, 413),
        ({"path": "/v1/" + "x" * 8187}, 200),
        ({"path": "/v1/x", "X_Large": "x" * 20_480}, 413),
        ({"path": "/v1/x", "X_Large": "x" * 20_000}, 200),
    ],
)
def test_cloudfront_refuses_what_it_does_not_take(
    edge: Delivered, request_: dict[str, Any], status: int
) -> None:
    answer = edge.call(request_.pop("path"), **request_)
    assert answer.status == status
    if status != 200:
        assert answer.headers["content-type"] == "text/html"
        assert answer.headers["x-amz-cf-id"].encode() in answer.body


def test_an_answer_to_head_has_no_body(edge: Delivered) -> None:
    answer = edge.call("/v1/x", method="HEAD")
    assert (answer.status, answer.body, answer.headers["x-cache"]) == (200, b"", "Miss from cloudfront")


def test_an_api_refuses_the_host_of_a_viewer(bench: Workbench, api: str) -> None:
    edge = in_front_of(bench, api, behavior("rest", OriginRequestPolicyId=ALL_VIEWER))
    answer = edge.call("/else")
    assert (answer.status, answer.document) == (403, {"message": "Forbidden"})


def test_an_origin_that_is_not_there_is_a_502(bench: Workbench) -> None:
    origins = {"rest": ("zzzzzzzzzz.execute-api.us-east-1.amazonaws.com", "/test")}
    answer = deliver(bench, origins, behavior("rest")).call("/x")
    assert (answer.status, answer.headers["x-cache"]) == (502, "Error from cloudfront")


def test_a_response_headers_policy_adds_what_it_names(bench: Workbench, api: str, not_found: str) -> None:
    client = bench.client("cloudfront")
    policy = client.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": f"p-{uuid.uuid4().hex[:8]}",
            "SecurityHeadersConfig": {
                "StrictTransportSecurity": {
                    "Override": True,
                    "AccessControlMaxAgeSec": 63072000,
                    "IncludeSubdomains": True,
                },
                "ContentTypeOptions": {"Override": True},
                "FrameOptions": {"Override": True, "FrameOption": "DENY"},
                "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
                "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "default-src 'none'"},
            },
            "RemoveHeadersConfig": {"Quantity": 1, "Items": [{"Header": "X-Own"}]},
        }
    )["ResponseHeadersPolicy"]["Id"]
    adding = {"ResponseHeadersPolicyId": policy}
    origin = in_front_of(bench, api, behavior("rest", **adding))
    function = in_front_of(bench, api, behavior("rest", **adding, **calls(not_found)))
    for edge, path in ((origin, "/x"), (origin, "/x?status=404"), (function, "/x")):
        headers = edge.call(path).headers
        assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'"
        assert "x-own" not in headers
    assert "x-frame-options" not in origin.call("/x", body=b"refused").headers


def test_a_request_past_the_edge_reaches_the_gateway_without_the_secret(edge: Delivered, api: str) -> None:
    event = edge.bench.call("/test/v1/x", host=api_host(edge.bench, api)).document
    assert "x-omnitrack-edge" not in {name.lower() for name in event["headers"]}


def test_an_error_page_takes_the_place_of_an_origins_error(bench: Workbench, api: str) -> None:
    page = {"ErrorCode": 404, "ResponsePagePath": "/v1/page", "ResponseCode": "200", "ErrorCachingMinTTL": 0}
    edge = in_front_of(bench, api, behavior("rest"), CustomErrorResponses={"Quantity": 1, "Items": [page]})
    answer = edge.call("/v1/missing?status=404")
    assert (answer.status, answer.document["path"]) == (200, "/v1/page")
    assert edge.call("/v1/x?status=409").document["path"] == "/v1/x"


def test_a_bucket_can_be_an_origin_too(bench: Workbench) -> None:
    client, bucket = bench.client("s3"), f"b-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key="index.html", Body=b"hello", ContentType="text/html")
    control = bench.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={
            "Name": bucket,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    edge = deliver(bench, {"pages": (f"{bucket}.s3.us-east-1.amazonaws.com", "")}, behavior("pages"))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": edge.arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    config = bench.client("cloudfront").get_distribution_config(Id=edge.id)["DistributionConfig"]
    origin = config["Origins"]["Items"][0] | {
        "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    del origin["CustomOriginConfig"]
    edge.change(Origins={"Quantity": 1, "Items": [origin]}, DefaultRootObject="index.html")
    answer = edge.call("/")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["x-cache"] == "Miss from cloudfront"
