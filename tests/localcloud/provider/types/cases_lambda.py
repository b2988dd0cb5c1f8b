"""AWS Lambda."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from localcloud.provider.values import ASSETS, SIGNATURE
from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
SIGNATURES = {kind: signature for signature, kind in ASSETS.items()}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def archive(source: str, name: str = "index.py") -> dict[str, Any]:
    """An archive of one file, as the engine sends it."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    file = {SIGNATURE: SIGNATURES["asset"], "text": source, "hash": digest}
    return {SIGNATURE: SIGNATURES["archive"], "assets": {name: file}, "hash": digest[::-1]}


def code(answer: int) -> dict[str, Any]:
    return archive(f"def handler(event, context):\n    return {answer}\n")


def a_role(it: Scene) -> dict[str, Any]:
    return {"role": it.make("aws:iam/role:Role", assumeRolePolicy=TRUST)["arn"]}


def a_function(it: Scene, name: str, **inputs: Any) -> dict[str, Any]:
    role = it.make("aws:iam/role:Role", assumeRolePolicy=TRUST)["arn"]
    return it.make(
        "aws:lambda/function:Function",
        name=name,
        role=role,
        runtime="python3.11",
        handler="index.handler",
        **{"code": code(1), "publish": True, **inputs},
    )


def functions(it: Scene) -> dict[str, Any]:
    return {name: a_function(it, name) for name in ("orders", "others")}


def configuration(it: Scene) -> Any:
    return it.aws("lambda").get_function_configuration(FunctionName=it.id)


def versions(it: Scene) -> list[str]:
    listed = it.aws("lambda").list_versions_by_function(FunctionName=it.id)["Versions"]
    return [version["Version"] for version in listed]


def alias(it: Scene) -> Any:
    return it.aws("lambda").get_alias(FunctionName="orders", Name=it.inputs["name"])


def a_permission(it: Scene) -> dict[str, Any]:
    return {
        "action": "lambda:InvokeFunction",
        "function": it.needs["orders"]["arn"],
        "principal": "sns.amazonaws.com",
        "sourceAccount": it.account,
        "statementId": "topic",
    }


def a_queue_and_functions(it: Scene) -> dict[str, Any]:
    queues = {name: it.make("aws:sqs/queue:Queue", name=name) for name in ("first", "second")}
    return {**functions(it), **queues}


def mapping(it: Scene) -> Any:
    return it.aws("lambda").get_event_source_mapping(UUID=it.id)


CASES = [
    Case(
        type="aws:lambda/function:Function",
        needs=a_role,
        inputs=lambda it: {
            "architectures": ["arm64"],
            "code": code(1),
            "description": "takes orders",
            "environment": {"variables": {"TABLE": "orders"}},
            "handler": "index.handler",
            "loggingConfig": {"logFormat": "JSON", "logGroup": "/orders"},
            "publish": True,
            "role": it.needs["role"],
            "runtime": "python3.11",
            "tags": {"owner": "us"},
            "tracingConfig": {"mode": "Active"},
        },
        update={"code": code(2), "environment": {"variables": {"TABLE": "others"}}, "timeout": 9},
        seen=lambda it: [
            configuration(it)["Environment"]["Variables"]["TABLE"],
            configuration(it)["Timeout"],
            versions(it),
        ],
        expected=["others", 9, ["$LATEST", "1", "2"]],
        replace={"name": "another"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-lambda-function.html",
        drift=lambda it: it.aws("lambda").update_function_configuration(
            FunctionName=it.id, Environment={"Variables": {"TABLE": "orders", "ADDED": "1"}}
        ),
        drifted={"environment"},
        vanish=lambda it: it.aws("lambda").delete_function(FunctionName=it.id),
        unread={"code", "publish"},
    ),
    Case(
        type="aws:lambda/alias:Alias",
        needs=functions,
        inputs=lambda it: {"name": "live", "functionName": it.needs["orders"]["arn"], "functionVersion": "1"},
        update={"functionVersion": "$LATEST", "description": "the newest"},
        seen=lambda it: [alias(it)["FunctionVersion"], alias(it)["Description"]],
        expected=["$LATEST", "the newest"],
        replace=lambda it: {"functionName": it.needs["others"]["arn"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-lambda-alias.html",
        drift=lambda it: it.aws("lambda").update_alias(
            FunctionName="orders", Name="live", FunctionVersion="$LATEST"
        ),
        drifted={"functionVersion"},
        vanish=lambda it: it.aws("lambda").delete_alias(FunctionName="orders", Name="live"),
        import_id=lambda _: "orders/live",
        unread={"functionName"},  # an import tells the name, this program has the ARN
    ),
    Case(
        type="aws:lambda/permission:Permission",
        needs=functions,
        inputs=a_permission,
        update=None,
        update_page="https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
        replace={"principal": "events.amazonaws.com"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-lambda-permission.html",
        drift=None,
        drift_reason="AWS adds and removes a statement, and never changes it",
        vanish=lambda it: it.aws("lambda").remove_permission(FunctionName="orders", StatementId="topic"),
        import_id=lambda _: "orders/topic",
        unread={"function"},
    ),
    Case(
        type="aws:lambda/layerVersion:LayerVersion",
        inputs={
            "code": archive("value = 1\n", "python/value.py"),
            "compatibleArchitectures": ["x86_64", "arm64"],
            "compatibleRuntimes": ["python3.11"],
            "description": "a value",
            "layerName": "values",
            "licenseInfo": "MIT",
        },
        update=None,
        update_page=f"{CLOUDFORMATION}/aws-resource-lambda-layerversion.html",
        replace={"code": archive("value = 2\n", "python/value.py")},
        replace_page=f"{CLOUDFORMATION}/aws-resource-lambda-layerversion.html",
        drift=None,
        drift_reason="nothing changes a version of a layer",
        vanish=lambda it: it.aws("lambda").delete_layer_version(LayerName="values", VersionNumber=1),
        unread={"code"},
    ),
    Case(
        type="aws:lambda/eventSourceMapping:EventSourceMapping",
        needs=a_queue_and_functions,
        inputs=lambda it: {
            "batchSize": 20,
            "eventSourceArn": it.needs["first"]["arn"],
            "filterCriteria": {"filters": [{"pattern": json.dumps({"body": {"kind": ["order"]}})}]},
            "functionName": it.needs["orders"]["arn"],
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "maximumBatchingWindowInSeconds": 2,
            "scalingConfig": {"maximumConcurrency": 5},
            "tags": {"owner": "us"},
        },
        update=lambda it: {"batchSize": 30, "functionName": it.needs["others"]["arn"]},
        seen=lambda it: [mapping(it)["BatchSize"], mapping(it)["FunctionArn"].rpartition(":")[2]],
        expected=[30, "others"],
        replace=lambda it: {"eventSourceArn": it.needs["second"]["arn"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-lambda-eventsourcemapping.html",
        drift=lambda it: it.aws("lambda").update_event_source_mapping(UUID=it.id, Enabled=False),
        drifted={"enabled"},
        vanish=lambda it: it.aws("lambda").delete_event_source_mapping(UUID=it.id),
    ),
]
