"""Permissions as values: what may be done, to what, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.location import PARTITION, Location

POLICY_VERSION = "2012-10-17"
ROLE_PREFIX_LENGTH = 38  # the provider adds 26 characters of its own, and IAM admits 64
AWS_PAGES = "https://docs.aws.amazon.com/"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One statement of a role's policy.

    Attributes:
        actions: Exact IAM actions.
        resources: Exact ARNs; a `*` needs a reason that names the AWS page which forces it.
        reason: Why the role needs it.
        conditions: IAM conditions, operator to key to value.
    """

    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    reason: str
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(
                f"a grant of {', '.join(self.actions)} says no reason: write why the role needs it"
            )
        if "*" in self.resources and AWS_PAGES not in self.reason:
            raise ValueError(
                f"a grant of {', '.join(self.actions)} covers everything: name the AWS page that forces it"
            )
        if wild := [action for action in self.actions if "*" in action]:
            raise ValueError(f"a grant allows {', '.join(wild)}: name the actions one by one")

    def statement(self) -> dict[str, Any]:
        """The grant in IAM's words."""
        statement = {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}
        return statement | ({"Condition": dict(self.conditions)} if self.conditions else {})


def policy(statements: Sequence[Mapping[str, Any]]) -> pulumi.Output[str]:
    """A policy document."""
    return pulumi.Output.json_dumps({"Version": POLICY_VERSION, "Statement": list(statements)})


def role_policy(grants: Sequence[Grant]) -> pulumi.Output[str]:
    """The policy document of a role; it keeps its grants, as IAM has no room for reasons."""
    document = policy([grant.statement() for grant in grants])
    vars(document)["grants"] = tuple(grants)
    return document


def trust(service: str, conditions: Mapping[str, Any] | None = None) -> pulumi.Output[str]:
    """The policy document that lets one AWS service take a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy([statement | ({"Condition": dict(conditions)} if conditions else {})])


def boundary_arn(location: Location, name: str) -> str | None:
    """The managed policy that bounds the roles of a stack; None where the stack names none."""
    return f"arn:{PARTITION}:iam::{location.account}:policy/{name}" if name else None


def role_name_prefix(prefix: str, name: str) -> str:
    """How a role's physical name begins: with its environment."""
    return f"{prefix}-{name}"[: ROLE_PREFIX_LENGTH - 1] + "-"


def tls_only(resource: pulumi.Input[str], actions: str) -> dict[str, Any]:
    """The statement of a resource policy that refuses unencrypted connections."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def key_grants(
    key_arn: pulumi.Input[str] | None, actions: Sequence[str], *, via: str, reason: str
) -> tuple[Grant, ...]:
    """What using a key takes; nothing where data is encrypted with AWS's own keys.

    Args:
        key_arn: The customer key; None without one.
        actions: KMS actions.
        via: The only service through which the key may be used (`Location.endpoint`).
        reason: Why the role needs it.
    """
    if key_arn is None:
        return ()
    conditions = {"StringEquals": {"kms:ViaService": via}}
    return (Grant(actions=actions, resources=(key_arn,), reason=reason, conditions=conditions),)
