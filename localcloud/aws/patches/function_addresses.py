"""Gives functions addresses that they can reach: what AWS serves at a host of its own is served here.

A function learns the address of the connections that it posts to from its environment, and that it is
`https://{api}.execute-api.{region}.amazonaws.com/{stage}`; MiniStack replaces those of the AWS APIs only.
"""

# ruff: noqa: ANN401 - MiniStack has no types

import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream

ADDRESS = re.compile(r"https://(?P<api>[a-z0-9]{8,10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/|$)")


def apply() -> None:
    """Wrap the start of a function's worker.

    Raises:
        PatchError: MiniStack has changed.
    """
    runtime = Upstream("function_addresses", "core.lambda_runtime")
    port = Upstream("function_addresses", "app").require("_resolve_port")
    owner = Upstream("function_addresses", "services.apigateway").require("_api_owner", "api_id")

    def local(match: re.Match[str]) -> str:
        found = owner(match["api"])
        if found is None or found[0] != "WEBSOCKET":
            return match[0]
        return f"http://127.0.0.1:{port()}/_aws/execute-api/{match['api']}"

    def with_addresses(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
        def started(self: Any) -> None:
            config = self.config
            variables: Mapping[str, str] = (config.get("Environment") or {}).get("Variables") or {}
            replaced = {name: ADDRESS.sub(local, str(value)) for name, value in variables.items()}
            try:
                self.config = {**config, "Environment": {"Variables": replaced}}
                spawn(self)
            finally:
                self.config = config

        return started

    runtime.wrap("Worker._spawn", "self", by=with_addresses)
