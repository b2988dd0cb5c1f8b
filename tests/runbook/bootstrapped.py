"""Staging's account in a local cloud of its own, to be bootstrapped."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from localcloud import control
from runbook.bootstrap.account import Bootstrap, check_account, names_of
from runbook.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runbook.bootstrap.names import Names
    from runbook.bootstrap.trust import Repository

ACCOUNT = "123456789012"
PARTS = 17


@dataclass(frozen=True)
class Account:
    """Staging's account in the local cloud, bootstrapped."""

    cloud: control.LocalCloud
    aws: Callable[[str], Any]
    bootstrap: Bootstrap

    @property
    def names(self) -> Names:
        return self.bootstrap.names

    @property
    def bucket(self) -> dict[str, str]:
        return {"Bucket": self.names.bucket}

    @property
    def key(self) -> dict[str, str]:
        return {"KeyId": self.aws("kms").describe_key(KeyId=self.names.alias)["KeyMetadata"]["KeyId"]}

    @property
    def role(self) -> dict[str, str]:
        return {"RoleName": self.names.deploy}

    @property
    def boundary(self) -> dict[str, str]:
        return {"PolicyArn": self.names.iam(f"policy/{self.names.boundary}")}

    def run(self, *, dry_run: bool = False) -> dict[str, tuple[str, ...]]:
        """The parts that changed, and how."""
        outcomes = list(self.bootstrap.run(dry_run=dry_run))
        assert len(outcomes) == PARTS, [outcome.title for outcome in outcomes]
        return {outcome.title: outcome.changes for outcome in outcomes if outcome.changes}


@contextmanager
def empty_account(home: Path, repository: Repository) -> Iterator[Account]:
    """Start a local cloud, in which nothing is bootstrapped yet."""
    cloud = control.start(home)
    try:
        target = Target(stack="staging", account=ACCOUNT, cloud=cloud, region="us-east-1", outputs={})
        check_account(target)
        client = cache(target.client)
        yield Account(cloud, client, Bootstrap(names=names_of(target), repository=repository, client=client))
    finally:
        control.stop(home)
