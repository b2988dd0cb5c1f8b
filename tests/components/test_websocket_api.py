"""The WebSocket API: nobody connects unasked, answers go where they are due, and no token is logged."""

import json
from typing import Any

import pytest

from tests.support.program import Deployed, deploy_program

API, ROUTE = "aws:apigatewayv2/api:Api", "aws:apigatewayv2/route:Route"
RESPONSE, STAGE = "aws:apigatewayv2/routeResponse:RouteResponse", "aws:apigatewayv2/stage:Stage"
DEPLOYMENT, AUTHORIZER = (
    "aws:apigatewayv2/deployment:Deployment",
    "aws:apigatewayv2/authorizer:Authorizer",
)
KEYS = {"$connect", "$disconnect", "$default", "subscribe", "unsubscribe", "ping"}


def routes(deployed: Deployed) -> dict[str, Any]:
    return {each.inputs["routeKey"]: each.inputs for each in deployed.all(ROUTE)}


def test_a_frame_names_its_route_by_its_action(staging: Deployed) -> None:
    api = staging.only(API)
    assert (api["name"], api["protocolType"]) == ("omnitrack-staging-sockets", "WEBSOCKET")
    assert api["routeSelectionExpression"] == "$request.body.action"
    assert set(routes(staging)) == KEYS


def test_whoever_connects_is_asked_for_the_token_in_the_one_header_that_browsers_let_pages_fill(
    staging: Deployed,
) -> None:
    authorizer = staging.only(AUTHORIZER)
    assert authorizer["authorizerType"] == "REQUEST"
    assert authorizer["identitySources"] == ["route.request.header.Sec-WebSocket-Protocol"]
    assert ":function:omnitrack-staging-socket-authorizer:live/invocations" in authorizer["authorizerUri"]
    asked = {key for key, route in routes(staging).items() if route.get("authorizationType") == "CUSTOM"}
    assert asked == {"$connect"}
    assert routes(staging)["$connect"]["authorizerId"] == "sockets-id"


def test_what_a_client_sends_is_answered_and_its_coming_and_going_is_not(staging: Deployed) -> None:
    answered = {each.inputs["routeId"].removesuffix("-id") for each in staging.all(RESPONSE)}
    assert answered == {f"sockets-{key}" for key in ("default", "subscribe", "unsubscribe", "ping")}
    expressions = {
        key: route.get("routeResponseSelectionExpression") for key, route in routes(staging).items()
    }
    assert {key for key, expression in expressions.items() if expression == "$default"} == KEYS - {
        *("$connect", "$disconnect")
    }


def test_a_deployment_waits_for_all_that_it_is_a_picture_of(staging: Deployed) -> None:
    waits = staging.one(DEPLOYMENT).depends_on
    for token in (ROUTE, RESPONSE, AUTHORIZER, "aws:apigatewayv2/integration:Integration"):
        assert all(each.urn in waits for each in staging.all(token))


def test_a_change_of_the_api_is_deployed_and_nothing_else_is() -> None:
    def trigger(changes: dict[str, str | None]) -> str:
        return str(deploy_program("staging", changes).only(DEPLOYMENT)["triggers"]["parts"])

    before = trigger({})
    assert trigger({"omnitrack:lambdaMemorySize": "512"}) == before
    assert trigger({"omnitrack:stackName": "omnitrack-staging-two"}) != before


def test_the_stage_is_called_as_the_path_that_the_edge_passes_on(staging: Deployed) -> None:
    assert staging.only(STAGE)["name"] == "ws"


def test_the_stage_logs_and_counts_and_limits_without_bodies(staging: Deployed) -> None:
    settings = staging.only(STAGE)["defaultRouteSettings"]
    assert settings["loggingLevel"] == "ERROR"
    assert settings["detailedMetricsEnabled"] is True
    assert settings["dataTraceEnabled"] is False
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (1000, 2000)


def test_no_line_of_the_access_log_can_hold_a_token(staging: Deployed) -> None:
    stage = staging.one(STAGE)
    line = json.loads(stage.inputs["accessLogSettings"]["format"])
    assert {"requestId", "connectionId", "route", "event", "status", "user"} <= set(line)
    assert not [text for text in line.values() if "header" in text.lower() or "protocol" in text.lower()]
    group = staging.one("aws:cloudwatch/logGroup:LogGroup", "sockets-access")
    assert group.inputs["name"] == "/aws/apigateway/omnitrack-staging-ws"
    execution = staging.one("aws:cloudwatch/logGroup:LogGroup", "sockets-execution")
    assert execution.inputs["name"] == "/aws/apigateway/sockets-id/ws"
    logging = staging.one("aws:apigateway/account:Account")
    assert {group.urn, execution.urn, logging.urn} <= set(stage.depends_on)


@pytest.mark.parametrize(
    ("function", "methods"), [("realtime", {"POST"}), ("realtime-push", {"POST", "DELETE"})]
)
def test_a_function_reaches_connections_of_this_api_only_and_closes_them_where_it_pushes(
    staging: Deployed, function: str, methods: set[str]
) -> None:
    managed = {
        resource
        for statement in staging.one("aws:iam/rolePolicy:RolePolicy", function).policy()
        if statement["Action"] == ["execute-api:ManageConnections"]
        for resource in statement["Resource"]
    }
    arn = "arn:aws:execute-api:us-east-1:123456789012:sockets-id/ws"
    assert managed == {f"{arn}/{method}/@connections/*" for method in methods}


def test_who_pushes_knows_where_connections_are_reached(staging: Deployed) -> None:
    variables = staging.only("aws:lambda/function:Function", "realtime-push")["environment"]["variables"]
    assert variables["SOCKET_ENDPOINT"] == "https://sockets-id.execute-api.us-east-1.amazonaws.com/ws"
