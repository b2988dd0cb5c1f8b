"""Statements, fields, transformations, actions and log lines of the firewall, without a server."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from localcloud.aws import firewall, firewall_log
from localcloud.aws.firewall import Rates, Request, Verdict
from localcloud.aws.firewall_transformations import TRANSFORMATIONS, transformed

ACL_ARN = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/main/1"
NONE = [{"Priority": 0, "Type": "NONE"}]
BLOCK: dict[str, Any] = {"Block": {}}
JSON_HEADERS = (("content-type", "application/json"),)


def request(**more: Any) -> Request:
    return Request(**({"method": "GET", "path": "/test/v1/twin"} | more))


def rule(statement: dict[str, Any], name: str = "rule", priority: int = 0, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Priority": priority, "Statement": statement, "Action": BLOCK, **more}


def judge(rules: list[dict[str, Any]], sent: Request, *, rates: Rates | None = None, **more: Any) -> Verdict:
    resources = more.pop("resources", {})
    acl = {"Name": "main", "ARN": ACL_ARN, "DefaultAction": {"Allow": {}}, "Rules": rules, **more}
    return firewall.evaluate(acl, sent, resources=resources.get, rates=rates or Rates())


def holds(statement: dict[str, Any], sent: Request, **more: Any) -> bool:
    return not judge([rule(statement)], sent, **more).allowed


def contains(text: str, field: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = {
        "SearchString": base64.b64encode(text.encode()).decode(),
        "FieldToMatch": field,
        "PositionalConstraint": "CONTAINS",
        "TextTransformations": NONE,
    }
    return {"ByteMatchStatement": found | more}


COOKIE = (("cookie", "session=abc; theme=dark"),)
TREE = json.dumps({"a": {"b": "needle"}, "needle2": 1}).encode()
LARGE = b"x" * 16_384 + b"needle"


@pytest.mark.parametrize(
    ("field", "sent", "expected"),
    [
        ({"Method": {}}, {"method": "needle"}, True),
        ({"UriPath": {}}, {"path": "/needle"}, True),
        ({"UriPath": {}}, {"query": [("a", "needle")]}, False),
        ({"QueryString": {}}, {"query": [("a", "needle")]}, True),
        ({"AllQueryArguments": {}}, {"query": [("x", "1"), ("a", "needle")]}, True),
        ({"AllQueryArguments": {}}, {"query": [("needle", "")]}, True),
        ({"SingleQueryArgument": {"Name": "A"}}, {"query": [("a", "needle")]}, True),
        ({"SingleQueryArgument": {"Name": "b"}}, {"query": [("a", "needle")]}, False),
        ({"SingleHeader": {"Name": "X-Note"}}, {"headers": [("x-note", "needle")]}, True),
        ({"SingleHeader": {"Name": "other"}}, {"headers": [("x-note", "needle")]}, False),
        (
            {"Headers": {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}},
            {"headers": [("a", "needle")]},
            True,
        ),
        (
            {"Headers": {"MatchPattern": {"All": {}}, "MatchScope": "KEY"}},
            {"headers": [("a", "needle")]},
            False,
        ),
        ({"Headers": {"MatchPattern": {"IncludedHeaders": ["b"]}}}, {"headers": [("a", "needle")]}, False),
        ({"Headers": {"MatchPattern": {"ExcludedHeaders": ["a"]}}}, {"headers": [("a", "needle")]}, False),
        ({"Headers": {"MatchPattern": {"ExcludedHeaders": ["b"]}}}, {"headers": [("a", "needle")]}, True),
        ({"Cookies": {"MatchPattern": {"All": {}}}}, {"headers": [("cookie", "a=1; b=needle")]}, True),
        (
            {"Cookies": {"MatchPattern": {"IncludedCookies": ["a"]}}},
            {"headers": [("cookie", "a=1; b=needle")]},
            False,
        ),
        ({"Body": {}}, {"body": b"a needle"}, True),
        ({"Body": {"OversizeHandling": "CONTINUE"}}, {"body": LARGE}, False),
        ({"Body": {"OversizeHandling": "CONTINUE"}}, {"body": LARGE, "inspected_bytes": 32_768}, True),
        ({"Body": {"OversizeHandling": "MATCH"}}, {"body": LARGE}, True),
        ({"Body": {"OversizeHandling": "NO_MATCH"}}, {"body": b"needle" + LARGE}, False),
        ({"JsonBody": {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}}, {"body": TREE}, True),
        (
            {"JsonBody": {"MatchPattern": {"IncludedPaths": ["/a/b"]}, "MatchScope": "VALUE"}},
            {"body": TREE},
            True,
        ),
        (
            {"JsonBody": {"MatchPattern": {"IncludedPaths": ["/c"]}, "MatchScope": "ALL"}},
            {"body": TREE},
            False,
        ),
        ({"JsonBody": {"MatchPattern": {"All": {}}, "MatchScope": "KEY"}}, {"body": b'{"needle": 1}'}, True),
        (
            {"JsonBody": {"MatchPattern": {"All": {}}, "MatchScope": "KEY"}},
            {"body": b'{"a": "needle"}'},
            False,
        ),
        (
            {"JsonBody": {"MatchPattern": {"All": {}}, "InvalidFallbackBehavior": "EVALUATE_AS_STRING"}},
            {"body": b"{needle"},
            True,
        ),
        (
            {"JsonBody": {"MatchPattern": {"All": {}}, "InvalidFallbackBehavior": "MATCH"}},
            {"body": b"{"},
            True,
        ),
        (
            {"JsonBody": {"MatchPattern": {"All": {}}, "InvalidFallbackBehavior": "NO_MATCH"}},
            {"body": b"{needle"},
            False,
        ),
    ],
)
def test_a_field_is_taken_from_its_place(field: Any, sent: Any, expected: Any) -> None:
    assert holds(contains("needle", field), request(**sent)) is expected


@pytest.mark.parametrize(
    ("position", "path", "expected"),
    [
        ("EXACTLY", "/a", True),
        ("EXACTLY", "/ab", False),
        ("STARTS_WITH", "/ab", True),
        ("STARTS_WITH", "x/a", False),
        ("ENDS_WITH", "x/a", True),
        ("ENDS_WITH", "/ab", False),
        ("CONTAINS", "x/ab", True),
        ("CONTAINS_WORD", "x /a b", True),
        ("CONTAINS_WORD", "x/ab", False),
    ],
)
def test_a_byte_match_respects_its_position(position: Any, path: Any, expected: Any) -> None:
    statement = contains("/a", {"UriPath": {}}, PositionalConstraint=position)
    assert holds(statement, request(path=path)) is expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("NONE", "A%20b", "A%20b"),
        ("LOWERCASE", "AbC", "abc"),
        ("URL_DECODE", "a%27%20b", "a' b"),
        ("URL_DECODE_UNI", "%u0027%uff07", "''"),
        ("HTML_ENTITY_DECODE", "&lt;a&gt;&#39;&#x27;", "<a>''"),
        ("COMPRESS_WHITE_SPACE", "a \t\n b", "a b"),
        ("CMD_LINE", 'C^at  "x", /etc', "cat x /etc"),
        ("BASE64_DECODE", "bmVlZGxl", "needle"),
        ("BASE64_DECODE", "!", "!"),
        ("BASE64_DECODE_EXT", "bmV-lZGxl", "needle"),
        ("HEX_DECODE", "6e65", "ne"),
        ("SQL_HEX_DECODE", "x=0x6e65", "x=ne"),
        ("JS_DECODE", r"\u003cscript\x3e\n", "<script>\n"),
        ("ESCAPE_SEQ_DECODE", r"\x41\102\t", "AB\t"),
        ("CSS_DECODE", r"ja\76 ascript", "javascript"),
        ("NORMALIZE_PATH", "/a/./b/../c//d", "/a/c/d"),
        ("NORMALIZE_PATH_WIN", "\\a\\..\\b", "/b"),
        ("REMOVE_NULLS", "a\x00b", "ab"),
        ("REPLACE_NULLS", "a\x00b", "a b"),
        ("REPLACE_COMMENTS", "a/* x */b/*", "a b "),
        ("MD5", "a", "0cc175b9c0f1b6a831c399e269772661"),
        ("UTF8_TO_UNICODE", "ü", "%u00fc"),
    ],
)
def test_a_transformation_does_what_aws_documents(kind: Any, given: Any, expected: Any) -> None:
    assert TRANSFORMATIONS[kind](given) == expected


def test_transformations_run_in_the_order_of_their_priorities() -> None:
    chain = [{"Priority": 1, "Type": "HTML_ENTITY_DECODE"}, {"Priority": 0, "Type": "URL_DECODE"}]
    assert transformed("%26lt%3B", chain) == "<"


@pytest.mark.parametrize(
    ("comparison", "size", "expected"),
    [("GT", 3, True), ("GT", 4, False), ("LE", 4, True), ("EQ", 4, True), ("NE", 4, False), ("LT", 5, True)],
)
def test_a_size_is_compared_in_bytes(comparison: Any, size: Any, expected: Any) -> None:
    statement = {
        "SizeConstraintStatement": {
            "FieldToMatch": {"Body": {}},
            "ComparisonOperator": comparison,
            "Size": size,
            "TextTransformations": NONE,
        }
    }
    assert holds(statement, request(body="üü".encode())) is expected


def test_a_regular_expression_is_searched_in_the_text() -> None:
    field = {"FieldToMatch": {"UriPath": {}}, "TextTransformations": NONE}
    statement = {"RegexMatchStatement": {"RegexString": "v[12]/tw", **field}}
    assert holds(statement, request())
    by_set = {"RegexPatternSetReferenceStatement": {"ARN": "set", **field}}
    resources = {"set": {"RegularExpressionList": [{"RegexString": "nothing"}, {"RegexString": "twin$"}]}}
    assert holds(by_set, request(), resources=resources)
    assert judge([rule(by_set)], request()).not_evaluated == ("rule",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("10.1.2.3", True), ("10.2.0.1", False), ("2001:db8::1", True), ("2001:db9::1", False), ("junk", False)],
)
def test_an_ip_set_holds_networks_of_both_versions(address: Any, expected: Any) -> None:
    resources = {"set": {"Addresses": ["10.1.0.0/16", "2001:db8::/32"]}}
    assert (
        holds({"IPSetReferenceStatement": {"ARN": "set"}}, request(client_ip=address), resources=resources)
        is expected
    )


@pytest.mark.parametrize(("position", "expected"), [("FIRST", True), ("LAST", False)])
def test_a_forwarded_address_is_taken_from_its_position(position: Any, expected: Any) -> None:
    options = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH", "Position": position}
    statement = {"IPSetReferenceStatement": {"ARN": "set", "IPSetForwardedIPConfig": options}}
    sent = request(headers=[("x-forwarded-for", "10.1.2.3, 172.16.0.1")])
    assert holds(statement, sent, resources={"set": {"Addresses": ["10.0.0.0/8"]}}) is expected


@pytest.mark.parametrize("position", ["FIRST", "LAST", "ANY"])
@pytest.mark.parametrize("fallback", ["MATCH", "NO_MATCH"])
def test_an_ip_set_falls_back_for_a_broken_address_and_not_for_a_missing_header(
    position: str, fallback: str
) -> None:
    options = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": fallback, "Position": position}
    statement = {"IPSetReferenceStatement": {"ARN": "set", "IPSetForwardedIPConfig": options}}
    resources = {"set": {"Addresses": ["10.0.0.0/8"]}}
    broken = request(headers=[("x-forwarded-for", "unknown")])
    assert holds(statement, broken, resources=resources) is (fallback == "MATCH")
    assert not holds(statement, request(), resources=resources)


def test_any_position_looks_at_every_forwarded_address() -> None:
    options = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH", "Position": "ANY"}
    statement = {"IPSetReferenceStatement": {"ARN": "set", "IPSetForwardedIPConfig": options}}
    resources = {"set": {"Addresses": ["10.0.0.0/8"]}}
    for value, expected in (("1.1.1.1, 10.0.0.1", True), ("1.1.1.1, 2.2.2.2", False)):
        sent = request(headers=[("x-forwarded-for", value)])
        assert holds(statement, sent, resources=resources) is expected


YES = contains("/", {"UriPath": {}})
NO = contains("never", {"UriPath": {}})
UNKNOWN: dict[str, Any] = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"AndStatement": {"Statements": [YES, YES]}}, True),
        ({"AndStatement": {"Statements": [YES, NO]}}, False),
        ({"AndStatement": {"Statements": [YES, UNKNOWN]}}, None),
        ({"AndStatement": {"Statements": [NO, UNKNOWN]}}, False),
        ({"OrStatement": {"Statements": [NO, YES]}}, True),
        ({"OrStatement": {"Statements": [NO, NO]}}, False),
        ({"OrStatement": {"Statements": [UNKNOWN, YES]}}, True),
        ({"OrStatement": {"Statements": [UNKNOWN, NO]}}, None),
        ({"NotStatement": {"Statement": NO}}, True),
        ({"NotStatement": {"Statement": UNKNOWN}}, None),
        ({"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "x"}}, None),
        ({"SomethingNewStatement": {}}, None),
    ],
)
def test_what_cannot_be_known_stays_unknown_and_blocks_nothing(statement: Any, expected: Any) -> None:
    verdict = judge([rule(statement)], request())
    answer = None if verdict.not_evaluated else not verdict.allowed
    assert answer is expected
    assert firewall.unevaluated_rules({"Rules": [rule(statement)]}) == (["rule"] if expected is None else [])


def test_rules_run_in_the_order_of_their_priorities_and_the_first_decision_holds() -> None:
    rules = [rule(YES, "second", 2), rule(YES, "first", 1, Action={"Allow": {}})]
    verdict = judge(rules, request(), DefaultAction=BLOCK)
    assert verdict.allowed
    assert verdict.decided_by is not None
    assert verdict.decided_by.rule == "first"


def test_the_default_action_decides_when_no_rule_does() -> None:
    assert judge([], request()).allowed
    verdict = judge([], request(), DefaultAction=BLOCK)
    assert (verdict.action, verdict.status, verdict.decided_by) == ("BLOCK", 403, None)


def test_a_counting_rule_labels_the_request_for_later_rules() -> None:
    counting = rule(YES, "count", 0, Action={"Count": {}}, RuleLabels=[{"Name": "team:seen"}])
    by_label = rule({"LabelMatchStatement": {"Scope": "LABEL", "Key": "team:seen"}}, "label", 1)
    verdict = judge([counting, by_label], request())
    assert [match.rule for match in verdict.counted] == ["count"]
    assert verdict.labels == ("awswaf:123456789012:webacl:main:team:seen",)
    assert verdict.decided_by is not None
    assert verdict.decided_by.rule == "label"
    namespace = {"LabelMatchStatement": {"Scope": "NAMESPACE", "Key": "team:"}}
    assert not judge([counting, rule(namespace, "space", 1)], request()).allowed


def test_an_own_rule_group_is_evaluated_with_its_overrides() -> None:
    group = {"group": {"Rules": [rule(YES, "inner")]}}
    reference = {"RuleGroupReferenceStatement": {"ARN": "group"}}
    outer = {"Name": "outer", "Priority": 0, "Statement": reference, "OverrideAction": {"None": {}}}
    assert not judge([outer], request(), resources=group).allowed
    assert judge([outer | {"OverrideAction": {"Count": {}}}], request(), resources=group).allowed
    overridden = {"ARN": "group", "RuleActionOverrides": [{"Name": "inner", "ActionToUse": {"Count": {}}}]}
    lenient = outer | {"Statement": {"RuleGroupReferenceStatement": overridden}}
    verdict = judge([lenient], request(), resources=group)
    assert [match.rule for match in verdict.counted] == ["inner"]


def test_a_rate_counts_per_address_within_its_window() -> None:
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    statement = {"RateBasedStatement": {"Limit": 2, "AggregateKeyType": "IP", "EvaluationWindowSec": 60}}
    rules = [rule(statement)]

    def allowed(address: str) -> bool:
        return judge(rules, request(client_ip=address), rates=rates).allowed

    assert [allowed("1.1.1.1") for _ in range(3)] == [True, True, False]
    assert allowed("2.2.2.2")
    now[0] = 61
    assert allowed("1.1.1.1")


def test_a_rate_counts_only_what_its_scope_covers() -> None:
    rates = Rates()
    inner = {
        "Limit": 1,
        "AggregateKeyType": "CONSTANT",
        "ScopeDownStatement": contains("/in", {"UriPath": {}}),
    }
    rules = [rule({"RateBasedStatement": inner})]
    paths = ("/out", "/out", "/in", "/in", "/out")
    assert [judge(rules, request(path=path), rates=rates).allowed for path in paths] == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_a_rate_can_be_aggregated_by_a_header() -> None:
    rates = Rates()
    keys = [{"Header": {"Name": "X-Client", "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}]}}]
    rules = [
        rule({"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}})
    ]
    sent = [request(headers=[("x-client", client)]) for client in ("a", "A", "b")]
    assert [judge(rules, one, rates=rates).allowed for one in sent] == [True, False, True]


FORWARDED = {
    "Limit": 1,
    "AggregateKeyType": "FORWARDED_IP",
    "ForwardedIPConfig": {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"},
}
BY_CUSTOM_KEY = FORWARDED | {"AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": [{"ForwardedIP": {}}]}


@pytest.mark.parametrize("statement", [FORWARDED, BY_CUSTOM_KEY], ids=["as the key", "as a custom key"])
def test_a_rate_counts_by_the_first_forwarded_address_in_any_spelling(statement: dict[str, Any]) -> None:
    rates = Rates()
    rules = [rule({"RateBasedStatement": statement})]
    values = ("2001:db8::1, 9.9.9.9", "2001:0DB8:0::1", "1.1.1.1, 2001:db8::1", "1.1.1.1")
    sent = [request(headers=[("x-forwarded-for", value)]) for value in values]
    assert [judge(rules, one, rates=rates).allowed for one in sent] == [True, False, True, False]


@pytest.mark.parametrize(("fallback", "allowed"), [("MATCH", False), ("NO_MATCH", True)])
def test_a_rate_falls_back_for_a_broken_address_and_not_for_a_missing_header(
    fallback: str,
    allowed: bool,  # noqa: FBT001 - a case
) -> None:
    options = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": fallback}
    rules = [rule({"RateBasedStatement": FORWARDED | {"Limit": 0, "ForwardedIPConfig": options}})]
    assert judge(rules, request(headers=[("x-forwarded-for", "unknown")])).allowed is allowed
    assert judge(rules, request()).allowed


def test_a_rate_blocks_until_its_window_is_quiet_again_and_counts_what_it_blocked() -> None:
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    rules = [rule({"RateBasedStatement": {"Limit": 2, "AggregateKeyType": "IP", "EvaluationWindowSec": 60}})]
    answers = []
    for second in (0, 1, 2, 50, 100, 170):
        now[0] = second
        answers.append(judge(rules, request(), rates=rates).allowed)
    assert answers == [True, True, False, False, True, True]


def test_rates_forget_addresses_that_are_not_seen_any_more() -> None:
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    for number in range(10_000):
        rates.count((str(number),), window=60)
    now[0] = 601
    rates.count(("last",), window=60)
    assert rates.size == 1


def test_one_header_is_compared_exactly() -> None:
    secret = {
        "SearchString": base64.b64encode(b"correct horse").decode(),
        "FieldToMatch": {"SingleHeader": {"Name": "x-edge"}},
        "PositionalConstraint": "EXACTLY",
        "TextTransformations": NONE,
    }
    refuse = [rule({"NotStatement": {"Statement": {"ByteMatchStatement": secret}}})]
    values = (
        "correct horse",
        "correct horse ",
        "Correct horse",
        "correct",
        "",
        "correct horse, correct horse",
    )
    assert [judge(refuse, request(headers=[("x-edge", value)])).allowed for value in values] == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    assert not judge(refuse, request()).allowed


def detector(name: str, field: dict[str, Any]) -> dict[str, Any]:
    return {name: {"FieldToMatch": field, "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}]}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "x' or 1=1--"}, True),
        ({"deep": [{"name": "x%27 or 1=1--"}]}, True),
        ({"x' or 1=1--": 1}, True),
        ({"a": "O'Reilly", "b": "1 or 2", "c": "it's -- well -- fine"}, False),
        ({"a": "x'", "b": "or 1", "c": "=1"}, False),
    ],
)
def test_the_quotes_of_json_are_no_quotes_of_a_value(body: Any, expected: Any) -> None:
    statement = detector("SqliMatchStatement", {"Body": {}})
    sent = request(body=json.dumps(body).encode(), headers=JSON_HEADERS)
    assert holds(statement, sent) is expected


def test_a_form_is_judged_value_by_value() -> None:
    headers = [("content-type", "application/x-www-form-urlencoded")]
    statement = detector("XssMatchStatement", {"Body": {}})
    assert holds(statement, request(body=b"a=1&b=%3Cscript%3Ealert(1)", headers=headers))
    assert not holds(statement, request(body=b"a=1&b=2", headers=headers))


SHORT_ATTACK = "1; delete from nodes"


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ({"UriPath": {}}, {"path": f"/test/v1/twin/nodes/{quote(SHORT_ATTACK)}"}),
        (
            {"Headers": {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}},
            {"headers": [("cookie", f"a=1; b={quote(SHORT_ATTACK)}")]},
        ),
        (
            {"Headers": {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}},
            {"headers": [("referer", f"https://shop.example/find?q={quote(SHORT_ATTACK)}")]},
        ),
        (
            {"Body": {}},
            {
                "headers": [("content-type", "multipart/form-data; boundary=line")],
                "body": b'--line\r\nContent-Disposition: form-data; name="q"\r\n\r\n'
                + SHORT_ATTACK.encode()
                + b"\r\n--line--\r\n",
            },
        ),
    ],
    ids=["path", "cookie", "referer", "multipart"],
)
def test_an_attack_is_seen_that_begins_in_the_middle_of_a_field(field: Any, sent: Any) -> None:
    decode = [{"Priority": 0, "Type": "URL_DECODE"}]
    statement = {"SqliMatchStatement": {"FieldToMatch": field, "TextTransformations": decode}}
    assert holds(statement, request(**sent))
    assert not holds(statement, request(path="/test/v1/twin/nodes/delete-from-nodes"))


def test_the_measures_in_a_form_of_several_parts_are_no_attack() -> None:
    body = b'--line\r\nContent-Disposition: form-data; name="a"\r\n\r\npipes 5" x 3\'\r\n--line--\r\n'
    sent = request(headers=[("content-type", "multipart/form-data; boundary=line")], body=body)
    statement = {"SqliMatchStatement": {"FieldToMatch": {"Body": {}}, "TextTransformations": NONE}}
    assert not holds(statement, sent)


def test_a_body_that_is_neither_is_judged_as_text() -> None:
    assert holds(detector("SqliMatchStatement", {"Body": {}}), request(body=b"{broken: 1 union select 1}"))


def line_of(rules: list[dict[str, Any]], sent: Request, **configuration: Any) -> dict[str, Any]:
    verdict = judge(rules, sent)
    line = firewall_log.line(
        web_acl={"Name": "main", "ARN": ACL_ARN},
        request=sent,
        verdict=verdict,
        configuration=configuration,
        source=firewall_log.Source(kind="APIGW", id="1:api:test", region="eu-west-1"),
        milliseconds=5,
    )
    assert line is not None
    return dict(json.loads(line))


def test_the_log_hides_redacted_parts_also_in_what_matched() -> None:
    statement = detector("SqliMatchStatement", {"SingleHeader": {"Name": "X-Token"}})
    sent = request(headers=[("x-token", "' or 1=1--"), ("accept", "*/*")], query=[("a", "1")])
    shown = line_of([rule(statement)], sent)
    assert shown["terminatingRuleMatchDetails"][0]["matchedData"] == ["' or 1=1--"]
    fields = [{"SingleHeader": {"Name": "X-Token"}}, {"UriPath": {}}, {"QueryString": {}}, {"Method": {}}]
    hidden = line_of([rule(statement)], sent, RedactedFields=fields)
    assert "1=1" not in json.dumps(hidden)
    parts = hidden["httpRequest"]
    assert (parts["uri"], parts["args"], parts["httpMethod"]) == ("REDACTED", "REDACTED", "REDACTED")
    assert {"name": "accept", "value": "*/*"} in parts["headers"]


def test_the_log_names_rate_rules_groups_and_counting_rules() -> None:
    rate = rule({"RateBasedStatement": {"Limit": 0, "AggregateKeyType": "IP"}}, "rate", 1)
    counting = rule(YES, "count", 0, Action={"Count": {}})
    found = line_of([counting, rate], request())
    assert found["terminatingRuleType"] == "RATE_BASED"
    assert found["rateBasedRuleList"] == [{"rateBasedRuleName": "rate"}]
    assert [match["ruleId"] for match in found["nonTerminatingMatchingRules"]] == ["count"]


@pytest.mark.parametrize(("action", "status"), [("Captcha", 405), ("Challenge", 202)])
def test_a_puzzle_is_answered_with_the_status_of_aws(action: Any, status: Any) -> None:
    verdict = judge([rule(YES, Action={action: {}})], request())
    assert (verdict.allowed, verdict.status) == (False, status)
