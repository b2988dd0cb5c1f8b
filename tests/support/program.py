"""Runs the program, or a part of it, against a recorder instead of an engine."""

import asyncio
import gc
import json
import runpy
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import pulumi
import pulumi.runtime
import yaml
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import run_in_stack

ROOT = Path(__file__).parents[2]
PROJECT = "omnitrack"
STACKS = ("development", "staging", "production")
STACK_TYPE = "pulumi:pulumi:Stack"
ACCOUNT, REGION = "123456789012", "us-east-1"


class StoppedError(SystemExit):
    """The guard ended the program; the text is what it says."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A resource as the engine would have been told of it.

    Attributes:
        type: Its token.
        name: Its logical name.
        inputs: What the program says, as a policy sees it.
        urn: Where it stands in the stack.
        parent: URN of what it is part of.
        depends_on: URNs of what it waits for.
        protect: Whether the engine refuses to delete it.
        retained: Whether the engine leaves it in the cloud when the program drops it.
        provider: An explicit provider; empty for the default one.
        secrets: Inputs that the engine keeps encrypted.
        outputs: What a component registers; None for other resources, and for one that registers nothing.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    urn: str
    parent: str
    depends_on: tuple[str, ...]
    protect: bool
    retained: bool
    provider: str
    secrets: frozenset[str]
    outputs: Mapping[str, Any] | None = None

    @property
    def is_component(self) -> bool:
        """Whether it is one of the program's own."""
        return self.type.startswith(f"{PROJECT}:")

    def policy(self, key: str = "policy") -> list[dict[str, Any]]:
        """The statements of a policy document among the inputs."""
        statements: list[dict[str, Any]] = json.loads(self.inputs[key])["Statement"]
        return statements


class Answers(pulumi.runtime.Mocks):
    """Answers every registration with its inputs and made-up outputs."""

    def __init__(self) -> None:
        self.invoked: list[str] = []

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.invoked.append(args.token)
        return {}, None

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        name = args.inputs.get("name", args.name)
        kind = args.typ.split(":")[-1]
        made_up = {
            "arn": f"arn:aws:made-up:{REGION}:{ACCOUNT}:{kind}/{name}",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{args.name}-id",
            "invokeUrl": f"https://{args.name}-id.execute-api.{REGION}.amazonaws.com/stage",
            "keyId": f"{args.name}-key-id",
            "streamArn": f"arn:aws:made-up:{REGION}:{ACCOUNT}:{kind}/{name}/stream/2026-01-01T00:00:00.000",
            "domainName": f"{args.name}.cloudfront.net",
            "hostedZoneId": f"{args.name}-zone-id",
            "fqdn": name,
            "domainValidationOptions": [
                {
                    "resourceRecordName": f"_{args.name}.example.org",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": f"_{args.name}.acm-validations.aws",
                }
            ],
            "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
            "version": "1",
            "name": name,
        }
        return f"{args.name}-id", made_up | args.inputs


class Monitor(mocks.MockMonitor):
    """A mock monitor that keeps everything it is told."""

    def __init__(self) -> None:
        self.answers = Answers()
        super().__init__(self.answers)
        self.recorded: dict[str, Recorded] = {}
        self.exports: Mapping[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        answer: Any = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != STACK_TYPE:
            if answer.urn in self.recorded:
                raise AssertionError(f"{answer.urn} is registered twice")
            inputs = rpc.deserialize_properties(request.object)
            self.recorded[answer.urn] = Recorded(
                type=request.type,
                name=request.name,
                inputs={name: rpc.unwrap_rpc_secret(value) for name, value in inputs.items()},
                urn=answer.urn,
                parent=request.parent,
                depends_on=tuple(sorted(request.dependencies)),
                protect=request.protect,
                retained=request.retainOnDelete,
                provider=request.provider,
                secrets=frozenset(name for name, value in inputs.items() if rpc.is_rpc_secret(value)),
            )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        outputs = rpc.deserialize_properties(request.outputs)
        if request.urn in self.recorded:
            self.recorded[request.urn] = replace(self.recorded[request.urn], outputs=outputs)
        else:
            self.exports = outputs
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a program registered, invoked and exported."""

    resources: tuple[Recorded, ...]
    exports: Mapping[str, Any] = field(default_factory=dict)
    invoked: tuple[str, ...] = ()

    def all(self, token: str) -> list[Recorded]:
        """Every resource of a type."""
        return [resource for resource in self.resources if resource.type == token]

    def one(self, token: str, name: str | None = None) -> Recorded:
        """The one resource of a type, or of a type and logical name."""
        found = [each for each in self.all(token) if name in {None, each.name}]
        if len(found) != 1:
            raise AssertionError(
                f"{len(found)} resources are {token} {name or ''}: {[e.name for e in found]}"
            )
        return found[0]

    def only(self, token: str, name: str | None = None) -> Mapping[str, Any]:
        """The inputs of the one resource of a type, or of a type and logical name."""
        return self.one(token, name).inputs


def deploy(program: Callable[[], object], *, stack: str = "staging") -> Deployed:
    """Run a program that registers resources, to its end."""
    monitor = Monitor()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def run() -> None:
        program()  # what it answers is nobody's business, least of all the SDK's, which would await it

    try:
        pulumi.runtime.set_mocks(monitor.answers, project=PROJECT, stack=stack, monitor=monitor)
        set_root_resource(None)  # type: ignore[arg-type] # the program gets its own, as under an engine
        loop.run_until_complete(run_in_stack(run))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return Deployed(
        resources=tuple(sorted(monitor.recorded.values(), key=lambda each: each.urn)),
        exports=monitor.exports,
        invoked=tuple(monitor.answers.invoked),
    )


def configuration(stack: str) -> dict[str, str]:
    """The configuration of a stack, as the engine hands it to the program."""
    values: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def _stopped(message: str) -> NoReturn:
    raise StoppedError(message)


def deploy_program(
    stack: str, changes: Mapping[str, str | None] | None = None, *, guarded: bool = True
) -> Deployed:
    """Run the whole program for a stack, without building what its functions carry.

    Args:
        stack: Which stack's settings apply.
        changes: Settings with other values than the stack's, by full name; None takes one away.
        guarded: Whether the guard judges; without it, programs that break a rule can be looked at.

    Raises:
        StoppedError: The guard found a violation.
    """
    config = {**configuration(stack), **(changes or {})}
    program = str(ROOT / "__main__.py")
    built = Path(".local/build")
    with (
        mock.patch("functions.build.code_archive", return_value=built / "code.zip"),
        mock.patch("functions.build.dependency_layer", side_effect=lambda *target: built / f"{target}.zip"),
        mock.patch("policy.guard._stop", _stopped),
        nullcontext() if guarded else mock.patch("policy.guard.judge"),
    ):
        pulumi.runtime.set_all_config({key: text for key, text in config.items() if text is not None}, [])
        try:
            return deploy(lambda: runpy.run_path(program, run_name="__main__"), stack=stack)
        finally:
            pulumi.runtime.set_all_config({}, [])
            gc.unfreeze()  # the program rests it, and keeps from it what it imported
            gc.enable()
