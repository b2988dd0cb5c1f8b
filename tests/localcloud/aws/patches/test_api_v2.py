"""HTTP and WebSocket APIs as their owner sees them, on a running local cloud."""

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.cloud


@pytest.fixture
def gateway(workbench: Any) -> Any:
    return workbench.client("apigatewayv2")


@pytest.fixture
def api(gateway: Any) -> str:
    made = gateway.create_api(
        Name=uuid.uuid4().hex, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    return str(made["ApiId"])


def test_an_api_keeps_its_kind_of_addresses(gateway: Any) -> None:
    made = gateway.create_api(Name="a", ProtocolType="HTTP", IpAddressType="dualstack")
    assert made["IpAddressType"] == "dualstack"
    gateway.update_api(ApiId=made["ApiId"], IpAddressType="ipv4")
    assert gateway.get_api(ApiId=made["ApiId"])["IpAddressType"] == "ipv4"
    assert gateway.create_api(Name="b", ProtocolType="HTTP")["IpAddressType"] == "ipv4"


def test_an_integration_keeps_what_it_is_called_with_until_that_is_emptied(gateway: Any, api: str) -> None:
    settings = {
        "CredentialsArn": "arn:aws:iam::000000000000:role/caller",
        "PassthroughBehavior": "NEVER",
        "TemplateSelectionExpression": "$default",
    }
    made = gateway.create_integration(ApiId=api, IntegrationType="MOCK", **settings)
    ids = {"ApiId": api, "IntegrationId": made["IntegrationId"]}
    assert settings.items() <= made.items()
    gateway.update_integration(**ids, CredentialsArn="", PassthroughBehavior="WHEN_NO_MATCH")
    found = gateway.get_integration(**ids)
    assert "CredentialsArn" not in found
    assert (found["PassthroughBehavior"], found["TemplateSelectionExpression"]) == (
        "WHEN_NO_MATCH",
        "$default",
    )


def test_request_parameters_are_changed_one_by_one(gateway: Any, api: str) -> None:
    one, two = "integration.request.header.A", "integration.request.header.B"
    made = gateway.create_integration(
        ApiId=api, IntegrationType="MOCK", RequestParameters={one: "'1'", two: "'2'"}
    )
    ids = {"ApiId": api, "IntegrationId": made["IntegrationId"]}
    gateway.update_integration(**ids, RequestParameters={one: "", "integration.request.header.C": "'3'"})
    found = gateway.get_integration(**ids)["RequestParameters"]
    assert found == {two: "'2'", "integration.request.header.C": "'3'"}


def test_a_request_parameter_of_a_route_is_deleted_and_the_route_stays(gateway: Any, api: str) -> None:
    one, two = "route.request.header.A", "route.request.header.B"
    parameters = {name: {"Required": True} for name in (one, two)}
    made = gateway.create_route(ApiId=api, RouteKey="$connect", RequestParameters=parameters)
    ids = {"ApiId": api, "RouteId": made["RouteId"]}
    gateway.delete_route_request_parameter(**ids, RequestParameterKey=one)
    assert gateway.get_route(**ids)["RequestParameters"] == {two: {"Required": True}}
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.delete_route_request_parameter(**ids, RequestParameterKey=one)


def test_settings_of_a_stage_are_deleted_and_the_stage_stays(gateway: Any, api: str) -> None:
    ids = {"ApiId": api, "StageName": "ws"}
    gateway.create_stage(
        **ids,
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a",
            "Format": "x",
        },
        RouteSettings={"ping": {"ThrottlingBurstLimit": 1}, "GET /a": {"ThrottlingBurstLimit": 2}},
        StageVariables={"alias": "live", "mode": "all"},
    )
    gateway.delete_access_log_settings(**ids)
    gateway.delete_route_settings(**ids, RouteKey="GET /a")
    gateway.update_stage(
        **ids,
        StageVariables={"alias": ""},
        RouteSettings={"$connect": {"ThrottlingBurstLimit": 3}},
    )
    found = gateway.get_stage(**ids)
    assert "AccessLogSettings" not in found
    assert found["StageVariables"] == {"mode": "all"}
    assert found["RouteSettings"] == {
        "ping": {"ThrottlingBurstLimit": 1},
        "$connect": {"ThrottlingBurstLimit": 3},
    }


def test_a_deployment_is_described_anew_and_not_deleted_while_a_stage_has_it(gateway: Any, api: str) -> None:
    ids = {"ApiId": api, "DeploymentId": gateway.create_deployment(ApiId=api)["DeploymentId"]}
    assert gateway.update_deployment(**ids, Description="first")["Description"] == "first"
    gateway.create_stage(ApiId=api, StageName="ws", DeploymentId=ids["DeploymentId"])
    with pytest.raises(gateway.exceptions.BadRequestException, match="Active stages pointing to this"):
        gateway.delete_deployment(**ids)
    gateway.delete_stage(ApiId=api, StageName="ws")
    gateway.delete_deployment(**ids)
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.update_deployment(**ids, Description="second")


def test_a_stage_and_a_route_are_made_once(gateway: Any, api: str) -> None:
    gateway.create_stage(ApiId=api, StageName="ws")
    with pytest.raises(gateway.exceptions.ConflictException, match="already exists"):
        gateway.create_stage(ApiId=api, StageName="ws")
    gateway.create_route(ApiId=api, RouteKey="ping")
    with pytest.raises(gateway.exceptions.ConflictException, match="Route with key ping already exists"):
        gateway.create_route(ApiId=api, RouteKey="ping")
