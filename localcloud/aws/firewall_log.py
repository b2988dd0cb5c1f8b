"""Writes AWS WAF's log line of a judged request.

https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from localcloud.aws.firewall import DEFAULT_ACTION, RuleMatch, Verdict
from localcloud.aws.firewall_fields import Request

REDACTED = "REDACTED"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a web ACL protects.

    Attributes:
        kind: `APIGW` or `CF`.
        id: `account:api:stage`, or the id of a distribution.
        region: the region in the names of metrics and log streams; `cloudfront` has no place in the metrics.
    """

    kind: str
    id: str
    region: str


def line(
    *,
    web_acl: Mapping[str, Any],
    request: Request,
    verdict: Verdict,
    configuration: Mapping[str, Any],
    source: Source,
    milliseconds: int,
) -> str | None:
    """The log line as JSON, None if the configuration's filter drops it.

    Beside AWS's members it has `notEvaluated`: the rules whose answer cannot be known on this machine.

    Args:
        web_acl: the web ACL.
        request: the request.
        verdict: what became of it.
        configuration: WAFv2's `LoggingConfiguration`.
        source: where the request arrived.
        milliseconds: when, since the epoch.
    """
    if not _kept(verdict, configuration.get("LoggingFilter")):
        return None
    last = verdict.decided_by
    hidden = _Redaction(configuration.get("RedactedFields") or [])
    document: dict[str, Any] = {
        "timestamp": milliseconds,
        "formatVersion": 1,
        "webaclId": web_acl["ARN"],
        "terminatingRuleId": last.group or last.rule if last else DEFAULT_ACTION,
        "terminatingRuleType": last.kind if last else "REGULAR",
        "action": verdict.action,
        "terminatingRuleMatchDetails": hidden.details(last.details) if last else [],
        "httpSourceName": source.kind,
        "httpSourceId": source.id,
        "ruleGroupList": [_group(last)] if last and last.group else [],
        "rateBasedRuleList": [{"rateBasedRuleName": last.rule}] if last and last.kind == "RATE_BASED" else [],
        "nonTerminatingMatchingRules": [
            {"ruleId": match.rule, "action": match.action, "ruleMatchDetails": hidden.details(match.details)}
            for match in verdict.counted
        ],
        "requestHeadersInserted": None,
        "responseCodeSent": verdict.status if verdict.body is not None else None,
        "httpRequest": hidden.request(request),
    }
    if verdict.labels:
        document["labels"] = [{"name": label} for label in verdict.labels]
    if verdict.not_evaluated:
        document["notEvaluated"] = list(verdict.not_evaluated)
    return json.dumps(document)


def _group(match: RuleMatch) -> dict[str, Any]:
    return {
        "ruleGroupId": match.group,
        "terminatingRule": {"ruleId": match.rule, "action": match.action},
        "nonTerminatingMatchingRules": [],
    }


class _Redaction:
    """Which parts of the request the log must not show."""

    def __init__(self, fields: Sequence[Mapping[str, Any]]) -> None:
        self._headers = {str(f["SingleHeader"]["Name"]).lower() for f in fields if f.get("SingleHeader")}
        self._kinds = {kind for f in fields for kind in f}

    def request(self, request: Request) -> dict[str, Any]:
        return {
            "clientIp": request.client_ip,
            "country": "-",
            "headers": [
                {"name": name, "value": REDACTED if name in self._headers else value}
                for name, value in request.headers
            ],
            "uri": REDACTED if "UriPath" in self._kinds else request.path,
            "args": REDACTED if "QueryString" in self._kinds else urlencode(list(request.query)),
            "httpVersion": request.http_version,
            "httpMethod": REDACTED if "Method" in self._kinds else request.method,
            "requestId": request.request_id,
        }

    def details(self, details: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [self._detail(dict(detail)) for detail in details]

    def _detail(self, detail: dict[str, Any]) -> dict[str, Any]:
        location, name = detail.get("location"), str(detail.get("matchedFieldName", "")).lower()
        hidden = (
            (location == "HEADER" and name in self._headers)
            or (location in ("HEADERS", "COOKIES") and bool(self._headers))
            or (location == "URI" and "UriPath" in self._kinds)
            or (
                location in ("QUERY_STRING", "ALL_QUERY_ARGS", "SINGLE_QUERY_ARG")
                and "QueryString" in self._kinds
            )
        )
        return {**detail, "matchedData": [REDACTED]} if hidden else detail


def _kept(verdict: Verdict, filters: Mapping[str, Any] | None) -> bool:
    if not filters:
        return True
    for entry in filters.get("Filters", []):
        answers = [_meets(verdict, condition) for condition in entry["Conditions"]]
        if all(answers) if entry["Requirement"] == "MEETS_ALL" else any(answers):
            return bool(entry["Behavior"] == "KEEP")
    return bool(filters["DefaultBehavior"] == "KEEP")


def _meets(verdict: Verdict, condition: Mapping[str, Any]) -> bool:
    if "ActionCondition" in condition:
        wanted = condition["ActionCondition"]["Action"]
        return wanted in (verdict.action, *(match.action for match in verdict.counted))
    return condition["LabelNameCondition"]["LabelName"] in verdict.labels
