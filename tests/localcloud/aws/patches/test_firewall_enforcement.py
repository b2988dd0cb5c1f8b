"""The web ACL in front of a REST API, on a running local cloud."""

import json
import urllib.parse
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.cloud

OK = "def handler(event, context): return {'statusCode': 200, 'body': 'fine'}"
TRANSFORMATIONS = [
    {"Priority": 0, "Type": "URL_DECODE"},
    {"Priority": 1, "Type": "HTML_ENTITY_DECODE"},
]
FIELDS: tuple[dict[str, Any], ...] = (
    {"AllQueryArguments": {}},
    {"Body": {"OversizeHandling": "MATCH"}},
    {"SingleHeader": {"Name": "user-agent"}},
    {"UriPath": {}},
)


def visibility(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def injections(name: str, statement: str, priority: int) -> dict[str, Any]:
    inner = [{statement: {"FieldToMatch": field, "TextTransformations": TRANSFORMATIONS}} for field in FIELDS]
    return {
        "Name": name,
        "Priority": priority,
        "Statement": {"OrStatement": {"Statements": inner}},
        "Action": {"Block": {}},
        "VisibilityConfig": visibility(name),
    }


MANAGED = {
    "Name": "common",
    "Priority": 0,
    "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
    "OverrideAction": {"None": {}},
    "VisibilityConfig": visibility("common"),
}
RULES = [MANAGED, injections("sql", "SqliMatchStatement", 1), injections("scripts", "XssMatchStatement", 2)]


@pytest.fixture
def api(workbench: Any) -> str:
    return str(workbench.api(workbench.function(OK)))


def stage_arn(bench: Any, api: str) -> str:
    return f"arn:aws:apigateway:{bench.cloud.region}::/restapis/{api}/stages/test"


def guard(bench: Any, api: str, rules: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    waf = bench.client("wafv2")
    acl = waf.create_web_acl(
        Name=f"acl-{uuid.uuid4().hex[:8]}",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visibility("all"),
        Rules=rules,
        **more,
    )["Summary"]
    waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=stage_arn(bench, api))
    return dict(acl)


def logged_to(bench: Any, acl: dict[str, Any], **more: Any) -> str:
    group = f"aws-waf-logs-{uuid.uuid4().hex[:8]}"
    bench.client("logs").create_log_group(logGroupName=group)
    destination = f"arn:aws:logs:{bench.cloud.region}:{bench.account}:log-group:{group}"
    bench.client("wafv2").put_logging_configuration(
        LoggingConfiguration={"ResourceArn": acl["ARN"], "LogDestinationConfigs": [destination], **more}
    )
    return group


def lines(bench: Any, group: str) -> list[dict[str, Any]]:
    events = bench.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def call(bench: Any, api: str, path: str = "/", **options: Any) -> Any:
    return bench.call(f"/_aws/execute-api/{api}/test{path}", **options)


def query(text: str) -> str:
    return "/a?q=" + urllib.parse.quote(text)


ATTACKS = {
    "in the query": {"path": query("1' OR '1'='1")},
    "double encoded": {"path": query("%27%20union%20select%20password%20from%20users--")},
    "as entities": {"path": query("&lt;script&gt;alert(1)&lt;/script&gt;")},
    "in the body": {"body": json.dumps({"name": "x'; DROP TABLE nodes; --"}).encode()},
    "encoded in the body": {"body": json.dumps({"name": "%3Csvg%20onload%3Dalert(1)%3E"}).encode()},
    "as a form": {"body": b"a=1&b=1%27+or+%271%27%3D%271"},
    "in a header": {"User_Agent": "x' or sleep(5)-- "},
    "in the path": {"path": "/" + urllib.parse.quote("1 union select 1,2")},
    "with comments": {"path": query("1/**/uNiOn/**/SeLeCt/**/1,2")},
    "with tabs": {"path": query("1'\t\nor\t1=1#")},
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_answered_403_and_never_reaches_the_function(
    workbench: Any, api: str, attack: Any
) -> None:
    guard(workbench, api, RULES)
    options = dict(attack)
    body = options.get("body")
    if body:
        form = not body.startswith(b"{")
        options |= {
            "method": "POST",
            "Content_Type": "application/x-www-form-urlencoded" if form else "application/json",
        }
    answer = call(workbench, api, options.pop("path", "/a"), **options)
    assert (answer.status, answer.document) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-errortype"] == "ForbiddenException"


@pytest.mark.parametrize(
    "text",
    [
        "O'Reilly",
        "select a supplier",
        "union station",
        "drop off at dock 5",
        "1 or 2 pallets",
        "<3 days",
        "a < b and c > d",
        "script for the call",
        "R&D; sourcing",
        "it's -- well -- fine",
    ],
)
def test_harmless_text_passes_everywhere(workbench: Any, api: str, text: str) -> None:
    guard(workbench, api, RULES)
    body = json.dumps({"note": text}).encode()
    answer = call(
        workbench,
        api,
        query(text),
        method="POST",
        body=body,
        User_Agent=text,
        Content_Type="application/json",
    )
    assert answer.status == 200, answer.body


def test_without_an_association_everything_passes(workbench: Any, api: str) -> None:
    acl = guard(workbench, api, RULES)
    waf = workbench.client("wafv2")
    assert call(workbench, api, query("1' or 1=1--")).status == 403
    waf.disassociate_web_acl(ResourceArn=stage_arn(workbench, api))
    assert call(workbench, api, query("1' or 1=1--")).status == 200
    waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=stage_arn(workbench, api))
    assert call(workbench, api, query("1' or 1=1--")).status == 403


def test_a_blocked_request_gets_the_headers_of_its_gateway_response(workbench: Any, api: str) -> None:
    guard(workbench, api, RULES)
    gateway = workbench.client("apigateway")
    gateway.put_gateway_response(
        restApiId=api,
        responseType="WAF_FILTERED",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin"
        },
        responseTemplates={"application/json": '{"code": "$context.error.responseType"}'},
    )
    gateway.create_deployment(restApiId=api, stageName="test")
    answer = call(workbench, api, query("1' or 1=1--"), Origin="https://a.example")
    assert (answer.status, answer.document) == (403, {"code": "WAF_FILTERED"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


def test_the_log_tells_what_was_blocked_and_what_was_not_evaluated(workbench: Any, api: str) -> None:
    acl = guard(workbench, api, RULES)
    redacted = [{"SingleHeader": {"Name": "authorization"}}, {"QueryString": {}}]
    group = logged_to(workbench, acl, RedactedFields=redacted)
    answer = call(workbench, api, query("1' or 1=1--"), Authorization="secret token")
    call(workbench, api, "/fine")
    blocked, allowed = sorted(lines(workbench, group), key=lambda line: line["action"], reverse=True)
    assert (blocked["action"], blocked["terminatingRuleId"]) == ("BLOCK", "sql")
    assert blocked["webaclId"] == acl["ARN"]
    assert blocked["notEvaluated"] == ["common"]
    assert blocked["httpSourceId"] == f"{workbench.account}:{api}:test"
    detail = blocked["terminatingRuleMatchDetails"][0]
    assert (detail["conditionType"], detail["location"]) == ("SQL_INJECTION", "ALL_QUERY_ARGS")
    request = blocked["httpRequest"]
    assert (request["uri"], request["httpMethod"], request["args"]) == ("/test/a", "GET", "REDACTED")
    assert request["requestId"] == answer.headers["x-amzn-requestid"]
    assert {"name": "authorization", "value": "REDACTED"} in request["headers"]
    assert "secret token" not in json.dumps(blocked)
    assert "1=1" not in json.dumps(blocked)
    assert (allowed["action"], allowed["terminatingRuleId"]) == ("ALLOW", "Default_Action")


def test_a_filter_keeps_only_blocked_requests_in_the_log(workbench: Any, api: str) -> None:
    acl = guard(workbench, api, RULES)
    condition = {"ActionCondition": {"Action": "BLOCK"}}
    keep = {"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": [condition]}
    group = logged_to(workbench, acl, LoggingFilter={"Filters": [keep], "DefaultBehavior": "DROP"})
    call(workbench, api, "/fine")
    call(workbench, api, query("1' or 1=1--"))
    assert [line["action"] for line in lines(workbench, group)] == ["BLOCK"]


def test_blocked_and_allowed_requests_are_counted(workbench: Any, api: str) -> None:
    guard(workbench, api, RULES)
    call(workbench, api, query("1' or 1=1--"))
    call(workbench, api, "/fine")

    def total(metric: str, rule: str) -> float:
        now = datetime.now(UTC)
        dimensions = {"WebACL": "all", "Region": workbench.cloud.region, "Rule": rule}
        points = workbench.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/WAFV2",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    assert total("BlockedRequests", "sql") == 1
    assert total("BlockedRequests", "ALL") == 1
    assert total("AllowedRequests", "ALL") == 1
    assert total("AllowedRequests", "Default_Action") == 1


def test_a_custom_response_and_an_ip_set_are_honoured(workbench: Any, api: str) -> None:
    waf = workbench.client("wafv2")
    addresses = waf.create_ip_set(
        Name=f"set-{uuid.uuid4().hex[:8]}",
        Scope="REGIONAL",
        IPAddressVersion="IPV4",
        Addresses=["127.0.0.0/8"],
    )["Summary"]
    response = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "wait",
        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
    }
    rule = {
        "Name": "local",
        "Priority": 0,
        "Statement": {"IPSetReferenceStatement": {"ARN": addresses["ARN"]}},
        "Action": {"Block": {"CustomResponse": response}},
        "VisibilityConfig": visibility("local"),
    }
    bodies = {"wait": {"ContentType": "APPLICATION_JSON", "Content": '{"wait": true}'}}
    guard(workbench, api, [rule], CustomResponseBodies=bodies)
    answer = call(workbench, api, "/fine")
    assert answer.status == 429
    assert answer.headers["retry-after"] == "60"
    assert answer.document == {"wait": True}


def test_a_rate_is_limited(workbench: Any, api: str) -> None:
    rule = {
        "Name": "rate",
        "Priority": 0,
        "Statement": {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP"}},
        "Action": {"Block": {}},
        "VisibilityConfig": visibility("rate"),
    }
    guard(workbench, api, [rule])
    assert [call(workbench, api, "/fine").status for _ in range(12)] == [200] * 10 + [403] * 2


def test_the_logging_configuration_is_read_back_listed_and_deleted(workbench: Any, api: str) -> None:
    acl = guard(workbench, api, RULES)
    waf = workbench.client("wafv2")
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.get_logging_configuration(ResourceArn=acl["ARN"])
    group = logged_to(workbench, acl)
    found = waf.get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]
    assert found["LogDestinationConfigs"][0].endswith(group)
    assert waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == [found]
    waf.delete_logging_configuration(ResourceArn=acl["ARN"])
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.delete_logging_configuration(ResourceArn=acl["ARN"])


def test_a_log_group_with_another_prefix_is_refused(workbench: Any, api: str) -> None:
    acl = guard(workbench, api, RULES)
    destination = f"arn:aws:logs:{workbench.cloud.region}:{workbench.account}:log-group:other"
    with pytest.raises(ClientError, match="WAFInvalidParameterException"):
        workbench.client("wafv2").put_logging_configuration(
            LoggingConfiguration={"ResourceArn": acl["ARN"], "LogDestinationConfigs": [destination]}
        )
