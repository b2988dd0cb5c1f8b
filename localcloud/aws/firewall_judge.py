"""Puts MiniStack's web ACLs to work: judges a request, counts it and writes its log line.

Managed rule groups cannot be evaluated on this machine; the server's log says so once per rule, and each
line of the firewall's log carries it.
"""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import logging
import time
from collections.abc import Mapping
from typing import Any

from localcloud.aws import firewall, firewall_log, log_streams
from localcloud.aws.patches import firewall_logging
from localcloud.aws.patches.upstream import Upstream

NAMESPACE = "AWS/WAFV2"
CLOUDFRONT = "cloudfront"
STORES = ("_web_acls", "_ip_sets", "_regex_pattern_sets", "_rule_groups", "_associations")
METRICS = {
    "ALLOW": "AllowedRequests",
    "BLOCK": "BlockedRequests",
    "COUNT": "CountedRequests",
    "CAPTCHA": "CaptchaRequests",
    "CHALLENGE": "ChallengeRequests",
}

log = logging.getLogger(__name__)


class Judge:
    """The web ACLs of the current account and region.

    Args:
        user: who judges, for the errors of a MiniStack that has changed.

    Raises:
        PatchError: MiniStack has changed.
    """

    def __init__(self, user: str) -> None:
        waf = Upstream(user, "services.waf")
        for store in STORES:
            waf.require(store)
        self._waf = waf.module
        self._metric = Upstream(user, "services.cloudwatch").require(
            "record_metric", "namespace", "metric_name", "value", "unit", "dimensions"
        )
        self._streams = log_streams.LogStreams(user)
        self._rates = firewall.Rates()
        self._reported: set[tuple[str, str]] = set()

    def of_resource(self, resource_arn: str) -> dict[str, Any] | None:
        """The web ACL that is associated with a resource."""
        arn = self._waf._associations.get(resource_arn)
        return self.of_arn(arn) if arn else None

    def of_arn(self, arn: str) -> dict[str, Any] | None:
        """The web ACL with this ARN."""
        return self._described(self._waf._web_acls, arn)

    def judge(
        self, acl: dict[str, Any], request: firewall.Request, source: firewall_log.Source
    ) -> firewall.Verdict:
        """Judge a request, count it and write its log line.

        Args:
            acl: the web ACL.
            request: the request.
            source: what the web ACL protects.
        """
        verdict = firewall.evaluate(acl, request, resources=self._resource, rates=self._rates)
        self._report(acl, verdict)
        self._count(acl, verdict, source.region)
        configuration = firewall_logging.configurations().of(acl["ARN"])
        if configuration:
            milliseconds = int(time.time() * 1000)
            line = firewall_log.line(
                web_acl=acl,
                request=request,
                verdict=verdict,
                configuration=configuration,
                source=source,
                milliseconds=milliseconds,
            )
            if line:
                group = configuration["LogDestinationConfigs"][0]
                self._streams.append(group, f"{source.region}_{acl['Name']}_0", [line], milliseconds)
        return verdict

    def _described(self, store: Any, arn: str) -> dict[str, Any] | None:  # noqa: ANN401
        return next((entry for entry in store.values() if entry.get("ARN") == arn), None)

    def _resource(self, arn: str) -> dict[str, Any] | None:
        stores = (self._waf._ip_sets, self._waf._regex_pattern_sets, self._waf._rule_groups)
        return next((found for store in stores if (found := self._described(store, arn))), None)

    def _report(self, acl: dict[str, Any], verdict: firewall.Verdict) -> None:
        for rule in verdict.not_evaluated:
            if (acl["ARN"], rule) not in self._reported:
                self._reported.add((acl["ARN"], rule))
                log.warning("web ACL %s: rule %s cannot be evaluated on this machine", acl["Name"], rule)

    def _count(self, acl: dict[str, Any], verdict: firewall.Verdict, region: str) -> None:
        """https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html."""
        shared = {"WebACL": firewall.metric_of(acl) or acl["Name"]}
        if region != CLOUDFRONT:
            shared["Region"] = region
        last = verdict.decided_by
        counts = [(match.action, match.metric) for match in verdict.counted]
        counts.append((last.action, last.metric) if last else (verdict.action, "Default_Action"))
        counts.append((verdict.action, "ALL"))
        for action, rule in counts:
            if rule:
                self._metric(NAMESPACE, METRICS[action], 1, "Count", {**shared, "Rule": rule})


def inspected_bytes(acl: Mapping[str, Any], resource: str) -> int:
    """How much of a body a web ACL looks at.

    Args:
        acl: the web ACL.
        resource: `API_GATEWAY` or `CLOUDFRONT`.
    """
    limits = ((acl.get("AssociationConfig") or {}).get("RequestBody") or {}).get(resource) or {}
    return int(str(limits.get("DefaultSizeInspectionLimit", "KB_16")).removeprefix("KB_")) * 1024
