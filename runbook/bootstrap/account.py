"""The whole of a bootstrap: its parts in their order, and what the operator does next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from runbook import stacks
from runbook.bootstrap.boundary import boundary
from runbook.bootstrap.bucket import Bucket, key_in_use
from runbook.bootstrap.identities import Issuer, Policy, Role
from runbook.bootstrap.key import Key
from runbook.bootstrap.names import Names
from runbook.bootstrap.parts import Outcome, converge, found
from runbook.bootstrap.permissions import deploy_policies, preview_policies
from runbook.bootstrap.trust import SOURCES, trust, trusted
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.bootstrap.parts import Part
    from runbook.bootstrap.trust import Repository
    from runbook.targets import Target


def names_of(target: Target) -> Names:
    """The names that follow from the stack's settings.

    Raises:
        RunbookError: the settings name no account.
    """
    if target.account is None:
        raise RunbookError(f"name the account of {target.stack} in aws:allowedAccountIds of its settings")
    settings = stacks.settings(target.stack)
    project = stacks.project()
    table = settings.get(f"{project}:dynamodbTableName")
    names = Names(
        stack=target.stack,
        account=target.account,
        region=target.region,
        prefix=_prefix(target.stack),
        tables=(str(table),) if table else (),
        is_protected=settings.get(f"{project}:deletionProtection") is not False,
    )
    _check_prefix(names)
    return names


def _prefix(stack: str) -> str:
    return str(stacks.settings(stack).get(f"{stacks.project()}:stackName") or f"omnitrack-{stack}")


def _check_prefix(names: Names) -> None:
    """Refuse names by which the stack's roles would reach what belongs to another stack of the account."""
    for other in stacks.STACKS:
        if other == names.stack or stacks.account_of(other) not in (None, names.account):
            continue
        for prefix in (f"omnitrack-{other}", _prefix(other)):
            if names.may_meet(prefix):
                raise RunbookError(
                    f"{names.prefix}-*, as {names.stack} is named by {stacks.project()}:stackName, covers "
                    f"names of {other} ({prefix}-*) in the same account: choose a name that begins otherwise"
                )


def check_account(target: Target) -> None:
    """Refuse credentials of another account than the stack's.

    Raises:
        RunbookError: they are of another.
        ClientError: AWS refuses them.
    """
    found = target.client("sts").get_caller_identity()["Account"]
    if found != target.account:
        raise RunbookError(
            f"these credentials are of account {found}, and {target.stack} lives in {target.account}: choose "
            f"another --profile, or correct aws:allowedAccountIds in Pulumi.{target.stack}.yaml"
        )


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """What delivery of one stack needs in its account.

    Attributes:
        names: the stack.
        repository: whose workflows deliver it.
        client: makes a boto3 client of a service.
    """

    names: Names
    repository: Repository
    client: Callable[[str], Any]

    def run(self, *, dry_run: bool) -> Iterator[Outcome]:
        """Bring each part to what it should be, one after the other.

        Args:
            dry_run: only look.

        Raises:
            RunbookError: a part does not become as it should be.
            ClientError: AWS refuses.
        """
        for part in self._parts():
            yield converge(part, dry_run=dry_run)

    def _parts(self) -> Iterator[Part]:
        names, iam = self.names, self.client("iam")
        s3 = self.client("s3")
        key = Key(names=names, kms=self.client("kms"), in_use=lambda: key_in_use(s3, names))
        yield key
        yield Bucket(names=names, s3=s3, key=key)
        yield Issuer(names=names, iam=iam)
        # Known by now, unless nothing may be made; then what names it is yet to be made, too.
        key_arn = key.arn() or names.arn("kms", "key/to-be-made")
        yield Policy(names=names, iam=iam, name=names.boundary, document=boundary(names, key_arn))
        for name, description, context, source, documents in (
            (
                names.deploy,
                f"Deployments of {names.stack} from {self.repository.path}",
                f"environment:{names.stack}",
                SOURCES[names.stack],
                deploy_policies(names, key_arn),
            ),
            (
                names.preview,
                f"Previews of {names.stack} from {self.repository.path}",
                f"environment:{names.preview_environment}",
                None,
                preview_policies(names, key_arn),
            ),
        ):
            policies = [
                Policy(names=names, iam=iam, name=policy, document=document)
                for policy, document in documents.items()
            ]
            yield from policies
            yield Role(
                names=names,
                iam=iam,
                name=name,
                description=description,
                trust=trust(names, self.repository, context, source),
                policies=tuple(policy.arn for policy in policies),
            )

    def replaced(self) -> list[Repository]:
        """The repositories that the roles trust, and that would lose it to this one.

        Raises:
            ClientError: AWS refuses.
        """
        iam = self.client("iam")
        known: dict[Repository, None] = {}
        for name in (self.names.deploy, self.names.preview):
            answer = found(partial(iam.get_role, RoleName=name), "NoSuchEntity")
            document = answer["Role"]["AssumeRolePolicyDocument"] if answer else {}
            known |= dict.fromkeys(trusted(document))
        return [repo for repo in known if not self.repository.admits(repo)]

    def warnings(self) -> list[str]:
        """What is not the bootstrap's to change, and should be known.

        Raises:
            ClientError: AWS refuses.
        """
        iam, names = self.client("iam"), self.names
        pages = iam.get_paginator("list_roles").paginate()
        listed = [str(role["RoleName"]) for page in pages for role in page["Roles"]]
        told = []
        own = (names.deploy, names.preview)
        for name in sorted(name for name in listed if name in own or name.startswith(f"{names.prefix}-")):
            # A list does not tell the boundary.
            role = iam.get_role(RoleName=name)["Role"]
            bound = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            if name in own:
                if bound:
                    told.append(
                        f"the role {name} has the boundary {bound}: bootstrap neither sets nor takes it"
                    )
            elif bound != names.iam(f"policy/{names.boundary}"):
                told.append(
                    f"the role {name} is without the boundary, and its name lets {names.deploy} change "
                    "who may take it and give it to services: rename it, or give it the boundary"
                )
        return told

    def outputs(self) -> dict[str, str]:
        """What the stack and GitHub are told."""
        return {
            "stateUrl": self.names.state_url,
            "secretsProvider": self.names.secrets_provider,
            "deployRoleArn": self.names.iam(f"role/{self.names.deploy}"),
            "previewRoleArn": self.names.iam(f"role/{self.names.preview}"),
            "permissionsBoundary": self.names.boundary,
        }
