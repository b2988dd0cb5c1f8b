"""Amazon API Gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def document(*paths: str) -> str:
    """An OpenAPI document with a mock behind each path."""
    answer = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {"responses": {"200": {"description": "fine"}}, "x-amazon-apigateway-integration": answer}
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "orders", "version": "1"},
            "paths": {path: {"get": operation} for path in paths},
        }
    )


def an_api(it: Scene, name: str = "orders") -> str:
    return str(it.make("aws:apigateway/restApi:RestApi", name=name, body=document("/orders"))["id"])


def a_deployment(it: Scene, api: str) -> str:
    return str(it.make("aws:apigateway/deployment:Deployment", restApi=api)["id"])


def a_deployed_api(it: Scene) -> dict[str, str]:
    api = an_api(it)
    return {"restApi": api, "deployment": a_deployment(it, api)}


def a_stage(it: Scene) -> dict[str, str]:
    deployed = a_deployed_api(it)
    it.make("aws:apigateway/stage:Stage", **deployed, stageName="live")
    return {"restApi": deployed["restApi"], "stageName": "live"}


def patch_stage(it: Scene, op: str, path: str, **value: str) -> None:
    """Change the stage behind Pulumi's back."""
    it.aws("apigateway").update_stage(
        restApiId=it.needs["restApi"],
        stageName="live",
        patchOperations=[{"op": op, "path": path, **value}],
    )


def stage(it: Scene) -> Any:
    return it.aws("apigateway").get_stage(restApiId=it.needs["restApi"], stageName="live")


def roles(it: Scene) -> dict[str, str]:
    """Two roles with which API Gateway may write logs."""
    service = {"Service": "apigateway.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        name: it.make("aws:iam/role:Role", name=name, assumeRolePolicy=trust)["arn"]
        for name in ("clerk", "scribe")
    }


def set_logs_role(it: Scene, arn: str) -> None:
    it.aws("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
    )


CASES = [
    Case(
        type="aws:apigateway/restApi:RestApi",
        inputs={
            "name": "orders",
            "body": document("/orders"),
            "binaryMediaTypes": ["image/png", "image/gif"],
            "endpointConfiguration": {"types": "REGIONAL"},
            "minimumCompressionSize": "1024",
            "tags": {"owner": "us"},
        },
        update={
            "body": document("/orders", "/parcels"),
            "binaryMediaTypes": ["image/gif", "application/pdf"],
            "description": "all orders",
            "endpointConfiguration": {"types": "EDGE"},
        },
        seen=lambda it: (
            {item["path"] for item in it.aws("apigateway").get_resources(restApiId=it.id)["items"]},
            [
                (api["description"], api["binaryMediaTypes"], api["endpointConfiguration"]["types"])
                for api in [it.aws("apigateway").get_rest_api(restApiId=it.id)]
            ],
        ),
        expected=(
            {"/", "/orders", "/parcels"},
            [("all orders", ["image/gif", "application/pdf"], ["EDGE"])],
        ),
        replace=None,
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigateway-restapi.html",
        drift=lambda it: it.aws("apigateway").update_rest_api(
            restApiId=it.id,
            patchOperations=[{"op": "replace", "path": "/minimumCompressionSize", "value": "4096"}],
        ),
        drifted={"minimumCompressionSize"},
        vanish=lambda it: it.aws("apigateway").delete_rest_api(restApiId=it.id),
        unread={"body"},
    ),
    Case(
        type="aws:apigateway/deployment:Deployment",
        needs=lambda it: {"restApi": an_api(it), "other": an_api(it, "parcels")},
        inputs=lambda it: {"restApi": it.needs["restApi"], "triggers": {"document": "1"}},
        update={"description": "with parcels"},
        seen=lambda it: (
            it.aws("apigateway")
            .get_deployment(restApiId=it.needs["restApi"], deploymentId=it.id)
            .get("description")
        ),
        expected="with parcels",
        replace=lambda it: {"restApi": it.needs["other"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigateway-deployment.html",
        drift=lambda it: it.aws("apigateway").update_deployment(
            restApiId=it.needs["restApi"],
            deploymentId=it.id,
            patchOperations=[{"op": "replace", "path": "/description", "value": "by hand"}],
        ),
        drifted={"description"},
        vanish=lambda it: it.aws("apigateway").delete_deployment(
            restApiId=it.needs["restApi"], deploymentId=it.id
        ),
        import_id=lambda it: f"{it.needs['restApi']}/{it.id}",
        unread={"triggers"},
    ),
    Case(
        type="aws:apigateway/stage:Stage",
        needs=a_deployed_api,
        inputs=lambda it: {
            **it.needs,
            "stageName": "live",
            "canarySettings": {"deploymentId": it.needs["deployment"], "percentTraffic": 5},
            "variables": {"alias": "live"},
            "xrayTracingEnabled": True,
            "tags": {"owner": "us"},
        },
        update=lambda it: {
            "deployment": a_deployment(it, it.needs["restApi"]),
            "variables": {"mode": "read"},
        },
        seen=lambda it: (stage(it)["deploymentId"] == it.needs["deployment"], stage(it)["variables"]),
        expected=(False, {"mode": "read"}),
        replace={"stageName": "next"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigateway-stage.html",
        drift=lambda it: patch_stage(it, "replace", "/tracingEnabled", value="false"),
        drifted={"xrayTracingEnabled"},
        vanish=lambda it: it.aws("apigateway").delete_stage(restApiId=it.needs["restApi"], stageName="live"),
        import_id=lambda it: f"{it.needs['restApi']}/live",
    ),
    Case(
        type="aws:apigateway/methodSettings:MethodSettings",
        needs=a_stage,
        inputs=lambda it: {
            **it.needs,
            "methodPath": "*/*",
            "settings": {"loggingLevel": "INFO", "throttlingRateLimit": 10, "throttlingBurstLimit": 5},
        },
        update={"settings": {"loggingLevel": "ERROR", "metricsEnabled": True}},
        seen=lambda it: (
            stage(it)["methodSettings"]["*/*"]["loggingLevel"],
            stage(it)["methodSettings"]["*/*"]["metricsEnabled"],
        ),
        expected=("ERROR", True),
        replace={"methodPath": "orders/GET"},
        # The method is part of the path of what is patched.
        replace_page="https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html",
        drift=lambda it: patch_stage(it, "replace", "/*/*/throttling/rateLimit", value="99"),
        drifted={"settings"},
        vanish=lambda it: patch_stage(it, "remove", "/*/*"),
        import_id=lambda it: f"{it.needs['restApi']}/live/*/*",
    ),
    Case(
        type="aws:apigateway/account:Account",
        needs=roles,
        inputs=lambda it: {"cloudwatchRoleArn": it.needs["clerk"]},
        update=lambda it: {"cloudwatchRoleArn": it.needs["scribe"]},
        seen=lambda it: it.aws("apigateway").get_account().get("cloudwatchRoleArn") == it.needs["scribe"],
        expected=True,
        replace=None,
        replace_page=f"{CLOUDFORMATION}/aws-resource-apigateway-account.html",
        drift=lambda it: set_logs_role(it, it.needs["scribe"]),
        drifted={"cloudwatchRoleArn"},
        vanish=lambda it: set_logs_role(it, ""),
    ),
]
