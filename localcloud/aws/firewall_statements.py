"""Matches the statements of AWS WAF's rules against a request.

A statement answers True, False or None: None where this evaluator cannot know (managed rule groups, the
country of an address), and what is built on it stays unknown unless the rest decides.
https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from localcloud.aws import firewall_html, firewall_sql
from localcloud.aws.firewall_fields import Field, Request, extracted
from localcloud.aws.firewall_rates import Rates, addresses, exceeds
from localcloud.aws.firewall_transformations import revealed, transformed

NEVER_EVALUATED = ("ManagedRuleGroupStatement", "GeoMatchStatement", "AsnMatchStatement")
REMEMBERED_LENGTH = 1000
COMPARISONS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {
        "EQ": operator.eq,
        "NE": operator.ne,
        "LE": operator.le,
        "LT": operator.lt,
        "GE": operator.ge,
        "GT": operator.gt,
    }
)


@dataclass(kw_only=True)
class Context:
    """What the evaluation of one request knows and finds.

    Attributes:
        request: the request.
        resources: the IP set, regex pattern set or rule group of an ARN, None for one that is gone.
        rates: the counters of rate-based rules.
        scope: ARN of the web ACL and name of the rule, for the counters.
        labels: the labels that rules so far have put on the request, fully qualified.
        matches: what matched in the current rule, for the log.
    """

    request: Request
    resources: Callable[[str], Mapping[str, Any] | None]
    rates: Rates
    scope: tuple[str, str] = ("", "")
    labels: list[str] = field(default_factory=list)
    matches: list[dict[str, Any]] = field(default_factory=list)


def matches(statement: Mapping[str, Any], context: Context) -> bool | None:
    """Whether `statement` holds for the request; None if that cannot be known here.

    Args:
        statement: AWS's `Statement`, a mapping with one key.
        context: the request and what belongs to it.
    """
    kind, details = next(iter(statement.items()))
    if kind in NEVER_EVALUATED or kind not in STATEMENTS:
        return None
    return STATEMENTS[kind](details, context)


def _and(details: Mapping[str, Any], context: Context) -> bool | None:
    answers = [matches(inner, context) for inner in details["Statements"]]
    return False if False in answers else None if None in answers else True


def _or(details: Mapping[str, Any], context: Context) -> bool | None:
    answers = [matches(inner, context) for inner in details["Statements"]]
    return True if True in answers else None if None in answers else False


def _not(details: Mapping[str, Any], context: Context) -> bool | None:
    answer = matches(details["Statement"], context)
    return None if answer is None else not answer


def _on_field(
    details: Mapping[str, Any], context: Context, holds: Callable[[str], bool], *, parts: bool = False
) -> Field | bool | None:
    """The field when one of its texts holds, False when none does, None when the field is unknown here."""
    found = extracted(context.request, details["FieldToMatch"])
    if found is None:
        return None
    if found.decided is not None:
        return found if found.decided else False
    transformations = list(details.get("TextTransformations", []))
    texts: Sequence[str] = found.values() if parts else found.texts
    return found if any(holds(transformed(text, transformations)) for text in texts) else False


def _simple(answer: Field | bool | None) -> bool | None:  # noqa: FBT001 - an answer, not a switch
    return True if isinstance(answer, Field) else answer


def _injection(
    detector: Callable[[str], bool], condition: str
) -> Callable[[Mapping[str, Any], Context], bool | None]:
    def search(text: str) -> str | None:
        return next((layer for layer in revealed(text) if detector(layer)), None)

    # Most values of headers come again with the next request, and with the next web ACL on its way.
    remembered = lru_cache(maxsize=2048)(search)

    def statement(details: Mapping[str, Any], context: Context) -> bool | None:
        told: list[str] = []

        def holds(text: str) -> bool:
            found = remembered(text) if len(text) <= REMEMBERED_LENGTH else search(text)
            told.extend([found[:100]] if found is not None else [])
            return found is not None

        answer = _on_field(details, context, holds, parts=True)
        if isinstance(answer, Field):
            sensitivity = details.get("SensitivityLevel", "LOW") if condition == "SQL_INJECTION" else ""
            context.matches.append(
                {
                    "conditionType": condition,
                    "sensitivityLevel": sensitivity,
                    "location": answer.location,
                    "matchedData": told,
                    "matchedFieldName": _field_name(details),
                }
            )
        return _simple(answer)

    return statement


def _field_name(details: Mapping[str, Any]) -> str:
    options = next(iter(details["FieldToMatch"].values())) or {}
    return str(options.get("Name", ""))


def _bytes(details: Mapping[str, Any], context: Context) -> bool | None:
    wanted = _search_string(details["SearchString"])
    position = details["PositionalConstraint"]
    tests: dict[str, Callable[[str], bool]] = {
        "EXACTLY": lambda text: text == wanted,
        "STARTS_WITH": lambda text: text.startswith(wanted),
        "ENDS_WITH": lambda text: text.endswith(wanted),
        "CONTAINS": lambda text: wanted in text,
        "CONTAINS_WORD": lambda text: re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None,
    }
    return _simple(_on_field(details, context, tests[position]))


def _search_string(value: str | bytes) -> str:
    """The bytes to look for: base64 as the API carries them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value


