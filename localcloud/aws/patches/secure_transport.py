"""Lets loopback count as TLS in policies: `aws:SecureTransport` is always true.

The local cloud speaks plain HTTP on loopback, where nothing can be overheard. Policies that refuse
unencrypted connections would refuse everybody: programs, functions, and MiniStack's own services.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

KEY = "aws:securetransport"


def apply() -> None:
    """Wrap the reading of condition keys.

    Raises:
        PatchError: MiniStack has changed.
    """
    evaluator = Upstream("secure_transport", "core.iam_evaluator")
    evaluator.wrap("_resolve_condition_key", "key", "ctx", by=_with_secure_transport)


def _with_secure_transport(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(key: str, ctx: Any) -> Any:  # noqa: ANN401
        return "true" if key.lower() == KEY else original(key, ctx)

    return resolve
