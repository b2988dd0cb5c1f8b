"""Who may take the roles: jobs of one repository on GitHub, by the subject of their token.

The subject of a job is `repo:ORG/REPO:...`, or `repo:ORG@ID/REPO@ID:...` where the repository was made or
renamed since 2026-07-15: https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.names import AUDIENCE, ISSUER
from runbook.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.bootstrap.names import Names

OWNER_PATTERN: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})"
NAME_PATTERN: Final = r"[A-Za-z0-9._-]{1,100}"
ANY: Final = "*"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What of a repository is deployed.

    Attributes:
        kind: `branch` or `tag`.
        pattern: of its names.
    """

    kind: str
    pattern: str

    @property
    def ref(self) -> str:
        """As git and the tokens say it."""
        return f"refs/{'tags' if self.kind == 'tag' else 'heads'}/{self.pattern}"


SOURCES: Final[Mapping[str, Source]] = {
    "staging": Source(kind="branch", pattern="main"),
    "production": Source(kind="tag", pattern="release-*"),
}
"""What each stack is deployed from, as the workflows have it."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository on GitHub.

    Attributes:
        owner: the organisation or person, in the case that GitHub shows.
        name: of the repository, likewise.
        owner_id: their number; None where it is not known.
        repository_id: its number; None where it is not known.
    """

    owner: str
    name: str
    owner_id: str | None = None
    repository_id: str | None = None

    @property
    def path(self) -> str:
        """As in `octo-org/octo-repo`."""
        return f"{self.owner}/{self.name}"

    @property
    def title(self) -> str:
        """Its path, and its numbers where they are known."""
        return (
            f"{self.path} ({self.owner_id}, {self.repository_id})" if self.is_known_by_number else self.path
        )

    def admits(self, other: Repository) -> bool:
        """Whether what the other may do is for this one to do, too: it is the same, or more exactly said."""
        return self.path == other.path and other.repository_id in (None, self.repository_id)

    @property
    def is_known_by_number(self) -> bool:
        """Whether its tokens can be told from those of a later repository of the same name."""
        return self.repository_id is not None

    def subjects(self, context: str) -> list[str]:
        """The subjects of its tokens, which end as in `environment:staging`."""
        owner_id, repository_id = self.owner_id or ANY, self.repository_id or ANY
        numbered = f"{self.owner}@{owner_id}/{self.name}@{repository_id}"
        return [f"repo:{self.path}:{context}", f"repo:{numbered}:{context}"]


def repository(path: str, *, owner_id: str | None, repository_id: str | None) -> Repository:
    """The repository of the command line.

    Args:
        path: `ORG/REPO`.
        owner_id: digits.
        repository_id: digits.

    Raises:
        UsageError: it is none, or only one number is known.
    """
    found = re.fullmatch(rf"({OWNER_PATTERN})/({NAME_PATTERN})", path)
    if not found:
        raise UsageError(f"{path!r} is no repository: write --repository ORG/REPO")
    numbers = [number for number in (owner_id, repository_id) if number is not None]
    if len(numbers) == 1 or not all(re.fullmatch(r"[0-9]{1,20}", number) for number in numbers):
        raise UsageError(
            "--owner-id and --repository-id go together and are numbers: "
            f"`gh api repos/{path} --jq '.owner.id, .id'` tells them"
        )
    return Repository(owner=found[1], name=found[2], owner_id=owner_id, repository_id=repository_id)


def trusted(document: Mapping[str, Any]) -> list[Repository]:
    """The repositories whose subjects a trust policy names."""
    subject = re.compile(
        rf"repo:(?P<owner>{OWNER_PATTERN})(@(?P<owner_id>[0-9]+|\*))?"
        rf"/(?P<name>{NAME_PATTERN})(@(?P<repository_id>[0-9]+|\*))?:"
    )
    found: dict[Repository, None] = {}
    for match in subject.finditer(json.dumps(document)):
        told = {name: text for name, text in match.groupdict().items() if text != ANY}
        found[Repository(**told)] = None
    # Beside its numbers, the bare name of a repository says nothing more.
    numbered = {repo.path for repo in found if repo.is_known_by_number}
    return [repo for repo in found if repo.is_known_by_number or repo.path not in numbered]


def trust(names: Names, repo: Repository, context: str, source: Source | None = None) -> dict[str, Any]:
    """The policy that lets jobs of the repository take a role, and nobody else.

    Args:
        names: the stack.
        repo: the repository.
        context: end of the subject, as in `environment:staging`: what a job that names an environment has,
            also for a pull request.
        source: where the commit has to be; None for anywhere. GitHub makes an environment for the first job
            that names it, without protection: this keeps other branches out also where nobody protects it.
    """
    subjects = repo.subjects(context)
    exact = {f"{ISSUER}:aud": AUDIENCE}
    if repo.is_known_by_number:
        conditions: dict[str, Any] = {
            "StringEquals": exact | {f"{ISSUER}:repository_id": repo.repository_id, f"{ISSUER}:sub": subjects}
        }
    else:
        conditions = {
            "StringEquals": exact | {f"{ISSUER}:repository": repo.path},
            "StringLike": {f"{ISSUER}:sub": subjects},
            "StringNotLike": {f"{ISSUER}:sub": _longer_than(subjects[1])},
        }
    if source is not None:
        # STS compares this claim since January 2026; a token without it is refused.
        # https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
        conditions["StringLike"] = conditions.get("StringLike", {}) | {f"{ISSUER}:ref": source.ref}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "JobsOfTheRepository",
                "Effect": "Allow",
                "Principal": {"Federated": names.issuer_arn},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": conditions,
            }
        ],
    }


def _longer_than(subject: str) -> list[str]:
    """Patterns of the subjects that have more parts.

    In IAM a `*` matches separators too: without this, `ORG@*/REPO@*:environment:ENV` would also take a job of
    another repository of the organisation, whose customised subject holds a name such as `/REPO@1` before its
    own environment.
    """
    return [ANY.join(["", *separator * (subject.count(separator) + 1), ""]) for separator in "/:@"]
