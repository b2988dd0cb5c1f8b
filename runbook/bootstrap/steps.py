"""What is left to people: protecting GitHub's environments, telling them the roles, making the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runbook.bootstrap.trust import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.bootstrap.account import Bootstrap


def protection(delivery: Bootstrap) -> list[str]:
    """How the environment of deployments is protected, before anything there may deploy."""
    path, stack = delivery.repository.path, delivery.names.stack
    source = SOURCES[stack]
    environment = f"repos/{path}/environments/{stack}"
    rules: dict[str, object] = {
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}
    }
    lines = [
        "Rulesets of the branch main and the tags release-*: docs/delivery.md, Setting up, step 4.",
        f"Environment {stack}, for the {source.kind} {source.pattern} only; this sets all of its rules anew:",
    ]
    if source.kind == "tag":
        rules |= {"prevent_self_review": True, "reviewers": [{"type": "User", "id": 0}]}
        lines += [
            "  reviewer=$(gh api users/LOGIN --jq .id)   # a team: gh api orgs/ORG/teams/TEAM, and type Team",
        ]
    body = json.dumps(rules).replace('"id": 0', "\"id\": '$reviewer'")
    policy = f"-f name='{source.pattern}' -f type={source.kind}"
    return [
        *lines,
        f"  echo '{body}' |",
        f"    gh api --method PUT {environment} --input -",
        f"  gh api --method POST {environment}/deployment-branch-policies {policy}",
        f"  gh api {environment} --jq '[.protection_rules[].type]'   # names the rules that hold",
    ]


def beforehand(delivery: Bootstrap) -> str:
    """What to do before anything trusts GitHub."""
    return "\n".join(
        ["Before it is run with --live, on GitHub:", *(f"  {line}" for line in protection(delivery))]
    )


def afterwards(delivery: Bootstrap, *, rehearsed: bool, profile: str | None) -> str:
    """What to do with the outputs.

    Args:
        delivery: what was made.
        rehearsed: it was made in the local cloud only.
        profile: the AWS profile that it was made with.
    """
    names, outputs, path = delivery.names, delivery.outputs(), delivery.repository.path
    stack = names.stack
    steps = [
        "Next, after the same with --live:" if rehearsed else "Next:",
        "  1. Say in this shell where the state is"
        + (", and whose credentials are used:" if profile else ":"),
        *([f"       export AWS_PROFILE='{profile}'"] if profile else []),
        f"       export PULUMI_BACKEND_URL='{outputs['stateUrl']}'",
        "  2. Make the stack in it, once, and commit what that writes:",
        f"       pulumi stack init -s {stack} --secrets-provider='{outputs['secretsProvider']}'",
        "  3. Protect GitHub before it is told a role (docs/delivery.md), unless that is done:",
        *(f"       {line}" for line in protection(delivery)),
        "  4. Tell GitHub:",
        *_told(delivery, stack, "AWS_DEPLOY_ROLE_ARN", outputs),
        f"       gh api --silent repos/{path}/environments/{names.preview_environment} ||",
        "         echo '{\"deployment_branch_policy\": null}' |",
        f"         gh api --method PUT repos/{path}/environments/{names.preview_environment} --input -",
        *_told(delivery, names.preview_environment, "AWS_PREVIEW_ROLE_ARN", outputs),
        f"  5. Look and deploy: omnitrack preview -s {stack} --live, omnitrack up -s {stack} --live",
    ]
    if not delivery.repository.is_known_by_number:
        steps += [
            "A later repository of the same name would be trusted as well. To trust this one only, run",
            "this again with --owner-id and --repository-id; GitHub tells them:",
            f"       gh api repos/{path} --jq '.owner.id, .id'",
        ]
    return "\n".join(steps)


def _told(delivery: Bootstrap, environment: str, variable: str, outputs: Mapping[str, str]) -> list[str]:
    where = f"--repo {delivery.repository.path} --env {environment}"
    role = outputs["deployRoleArn" if variable == "AWS_DEPLOY_ROLE_ARN" else "previewRoleArn"]
    return [
        f"       gh variable set {variable} {where} --body {role}",
        f"       gh variable set PULUMI_BACKEND_URL {where} --body '{outputs['stateUrl']}'",
    ]
