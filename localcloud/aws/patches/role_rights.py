"""What a role may do, judged for those services that act as a role without MiniStack asking."""

import json
from collections.abc import Iterable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Request = tuple[str, str]


def check(patch: str) -> None:
    """Check what the judgement relies on.

    Args:
        patch: The patch that judges.

    Raises:
        PatchError: MiniStack has changed.
    """
    evaluator = Upstream(patch, "core.iam_evaluator")
    for name in ("EvalContext", "_service_principal_matches", "_action_matches"):
        evaluator.require(name)
    evaluator.require("evaluate", "ctx", "policies", "limits")
    evaluator.require("_gather_role_policies", "role_name", "account_id")
    evaluator.require("_permissions_boundary", "store", "name", "account_id")
    Upstream(patch, "services.iam").require("_roles")


def refused(role: str, requests: Iterable[Request], *, session: str) -> Request | None:
    """The first request (action and resource) that a role may not make, None when it may make all.

    Args:
        role: Its ARN.
        requests: Actions, each with its resource.
        session: Name of the session in which a service acts as the role.
    """
    evaluator, roles = _modules()
    if not _application().AUTH:
        return None
    account, name = role.split(":")[4], role.rpartition("/")[2]
    policies = evaluator._gather_role_policies(name, account)
    limits = evaluator._permissions_boundary(roles._roles, name, account)
    for action, resource in requests:
        context = evaluator.EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=resource,
            region=resource.split(":")[3],
        )
        if evaluator.evaluate(context, policies, *limits).decision != "Allow":
            return action, resource
    return None


def trusts(role: str, service: str) -> bool:
    """Whether a role exists and lets a service assume it; conditions are not judged."""
    evaluator, roles = _modules()
    if not _application().AUTH:
        return True
    found = roles._roles.get_scoped(role.split(":")[4], None, role.rpartition("/")[2]) or {}
    statements = json.loads(found.get("AssumeRolePolicyDocument") or "{}").get("Statement", [])
    return any(
        statement.get("Effect") == "Allow"
        and evaluator._service_principal_matches(statement.get("Principal"), service)
        and evaluator._action_matches("sts:AssumeRole", _listed(statement.get("Action")), [])
        for statement in _listed(statements)
    )


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    return value if isinstance(value, list) else [value] if value else []


def _modules() -> tuple[Any, Any]:
    return Upstream("role_rights", "core.iam_evaluator").module, Upstream(
        "role_rights", "services.iam"
    ).module


def _application() -> Any:  # noqa: ANN401
    return Upstream("role_rights", "app").module
