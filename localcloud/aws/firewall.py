"""Judges a request by a web ACL of AWS WAF: own rules are evaluated, managed rule groups are reported as not.

https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.aws.firewall_fields import Request
from localcloud.aws.firewall_rates import Rates
from localcloud.aws.firewall_statements import Context, matches

__all__ = ["Rates", "Request", "RuleMatch", "Verdict", "evaluate", "unevaluated_rules"]

DEFAULT_ACTION = "Default_Action"
# What AWS answers a client that did not solve the puzzle.
STATUS_OF_ACTION = {"Block": 403, "Captcha": 405, "Challenge": 202}


@dataclass(frozen=True, kw_only=True)
class RuleMatch:
    """A rule that matched.

    Attributes:
        rule: its name.
        kind: `REGULAR`, `RATE_BASED` or `GROUP`.
        action: `ALLOW`, `BLOCK`, `COUNT`, `CAPTCHA` or `CHALLENGE`.
        metric: the rule's metric name, None if it publishes none.
        details: what matched, in the form of the log.
        group: ARN of the rule group that the rule is in, if any.
    """

    rule: str
    kind: str
    action: str
    metric: str | None
    details: Sequence[Mapping[str, Any]]
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a request.

    Attributes:
        action: `ALLOW`, `BLOCK`, `CAPTCHA` or `CHALLENGE`.
        decided_by: the rule that ended the evaluation, None for the default action.
        counted: the rules that matched and only counted, in order.
        labels: fully qualified labels put on the request.
        not_evaluated: rules whose answer cannot be known here.
        status: HTTP status of a request that is not let through, else 200.
        body: the custom response body, None for AWS's own.
        body_type: content type of the custom body.
        headers: of a custom response, or to insert into the request.
    """

    action: str
    decided_by: RuleMatch | None
    counted: Sequence[RuleMatch]
    labels: Sequence[str]
    not_evaluated: Sequence[str]
    status: int = 200
    body: str | None = None
    body_type: str = "application/json"
    headers: Sequence[tuple[str, str]] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request goes on to the API."""
        return self.action == "ALLOW"


def evaluate(
    web_acl: Mapping[str, Any],
    request: Request,
    *,
    resources: Callable[[str], Mapping[str, Any] | None],
    rates: Rates,
) -> Verdict:
    """Judge `request` by the rules of `web_acl`, lowest priority number first.

    Args:
        web_acl: as WAFv2's API describes it (`Name`, `ARN`, `DefaultAction`, `Rules`, ...).
        request: the request.
        resources: finds an IP set, regex pattern set or rule group by its ARN.
        rates: the counters of rate-based rules.

    Raises:
        KeyError: a rule lacks a member that the API requires.
        re.error: a rule's regular expression is none of Python's.
    """
    context = Context(request=request, resources=resources, rates=rates)
    counted: list[RuleMatch] = []
    unknown: list[str] = []
    for rule, group in _flattened(web_acl.get("Rules", []), resources):
        name = rule["Name"]
        context.scope, context.matches = (str(web_acl.get("ARN", "")), name), []
        answer = matches(rule["Statement"], context)
        if answer is None:
            unknown.append(name)
        if not answer:
            continue
        context.labels.extend(
            _qualified(label["Name"], web_acl, group) for label in rule.get("RuleLabels", [])
        )
        action, options = _action(rule)
        found = RuleMatch(
            rule=name,
            kind="RATE_BASED"
            if "RateBasedStatement" in rule["Statement"]
            else "GROUP"
            if group
            else "REGULAR",
            action=action.upper(),
            metric=metric_of(rule),
            details=tuple(context.matches),
            group=group,
        )
        if action == "Count":
            counted.append(found)
            continue
        return _verdict(web_acl, (action, options), found, context, counted=counted, unknown=unknown)
    action, options = next(iter((web_acl.get("DefaultAction") or {"Allow": {}}).items()))
    return _verdict(web_acl, (action, options or {}), None, context, counted=counted, unknown=unknown)


def unevaluated_rules(web_acl: Mapping[str, Any]) -> list[str]:
    """Names of the rules that rest on something this evaluator cannot know."""
    empty = Context(request=Request(method="GET", path="/"), resources=lambda _: None, rates=Rates())
    return [
        rule["Name"]
        for rule in web_acl.get("Rules", [])
        if "RuleGroupReferenceStatement" not in rule["Statement"]
        and not {"IPSetReferenceStatement", "RegexPatternSetReferenceStatement"} & set(rule["Statement"])
        and matches(rule["Statement"], empty) is None
    ]


def metric_of(described: Mapping[str, Any]) -> str | None:
    """The metric name of a rule or web ACL, None if it publishes no metrics."""
    visibility = described.get("VisibilityConfig") or {}
    return visibility.get("MetricName") if visibility.get("CloudWatchMetricsEnabled", True) else None


def _flattened(
    rules: Sequence[Mapping[str, Any]], resources: Callable[[str], Mapping[str, Any] | None]
) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """The rules in order of priority, an own rule group's rules in its place."""
    for rule in sorted(rules, key=lambda rule: int(rule.get("Priority", 0))):
        reference = rule["Statement"].get("RuleGroupReferenceStatement")
        group = resources(reference["ARN"]) if reference else None
        if reference is None or group is None:
            yield rule, None
            continue
        overrides = {
            entry["Name"]: entry["ActionToUse"] for entry in reference.get("RuleActionOverrides", [])
        }
        overrides |= {entry["Name"]: {"Count": {}} for entry in reference.get("ExcludedRules", [])}
        count_all = "Count" in (rule.get("OverrideAction") or {})
        for inner in sorted(group.get("Rules", []), key=lambda rule: int(rule.get("Priority", 0))):
            action = {"Count": {}} if count_all else overrides.get(inner["Name"], inner.get("Action"))
            yield {**inner, "Action": action}, reference["ARN"]


