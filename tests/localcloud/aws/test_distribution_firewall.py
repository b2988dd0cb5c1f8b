"""Web ACLs of scope CLOUDFRONT, and the access logs of distributions."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.control import LocalCloud
from tests.localcloud.aws.delivery import SECRET, Delivered, api_host, behavior, deliver
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud

OK = "def handler(event, context): return {'statusCode': 200, 'body': 'fine'}"
TEXT = [{"Priority": 0, "Type": "URL_DECODE"}]
TOKEN = "eyJ.of-the-user.x"


def visible(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def rule(name: str, statement: dict[str, Any], **more: Any) -> dict[str, Any]:
    shown = {"Name": name, "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": visible(name)}
    return shown | {"Statement": statement} | more


def scripts(field: dict[str, Any]) -> dict[str, Any]:
    return {"XssMatchStatement": {"FieldToMatch": field, "TextTransformations": TEXT}}


@dataclass(frozen=True, kw_only=True)
class Guarded:
    bench: Workbench
    edge: Delivered
    acl: dict[str, Any]
    log_group: str

    def lines(self) -> list[dict[str, Any]]:
        events = self.bench.client("logs").filter_log_events(logGroupName=self.log_group)["events"]
        return [json.loads(event["message"]) for event in events]


@pytest.fixture(scope="module")
def shared(cloud: LocalCloud) -> Workbench:
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


@pytest.fixture(scope="module")
def api(shared: Workbench) -> str:
    return shared.api(shared.function(OK))


def guard(bench: Workbench, api: str, rules: list[dict[str, Any]], **more: Any) -> Guarded:
    waf, logs = bench.client("wafv2"), bench.client("logs")
    name = uuid.uuid4().hex[:8]
    acl = waf.create_web_acl(
        Name=name,
        Scope="CLOUDFRONT",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visible(name),
        Rules=rules,
        **more,
    )["Summary"]
    group = f"aws-waf-logs-{name}"
    logs.create_log_group(logGroupName=group)
    waf.put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": acl["ARN"],
            "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{bench.account}:log-group:{group}"],
            "RedactedFields": [{"SingleHeader": {"Name": "authorization"}}],
        }
    )
    edge = plain(bench, api, WebACLId=acl["ARN"])
    return Guarded(bench=bench, edge=edge, acl=acl, log_group=group)


@pytest.mark.parametrize(
    ("field", "attack"),
    [
        ({"AllQueryArguments": {}}, {"path": "/a?q=%3Cscript%3Ealert(1)%3C/script%3E"}),
        ({"UriPath": {}}, {"path": "/%3Cscript%3Ealert(1)%3C%2Fscript%3E"}),
        ({"SingleHeader": {"Name": "referer"}}, {"path": "/a", "Referer": "<script>alert(1)</script>"}),
        (
            {"Body": {"OversizeHandling": "MATCH"}},
            {"path": "/a", "method": "POST", "body": b'{"name": "<script>alert(1)</script>"}'},
        ),
    ],
    ids=["query", "path", "header", "body"],
)
def test_an_attack_is_blocked_with_cloudfronts_page(
    shared: Workbench, api: str, field: dict[str, Any], attack: dict[str, Any]
) -> None:
    guarded = guard(shared, api, [rule("scripts", scripts(field))])
    options = dict(attack)
    answer = guarded.edge.call(options.pop("path"), **options, Content_Type="application/json")
    assert (answer.status, answer.headers["x-cache"]) == (403, "Error from cloudfront")
    assert b"Request blocked" in answer.body
    assert guarded.edge.call("/a").body == b"fine"


def test_each_request_is_logged_as_of_the_distribution_without_redacted_headers(
    shared: Workbench, api: str
) -> None:
    guarded = guard(shared, api, [rule("scripts", scripts({"AllQueryArguments": {}}))])
    blocked = guarded.edge.call("/a?q=%3Cscript%3Ealert(1)%3C/script%3E", Authorization=TOKEN)
    guarded.edge.call("/b", Authorization=TOKEN)
    lines = guarded.lines()
    assert [line["action"] for line in lines] == ["BLOCK", "ALLOW"]
    assert {(line["httpSourceName"], line["httpSourceId"]) for line in lines} == {("CF", guarded.edge.id)}
    assert lines[0]["httpRequest"]["requestId"] == blocked.headers["x-amz-cf-id"]
    assert (lines[0]["terminatingRuleId"], lines[1]["httpRequest"]["uri"]) == ("scripts", "/b")
    assert TOKEN not in json.dumps(lines)
    streams = shared.client("logs").describe_log_streams(logGroupName=guarded.log_group)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [f"cloudfront_{guarded.acl['Name']}_0"]


def test_a_rate_limit_counts_by_the_viewers_address(shared: Workbench, api: str) -> None:
    limit = {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP", "EvaluationWindowSec": 60}}
    guarded = guard(shared, api, [rule("rate", limit)])
    forged = [f"203.0.113.{number}" for number in range(12)]
    statuses = [guarded.edge.call("/a", X_Forwarded_For=address).status for address in forged]
    assert statuses == [200] * 10 + [403] * 2


def test_the_web_acl_of_an_api_lets_only_the_edge_through(shared: Workbench) -> None:
    api = shared.api(shared.function(OK))
    secret = {
        "SearchString": SECRET.encode(),
        "FieldToMatch": {"SingleHeader": {"Name": "x-omnitrack-edge"}},
        "PositionalConstraint": "EXACTLY",
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }
    forwarded = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"}
    limit = {"Limit": 10, "AggregateKeyType": "FORWARDED_IP", "EvaluationWindowSec": 60}
    rules = [
        rule("edge-only", {"NotStatement": {"Statement": {"ByteMatchStatement": secret}}}),
        rule("rate", {"RateBasedStatement": limit | {"ForwardedIPConfig": forwarded}}, Priority=1),
    ]
    waf = shared.client("wafv2")
    acl = waf.create_web_acl(
        Name=uuid.uuid4().hex[:8],
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visible("api"),
        Rules=rules,
    )["Summary"]["ARN"]
    stage = f"arn:aws:apigateway:{shared.cloud.region}::/restapis/{api}/stages/test"
    waf.associate_web_acl(WebACLArn=acl, ResourceArn=stage)
    edge = plain(shared, api)
    guesses: tuple[dict[str, Any], ...] = ({}, {"x_omnitrack_edge": "a"}, {"x_omnitrack_edge": SECRET + "x"})
    for sent in guesses:
        assert shared.call("/test/a", host=api_host(shared, api), **sent).status == 403
    addresses = ["203.0.113.1"] * 12 + ["203.0.113.2"]
    statuses = [edge.call("/a", X_Forwarded_For=address).status for address in addresses]
    assert statuses == [200] * 10 + [403] * 2 + [200]


def test_a_custom_answer_takes_the_place_of_the_page(shared: Workbench, api: str) -> None:
    custom = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "limited",
        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
    }
    body = {"ContentType": "APPLICATION_JSON", "Content": '{"error": {"code": "rate_limited"}}'}
    blocking = rule("all", scripts({"UriPath": {}}), Action={"Block": {"CustomResponse": custom}})
    guarded = guard(shared, api, [blocking], CustomResponseBodies={"limited": body})
    answer = guarded.edge.call("/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert (answer.status, answer.document["error"]["code"]) == (429, "rate_limited")
    assert (answer.headers["retry-after"], answer.headers["content-type"]) == ("60", "application/json")


def test_a_body_is_inspected_up_to_the_limit_of_the_distribution(shared: Workbench, api: str) -> None:
    late = b"x" * 20_000 + b"<script>alert(1)</script>"
    inspecting = [rule("scripts", scripts({"Body": {"OversizeHandling": "CONTINUE"}}))]
    usual = guard(shared, api, inspecting)
    limits = {"RequestBody": {"CLOUDFRONT": {"DefaultSizeInspectionLimit": "KB_32"}}}
    wider = guard(shared, api, inspecting, AssociationConfig=limits)
    assert usual.edge.call("/a", method="POST", body=late).status == 200
    assert wider.edge.call("/a", method="POST", body=late).status == 403


def test_a_web_acl_of_a_distribution_cannot_be_deleted(shared: Workbench, api: str) -> None:
    guarded = guard(shared, api, [])
    waf, acl = shared.client("wafv2"), guarded.acl
    target = {"Name": acl["Name"], "Scope": "CLOUDFRONT", "Id": acl["Id"]}
    token = waf.get_web_acl(**target)["LockToken"]
    with pytest.raises(ClientError, match="WAFAssociatedItemException"):
        waf.delete_web_acl(**target, LockToken=token)
    guarded.edge.change(WebACLId="")
    waf.delete_web_acl(**target, LockToken=token)
    assert guarded.edge.call("/a").status == 200


@dataclass(frozen=True, kw_only=True)
class Logged:
    edge: Delivered
    group: str

    def messages(self) -> Iterator[str]:
        logs = self.edge.bench.client("logs")
        for event in logs.filter_log_events(logGroupName=self.group)["events"]:
            yield event["message"]


def logged(bench: Workbench, edge: Delivered, *, form: str = "json", **more: Any) -> Logged:
    logs, name = bench.client("logs"), uuid.uuid4().hex[:8]
    group = f"/aws/cloudfront/{name}"
    logs.create_log_group(logGroupName=group)
    logs.put_delivery_source(name=name, resourceArn=edge.arn, logType="ACCESS_LOGS")
    arn = f"arn:aws:logs:us-east-1:{bench.account}:log-group:{group}"
    destination = logs.put_delivery_destination(
        name=name, outputFormat=form, deliveryDestinationConfiguration={"destinationResourceArn": arn}
    )["deliveryDestination"]["arn"]
    logs.create_delivery(deliverySourceName=name, deliveryDestinationArn=destination, **more)
    return Logged(edge=edge, group=group)


def plain(bench: Workbench, api: str, **more: Any) -> Delivered:
    return deliver(bench, {"rest": (api_host(bench, api), "/test")}, behavior("rest"), **more)


def test_the_access_log_has_awss_fields_and_no_secrets(shared: Workbench, api: str) -> None:
    log = logged(shared, plain(shared, api))
    answer = log.edge.call(
        "/a%20b?q=1", method="POST", body=b"12345", Authorization=TOKEN, Cookie=f"t={TOKEN}"
    )
    (message,) = log.messages()
    line = json.loads(message)
    expected = {
        "c-ip": "127.0.0.1",
        "cs-method": "POST",
        "cs(Host)": log.edge.host,
        "x-host-header": log.edge.host,
        "cs-uri-stem": "/a%20b",
        "cs-uri-query": "q=1",
        "sc-status": "200",
        "x-edge-result-type": "Miss",
        "x-edge-request-id": answer.headers["x-amz-cf-id"],
        "cs-protocol": "https",
        "cs(Cookie)": "-",
    }
    assert {name: line[name] for name in expected} == expected
    assert float(line["time-taken"]) >= float(line["time-to-first-byte"]) > 0
    assert int(line["sc-bytes"]) > len(answer.body)
    assert TOKEN not in message
    assert "x-omnitrack-edge" not in message


def test_a_delivery_chooses_its_fields_and_form(shared: Workbench, api: str) -> None:
    edge = plain(shared, api)
    chosen = logged(shared, edge, recordFields=["cs-method", "sc-status", "x-edge-result-type"])
    lines = logged(
        shared, edge, form="plain", recordFields=["cs-uri-stem", "cs(User-Agent)"], fieldDelimiter=";"
    )
    edge.call("/a", User_Agent='a "browser" of 1')
    assert [json.loads(message) for message in chosen.messages()] == [
        {"cs-method": "GET", "sc-status": "200", "x-edge-result-type": "Miss"}
    ]
    assert list(lines.messages()) == ["/a;a%20%22browser%22%20of%201"]


def test_requests_and_errors_are_counted(shared: Workbench, api: str) -> None:
    edge = plain(shared, api)
    edge.call("/a")
    edge.call("/a", body=b"refused")
    now = datetime.now(UTC)
    counts = {
        name: shared.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/CloudFront",
            MetricName=name,
            Dimensions=[
                {"Name": "DistributionId", "Value": edge.id},
                {"Name": "Region", "Value": "Global"},
            ],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
            Period=3600,
            Statistics=["Sum", "Average"],
        )["Datapoints"][0]
        for name in ("Requests", "4xxErrorRate", "5xxErrorRate")
    }
    assert counts["Requests"]["Sum"] == 2
    assert [counts[name]["Average"] for name in ("4xxErrorRate", "5xxErrorRate")] == [50, 0]


def test_errors_of_cloudfronts_own_are_logged_too(shared: Workbench, api: str) -> None:
    guarded = guard(shared, api, [rule("scripts", scripts({"UriPath": {}}))])
    log = logged(shared, guarded.edge)
    guarded.edge.call("/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    (line,) = map(json.loads, log.messages())
    assert (line["sc-status"], line["x-edge-result-type"]) == ("403", "Error")
