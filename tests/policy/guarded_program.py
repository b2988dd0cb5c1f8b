"""A program with the guard in it, run by test_guard in processes of their own, under mocks.

Each line of stdin is a task in JSON: `stage`, `retention_days`, and `changes`, which gives for a resource's
name the arguments to change, or null to leave the resource out. Each task runs in a fork, so that the AWS SDK
is imported once; a line of stdout answers with its exit code and what it wrote. A registration that reaches
the engine is written to the fork's stdout.
"""

import asyncio
import contextvars
import dataclasses
import json
import os
import sys
import tempfile
import threading
import traceback
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import run_in_stack

from policy import guard
from policy.rules import RULES

TASK: dict[str, Any] = {}


class Engine(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        sys.stdout.write(f"registered {args.typ} {args.name}\n")
        return f"{args.name}-id", {**args.inputs, "arn": f"arn:aws:x:::{args.name}"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        return {**args.args, "accountId": "123456789012"}, []


def make(
    constructor: Any,
    label: str,
    opts: pulumi.ResourceOptions | None = None,
    /,
    **arguments: Any,
) -> Any:
    """The resource, with the arguments the test changes; None where the test leaves it out."""
    changes = TASK.get("changes", {}).get(label, {})
    return None if changes is None else constructor(label, opts=opts, **{**arguments, **changes})


class Network(pulumi.ComponentResource):
    """A component whose output belongs to its child."""

    def __init__(self, name: str) -> None:
        super().__init__("omnitrack:encryption:Encryption", name)
        self.key = make(aws.kms.Key, "key", pulumi.ResourceOptions(parent=self), enable_key_rotation=True)
        self.key_arn = self.key.arn
        self.register_outputs({"key_arn": self.key_arn})


def program() -> None:
    days = 30 if pulumi.get_stack() == "production" else 7
    mission = [rule for rule in RULES if rule.mission]
    rules = [dataclasses.replace(RULES[0], judge=fail)] if "broken" in TASK else mission
    guard.install(stage=pulumi.get_stack(), retention_days=TASK.get("retention_days", days), rules=rules)
    key_arn = Network("network").key_arn
    make(
        aws.dynamodb.Table,
        "table",
        hash_key="PK",
        attributes=[aws.dynamodb.TableAttributeArgs(name="PK", type="S")],
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key_arn),
    )
    make(aws.sqs.Queue, "queue", kms_master_key_id=key_arn.apply(lambda arn: arn))
    make(aws.sns.Topic, "topic", kms_master_key_id=pulumi.Output.secret(key_arn))
    logs = make(
        aws.cloudwatch.LogGroup, "logs", name="/aws/lambda/twin", retention_in_days=days, kms_key_id=key_arn
    )
    make(
        aws.lambda_.Function,
        "function",
        name="twin",
        role="arn:aws:iam::123456789012:role/twin",
        code=pulumi.AssetArchive({"main.py": pulumi.StringAsset("")}),
        runtime=aws.lambda_.Runtime.PYTHON3D13,
        handler="main.handler",
        environment={"variables": {"TABLE": key_arn}},
        kms_key_arn=key_arn,
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": logs.name if logs else None},
    )
    api(key_arn, days)
    if TASK.get("reads"):
        aws.sqs.Queue.get("theirs", "https://sqs.eu-west-1.amazonaws.com/123456789012/theirs")
    if TASK.get("waits"):
        aws.get_caller_identity()
    misbehave(TASK.get("misbehaviour"), key_arn)
    guard.judge()
    if TASK.get("late"):
        aws.sqs.Queue("late", kms_master_key_id=key_arn)


def misbehave(way: str | None, key_arn: pulumi.Output[str]) -> None:  # noqa: C901, PLR0912 - a way a case
    """Tries to get past the guard."""
    sly = pulumi.ResourceOptions()
    unencrypted = pulumi.ResourceTransformationResult({"kms_master_key_id": None}, sly)
    match way:
        case "transforms":
            options = pulumi.ResourceOptions(transforms=[lambda _args: None])
            aws.sqs.Queue("sly", kms_master_key_id=key_arn, opts=options)
        case "transformation":
            pulumi.runtime.register_stack_transformation(lambda _args: unencrypted)
            aws.sqs.Queue("sly", kms_master_key_id=key_arn)
        case "ignore_changes":
            options = pulumi.ResourceOptions(ignore_changes=["kmsMasterKeyId"])
            aws.sqs.Queue("sly", kms_master_key_id=key_arn, opts=options)
        case "ignored tags":
            options = pulumi.ResourceOptions(ignore_changes=["tags", "tagsAll['Owner']"])
            aws.sqs.Queue("sly", kms_master_key_id=key_arn, opts=options)
        case "own transformation":
            options = pulumi.ResourceOptions(transformations=[lambda _args: unencrypted])
            aws.sqs.Queue("sly", kms_master_key_id=key_arn, opts=options)
        case "twin":
            aws.sqs.Queue("sly")
            aws.sqs.Queue("sly", kms_master_key_id=key_arn)
        case "second install":
            guard.install(stage=pulumi.get_stack(), retention_days=30)
        case "unknown":
            aws.sqs.Queue("sly", kms_master_key_id=aws.kms.get_key_output("alias/aws/sqs").arn)
        case "flag":
            aws.kms.Key("sly", enable_key_rotation=key_arn.apply(lambda _: False))
        case "thread":
            loop = asyncio.get_event_loop()

            def elsewhere() -> None:
                asyncio.set_event_loop(loop)
                aws.sqs.Queue("sly")

            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
        case "context":
            contextvars.Context().run(aws.sqs.Queue, "sly")
        case "foreign component":
            pulumi.ComponentResource("company:platform:Component", "group")
        case "foreign resource":
            pulumi.CustomResource("company:platform:Thing", "sly")
        case "error":
            raise ValueError("hunter2 is no reason to go on")
        case "run error":
            raise pulumi.RunError("the contract says no")
        case "exit":
            sys.exit(0)
        case "interrupt":
            raise KeyboardInterrupt


def api(key_arn: pulumi.Output[str], days: int) -> None:
    rest_api = make(aws.apigateway.RestApi, "api", body=pulumi.Output.json_dumps({"x-arn": key_arn}))
    deployment = make(aws.apigateway.Deployment, "deployment", rest_api=rest_api.id)
    stage = make(
        aws.apigateway.Stage,
        "stage",
        rest_api=rest_api.id,
        deployment=deployment.id,
        stage_name=pulumi.get_stack(),
        xray_tracing_enabled=True,
    )
    visible = aws.wafv2.WebAclVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name="api", sampled_requests_enabled=True
    )
    acl = make(
        aws.wafv2.WebAcl,
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=visible,
        rules=[
            {
                "name": "common",
                "priority": 1,
                "override_action": {"none": {}},
                "statement": {"managed_rule_group_statement": {"name": "Common", "vendor_name": "AWS"}},
                "visibility_config": visible,
            }
        ],
    )
    make(
        aws.wafv2.WebAclAssociation,
        "association",
        resource_arn=pulumi.Output.all(stage.arn, acl.arn).apply(lambda arns: arns[0]),
        web_acl_arn=acl.arn,
    )
    acl_logs = make(
        aws.cloudwatch.LogGroup,
        "acl-logs",
        name="aws-waf-logs-omnitrack-api",
        retention_in_days=days,
        kms_key_id=key_arn,
    )
    make(
        aws.wafv2.WebAclLoggingConfiguration,
        "acl-logging",
        resource_arn=acl.arn,
        log_destination_configs=[pulumi.Output.concat(acl_logs.arn, ":*")],
    )


def run(task: dict[str, Any]) -> None:
    """Runs the program as the language host does."""
    TASK.update(task)
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(Engine(), project="omnitrack", stack=task.get("stage", "production"))
    set_root_resource(None)  # type: ignore[arg-type] # run_in_stack makes the program's own, as under an engine
    asyncio.get_event_loop().run_until_complete(run_in_stack(program))
    sys.stdout.flush()


def fail(_subject: object, _context: object) -> None:
    """A rule with a bug, whose error holds a value."""
    raise KeyError("hunter2")


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Runs a task in a fork; the answer is what is left of it."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            try:
                run(task)
            except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "stdout": out.read(), "stderr": err.read()}


def main() -> None:
    for resource in (aws.wafv2.WebAcl, aws.lambda_.Function, aws.dynamodb.Table, aws.apigateway.Stage):
        assert resource  # imported before the first fork
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


main()
