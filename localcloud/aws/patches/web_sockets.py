"""Serves WebSocket APIs as API Gateway does: many messages at a time, its limits, its errors, its logs.

MiniStack runs one message at a time per function, past its own account of concurrency and logs, sends every
answer back whatever the route says, and knows no limits. Its driver is replaced as a whole.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

from localcloud.aws.patches.upstream import Upstream

REQUIRED = {
    "_api_owner": ("api_id",),
    "_authorize_ws_iam": ("scope", "connect_arn", "headers", "query_params", "region"),
    "_evaluate_authorizer_policy": ("policy_doc", "route_arn"),
    "_evaluate_route_selection": ("expr", "payload_text"),
    "_extract_lambda_ref_from_integration_uri": ("uri",),
    "_get_stage_variables": ("api_id", "stage"),
    "_request_authorizer_identity_sources": (
        "identity_source",
        "headers",
        "query_params",
        "stage_vars",
        "context",
    ),
    "_apis": (),
    "_authorizers": (),
    "_integration_responses": (),
    "_integrations": (),
    "_route_responses": (),
    "_routes": (),
    "_stages": (),
    "_ws_connections": (),
}
REQUIRED_OF_FUNCTIONS = {
    "_execute_function_with_config_scope": ("func", "event"),
    "_execution_record_for_config": ("func", "config"),
    "_get_base_func_record_for_ref": ("function_ref",),
    "_get_func_record_for_ref": ("function_ref",),
    "_inflight_key": ("config",),
    "_reserved_concurrency": ("func", "config"),
    "_resolve_name_and_qualifier": ("name_or_arn",),
}


def apply() -> None:
    """Replace the driver of connections and the API that posts to them.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("web_sockets", "services.apigateway")
    for name, parameters in REQUIRED.items():
        gateway.require(name, *parameters)
    functions = Upstream("web_sockets", "services.lambda_svc")
    for name, parameters in REQUIRED_OF_FUNCTIONS.items():
        functions.require(name, *parameters)
    Upstream("web_sockets", "services.apigateway_v1").require("_take_token", "slot", "limits")
    # They are written against MiniStack, which is not there where only other patches' rules are tested.
    from localcloud.aws.patches import web_sockets_connections, web_sockets_driver  # noqa: PLC0415

    gateway.wrap(
        "handle_websocket",
        *("scope", "receive", "send", "api_id", "path_override"),
        by=lambda _original: web_sockets_driver.handle,
    )
    gateway.wrap(
        "handle_connections_api",
        *("method", "api_id", "stage", "connection_id", "body", "headers"),
        by=lambda _original: web_sockets_connections.handle,
    )
