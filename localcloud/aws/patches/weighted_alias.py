"""Routes calls of a weighted alias to its versions in the given shares.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import random
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream


def apply() -> None:
    """Wrap the two lookups of a function by its qualifier.

    Raises:
        PatchError: MiniStack has changed.
    """
    service = Upstream("weighted_alias", "services.lambda_svc")
    functions = service.require("_functions")

    def direct(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def invoke(
            name: str,
            event: Any,  # noqa: ANN401
            headers: Any,  # noqa: ANN401
            path_qualifier: str | None = None,
            query_params: Any = None,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            given = path_qualifier or service.module._qp_first(query_params or {}, "Qualifier") or None
            drawn = _drawn(functions.get(name), given)
            return await original(name, event, headers, drawn or path_qualifier, query_params)

        return invoke

    def behind_a_service(original: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(func: dict[str, Any] | None, qualifier: str | None) -> Any:  # noqa: ANN401
            return original(func, _drawn(func, qualifier) or qualifier)

        return resolve

    service.require("_qp_first")
    service.wrap("_invoke", "name", "event", "headers", "path_qualifier", "query_params", by=direct)
    service.wrap("_effective_func_record_for_qualifier", "func", "qualifier", by=behind_a_service)


def _drawn(func: dict[str, Any] | None, qualifier: str | None) -> str | None:
    """The additional version that this call falls to, None for the alias's own or another qualifier."""
    alias = (func or {}).get("aliases", {}).get(qualifier) if qualifier else None
    weights = ((alias or {}).get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    share = random.random()  # noqa: S311 - a share of calls, no secret
    for version, weight in weights.items():
        share -= float(weight)
        if share < 0:
            return str(version)
    return None
