"""The names of what a bootstrap makes, and the ARNs that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ISSUER: Final = "token.actions.githubusercontent.com"
"""Who signs the tokens of GitHub's workflows."""
AUDIENCE: Final = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Names:
    """One stack in its account.

    Attributes:
        stack: its name, and the name of the GitHub environment that deploys it.
        account: twelve digits.
        region: as in `us-east-1`.
        prefix: how the names of the program's resources begin.
        tables: names of tables that begin differently.
        is_protected: whether the stack keeps its data from being deleted, its backups among them.
    """

    stack: str
    account: str
    region: str
    prefix: str
    tables: tuple[str, ...] = ()
    is_protected: bool = True

    def may_meet(self, other: str) -> bool:
        """Whether a pattern of the program's names matches names that begin with `other`, or the reverse."""
        return other.startswith(self.prefix) or f"{self.prefix}-".startswith(f"{other}-")

    @property
    def own(self) -> str:
        """How the bootstrap's own names begin."""
        return f"omnitrack-{self.stack}"

    @property
    def bucket(self) -> str:
        """The bucket of the state; the account makes it unique in the world."""
        return f"{self.own}-state-{self.account}"

    @property
    def bucket_arn(self) -> str:
        """ARN of the bucket of the state."""
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def alias(self) -> str:
        """The alias of the key."""
        return f"alias/{self.own}-pulumi"

    @property
    def boundary(self) -> str:
        """The policy that no role of the program exceeds."""
        return f"{self.own}-boundary"

    @property
    def deploy(self) -> str:
        """The role of deployments."""
        return f"{self.own}-deploy"

    @property
    def preview(self) -> str:
        """The role of jobs that only look."""
        return f"{self.own}-preview"

    @property
    def preview_environment(self) -> str:
        """The GitHub environment of jobs that only look: pull requests, and the search for drift."""
        return f"{self.stack}-preview"

    @property
    def issuer_arn(self) -> str:
        """The account's provider of GitHub identities."""
        return self.iam(f"oidc-provider/{ISSUER}")

    @property
    def state_url(self) -> str:
        """The state as Pulumi calls it."""
        return f"s3://{self.bucket}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        """The key as Pulumi calls it."""
        return f"awskms://{self.alias}?region={self.region}"

    @property
    def table_arns(self) -> list[str]:
        """The ARNs of tables that begin differently."""
        return [self.arn("dynamodb", f"table/{table}") for table in self.tables]

    def iam(self, resource: str) -> str:
        """The ARN of something in IAM, as in `role/omnitrack-staging-deploy`."""
        return f"arn:aws:iam::{self.account}:{resource}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in the region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def filled(self, template: str) -> str:
        """An ARN from its template: `sqs:{prefix}-*`, or whole with `{region}` and `{account}`."""
        return template.format(
            region=self.region,
            account=self.account,
            prefix=self.prefix,
            rules=self.prefix.replace("-", "_"),
        )
