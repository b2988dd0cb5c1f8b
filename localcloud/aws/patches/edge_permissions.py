"""Asks for the rights that CloudFront asks for: those to functions and policies by their ARNs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cf-api-permissions-ref.html
"""

import re
from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

CALL = ("service", "method", "path", "headers", "body", "query_params")
# Calls that need the right to another one.
RIGHTS = {"cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution"}
# What has ARNs; in paths and in ARNs it is named the same.
TYPES = frozenset(
    {
        "cache-policy",
        "distribution",
        "function",
        "origin-access-control",
        "origin-request-policy",
        "response-headers-policy",
    }
)
NAME = re.compile(rb"<Name>([\w-]+)</Name>")


def apply() -> None:
    """Wrap what tells the right and the resource of a call.

    Raises:
        PatchError: MiniStack has changed.
    """
    actions = Upstream("edge_permissions", "core.iam_actions")
    actions.wrap("extract_iam_action", *CALL, by=_with_rights)
    actions.wrap("extract_resource_arn", *CALL, "region", "account_id", by=_with_arns)


def _with_rights(original: Callable[..., Any]) -> Callable[..., Any]:
    def right(*call: Any) -> Any:  # noqa: ANN401 - upstream has no types
        action = original(*call)
        return RIGHTS.get(action, action)

    return right


def _with_arns(original: Callable[..., Any]) -> Callable[..., Any]:
    def resource(*call: Any) -> Any:  # noqa: ANN401 - upstream has no types
        found = original(*call)
        service, method, path, _, body, query_params, _, account = call
        if service != "cloudfront" or found != "*":
            return found
        return _arn(method, path, body or b"", query_params or {}, account) or found

    return resource


def _arn(method: str, path: str, body: bytes, query_params: dict[str, Any], account: str) -> str:
    """The resource of a call to CloudFront; empty where a call is about no single kind of resource."""
    match path.strip("/").split("/")[1:]:
        case ["tagging"]:
            named = query_params.get("Resource") or ""
            return str(named[0] if isinstance(named, list) else named)
        case [kind, name, *_] if kind in TYPES:
            return f"arn:aws:cloudfront::{account}:{kind}/{name}"
        case [kind] if kind in TYPES and method == "POST":
            # Only a function is made under a name that is part of its ARN.
            named_in = NAME.search(body) if kind == "function" else None
            return f"arn:aws:cloudfront::{account}:{kind}/{named_in[1].decode() if named_in else '*'}"
    return ""
