"""Trust in GitHub's identities, the managed policies and the roles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.key import tags
from runbook.bootstrap.names import AUDIENCE, ISSUER
from runbook.bootstrap.parts import Difference, found, holds, same_document, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runbook.bootstrap.names import Names

POLICY_LIMIT: Final = 6144
"""Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
VERSIONS_LIMIT: Final = 5
SESSION_SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The account's provider of GitHub identities: one per account, shared with others who use it.

    Attributes:
        names: the stack.
        iam: a client.
    """

    names: Names
    iam: Any

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"identity provider {ISSUER}"

    def differences(self) -> list[Difference]:
        """What is not as it should be."""
        arn = {"OpenIDConnectProviderArn": self.names.issuer_arn}
        about = found(lambda: self.iam.get_open_id_connect_provider(**arn), "NoSuchEntity")
        if about is None:
            return [Difference(text="made", mend=self._make)]
        if AUDIENCE in about["ClientIDList"]:
            return []
        add = self.iam.add_client_id_to_open_id_connect_provider
        return [Difference(text=f"audience {AUDIENCE} admitted", mend=lambda: add(**arn, ClientID=AUDIENCE))]

    def _make(self) -> None:
        # Without a thumbprint IAM looks after GitHub's certificates itself.
        self.iam.create_open_id_connect_provider(
            Url=f"https://{ISSUER}",
            ClientIDList=[AUDIENCE],
            Tags=[{"Key": "ManagedBy", "Value": tags(self.names)["ManagedBy"]}],
        )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A managed policy.

    Attributes:
        names: the stack.
        iam: a client.
        name: of the policy.
        document: what it says.
    """

    names: Names
    iam: Any
    name: str
    document: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"policy {self.name}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.names.iam(f"policy/{self.name}")

    def differences(self) -> list[Difference]:
        """What is not as it should be."""
        about = found(lambda: self.iam.get_policy(PolicyArn=self.arn), "NoSuchEntity")
        if about is None:
            return [Difference(text="made", mend=self._make)]
        return list(self._faults(about["Policy"]))

    def _faults(self, policy: Mapping[str, Any]) -> Iterator[Difference]:
        answer = self.iam.get_policy_version(PolicyArn=self.arn, VersionId=policy["DefaultVersionId"])
        if not same_document(answer["PolicyVersion"]["Document"], self.document):
            yield Difference(text="document put", mend=self._put)
        if not _is_tagged(self.names, policy):
            tag = partial(self.iam.tag_policy, PolicyArn=self.arn, Tags=_tags(self.names))
            yield Difference(text="tagged", mend=tag)

    def _make(self) -> None:
        self.iam.create_policy(
            PolicyName=self.name, PolicyDocument=text_of(self.document), Tags=_tags(self.names)
        )

    def _put(self) -> None:
        versions = self.iam.list_policy_versions(PolicyArn=self.arn)["Versions"]
        if len(versions) >= VERSIONS_LIMIT:
            oldest = min(
                (version for version in versions if not version["IsDefaultVersion"]),
                key=lambda version: int(version["VersionId"].removeprefix("v")),
            )
            self.iam.delete_policy_version(PolicyArn=self.arn, VersionId=oldest["VersionId"])
        self.iam.create_policy_version(
            PolicyArn=self.arn, PolicyDocument=text_of(self.document), SetAsDefault=True
        )


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role with the policies that it has, and no others.

    Attributes:
        names: the stack.
        iam: a client.
        name: of the role.
        description: what it is for.
        trust: who may take it.
        policies: ARNs of its managed policies.
    """

    names: Names
    iam: Any
    name: str
    description: str
    trust: Mapping[str, Any]
    policies: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"role {self.name}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.names.iam(f"role/{self.name}")

    def differences(self) -> list[Difference]:
        """What is not as it should be."""
        answer = found(lambda: self.iam.get_role(RoleName=self.name), "NoSuchEntity")
        if answer is None:
            return [Difference(text="made, with its policies", mend=self._make)]
        return [*self._own_faults(answer["Role"]), *self._policy_faults()]

    def _own_faults(self, role: Mapping[str, Any]) -> Iterator[Difference]:
        if not same_document(role["AssumeRolePolicyDocument"], self.trust):
            yield Difference(
                text="trust put",
                mend=lambda: self.iam.update_assume_role_policy(
                    RoleName=self.name, PolicyDocument=text_of(self.trust)
                ),
            )
        if role["MaxSessionDuration"] != SESSION_SECONDS or role.get("Description") != self.description:
            yield Difference(
                text="description and length of sessions put",
                mend=lambda: self.iam.update_role(
                    RoleName=self.name,
                    Description=self.description,
                    MaxSessionDuration=SESSION_SECONDS,
                ),
            )

        if not _is_tagged(self.names, role):
            tag = partial(self.iam.tag_role, RoleName=self.name, Tags=_tags(self.names))
            yield Difference(text="tagged", mend=tag)

    def _policy_faults(self) -> Iterator[Difference]:
        role = {"RoleName": self.name}
        pages = self.iam.get_paginator("list_attached_role_policies").paginate(**role)
        attached = {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}
        for arn in sorted(set(self.policies) - attached):
            yield Difference(text=f"{_last(arn)} attached", mend=partial(self._attach, arn))
        for arn in sorted(attached - set(self.policies)):
            detach = partial(self.iam.detach_role_policy, **role, PolicyArn=arn)
            yield Difference(text=f"{_last(arn)} detached", mend=detach)
        pages = self.iam.get_paginator("list_role_policies").paginate(**role)
        for name in sorted(name for page in pages for name in page["PolicyNames"]):
            delete = partial(self.iam.delete_role_policy, **role, PolicyName=name)
            yield Difference(text=f"inline policy {name} deleted", mend=delete)

    def _make(self) -> None:
        self.iam.create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=text_of(self.trust),
            Description=self.description,
            MaxSessionDuration=SESSION_SECONDS,
            Tags=_tags(self.names),
        )
        for arn in self.policies:
            self._attach(arn)

    def _attach(self, arn: str) -> None:
        self.iam.attach_role_policy(RoleName=self.name, PolicyArn=arn)


def _tags(names: Names) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags(names).items()]


def _is_tagged(names: Names, thing: Mapping[str, Any]) -> bool:
    found = {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}
    return holds(found, tags(names))


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
