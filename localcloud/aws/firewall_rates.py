"""Counts requests for the rate-based rules of AWS WAF, and finds the address that a request came from.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
"""

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.firewall_fields import Field, Request, extracted
from localcloud.aws.firewall_transformations import transformed

WINDOW_SECONDS = 300
LONGEST_WINDOW_SECONDS = 600
# Above so many keys the ones that nobody used within the longest window are dropped.
KEYS = 10_000
FIELD_OF_KEY = {"Header": "SingleHeader", "QueryArgument": "SingleQueryArgument", "HTTPMethod": "Method"}


class Rates:
    """Counts requests of rate-based rules; one per server, its counts are not kept over a restart.

    Attributes:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[tuple[str, ...], deque[float]] = {}

    @property
    def size(self) -> int:
        """How many keys are counted."""
        return len(self._times)

    def count(self, key: tuple[str, ...], *, window: float) -> int:
        """Count one request and answer how many there were with `key` in the last `window` seconds."""
        now = self._clock()
        if len(self._times) >= KEYS and key not in self._times:
            self._forget(now - LONGEST_WINDOW_SECONDS)
        times = self._times.setdefault(key, deque())
        while times and times[0] <= now - window:
            times.popleft()
        times.append(now)
        return len(times)

    def _forget(self, before: float) -> None:
        """Drop what was not used since; a client can invent keys without end."""
        self._times = {key: times for key, times in self._times.items() if times[-1] > before}


def addresses(options: Mapping[str, Any] | None, request: Request) -> list[str | None] | None:
    """The client's addresses: the connection's, or those that a proxy in front has put into a header.

    Args:
        options: `ForwardedIPConfig` or `IPSetForwardedIPConfig`, None for the connection's address.
        request: the request.

    Returns:
        The addresses in one spelling each, None in the place of one that is none;
        and None in place of the list when the header is missing: then no rule applies.
    """
    if not options:
        return [_spelled(request.client_ip)]
    value = request.header(options["HeaderName"])
    if value is None:
        return None
    found = [_spelled(text) for text in value.split(",")]
    # Only an IP set can choose: a rate-based rule always takes the first address.
    return {"ANY": found, "LAST": found[-1:]}.get(options.get("Position", "FIRST"), found[:1])


def _spelled(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def exceeds(
    details: Mapping[str, Any], request: Request, scope: tuple[str, str], rates: Rates
) -> bool | None:
    """Count a request for a rate-based rule; whether it is over the limit, None where that cannot be known.

    Args:
        details: AWS's `RateBasedStatement`.
        request: the request, which the statement's scope covers.
        scope: ARN of the web ACL and name of the rule.
        rates: the counters.
    """
    keys = _keys(details, request)
    if not isinstance(keys, tuple):
        return keys
    window = float(details.get("EvaluationWindowSec", WINDOW_SECONDS))
    return rates.count((*scope, *keys), window=window) > int(details["Limit"])


def _keys(details: Mapping[str, Any], request: Request) -> tuple[str, ...] | bool | None:
    """What requests are counted by, or the answer where they are not counted."""
    kind = details.get("AggregateKeyType", "IP")
    if kind == "CONSTANT":
        return ("constant",)
    if kind in ("IP", "FORWARDED_IP"):
        return _address_key(details, request, forwarded=kind == "FORWARDED_IP")
    parts: list[str] = []
    for entry in details.get("CustomKeys", []):
        name, options = next(iter(entry.items()))
        key = (
            _address_key(details, request, forwarded=name == "ForwardedIP")
            if name in ("IP", "ForwardedIP")
            else _field_key(name, options or {}, request)
        )
        if not isinstance(key, tuple):
            return key
        parts.extend(key)
    return tuple(parts)


def _address_key(details: Mapping[str, Any], request: Request, *, forwarded: bool) -> tuple[str, ...] | bool:
    options = details.get("ForwardedIPConfig") if forwarded else None
    found = addresses(options, request)
    if found is None:
        return False
    if found[0] is None:
        return bool(options) and (options or {}).get("FallbackBehavior") == "MATCH"
    return (found[0],)


def _field_key(name: str, options: Mapping[str, Any], request: Request) -> tuple[str, ...] | None:
    found: Field | None = extracted(request, {FIELD_OF_KEY.get(name, name): options})
    if found is None or not found.texts:
        return None
    return (transformed(found.texts[0], list(options.get("TextTransformations", []))),)
