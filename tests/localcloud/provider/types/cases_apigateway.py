"""Amazon API Gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
LOGS_ROLE = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


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


def an_api(it: Scene) -> dict[str, Any]:
    return it.make("aws:apigateway/restApi:RestApi", name="orders", body=document("/orders"))


def a_deployment(it: Scene, api: dict[str, Any]) -> dict[str, Any]:
    return it.make("aws:apigateway/deployment:Deployment", restApi=api["id"])


def an_api_to_serve(it: Scene) -> dict[str, Any]:
    api = an_api(it)
    return {"api": api["id"], "deployment": it.make("aws:apigateway/deployment:Deployment", restApi=api["id"])["deployment"] if False else a_deployment(it, api)}


def patched(it: Scene, path: str, value: str) -> None:
    """Change the stage `live` behind Pulumi's back."""
    it.aws("apigateway").update_stage(
        restApiId=it.inputs["restApi"],
        stageName="live",
        patchOperations=[{"op": "replace", "path": path, "value": value}],
    )


def stage(it: Scene) -> Any:
    return it.aws("apigateway").get_stage(restApiId=it.inputs["restApi"], stageName="live")


def roles(it: Scene) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        name: it.make(
            "aws:iam/role:Role", name=name, assumeRolePolicy=trust
        )["arn"]
        for name in ("writer", "scribe")
    }


CASES: list[Case] = []
