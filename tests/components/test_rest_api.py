"""The stage: traced, logged, behind what must exist first, and redeployed when the contract changes."""

import json
from typing import Any

import pytest

from tests.support.program import Deployed, Monitor, deploy_program


def test_the_stage_is_traced_and_logs_each_request_as_one_json_object(staging: Deployed) -> None:
    stage = staging.only("aws:apigateway/stage:Stage")
    assert stage["xrayTracingEnabled"] is True
    line = json.loads(stage["accessLogSettings"]["format"])
    assert {"requestId", "status", "user", "route", "sourceIp", "latency"} <= set(line)
    assert "authorization" not in stage["accessLogSettings"]["format"].lower().replace(
        "$context.authorizer", ""
    )


def test_api_gateway_may_log_before_a_stage_wants_to(staging: Deployed) -> None:
    stage = staging.one("aws:apigateway/stage:Stage")
    assert staging.one("aws:apigateway/account:Account").urn in stage.depends_on


def test_the_api_is_regional_as_its_web_acl_is(staging: Deployed) -> None:
    """An edge-optimized one would stand behind a distribution of AWS's, which no setting reaches."""
    assert staging.only("aws:apigateway/restApi:RestApi")["endpointConfiguration"] == {"types": "REGIONAL"}


def test_a_stage_of_the_same_name_goes_before_its_replacement_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS refuses a second stage of one name, and the provider does not know `stageName` for a name."""
    first: dict[str, bool] = {}
    register = Monitor.RegisterResource

    def noting(self: Monitor, request: Any) -> Any:
        first[request.type] = request.deleteBeforeReplace
        return register(self, request)

    monkeypatch.setattr(Monitor, "RegisterResource", noting)
    deploy_program("staging")
    assert first["aws:apigateway/stage:Stage"] is True
    assert first["aws:apigateway/deployment:Deployment"] is False, "the stage must find the next one there"


def test_execution_logs_go_to_a_declared_group(staging: Deployed) -> None:
    settings = staging.one("aws:apigateway/methodSettings:MethodSettings")
    group = staging.one("aws:cloudwatch/logGroup:LogGroup", "api-execution")
    assert group.inputs["name"] == "API-Gateway-Execution-Logs_api-id/staging"
    assert group.urn in settings.depends_on
    assert settings.inputs["settings"]["loggingLevel"] == "ERROR"
    assert settings.inputs["settings"]["dataTraceEnabled"] is False
    assert settings.inputs["settings"]["metricsEnabled"] is True


def test_a_change_of_the_contract_is_deployed() -> None:
    before = deploy_program("staging").only("aws:apigateway/deployment:Deployment")["triggers"]["body"]
    other = {"omnitrack:allowedOrigins": '["https://other.example"]'}
    after = deploy_program("staging", other).only("aws:apigateway/deployment:Deployment")["triggers"]["body"]
    again = deploy_program("staging").only("aws:apigateway/deployment:Deployment")["triggers"]["body"]
    assert before != after
    assert before == again


def test_sensors_have_the_runbooks_thing_type(staging: Deployed) -> None:
    assert staging.only("aws:iot/thingType:ThingType")["name"] == "SupplyChainSensor"