def _action(rule: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    action, options = next(iter((rule.get("Action") or {"Count": {}}).items()))
    return action, options or {}


def _qualified(label: str, web_acl: Mapping[str, Any], group: str | None) -> str:
    if label.startswith("awswaf:"):
        return label
    arn = (group or str(web_acl.get("ARN", ""))).split(":")
    account = arn[4] if len(arn) > 4 else ""  # noqa: PLR2004 - the fifth part of an ARN
    kind, name = ("rulegroup", arn[-1].split("/")[-2]) if group else ("webacl", web_acl.get("Name", ""))
    return f"awswaf:{account}:{kind}:{name}:{label}"


def _verdict(
    web_acl: Mapping[str, Any],
    decision: tuple[str, Mapping[str, Any]],
    decided_by: RuleMatch | None,
    context: Context,
    *,
    counted: Sequence[RuleMatch],
    unknown: Sequence[str],
) -> Verdict:
    action, options = decision
    custom = options.get("CustomResponse") or {}
    handling = options.get("CustomRequestHandling") or {}
    entries = custom.get("ResponseHeaders") or handling.get("InsertHeaders") or []
    body = (web_acl.get("CustomResponseBodies") or {}).get(custom.get("CustomResponseBodyKey"))
    types = {"TEXT_PLAIN": "text/plain", "TEXT_HTML": "text/html"}
    return Verdict(
        action=action.upper(),
        decided_by=decided_by,
        counted=tuple(counted),
        labels=tuple(context.labels),
        not_evaluated=tuple(unknown),
        status=int(custom.get("ResponseCode") or STATUS_OF_ACTION.get(action, 200)),
        body=body["Content"] if body else ("" if custom else None),
        body_type=types.get(body["ContentType"], "application/json") if body else "text/plain",
        headers=tuple((entry["Name"], entry["Value"]) for entry in entries),
    )
