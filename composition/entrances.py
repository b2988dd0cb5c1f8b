"""What clients reach: the REST API, the sockets, and the edge and the firewall before both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.edge import Edge, EdgeArgs
from components.firewall import Firewall, FirewallArgs
from components.rest_api import RestApi, RestApiArgs
from components.websocket_api import WebsocketApi, WebsocketApiArgs, WebsocketRoutes, WebsocketRoutesArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.account import Account
    from components.function import Function
    from components.generated_secret import GeneratedSecret
    from components.identity import Identity
    from composition.ground import Ground


def rest_api(
    ground: Ground,
    *,
    account: Account,
    contract: Mapping[str, Any],
    functions: Mapping[str, Function],
    identity: Identity,
) -> RestApi:
    """The REST API of a contract.

    Args:
        ground: What the stack is made with.
        account: What must be set before the API may log.
        contract: The published OpenAPI document.
        functions: Who answers, by name.
        identity: Whose tokens it takes.
    """
    settings = ground.settings
    return RestApi(
        "api",
        RestApiArgs(
            name=ground.prefix,
            stage_name=settings.api_stage,
            location=ground.location,
            document=contract,
            functions=functions,
            user_pool_arn=identity.user_pool_arn,
            allowed_origins=settings.allowed_origins,
            tracing=settings.enable_xray,
            throttle_rate=settings.api_throttle_rate_limit,
            throttle_burst=settings.api_throttle_burst_limit,
            logs=ground.logs,
            logging_ready=account.api_logging,
        ),
    )


def socket_api(ground: Ground) -> WebsocketApi:
    """The WebSocket API, as functions know it before it has routes."""
    return WebsocketApi(
        "sockets", WebsocketApiArgs(name=f"{ground.prefix}-sockets", location=ground.location)
    )


def socket_routes(
    ground: Ground, *, account: Account, sockets: WebsocketApi, functions: Mapping[str, Function]
) -> None:
    """The routes of the WebSocket API.

    Args:
        ground: What the stack is made with.
        account: What must be set before the API may log.
        sockets: The API.
        functions: Who lets in and who answers, by name.
    """
    settings = ground.settings
    WebsocketRoutes(
        "sockets",
        WebsocketRoutesArgs(
            api=sockets,
            name=ground.prefix,
            authorizer=functions["socket-authorizer"],
            consumer=functions["realtime"],
            throttle_rate=settings.websocket_throttle_rate_limit,
            throttle_burst=settings.websocket_throttle_burst_limit,
            logs=ground.logs,
            logging_ready=account.api_logging,
        ),
    )


def edge_with_firewall(
    ground: Ground, *, api: RestApi, sockets: WebsocketApi, identity: Identity, secret: GeneratedSecret
) -> Edge:
    """The one address of both APIs, and the web ACLs where the stack has them.

    Args:
        ground: What the stack is made with.
        api: The REST API.
        sockets: The WebSocket API.
        identity: Whose sign-in is protected as well.
        secret: What the edge proves itself with.
    """
    firewall = _firewall(ground, api, identity, secret) if ground.settings.enable_waf else None
    return Edge(
        "edge",
        EdgeArgs(
            prefix=ground.prefix,
            location=ground.location,
            domain=ground.settings.api_domain,
            zone_id=ground.settings.hosted_zone_id,
            rest_host=api.domain_name,
            rest_stage=ground.settings.api_stage,
            socket_host=sockets.domain_name,
            edge_value=secret.value,
            accepting=[firewall] if firewall else [],
            web_acl_arn=firewall.edge_web_acl_arn if firewall else None,
            logs=ground.edge_logs,
        ),
    )


def _firewall(ground: Ground, api: RestApi, identity: Identity, secret: GeneratedSecret) -> Firewall:
    return Firewall(
        "firewall",
        FirewallArgs(
            prefix=ground.prefix,
            location=ground.location,
            stage_arn=api.stage_arn,
            user_pool_arn=identity.user_pool_arn,
            edge_values=secret.values,
            rate_limit=ground.settings.edge_rate_limit,
            logs=ground.logs,
            edge_logs=ground.edge_logs,
        ),
    )
