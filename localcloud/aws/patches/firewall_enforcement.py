"""Puts the web ACL of a stage in front of its REST API: blocks, counts, logs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.aws import firewall, firewall_judge
from localcloud.aws.firewall_log import Source
from localcloud.aws.patches.upstream import Upstream

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


def apply() -> None:
    """Wrap the execution of a request within its API's account and region.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("firewall_enforcement", "services.apigateway_v1")
    gateway.require("_GatewayError", "response_type", "message", "error_type")
    gateway.require("_stages_v1")
    client_ip = Upstream("firewall_enforcement", "core.responses").require("get_request_client_ip")
    judge = firewall_judge.Judge("firewall_enforcement")

    def guarded(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def execute(request: dict[str, Any], *arguments: Any) -> Any:  # noqa: ANN401
            api_id, stage_name, method, path, headers, body, query, account, region = arguments
            stage = (gateway.module._stages_v1.get(api_id) or {}).get(stage_name)
            acl = judge.of_resource(f"arn:aws:apigateway:{region}::/restapis/{api_id}/stages/{stage_name}")
            if stage is None or acl is None:
                return await original(request, *arguments)
            judged = firewall.Request(
                method=method,
                path=f"/{stage_name}{path}",
                query=_pairs(query),
                headers=_pairs(headers, lower=True),
                body=body or b"",
                client_ip=client_ip(),
                request_id=request["request_id"],
                inspected_bytes=firewall_judge.inspected_bytes(acl, "API_GATEWAY"),
            )
            source = Source(kind="APIGW", id=f"{account}:{api_id}:{stage_name}", region=region)
            verdict = judge.judge(acl, judged, source)
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
