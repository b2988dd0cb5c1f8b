"""Lets users of every account's user pools sign in: such requests are unsigned and name no account."""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream


def install() -> None:
    """Wrap MiniStack's choice of the region of an unsigned request, which looks into one account only.

    Raises:
        PatchError: MiniStack no longer has the functions that are used here.
    """
    cognito = Upstream("sign_in", "services.cognito")
    # Both also move the request into the account and region of what they find.
    pool_of_client = cognito.require("_find_pool_by_client_id", "client_id")
    pool = cognito.require("_get_pool_unscoped")
    pool_id_of_token = cognito.require("_pool_id_from_token")

    def with_account(pin: Callable[[Mapping[str, Any]], None]) -> Callable[[Mapping[str, Any]], None]:
        def pinned(data: Mapping[str, Any]) -> None:
            if token := data.get("AccessToken"):
                pool(pool_id_of_token(str(token)))
            elif client_id := data.get("ClientId"):
                pool_of_client(client_id)
            pin(data)

        return pinned

    cognito.wrap("_pin_unsigned_idp_scope", "data", by=with_account)
