"""Cognito authorizers of REST APIs take id tokens, and access tokens where the method names scopes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Validate = Callable[..., Awaitable[tuple[Mapping[str, Any] | None, Any]]]


def install() -> None:
    """Wrap MiniStack's check of a user pool's token.

    Raises:
        PatchError: MiniStack no longer has the functions that are used here.
    """
    gateway = Upstream("authorizer", "services.apigateway_v1")
    gateway_error = gateway.require("_gw_error", "response_type", "message")

    def with_use(validate: Validate) -> Validate:
        async def validated(
            authorizer: Mapping[str, Any], method: Mapping[str, Any], *request: object
        ) -> tuple[Mapping[str, Any] | None, Any]:
            claims, error = await validate(authorizer, method, *request)
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
            use = "access" if method.get("authorizationScopes") else "id"
            if claims is not None and claims.get("token_use") != use:
                return None, gateway_error("UNAUTHORIZED", "Unauthorized")
            return claims, error

        return validated

    request = ("authorizer", "method_obj", "headers", "query_params", "stage")
    gateway.wrap("_validate_cognito_authorizer", *request, by=with_use)
