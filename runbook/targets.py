"""A deployed stack as the operator's commands see it: its outputs, and AWS clients that reach its account."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runbook import deployments, profiles, stacks
from runbook.errors import RunbookError
from runbook.stacks import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boto3.session import Session

    from localcloud.control import LocalCloud


@dataclass(frozen=True, kw_only=True)
class Target:
    """A deployed stack.

    Attributes:
        stack: its name.
        account: number of the account; None where the settings do not name it.
        cloud: the local cloud that it runs in; None for the stack's own AWS account.
        region: of AWS, as in `us-east-1`.
        outputs: what the program exports, by name.
        profile: the AWS profile for the stack's own account; None where AWS finds credentials without.
    """

    stack: str
    account: str | None
    cloud: LocalCloud | None
    region: str
    outputs: Mapping[str, Any]
    profile: str | None = None

    def output(self, name: str) -> str:
        """One output.

        Raises:
            RunbookError: the stack has no such output, so it is not deployed.
        """
        try:
            return str(self.outputs[name])
        except KeyError:
            raise RunbookError(
                f"stack {self.stack} has no output {name}: deploy it with `omnitrack up -s {self.stack}`"
            ) from None

    def client(self, service: str) -> Any:  # noqa: ANN401 - each service has a client type of its own
        """A boto3 client of the stack's account: with the operator's credentials, or none of them locally."""
        # boto3 takes longer to load than most commands take to say that they were called wrongly.
        from botocore.config import Config  # noqa: PLC0415 - see above

        session: Any = self._session()
        if self.cloud is None:
            return session.client(service, config=Config(retries={"mode": "standard"}))
        # A proxy of the operator's network does not lead to this machine.
        return session.client(service, endpoint_url=self.cloud.endpoint, config=Config(proxies={}))

    def _session(self) -> Session:
        import boto3  # noqa: PLC0415 - see `client`
        from botocore.session import Session as Core  # noqa: PLC0415 - see `client`

        if self.cloud is None:
            return boto3.session.Session(region_name=self.region, profile_name=self.profile)
        keys = self.cloud.aws_environment(self.account)
        # The operator's profile and files are not even looked for.
        core = Core(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, keys["AWS_CONFIG_FILE"], None),
                "credentials_file": (None, None, keys["AWS_SHARED_CREDENTIALS_FILE"], None),
            }
        )
        return boto3.session.Session(
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
            botocore_session=core,
        )


def open_target(
    stack: str, *, local: bool, live: bool, profile: str | None = None, silent: bool = False
) -> Target:
    """The deployed stack, after saying so where it is local.

    Args:
        stack: its name.
        local: the operator said `--local`.
        live: the operator said `--live`.
        profile: what `--profile` says.
        silent: another part of the command says where it acts.

    Raises:
        UsageError: as of `stacks.place_of`.
        CloudDownError: the stack is local and the local cloud is not running.
        RunbookError: its outputs cannot be read.
    """
    target = open_account(stack, local=local, live=live, profile=profile, silent=silent)
    place = Place.LOCAL if target.cloud else Place.LIVE
    with deployments.opened(stack, place, profile) as deployment:
        return replace(target, outputs=deployment.outputs())


def open_account(
    stack: str, *, local: bool, live: bool, profile: str | None = None, silent: bool = False
) -> Target:
    """Where a stack lives, whether it is deployed or not; its outputs are not looked at.

    Args:
        stack: its name.
        local: the operator said `--local`.
        live: the operator said `--live`.
        profile: what `--profile` says.
        silent: another part of the command says where it acts.

    Raises:
        UsageError: as of `stacks.place_of`.
        CloudDownError: the stack is local and the local cloud is not running.
    """
    place = stacks.place_of(stack, local=local, live=live)
    cloud = stacks.running_cloud() if place is Place.LOCAL else None
    account = stacks.account_of(stack) or (cloud.account if cloud else None)
    if cloud and account and not silent:
        stacks.show_banner(account, data_follows=True)
    region = str(stacks.settings(stack).get("aws:region") or os.environ.get("AWS_REGION") or "us-east-1")
    return Target(
        stack=stack,
        account=account,
        cloud=cloud,
        region=region,
        outputs={},
        profile=None if cloud else profiles.chosen(stack, profile),
    )
