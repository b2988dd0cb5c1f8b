"""Lambda functions: each with its own role, its own log group, a published version and the alias `live`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam, lambda_

from components.location import PARTITION, Location
from components.permissions import Grant, key_grants, role_name_prefix, role_policy, trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.log_keeping import LogKeeping
    from components.queues import Queue

LIVE = "live"
POWERTOOLS_LEVELS = {"WARN": "WARNING"}  # Lambda and Python call it differently
# A trace is read by more people than an answer: what a function returns or raises may hold personal data.
# https://docs.aws.amazon.com/powertools/python/latest/core/tracer/
UNTRACED = {"POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false", "POWERTOOLS_TRACER_CAPTURE_ERROR": "false"}
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
KEY_USE = ("kms:Decrypt",)


@dataclass(frozen=True, kw_only=True)
class DependencyLayerArgs:
    """What the functions import besides their own code.

    Attributes:
        layer_name: Physical name.
        archive: A zip file with the folder `python/`.
        runtime: Lambda's name of the Python version.
        architecture: arm64 or x86_64.
    """

    layer_name: str
    archive: pulumi.Archive
    runtime: str
    architecture: str


class DependencyLayer(pulumi.ComponentResource):
    """The layer that all functions share."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DependencyLayerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:function:DependencyLayer", name, {}, opts)
        layer = lambda_.LayerVersion(
            name,
            layer_name=args.layer_name,
            code=args.archive,
            compatible_runtimes=[args.runtime],
            compatible_architectures=[args.architecture],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class FunctionDefaults:
    """What all functions of a stack have in common.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        runtime: Lambda's name of the Python version.
        architecture: arm64 or x86_64.
        code: A zip file with the package `omnitrack`.
        layer_arn: Their dependencies.
        memory_size: MB.
        concurrency: Executions of each function at once: that many are kept for it, and it gets no more.
        log_level: DEBUG, INFO, WARN or ERROR.
        tracing: Whether X-Ray traces every sampled call; without, a function follows its caller.
        logs: How their logs are kept.
        boundary_arn: The policy that their roles cannot exceed; None for no bound.
        key_arn: The customer key of their environment; None for AWS's own.
        environment: Variables that all of them read.
    """

    prefix: str
    location: Location
    runtime: str
    architecture: str
    code: pulumi.Archive
    layer_arn: pulumi.Input[str]
    memory_size: int
    concurrency: int
    log_level: str
    tracing: bool
    logs: LogKeeping
    boundary_arn: str | None
    key_arn: pulumi.Input[str] | None
    environment: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What one function has of its own.

    Attributes:
        defaults: What it shares with the others.
        handler: Dotted path of the Python function.
        timeout: Seconds.
        grants: What its role may do, besides logging and tracing.
        environment: Variables that only this one reads.
        failed_calls: Where calls go that nobody waits for and that failed each time; None without such calls.
    """

    defaults: FunctionDefaults
    handler: str
    timeout: int
    grants: Sequence[Grant] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    failed_calls: Queue | None = None


class Function(pulumi.ComponentResource):
    """A function, called by its alias.

    Attributes:
        name: Physical name.
        alias_name: The alias that everything outside calls.
        alias_arn: The function by that alias.
        alias_path: What API Gateway calls the function by that alias, known before it exists.
        role_arn: Who the function acts as.
        timeout: Seconds.
        concurrency: Executions at once.
    """

    name: pulumi.Output[str]
    alias_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    alias_path: str
    role_arn: pulumi.Output[str]
    timeout: int
    concurrency: int

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:function:Function", name, {}, opts)
        shared = args.defaults
        child = pulumi.ResourceOptions(parent=self)
        physical_name = f"{shared.prefix}-{name}"
        group_name = f"/aws/lambda/{physical_name}"

        log_group = shared.logs.group(name, name=group_name, opts=child)
        role = iam.Role(
            name,
            name_prefix=role_name_prefix(shared.prefix, name),
            assume_role_policy=trust("lambda.amazonaws.com"),
            permissions_boundary=shared.boundary_arn,
            opts=child,
        )
        role_grants = [*_own_grants(shared, group_name), *args.grants]
        if args.failed_calls is not None:
            role_grants += args.failed_calls.sending
        ready = [args.failed_calls.made] if args.failed_calls is not None else []
        permissions = iam.RolePolicy(name, role=role.id, policy=role_policy(role_grants), opts=child)
        function = lambda_.Function(
            name,
            name=physical_name,
            role=role.arn,
            runtime=shared.runtime,
            architectures=[shared.architecture],
            handler=args.handler,
            code=shared.code,
            layers=[shared.layer_arn],
            memory_size=shared.memory_size,
            timeout=args.timeout,
            reserved_concurrent_executions=shared.concurrency,
            publish=True,
            kms_key_arn=shared.key_arn,
            environment=lambda_.FunctionEnvironmentArgs(
                variables={
                    **shared.environment,
                    **args.environment,
                    **UNTRACED,
                    "POWERTOOLS_SERVICE_NAME": name,
                    "POWERTOOLS_LOG_LEVEL": POWERTOOLS_LEVELS.get(shared.log_level, shared.log_level),
                }
            ),
            tracing_config=lambda_.FunctionTracingConfigArgs(
                mode="Active" if shared.tracing else "PassThrough"
            ),
            logging_config=lambda_.FunctionLoggingConfigArgs(
                log_format="JSON", application_log_level=shared.log_level, log_group=log_group.name
            ),
            dead_letter_config=None
            if args.failed_calls is None
            else lambda_.FunctionDeadLetterConfigArgs(target_arn=args.failed_calls.arn),
            # Lambda checks the role when it is made, and the first call must find its permissions.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions, *ready]),
        )
        alias = lambda_.Alias(
            name, name=LIVE, function_name=function.name, function_version=function.version, opts=child
        )

        self.name = function.name
        self.alias_name = alias.name
        self.alias_arn = alias.arn
        self.alias_path = _invocation_path(shared.location, physical_name)
        self.role_arn = role.arn
        self.timeout = args.timeout
        self.concurrency = shared.concurrency
        self.register_outputs({"name": self.name, "alias_arn": self.alias_arn, "role_arn": self.role_arn})


def _own_grants(shared: FunctionDefaults, group_name: str) -> list[Grant]:
    logging = Grant(
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        # AWS judges CreateLogStream by the group and PutLogEvents by the stream: `:*` matches both.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        resources=(shared.location.arn("logs", f"log-group:{group_name}:*"),),
        reason="Lambda writes the log under the function's role, to streams that it names",
    )
    tracing = Grant(
        actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        resources=("*",),
        reason="X-Ray's write actions know no resource: "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
    )
    environment = key_grants(
        shared.key_arn,
        KEY_USE,
        via=shared.location.endpoint("lambda"),
        reason="Lambda decrypts the environment under the function's role",
    )
    return [logging, *([tracing] if shared.tracing else []), *environment]


def _invocation_path(location: Location, physical_name: str) -> str:
    function = location.arn("lambda", f"function:{physical_name}:{LIVE}")
    return (
        f"arn:{PARTITION}:apigateway:{location.region}:lambda:path"
        f"/2015-03-31/functions/{function}/invocations"
    )
