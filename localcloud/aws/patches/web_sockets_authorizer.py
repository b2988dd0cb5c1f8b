"""Asks the authorizer of `$connect` who wants to connect."""

from collections.abc import Mapping
from typing import Any

from ministack.core import arn
from ministack.services import apigateway, apigateway_v1

from localcloud.aws.patches.web_sockets_calls import CallError, call
from localcloud.aws.patches.web_sockets_session import Request

REASONS = {
    "Deny": "with an explicit deny in an identity-based policy",
    "NoMatch": "because no identity-based policy allows the execute-api:Invoke action",
}


async def authorize(request: Request, route: Mapping[str, Any]) -> bool:
    """Whether the connection is let in; the request says why not, the session what its functions are told.

    Args:
        request: the CONNECT.
        route: `$connect`.
    """
    session = request.session
    authorizer = apigateway._authorizers.get(session.api_id, {}).get(str(route.get("authorizerId")))
    if not authorizer:
        return _refuse(request, 500, "Internal server error", "AUTHORIZER_CONFIGURATION_ERROR")
    variables = apigateway._get_stage_variables(session.api_id, session.stage_name)
    present, _values = apigateway._request_authorizer_identity_sources(
        authorizer.get("identitySource"), dict(session.headers), session.query, variables
    )
    if not present:
        return _refuse(request, 401, "Unauthorized", "UNAUTHORIZED")
    method = arn.execute_api_route_arn(
        session.region, session.account, session.api_id, session.stage_name, "$connect"
    )
    event = {
        "type": "REQUEST",
        "methodArn": method,
        **session.connect_fields(),
        "stageVariables": variables or {},
        "requestContext": request.context(),
    }
    source = f"authorizers/{authorizer.get('authorizerId')}"
    try:
        answered = await call(session, str(authorizer.get("authorizerUri")), source, event)
    except CallError as error:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
        if getattr(error, "__notes__", None) == ["Unauthorized"]:
            return _refuse(request, 401, "Unauthorized", "UNAUTHORIZED")
        request.integration_error = str(error)
        return _refuse(request, 500, "Internal server error", "AUTHORIZER_FAILURE")
    return _decide(request, method, answered)


def _decide(request: Request, method: str, answered: object) -> bool:
    policy = answered.get("policyDocument") if isinstance(answered, dict) else None
    context = (answered.get("context") or {}) if isinstance(answered, dict) else None
    if not isinstance(answered, dict) or not isinstance(policy, dict) or not isinstance(context, dict):
        return _refuse(request, 500, "Internal server error", "AUTHORIZER_CONFIGURATION_ERROR")
    if any(isinstance(value, dict | list) for value in context.values()):
        return _refuse(request, 500, "Internal server error", "AUTHORIZER_CONFIGURATION_ERROR")
    decision = apigateway._evaluate_authorizer_policy(policy, method)
    if decision != "Allow":
        message = f"User is not authorized to access this resource {REASONS[decision]}"
        return _refuse(request, 403, message, "ACCESS_DENIED")
    handed_on = dict(apigateway_v1._stringify_context(context))
    if answered.get("principalId") is not None:
        handed_on["principalId"] = str(answered["principalId"])
    request.session.authorizer = handed_on
    return True


def _refuse(request: Request, status: int, message: str, kind: str) -> bool:
    request.fail(status, message, kind)
    return False
