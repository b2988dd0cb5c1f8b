"""The whole of a bootstrap: its parts in their order, and what the operator does next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runbook import stacks
from runbook.bootstrap.boundary import boundary
from runbook.bootstrap.bucket import Bucket
from runbook.bootstrap.identities import Issuer, Policy, Role
from runbook.bootstrap.key import Key
from runbook.bootstrap.names import Names
from runbook.bootstrap.parts import Outcome, converge
from runbook.bootstrap.permissions import deploy_policies, preview_policies
from runbook.bootstrap.trust import trust
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
    return Names(
        stack=target.stack,
        account=target.account,
        region=target.region,
        prefix=str(settings.get(f"{project}:stackName") or f"omnitrack-{target.stack}"),
        tables=(str(table),) if table else (),
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
        key = Key(names=names, kms=self.client("kms"))
        yield key
        yield Bucket(names=names, s3=self.client("s3"), key=key)
        yield Issuer(names=names, iam=iam)
        # Known by now, unless nothing may be made; then what names it is yet to be made, too.
        key_arn = key.arn() or names.arn("kms", "key/to-be-made")
        yield Policy(names=names, iam=iam, name=names.boundary, document=boundary(names, key_arn))
        for name, description, context, documents in (
            (
                names.deploy,
                f"Deployments of {names.stack} from {self.repository.path}",
                f"environment:{names.stack}",
                deploy_policies(names, key_arn),
            ),
            (
                names.preview,
                f"Previews of {names.stack} from {self.repository.path}",
                f"environment:{names.preview_environment}",
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
                trust=trust(names, self.repository, context),
                policies=tuple(policy.arn for policy in policies),
            )

    def outputs(self) -> dict[str, str]:
        """What the stack and GitHub are told."""
        return {
            "stateUrl": self.names.state_url,
            "secretsProvider": self.names.secrets_provider,
            "deployRoleArn": self.names.iam(f"role/{self.names.deploy}"),
            "previewRoleArn": self.names.iam(f"role/{self.names.preview}"),
            "permissionsBoundary": self.names.boundary,
        }

    def next_steps(self, *, rehearsed: bool) -> str:
        """What the operator does with them.

        Args:
            rehearsed: it was done in the local cloud only.
        """
        stack, outputs, path = self.names.stack, self.outputs(), self.repository.path
        steps = [
            "Next, after the same with --live:" if rehearsed else "Next:",
            "  1. Say in this shell where the state is:",
            f"       export PULUMI_BACKEND_URL='{outputs['stateUrl']}'",
            "  2. Make the stack in it, once, and commit what that writes:",
            f"       pulumi stack init -s {stack} --secrets-provider='{outputs['secretsProvider']}'",
            "  3. Tell GitHub:",
            *self._github(stack, "AWS_DEPLOY_ROLE_ARN", outputs["deployRoleArn"]),
            *self._github(self.names.preview_environment, "AWS_PREVIEW_ROLE_ARN", outputs["previewRoleArn"]),
            f"  4. Look and deploy: omnitrack preview -s {stack} --live, omnitrack up -s {stack} --live",
        ]
        if not self.repository.is_known_by_number:
            steps += [
                "A later repository of the same name would be trusted as well. To trust this one only, run",
                "this again with --owner-id and --repository-id; GitHub tells them:",
                f"       gh api repos/{path} --jq '.owner.id, .id'",
            ]
        return "\n".join(steps)

    def _github(self, environment: str, variable: str, value: str) -> list[str]:
        path, url = self.repository.path, self.names.state_url
        return [
            f"       gh api --method PUT repos/{path}/environments/{environment}",
            f"       gh variable set {variable} --repo {path} --env {environment} --body {value}",
            f"       gh variable set PULUMI_BACKEND_URL --repo {path} --env {environment} --body '{url}'",
        ]
