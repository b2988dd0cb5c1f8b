"""What the web ACLs look for: AWS's managed rules and the platform's own.

The rules of APIs do not fit sign-in. Names and passwords are hidden from AWS WAF, and in the session texts
and tokens that are left a search for attacks finds what is none. The common rule set refuses a sign-in that
returns to localhost. What threatens sign-in is the number of attempts, which its own web ACL limits.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

# Together with the own rules, of the web ACL that has most of them, 1,491 of the 1,500 capacity units that
# cost nothing extra: https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
MANAGED_GROUPS: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
SIGN_IN_GROUPS: Final = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
EDGE_HEADER: Final = "x-omnitrack-edge"
# Headers whose ordinary values look like an attack, or that hold a secret.
UNINSPECTED_HEADERS: Final = (
    "authorization",
    "sec-websocket-protocol",
    EDGE_HEADER,
    "accept",
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
)
# What is too large to be looked through does not pass.
TOO_LARGE: Final = "MATCH"
OUTSIDE_THE_BODY: Final[tuple[dict[str, Any], ...]] = (
    {"uriPath": {}},
    {"allQueryArguments": {}},
    {
        "headers": [
            {
                "matchPattern": {"excludedHeaders": list(UNINSPECTED_HEADERS)},
                "matchScope": "VALUE",
                "oversizeHandling": TOO_LARGE,
            }
        ]
    },
)
EVERYWHERE: Final = (*OUTSIDE_THE_BODY, {"body": {"oversizeHandling": TOO_LARGE}})
TRANSFORMATIONS: Final = ("URL_DECODE", "HTML_ENTITY_DECODE")
ATTACKS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "sql-injection": ("sqliMatchStatement", {"sensitivityLevel": "LOW"}),
    "cross-site-scripting": ("xssMatchStatement", {}),
}
WINDOW: Final = 300  # seconds
# What the edge answers instead of CloudFront's page, in the platform's error form: code -> status, message,
# headers. The text is fixed, so it has no request id. Behind the edge API Gateway answers in this form, and
# what a managed group blocks is answered by that page: only the groups' owner could say otherwise.
REFUSALS: Final[dict[str, tuple[int, str, dict[str, str]]]] = {
    "blocked": (403, "The firewall refused the request.", {}),
    "throttled": (429, "Too many requests: slow down and try again.", {"Retry-After": str(WINDOW)}),
}
# AWS WAF reads the first address of the header, which is the client's own word where it sent the header: who
# writes somebody's there must not shut that one out. The edge counts the true addresses; this is far above.
FORWARDED_FACTOR: Final = 10
MOST_COUNTED: Final = 2_000_000_000  # AWS WAF's own limit
# Requests of one address within the window: a sign-in takes about six, and an office shares an address.
SIGN_IN_LIMIT: Final = 600


def edge_rules(limit: int) -> list[dict[str, Any]]:
    """What stands before the distribution, where requests show the address that they come from.

    Bodies are looked through behind it, by the web ACL of the REST API; sockets have none.

    Args:
        limit: Requests of one address in five minutes.
    """
    rules = [_too_many(limit), *_attacks(OUTSIDE_THE_BODY)]
    codes = ["throttled", *("blocked" for _ in ATTACKS)]
    own = [{**rule, "action": _refusing(code)} for rule, code in zip(rules, codes, strict=True)]
    return [*own, *_managed(MANAGED_GROUPS)]


def edge_refusals() -> list[dict[str, str]]:
    """The bodies that the rules of the edge answer with."""
    return [
        {
            "key": code,
            "contentType": "APPLICATION_JSON",
            "content": json.dumps({"error": {"code": code, "message": message, "requestId": ""}}),
        }
        for code, (_, message, _) in REFUSALS.items()
    ]


def api_rules(limit: int, edge_values: Sequence[pulumi.Input[str]]) -> list[dict[str, Any]]:
    """What stands before the REST API: who comes past the edge goes no further.

    Args:
        limit: Requests of one address in five minutes that the edge admits.
        edge_values: What the edge shows to prove itself; any of these.
    """
    forwarded = {
        "aggregateKeyType": "FORWARDED_IP",
        "forwardedIpConfig": {"headerName": "X-Forwarded-For", "fallbackBehavior": "NO_MATCH"},
    }
    return [
        _edge_only(edge_values),
        _too_many(min(limit * FORWARDED_FACTOR, MOST_COUNTED), forwarded),
        *_attacks(EVERYWHERE),
        *_managed(MANAGED_GROUPS),
    ]


def sign_in_rules() -> list[dict[str, Any]]:
    """What stands before the user pool."""
    return [_too_many(SIGN_IN_LIMIT), *_managed(SIGN_IN_GROUPS)]


def _refusing(code: str) -> dict[str, Any]:
    status, _, headers = REFUSALS[code]
    response = {
        "responseCode": status,
        "customResponseBodyKey": code,
        "responseHeaders": [
            {"name": name, "value": value} for name, value in {"Cache-Control": "no-store", **headers}.items()
        ],
    }
    return {"block": {"customResponse": response}}


def _edge_only(values: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    shown = [
        {
            "byteMatchStatement": {
                "fieldToMatch": {"singleHeader": {"name": EDGE_HEADER}},
                "positionalConstraint": "EXACTLY",
                "searchString": value,
                "textTransformations": [{"priority": 0, "type": "NONE"}],
            }
        }
        for value in values
    ]
    any_of_them = shown[0] if len(shown) == 1 else {"orStatement": {"statements": shown}}
    return {
        "name": "edge-only",
        "action": {"block": {}},
        "statement": {"notStatement": {"statement": any_of_them}},
    }


def _too_many(limit: int, aggregation: Mapping[str, Any] | None = None) -> dict[str, Any]:
    counted = {
        "limit": limit,
        "evaluationWindowSec": WINDOW,
        **(aggregation or {"aggregateKeyType": "IP"}),
    }
    return {
        "name": "too-many-attempts",
        "action": {"block": {}},
        "statement": {"rateBasedStatement": counted},
    }


def _attacks(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": attack, "action": {"block": {}}, "statement": _any_field_matches(fields, kind, options)}
        for attack, (kind, options) in ATTACKS.items()
    ]


def _any_field_matches(
    fields: Sequence[Mapping[str, Any]], kind: str, options: dict[str, Any]
) -> dict[str, Any]:
    transformations = [{"priority": order, "type": text} for order, text in enumerate(TRANSFORMATIONS)]
    statements = [
        {kind: {"fieldToMatch": field, "textTransformations": transformations, **options}} for field in fields
    ]
    return {"orStatement": {"statements": statements}}


def _managed(groups: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": group,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
        }
        for group in groups
    ]
