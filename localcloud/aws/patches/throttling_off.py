"""Reads a throttle of -1 in method settings as "not throttled", where MiniStack refuses every request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

LIMITS = ("rateLimit", "burstLimit")


def apply() -> None:
    """Wrap the taking of a token.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("throttling_off", "services.apigateway_v1")
    gateway.wrap("_take_token", "slot", "limits", by=_with_off)


def _with_off(original: Callable[..., bool]) -> Callable[..., bool]:
    def take(slot: Any, limits: dict[str, Any]) -> bool:  # noqa: ANN401
        if any(float(limits.get(name) or 0) < 0 for name in LIMITS):
            return True
        return original(slot, limits)

    return take
