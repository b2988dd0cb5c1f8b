"""Deployments and settings of REST APIs, on a running local cloud."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud import control

pytestmark = pytest.mark.cloud


def an_api(bench: Any, **options: Any) -> tuple[str, str]:
    """A new API that answers its root with 200; the ids of the API and of its root."""
    gateway = bench.client("apigateway")
    api = gateway.create_rest_api(name="orders", **options)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    mock(bench, api, root)
    return api, root


def mock(bench: Any, api: str, resource: str, verb: str = "GET", status: int = 200, **options: Any) -> None:
    """Have a method answer a status."""
    gateway = bench.client("apigateway")
    target = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
    gateway.put_method(**target, **{"authorizationType": "NONE", **options})
    template = {"application/json": json.dumps({"statusCode": status})}
    gateway.put_integration(**target, type="MOCK", requestTemplates=template)
    gateway.put_method_response(**target, statusCode=str(status))
    gateway.put_integration_response(**target, statusCode=str(status), selectionPattern=str(status))


def status(bench: Any, api: str, path: str = "", verb: str = "GET", stage: str = "live") -> int:
    return int(bench.call(f"/_aws/execute-api/{api}/{stage}{path}", method=verb).status)


def patch(bench: Any, api: str, *operations: tuple[str, str, str | None]) -> Any:
    sent = [
        {"op": op, "path": path, **({} if value is None else {"value": value})}
        for op, path, value in operations
    ]
    return bench.client("apigateway").update_rest_api(restApiId=api, patchOperations=sent)


def test_a_stage_serves_what_was_deployed_until_the_next_deployment(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    api, root = an_api(workbench)
    gateway.create_deployment(restApiId=api, stageName="live")
    parcels = gateway.create_resource(restApiId=api, parentId=root, pathPart="parcels")["id"]
    mock(workbench, api, parcels)
    gateway.delete_method(restApiId=api, resourceId=root, httpMethod="GET")
    assert (status(workbench, api), status(workbench, api, "/parcels")) == (200, 403)
    gateway.create_deployment(restApiId=api, stageName="live")
    assert (status(workbench, api), status(workbench, api, "/parcels")) == (403, 200)


def test_a_stage_goes_back_to_an_earlier_deployment(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    api, root = an_api(workbench)
    first = gateway.create_deployment(restApiId=api, stageName="live")["id"]
    mock(workbench, api, root, verb="PUT")
    gateway.create_deployment(restApiId=api, stageName="live")
    assert status(workbench, api, verb="PUT") == 200
    back = [{"op": "replace", "path": "/deploymentId", "value": first}]
    gateway.update_stage(restApiId=api, stageName="live", patchOperations=back)
    assert (status(workbench, api), status(workbench, api, verb="PUT")) == (200, 403)


def test_validators_models_and_authorization_are_those_of_the_deployment(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    api, root = an_api(workbench)
    validator = gateway.create_request_validator(restApiId=api, name="body", validateRequestBody=True)["id"]
    gateway.create_model(
        restApiId=api, name="Order", contentType="application/json", schema='{"required": ["item"]}'
    )
    models = {"application/json": "Order"}
    mock(workbench, api, root, verb="POST", requestValidatorId=validator, requestModels=models)
    gateway.create_deployment(restApiId=api, stageName="live")
    strict = [{"op": "replace", "path": "/schema", "value": '{"required": ["item", "price"]}'}]
    gateway.update_model(restApiId=api, modelName="Order", patchOperations=strict)
    keyed = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]
    gateway.update_method(restApiId=api, resourceId=root, httpMethod="GET", patchOperations=keyed)

    def posted(**order: int) -> int:
        path = f"/_aws/execute-api/{api}/live"
        body = json.dumps(order).encode()
        return int(workbench.call(path, method="POST", body=body, content_type="application/json").status)

    assert (posted(item=1), posted(price=1), status(workbench, api)) == (200, 400, 200)
    gateway.create_deployment(restApiId=api, stageName="live")
    assert (posted(item=1), posted(item=1, price=1), status(workbench, api)) == (400, 200, 403)


def test_binary_media_types_act_with_the_next_deployment(workbench: Any) -> None:
    source = """
        def handler(event, context):
            return {"statusCode": 200, "body": str(event["isBase64Encoded"])}
    """
    api = workbench.api(workbench.function(source))

    def is_binary() -> str:
        path = f"/_aws/execute-api/{api}/test/a"
        return str(workbench.call(path, method="POST", body=b"x", content_type="image/png").body.decode())

    patch(workbench, api, ("add", "/binaryMediaTypes/image~1png", None))
    assert is_binary() == "False"
    workbench.client("apigateway").create_deployment(restApiId=api, stageName="test")
    assert is_binary() == "True"


def test_a_deployment_survives_a_restart(home: Path, workbench_of: Any) -> None:
    bench = workbench_of(control.start(home))
    api, root = an_api(bench)
    bench.client("apigateway").create_deployment(restApiId=api, stageName="live")
    mock(bench, api, root, verb="PUT")
    control.stop(home)
    bench = workbench_of(control.start(home))
    assert (status(bench, api), status(bench, api, verb="PUT")) == (200, 403)
    methods = bench.client("apigateway").get_resources(restApiId=api)["items"][0]["resourceMethods"]
    assert set(methods) == {"GET", "PUT"}


def test_an_api_without_methods_or_integrations_is_not_deployed(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    refused = gateway.exceptions.BadRequestException
    empty = gateway.create_rest_api(name="empty")["id"]
    with pytest.raises(refused, match="doesn't contain any methods"):
        gateway.create_deployment(restApiId=empty, stageName="live")
    api, root = an_api(workbench)
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="PUT", authorizationType="NONE")
    with pytest.raises(refused, match="No integration defined for method"):
        gateway.create_deployment(restApiId=api, stageName="live")
    assert gateway.get_stages(restApiId=api)["item"] == []


def test_a_deployment_that_a_stage_serves_is_not_deleted(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    api, _ = an_api(workbench)
    deployment = gateway.create_deployment(restApiId=api, stageName="live")["id"]
    with pytest.raises(gateway.exceptions.BadRequestException, match="Active stages"):
        gateway.delete_deployment(restApiId=api, deploymentId=deployment)
    gateway.delete_stage(restApiId=api, stageName="live")
    gateway.delete_deployment(restApiId=api, deploymentId=deployment)


def test_binary_media_types_are_added_replaced_and_removed(workbench: Any) -> None:
    api, _ = an_api(workbench)
    gateway = workbench.client("apigateway")
    patch(
        workbench, api, ("add", "/binaryMediaTypes/image~1png", None), ("add", "/binaryMediaTypes/a~1b", None)
    )
    assert gateway.get_rest_api(restApiId=api)["binaryMediaTypes"] == ["image/png", "a/b"]
    patch(workbench, api, ("replace", "/binaryMediaTypes/a~1b", "image/gif"))
    patch(workbench, api, ("remove", "/binaryMediaTypes/image~1png", None))
    assert gateway.get_rest_api(restApiId=api)["binaryMediaTypes"] == ["image/gif"]
    with pytest.raises(gateway.exceptions.BadRequestException):
        patch(workbench, api, ("replace", "/name", "lost"), ("remove", "/binaryMediaTypes/no~1no", None))
    assert gateway.get_rest_api(restApiId=api)["name"] == "orders"


def test_the_endpoint_of_an_api_is_changed(workbench: Any) -> None:
    api, _ = an_api(workbench, endpointConfiguration={"types": ["REGIONAL"]})
    changed = patch(
        workbench,
        api,
        ("replace", "/endpointConfiguration/types/REGIONAL", "PRIVATE"),
        ("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
        ("add", "/endpointConfiguration/vpcEndpointIds", "vpce-2"),
        ("remove", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
        ("replace", "/endpointConfiguration/ipAddressType", "dualstack"),
        ("replace", "/minimumCompressionSize", "1024"),
        ("replace", "/disableExecuteApiEndpoint", "false"),
    )
    assert changed["endpointConfiguration"] == {
        "types": ["PRIVATE"],
        "vpcEndpointIds": ["vpce-2"],
        "ipAddressType": "dualstack",
    }
    assert (changed["minimumCompressionSize"], changed["disableExecuteApiEndpoint"]) == (1024, False)


def test_what_an_api_and_a_stage_are_created_with_is_read_back(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    settings = {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT"}
    api, _ = an_api(workbench, **settings)
    found = gateway.get_rest_api(restApiId=api)
    assert {name: found[name] for name in settings} == settings
    deployment = gateway.create_deployment(restApiId=api)["id"]
    canary = {"deploymentId": deployment, "percentTraffic": 10.0, "stageVariableOverrides": {"a": "1"}}
    created = gateway.create_stage(
        restApiId=api, stageName="live", deploymentId=deployment, canarySettings=canary
    )
    assert created["canarySettings"] == canary
    assert gateway.get_stage(restApiId=api, stageName="live")["canarySettings"] == canary


@pytest.mark.parametrize(("limit", "expected"), [("-1", 200), ("0", 429)])
def test_a_throttle_of_minus_one_is_none(workbench: Any, limit: str, expected: int) -> None:
    gateway = workbench.client("apigateway")
    api, _ = an_api(workbench)
    gateway.create_deployment(restApiId=api, stageName="live")
    limits = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": limit}
        for name in ("rateLimit", "burstLimit")
    ]
    gateway.update_stage(restApiId=api, stageName="live", patchOperations=limits)
    assert {status(workbench, api) for _ in range(5)} == {expected}
