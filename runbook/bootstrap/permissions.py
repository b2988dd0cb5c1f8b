"""What the roles of delivery may do: one changes the program's resources, the other looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.actions import AREAS, Area
from runbook.bootstrap.key import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runbook.bootstrap.names import Names

Document = dict[str, Any]
ROLE_READS: Final = (
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
)
BOUNDED_CHANGES: Final = (
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
)
"""The changes that AWS lets depend on the role's boundary."""
ROLE_CHANGES: Final = (
    "iam:DeleteRole",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
TAKERS: Final = (
    "apigateway.amazonaws.com",
    "backup.amazonaws.com",
    "events.amazonaws.com",
    "iot.amazonaws.com",
    "lambda.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
)
"""The services that the program gives roles to."""
LINKED: Final = ("backup.amazonaws.com", "ops.apigateway.amazonaws.com", "wafv2.amazonaws.com")
"""The services that make a role of their own for who uses them first."""
STATE_READS: Final = ("s3:GetObject",)
STATE_CHANGES: Final = ("s3:DeleteObject", "s3:PutObject")
KEY_READS: Final = ("kms:Decrypt",)
KEY_CHANGES: Final = ("kms:Encrypt", "kms:GenerateDataKey")


def deploy_policies(names: Names, key_arn: str) -> dict[str, Document]:
    """The policies of the deploy role, by name.

    Args:
        names: the stack.
        key_arn: the key of the state.
    """
    areas = {
        f"{names.deploy}-{group}": _document(*_statements(names, areas, changes=True))
        for group, areas in AREAS.items()
    }
    return areas | {
        f"{names.deploy}-roles": _document(*_roles(names), *_guard(names, key_arn)),
        f"{names.deploy}-state": _document(*_state(names, key_arn, changes=True)),
    }


def preview_policies(names: Names, key_arn: str) -> dict[str, Document]:
    """The policies of the preview role, by name.

    Args:
        names: the stack.
        key_arn: the key of the state.
    """
    areas = {
        f"{names.preview}-{group}": _document(*_statements(names, areas, changes=False))
        for group, areas in AREAS.items()
    }
    return areas | {
        f"{names.preview}-state": _document(
            _allow("RolesLookedAt", ROLE_READS, [_program_roles(names)]),
            _variables(names),
            _values(names),
            *_state(names, key_arn, changes=False),
        ),
    }


def _statements(names: Names, areas: Sequence[Area], *, changes: bool) -> Iterator[Document]:
    everywhere: list[str] = []
    for area in areas:
        actions = [*area.reads, *(_changes(names, area) if changes else ())]
        if actions:
            # Where the stack lives beside CloudFront, one ARN names both regions.
            arns = list(dict.fromkeys(names.filled(arn) for arn in area.resources))
            if area.name == "Tables":
                arns += names.table_arns
            yield _allow(area.name, _full(area, actions), arns, _conditions(names, area))
        unbound = [*area.everywhere_reads, *(area.everywhere_changes if changes else ())]
        everywhere += _full(area, unbound)
    if everywhere:
        # AWS knows no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/
        yield _allow("WithoutResource", everywhere, ["*"])


def _changes(names: Names, area: Area) -> tuple[str, ...]:
    return area.changes if names.is_protected else (*area.changes, *area.unprotected_changes)


def _full(area: Area, actions: Sequence[str]) -> list[str]:
    return [f"{area.service}:{action}" for action in actions]


def _conditions(names: Names, area: Area) -> Document:
    return {
        operator: {
            key: list(dict.fromkeys(names.filled(value) for value in values)) for key, values in keys.items()
        }
        for operator, keys in area.conditions.items()
    }


def _roles(names: Names) -> Iterator[Document]:
    roles = [_program_roles(names)]
    bounded = {"StringEquals": {"iam:PermissionsBoundary": names.iam(f"policy/{names.boundary}")}}
    yield _allow("RolesLookedAt", ROLE_READS, roles)
    yield _allow("RolesWithinTheBoundary", BOUNDED_CHANGES, roles, bounded)
    yield _allow("RolesKept", ROLE_CHANGES, roles)
    # Not every service says that it is the one.
    passed = {"StringEqualsIfExists": {"iam:PassedToService": list(TAKERS)}}
    yield _allow("RolesGivenToServices", ["iam:PassRole"], roles, passed)
    yield _allow(
        "RolesOfServices",
        ["iam:CreateServiceLinkedRole"],
        [names.iam(f"role/aws-service-role/{service}/*") for service in LINKED],
        {"StringEquals": {"iam:AWSServiceName": list(LINKED)}},
    )


def _guard(names: Names, key_arn: str) -> Iterator[Document]:
    """What stays out of reach, also where a name fits a pattern above."""
    own = [names.iam(f"role/{role}") for role in (names.deploy, names.preview)]
    own += [names.iam(f"policy/{names.own}-*"), names.issuer_arn]
    yield _deny("NotItself", {"Action": "iam:*"}, own)
    yield _deny("NoRoleWithoutTheBoundary", {"Action": "iam:DeleteRolePermissionsBoundary"}, ["*"])
    yield _deny(
        "StateIsOnlyKept",
        {"NotAction": ["s3:ListBucket", *STATE_READS, *STATE_CHANGES]},
        [names.bucket_arn, f"{names.bucket_arn}/*"],
    )
    yield _deny(
        "KeyIsOnlyUsed",
        {"NotAction": [*KEY_READS, *KEY_CHANGES]},
        [key_arn, names.arn("kms", names.alias)],
    )
    # Where another stack shares the account: its key's policy would admit this role, too.
    yield _deny(
        "KeysOfOtherStates",
        {"Action": "kms:*"},
        # In any region: the program has a key where CloudFront is, and another stack's state may be there.
        [f"arn:aws:kms:*:{names.account}:key/*"],
        {
            "StringEquals": {"aws:ResourceTag/ManagedBy": tags(names)["ManagedBy"]},
            "StringNotEquals": {"aws:ResourceTag/Environment": tags(names)["Environment"]},
        },
    )
    # A bootstrap knows its key by the tags.
    yield _deny(
        "NoKeyThatLooksLikeAState",
        {"Action": "kms:*"},
        ["*"],
        {"StringEquals": {"aws:RequestTag/ManagedBy": tags(names)["ManagedBy"]}},
    )


def _variables(names: Names) -> Document:
    """Lambda shows a function's variables, and so whether they are as deployed, to who may decrypt them."""
    return _allow(
        "VariablesOfFunctions",
        ["kms:Decrypt"],
        [names.arn("kms", "key/*")],
        {
            "StringEquals": {"kms:ViaService": f"lambda.{names.region}.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:aws:lambda:FunctionArn": names.arn(
                    "lambda", f"function:{names.prefix}-*"
                )
            },
        },
    )


def _values(names: Names) -> Document:
    """Whether a secret has the value that the state knows is seen by who may decrypt it (ADR 0010)."""
    return _allow(
        "ValuesOfSecrets",
        ["kms:Decrypt"],
        [names.arn("kms", "key/*")],
        {
            "StringEquals": {"kms:ViaService": f"secretsmanager.{names.region}.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:SecretARN": names.arn("secretsmanager", f"secret:{names.prefix}-*")
            },
        },
    )


def _state(names: Names, key_arn: str, *, changes: bool) -> Iterator[Document]:
    yield _allow("StateListed", ["s3:ListBucket"], [names.bucket_arn])
    objects = [*STATE_READS, *(STATE_CHANGES if changes else ())]
    yield _allow("State", objects, [f"{names.bucket_arn}/.pulumi/*"])
    yield _allow("Secrets", [*KEY_READS, *(KEY_CHANGES if changes else ())], [key_arn])


def _program_roles(names: Names) -> str:
    return names.iam(f"role/{names.prefix}-*")


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(
    sid: str, actions: Sequence[str], arns: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> Document:
    statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": list(arns)}
    return statement | ({"Condition": dict(conditions)} if conditions else {})


def _deny(
    sid: str, actions: Document, arns: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> Document:
    statement = {"Sid": sid, "Effect": "Deny", **actions, "Resource": list(arns)}
    return statement | ({"Condition": dict(conditions)} if conditions else {})
