"""Puts the web ACL of a stage in front of its REST API: blocks, counts, logs.

Managed rule groups cannot be evaluated on this machine; the server's log says so once per rule, and each
line of the firewall's log carries it.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.aws import firewall, firewall_log
from localcloud.aws.patches import firewall_logging
from localcloud.aws.patches.upstream import Upstream

NAMESPACE = "AWS/WAFV2"
METRICS = {
    "ALLOW": "AllowedRequests",
    "BLOCK": "BlockedRequests",
    "COUNT": "CountedRequests",
    "CAPTCHA": "CaptchaRequests",
    "CHALLENGE": "ChallengeRequests",
}
EXECUTE_PARAMETERS = (
    "request",
    "api_id",
    "stage_name",
    "method",
    "path",
    "headers",
    "body",
    "query_params",
    "owner_account_id",
    "owner_region",
)

log = logging.getLogger(__name__)


def apply() -> None:
    """Wrap the execution of a request within its API's account and region.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("firewall_enforcement", "services.apigateway_v1")
    gateway.require("_GatewayError", "response_type", "message", "error_type")
    gateway.require("_stages_v1")
    enforcement = _Enforcement()

    def guarded(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def execute(request: dict[str, Any], *arguments: Any) -> Any:  # noqa: ANN401
            api_id, stage_name, method, path, headers, body, query, account, region = arguments
            stage = (gateway.module._stages_v1.get(api_id) or {}).get(stage_name)
            acl = enforcement.web_acl(f"arn:aws:apigateway:{region}::/restapis/{api_id}/stages/{stage_name}")
            if stage is None or acl is None:
                return await original(request, *arguments)
            judged = firewall.Request(
                method=method,
                path=f"/{stage_name}{path}",
                query=_pairs(query),
                headers=_pairs(headers, lower=True),
                body=body or b"",
                client_ip=enforcement.client_ip(),
                request_id=request["request_id"],
                inspected_bytes=_inspected_bytes(acl),
            )
            verdict = enforcement.judge(acl, judged, source=f"{account}:{api_id}:{stage_name}", region=region)
            if verdict.allowed:
                return await original(request, *_with_headers(arguments, verdict.headers))
            request["stage"] = stage
            if verdict.body is not None:
                answered = {"Content-Type": verdict.body_type, **dict(verdict.headers)}
                return verdict.status, answered, verdict.body.encode()
            error = gateway.module._GatewayError("WAF_FILTERED", "Forbidden", "ForbiddenException")
            return error if verdict.status == 403 else (verdict.status, {}, b"")  # noqa: PLR2004

        return execute

    gateway.wrap("_execute_in_scope", *EXECUTE_PARAMETERS, by=guarded)


def _inspected_bytes(acl: Mapping[str, Any]) -> int:
    limits = ((acl.get("AssociationConfig") or {}).get("RequestBody") or {}).get("API_GATEWAY") or {}
    return int(str(limits.get("DefaultSizeInspectionLimit", "KB_16")).removeprefix("KB_")) * 1024


def _pairs(values: Mapping[str, Any] | None, *, lower: bool = False) -> list[tuple[str, str]]:
    return [
        (name.lower() if lower else name, str(value))
        for name, several in (values or {}).items()
        for value in (several if isinstance(several, list | tuple) else [several])
    ]


def _with_headers(arguments: tuple[Any, ...], inserted: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """The arguments with the headers that an Allow or Count inserts; AWS puts `x-amzn-waf-` in front."""
    if not inserted:
        return arguments
    headers = {**arguments[4], **{f"x-amzn-waf-{name.lower()}": value for name, value in inserted}}
    return (*arguments[:4], headers, *arguments[5:])


class _Enforcement:
    """The web ACLs of MiniStack, put to work."""

    def __init__(self) -> None:
        waf = Upstream("firewall_enforcement", "services.waf")
        for store in ("_web_acls", "_ip_sets", "_regex_pattern_sets", "_rule_groups", "_associations"):
            waf.require(store)
        responses = Upstream("firewall_enforcement", "core.responses")
        self.client_ip = responses.require("get_request_client_ip")
        self._waf = waf.module
        self._metric = Upstream("firewall_enforcement", "services.cloudwatch").require(
            "record_metric", "namespace", "metric_name", "value", "unit", "dimensions"
        )
        logs = Upstream("firewall_enforcement", "services.cloudwatch_logs")
        logs.require("_log_groups")
        logs.require("_create_log_stream", "data")
        logs.require("_put_log_events", "data")
        self._logs = logs.module
        self._rates = firewall.Rates()
        self._reported: set[tuple[str, str]] = set()

    def web_acl(self, resource_arn: str) -> dict[str, Any] | None:
        """The web ACL that is associated with a resource of the current account and region."""
        arn = self._waf._associations.get(resource_arn)
        return self._described(self._waf._web_acls, arn) if arn else None

    def judge(
        self, acl: dict[str, Any], request: firewall.Request, *, source: str, region: str
    ) -> firewall.Verdict:
        """Judge a request, count it and write its log line."""
        verdict = firewall.evaluate(acl, request, resources=self._resource, rates=self._rates)
        self._report(acl, verdict)
        self._count(acl, verdict, region)
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
                destination = configuration["LogDestinationConfigs"][0]
                self._write(destination, f"{region}_{acl['Name']}_0", line, milliseconds)
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
        acl_metric = firewall.metric_of(acl) or acl["Name"]
        last = verdict.decided_by
        counts = [(match.action, match.metric) for match in verdict.counted]
        counts.append((last.action, last.metric) if last else (verdict.action, "Default_Action"))
        counts.append((verdict.action, "ALL"))
        for action, rule in counts:
            if rule:
                dimensions = {"WebACL": acl_metric, "Region": region, "Rule": rule}
                self._metric(NAMESPACE, METRICS[action], 1, "Count", dimensions)

    def _write(self, destination: str, stream: str, line: str, milliseconds: int) -> None:
        group = destination.partition(":log-group:")[2].removesuffix(":*")
        if group not in self._logs._log_groups:
            log.warning("the firewall's log group %s is gone: its lines are lost", destination)
            return
        target = {"logGroupName": group, "logStreamName": stream}
        if stream not in self._logs._log_groups[group]["streams"]:
            self._logs._create_log_stream(target)
        self._logs._put_log_events({**target, "logEvents": [{"timestamp": milliseconds, "message": line}]})
