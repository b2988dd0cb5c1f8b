"""The policy pack as the engine runs it: a process of its own, spoken to over gRPC."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policy.graph import Resource
from tests.policy.cases.case import RawResource

PACK = Path(__file__).parents[2] / "policy"


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


@dataclass(frozen=True, kw_only=True)
class Configured:
    """What an operator says about one policy: a level of the protocol, properties."""

    level: Any = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Any) -> "Configured":
        """An entry of a configuration file, as the engine reads it."""
        values = dict(entry) if isinstance(entry, dict) else {"enforcementLevel": entry}
        level = values.pop("enforcementLevel", None)
        return cls(
            level=None if level is None else analyzer_pb2.EnforcementLevel.Value(level.upper()),
            properties=values,
        )


class Pack:
    """The engine's side of the conversation."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def configure(self, configured: Mapping[str, "Configured"]) -> None:
        """Configures some policies; the engine sends the others too, at their own level."""
        levels = {policy.name: policy.enforcementLevel for policy in self.info().policies}
        entries = {name: Configured() for name in levels} | dict(configured)
        self.stub.Configure(
            analyzer_pb2.ConfigureAnalyzerRequest(
                policyConfig={
                    name: analyzer_pb2.PolicyConfig(
                        enforcementLevel=levels[name] if entry.level is None else entry.level,
                        properties=struct(entry.properties),
                    )
                    for name, entry in entries.items()
                }
            )
        )

    def tag(self, **tags: str) -> None:
        """Says the tags of the stack."""
        self.stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(tags=tags))

    def info(self) -> analyzer_pb2.AnalyzerInfo:
        info: analyzer_pb2.AnalyzerInfo = self.stub.GetAnalyzerInfo(empty_pb2.Empty())
        return info

    def analyze(self, resource: Resource) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        return list(self.stub.Analyze(resource_request(resource)).diagnostics)

    def analyze_stack(self, resources: Sequence[Resource]) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        return list(self.stub.AnalyzeStack(stack_request(resources)).diagnostics)


def resource_request(resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    """What the engine asks about a resource before it acts."""
    assert isinstance(resource, RawResource)
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=struct(resource.raw),
        options=analyzer_pb2.AnalyzerResourceOptions(),
        provider=provider_of(resource),
    )


def provider_of(resource: Resource) -> analyzer_pb2.AnalyzerProviderResource | None:
    """The provider that the engine says of all that is neither a component nor Pulumi's own."""
    package = resource.type.partition(":")[0]
    if resource.is_component or package == "pulumi":
        return None
    type_ = f"pulumi:providers:{package}"
    urn = f"{resource.urn.partition('::')[0]}::omnitrack::{type_}::default"
    return analyzer_pb2.AnalyzerProviderResource(type=type_, urn=urn, name="default")


def stack_request(resources: Sequence[Resource]) -> analyzer_pb2.AnalyzeStackRequest:
    """What the engine asks about the stack at the end."""
    request = analyzer_pb2.AnalyzeStackRequest()
    for resource in resources:
        assert isinstance(resource, RawResource)
        request.resources.add(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=struct({**resource.raw, **resource.raw_outputs}),
            options=analyzer_pb2.AnalyzerResourceOptions(),
            provider=provider_of(resource),
            propertyDependencies={
                name: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                for name, urns in resource.dependencies.items()
            },
        )
    return request


@pytest.fixture
def pack() -> Iterator[Pack]:
    """A pack that nobody has spoken to."""
    with serve(PACK) as running:
        yield running


@pytest.fixture(scope="module")
def shared_pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    """One pack for many cases; without the files of the stages, which switch rules off."""
    folder = tmp_path_factory.mktemp("pack")
    (folder / "__main__.py").write_text(
        "import functools, pathlib\n"
        "from policy import configuration\n"
        f"none = pathlib.Path({str(folder)!r})\n"
        "configuration.load = functools.partial(configuration.load, folder=none)\n"
        "import policy.__main__\n"
    )
    with serve(folder) as running:
        yield running


class serve:  # noqa: N801 - a context manager, read as a verb
    """Runs a pack's folder as the language host does, until the block is left."""

    def __init__(self, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Pack:
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        assert port.isdigit()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        return Pack(self.channel)

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
