"""The configuration of a provider instance: what the program or the stack sets for package `aws`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.provider import sdk
from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import ProviderError

if TYPE_CHECKING:
    from localcloud.provider.values import Plain

# What the engine adds to a provider's configuration.
ENGINE_KEYS = frozenset({"__internal", "pluginChecksums", "pluginDownloadURL", "version"})
ASSUMING = ("assumeRoles", "assumeRoleWithWebIdentity")
PREVIEW_ACCOUNT = "000000000000"
PREVIEW_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Server:
    """What the provider process was started with.

    Attributes:
        endpoint: Address of the local cloud; empty when it serves previews only.
        account: The account of its key.
        secret_key: The secret of its key.
        region: The region that counts when the stack sets none.
    """

    endpoint: str = ""
    account: str = PREVIEW_ACCOUNT
    secret_key: str = "local"  # noqa: S105 - the local cloud does not check the root user's secret
    region: str = PREVIEW_REGION

    @classmethod
    def from_environment(cls, endpoint: str, environment: Mapping[str, str]) -> Server:
        """Take key and region from the environment, never from the user's AWS files."""
        key = environment.get("AWS_ACCESS_KEY_ID", "")
        return cls(
            endpoint=endpoint,
            account=key if re.fullmatch(r"\d{12}", key) else PREVIEW_ACCOUNT,
            secret_key=environment.get("AWS_SECRET_ACCESS_KEY") or "local",
            region=environment.get("AWS_REGION") or PREVIEW_REGION,
        )


def cloud_for(server: Server, configuration: Mapping[str, Any]) -> Cloud:
    """The cloud that a provider instance works on.

    Args:
        server: What the process was started with.
        configuration: `region`, `allowedAccountIds`, `defaultTags`; other keys concern real AWS only.

    Raises:
        ProviderError: The configuration cannot be used.
    """
    problem = next(problems(configuration, is_local=bool(server.endpoint)), None)
    if problem:
        raise ProviderError(f"aws:{problem[0]} {problem[1]}")
    allowed = _parsed(configuration.get("allowedAccountIds")) or []
    # In the local cloud a key of twelve digits is the root user of the account with that number.
    account = allowed[0] if len(allowed) == 1 else server.account
    if server.endpoint and allowed and account not in allowed:
        raise ProviderError(
            f"the local cloud's account {account} is not among aws:allowedAccountIds ({', '.join(allowed)}): "
            "correct the stack's configuration, or name one account only"
        )
    if not server.endpoint and allowed:
        account = allowed[0]
    tags = _parsed(configuration.get("defaultTags")) or {}
    return Cloud(
        endpoint=server.endpoint,
        region=configuration.get("region") or server.region,
        account=account,
        access_key=account,
        secret_key=server.secret_key,
        default_tags=tags.get("tags") or {},
    )


def problems(configuration: Mapping[str, Any], *, is_local: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with a configuration; unknown values are left alone.

    Args:
        configuration: As the engine sends it.
        is_local: Whether resources are made in the local cloud, not only previewed.

    Yields:
        Key and sentence of each fault.
    """
    known = sdk.provider_keys()
    for key in sorted(configuration.keys() - known - ENGINE_KEYS):
        close = difflib.get_close_matches(key, known, n=1)
        yield key, f"is not known{f': did you mean {close[0]}?' if close else ''}"
    for key in ASSUMING if is_local else ():
        if _parsed(configuration.get(key)):
            yield key, "must be left out here: the local cloud has no other account whose role to assume"
    region = configuration.get("region")
    if isinstance(region, str) and region and not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        yield "region", f"must be an AWS region such as us-east-1, got {region!r}"
    allowed = _parsed(configuration.get("allowedAccountIds"))
    if isinstance(allowed, list):
        for account in allowed:
            if isinstance(account, str) and not re.fullmatch(r"\d{12}", account):
                yield "allowedAccountIds", f"must be account numbers of 12 digits, got {account!r}"
    elif isinstance(allowed, str | dict | int):
        yield "allowedAccountIds", "must be a list of account numbers of 12 digits"
    tags = _parsed(configuration.get("defaultTags"))
    own = tags.get("tags") if isinstance(tags, Mapping) else None
    if isinstance(tags, str | list) or (own is not None and isinstance(own, str | list)):
        yield "defaultTags", "must be an object with the map `tags`"


def _parsed(value: Plain) -> Plain:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
