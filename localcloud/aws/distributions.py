"""Finds the CloudFront distribution that a request is for, among those that MiniStack holds."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import logging
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ministack.services import cloudfront

from localcloud.aws.routes import API_HOST

log = logging.getLogger(__name__)

OWN_HOST = re.compile(r"^[a-z0-9]+\.cloudfront\.net$")
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
UNRESERVED = re.compile(r"%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What happens to requests with some paths.

    Attributes:
        pattern: matches their paths, None for the default behaviour.
        settings: MiniStack's reading of the behaviour: its policies and forwarded values, by their ids.
        origin: id of the origin.
        methods: the verbs that are let through.
        functions: ARNs of the functions by the event that calls them.
        headers_policy: id of the response headers policy.
    """

    pattern: re.Pattern[str] | None
    settings: Mapping[str, Any]
    origin: str
    methods: Sequence[str]
    functions: Mapping[str, str]
    headers_policy: str | None


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One distribution, as its current configuration says.

    Attributes:
        id: its id.
        arn: its ARN.
        account: the account that owns it.
        domain: its own host.
        enabled: whether it serves.
        aliases: its other hosts, in lower case; one that begins with `*.` stands for all below.
        web_acl: ARN of its web ACL, empty for none.
        root_object: what is served for `/`, empty for nothing else.
        origins: MiniStack's reading of the origins by their ids.
        behaviors: in the order of their precedence, the default one last.
        error_pages: page and status by the origin's status.
    """

    id: str
    arn: str
    account: str
    domain: str
    enabled: bool
    aliases: Sequence[str]
    web_acl: str
    root_object: str
    origins: Mapping[str, Mapping[str, Any]]
    behaviors: Sequence[Behavior]
    error_pages: Mapping[int, Mapping[str, Any]]

    def behavior(self, path: str) -> Behavior:
        """The behaviour for a path.

        Args:
            path: as the viewer sent it.
        """
        normal = normalized(path)
        return next(each for each in self.behaviors if each.pattern is None or each.pattern.fullmatch(normal))

    def serves(self, host: str) -> bool:
        """Whether a host is one of this distribution's."""
        parent = "*." + host.partition(".")[2]
        return host == self.domain or host in self.aliases or parent in self.aliases


def by_host(host: str) -> Distribution | None:
    """The distribution that has a host for its own or its alias.

    Args:
        host: value of a Host header.
    """
    name = host.partition(":")[0].lower()
    return next((each for each in _all() if each.serves(name)), None)


def is_own_host(host: str) -> bool:
    """Whether a host is CloudFront's, of a distribution that is here or not."""
    return OWN_HOST.fullmatch(host.partition(":")[0].lower()) is not None


def of_api(api_id: str) -> Distribution | None:
    """The distribution in front of an API, an enabled one if there is a choice."""
    return next(
        (
            each
            for each in sorted(_all(), key=lambda each: not each.enabled)
            for origin in each.origins.values()
            if api_of(origin["domain_name"]) == api_id
        ),
        None,
    )


def api_of(domain: str) -> str | None:
    """The id of the API whose address an origin has, None for another origin."""
    match = API_HOST.match(domain)
    return match[1] if match else None


def normalized(path: str) -> str:
    """A path in the form that behaviours are matched with.

    Args:
        path: as the viewer sent it.
    """
    plain = UNRESERVED.sub(lambda match: chr(int(match[0][1:], 16)), path)
    folded = posixpath.normpath(re.sub(r"/+", "/", plain)) if plain.strip("/") else "/"
    return folded + "/" if plain.endswith(("/", "/.", "/..")) and folded != "/" else folded


def _all() -> Iterator[Distribution]:
    for (account, _id), record in list(cloudfront._distributions._data.items()):
        distribution = _readable(account, _Record(record))
        if distribution is not None:
            yield distribution


class _Record:
    """A record of MiniStack's, the same for the cache until its ETag changes."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.content = record
        self._key = (record["Id"], record["ETag"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Record) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=64)
def _readable(account: str, key: _Record) -> Distribution | None:
    """The distribution of a record; one that cannot be read must not stop the others, nor the AWS APIs."""
    try:
        return _read(account, key.content)
    except (AttributeError, KeyError, TypeError, ValueError):
        log.exception(
            "distribution %s cannot be served: its configuration is not complete", key.content["Id"]
        )
        return None


def _read(account: str, record: Mapping[str, Any]) -> Distribution:
    config = cloudfront._dist_config_el(record)
    parsed = cloudfront.parse_distribution_dataplane_config(record)
    return Distribution(
        id=record["Id"],
        arn=record["ARN"],
        account=account,
        domain=record["DomainName"].lower(),
        enabled=bool(record["enabled"]),
        aliases=tuple(alias.lower() for alias in cloudfront._get_distribution_aliases(record)),
        web_acl=cloudfront._text(config, "WebACLId") or "",
        root_object=parsed["default_root_object"],
        origins=parsed["origins"],
        behaviors=tuple(
            _behavior(each) for each in (*parsed["ordered_behaviors"], parsed["default_behavior"])
        ),
        error_pages=parsed["custom_error_responses"],
    )


def _behavior(settings: Mapping[str, Any]) -> Behavior:
    pattern = settings["path_pattern"]
    return Behavior(
        pattern=None if pattern is None else _compiled(pattern),
        settings=settings,
        origin=settings["target_origin_id"],
        methods=tuple(settings["allowed_methods"] or ("HEAD", "GET")),
        functions=settings["functions"],
        headers_policy=settings["response_headers_policy_id"],
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` stands for any characters, `?` for one; the slash in front may be left out."""
    wildcards = {"*": ".*", "?": "."}
    whole = "/" + pattern.removeprefix("/")
    return re.compile("".join(wildcards.get(each) or re.escape(each) for each in whole), re.DOTALL)