def _size(details: Mapping[str, Any], context: Context) -> bool | None:
    compare, size = COMPARISONS[details["ComparisonOperator"]], int(details["Size"])
    if "Body" in details["FieldToMatch"] and not details["FieldToMatch"]["Body"]:
        return compare(len(context.request.body), size)
    return _simple(
        _on_field(details, context, lambda text: compare(len(text.encode("utf-8", "replace")), size))
    )


def _regex(details: Mapping[str, Any], context: Context) -> bool | None:
    return _any_regex([details["RegexString"]], details, context)


def _regex_set(details: Mapping[str, Any], context: Context) -> bool | None:
    found = context.resources(details["ARN"])
    if found is None:
        return None
    patterns = found.get("RegularExpressionList", [])
    return _any_regex([p["RegexString"] if isinstance(p, Mapping) else p for p in patterns], details, context)


def _any_regex(patterns: Iterable[str], details: Mapping[str, Any], context: Context) -> bool | None:
    compiled = [re.compile(pattern) for pattern in patterns]
    return _simple(
        _on_field(details, context, lambda text: any(pattern.search(text) for pattern in compiled))
    )


def _ip_set(details: Mapping[str, Any], context: Context) -> bool | None:
    found = context.resources(details["ARN"])
    if found is None:
        return None
    options = details.get("IPSetForwardedIPConfig")
    listed = addresses(options, context.request)
    if listed is None:
        return False
    networks = [ipaddress.ip_network(text, strict=False) for text in found.get("Addresses", [])]
    valid = [ipaddress.ip_address(text) for text in listed if text]
    if not valid:
        return bool(options) and (options or {}).get("FallbackBehavior") == "MATCH"
    return any(one.version == network.version and one in network for one in valid for network in networks)


def _rate(details: Mapping[str, Any], context: Context) -> bool | None:
    scope_down = details.get("ScopeDownStatement")
    narrowed = matches(scope_down, context) if scope_down else True
    return exceeds(details, context.request, context.scope, context.rates) if narrowed else narrowed


def _label(details: Mapping[str, Any], context: Context) -> bool | None:
    key = str(details["Key"])
    if details["Scope"] == "NAMESPACE":
        wanted = key.rstrip(":") + ":"
        return any(wanted in label + ":" and not label.endswith(wanted) for label in context.labels)
    return any(label == key or label.endswith(":" + key) for label in context.labels)


STATEMENTS: Mapping[str, Callable[[Mapping[str, Any], Context], bool | None]] = MappingProxyType(
    {
        "AndStatement": _and,
        "OrStatement": _or,
        "NotStatement": _not,
        "SqliMatchStatement": _injection(firewall_sql.is_injection, "SQL_INJECTION"),
        "XssMatchStatement": _injection(firewall_html.is_injection, "XSS"),
        "ByteMatchStatement": _bytes,
        "SizeConstraintStatement": _size,
        "RegexMatchStatement": _regex,
        "RegexPatternSetReferenceStatement": _regex_set,
        "IPSetReferenceStatement": _ip_set,
        "RateBasedStatement": _rate,
        "LabelMatchStatement": _label,
    }
)
