"""A resource monitor in the engine's place: keeps what it is told, and answers what AWS would."""

from collections.abc import Mapping
from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from policy.data_sources import look_up
from policy.mocks import Cloud
from policy.stages import ROOT_STACK

DOCUMENTS = ("policy", "assumeRolePolicy")
"""What the provider takes as an object too, and answers as text."""


class Monitor(mocks.MockMonitor):
    """The monitor of one run; `registered` holds what a `policy.graph.Resource` is made of."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(_NoMocks())
        self.cloud = cloud
        self.registered: list[dict[str, Any]] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: with the types of all components around the resource."""
        around = parent.split("::")[2] if parent else ROOT_STACK
        qualified = type_ if around == ROOT_STACK else f"{around}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Answers a registration."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == ROOT_STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = json_format.MessageToDict(request.object)
        outputs = self.cloud.answer(request.type, urn, inputs) if request.custom else {}
        if request.importId:
            outputs["id"] = request.importId
        self.registered.append(
            {
                "urn": urn,
                "type": request.type,
                "name": request.name,
                "properties": inputs,
                "outputs": outputs | inputs,
                "is_component": not request.custom and not request.remote,
                "dependencies": {
                    name: list(found.urns)
                    for name, found in request.propertyDependencies.items()
                    if found.urns
                },
            }
        )
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=outputs.get("id", ""), object=_with(request.object, outputs)
        )

    def ReadResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Answers about a resource that the program only looks at: it is not the stack's."""
        urn = self.make_urn(request.parent, request.type, request.name)
        outputs = self.cloud.answer(request.type, urn, {})
        return resource_pb2.ReadResourceResponse(
            urn=urn, id=request.id, properties=_with(request.properties, outputs)
        )

    def Invoke(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Answers a data source."""
        arguments = json_format.MessageToDict(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            answer: dict[str, object] = {"urn": arguments["urn"], "id": "", "state": {}}
        else:
            answer = look_up(self.cloud, request.tok, arguments)
        return json_format.ParseDict({"return": answer}, resource_pb2.ResourceInvokeResponse())


class _NoMocks(mocks.Mocks):
    """The monitor answers by itself."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError(args.typ)


def _with(inputs: struct_pb2.Struct, outputs: Mapping[str, str]) -> struct_pb2.Struct:
    answer = struct_pb2.Struct()
    answer.update({name: value for name, value in outputs.items() if name != "id"})
    answer.MergeFrom(inputs)
    for name in DOCUMENTS:
        if name in answer.fields and answer.fields[name].HasField("struct_value"):
            answer[name] = json_format.MessageToJson(answer.fields[name].struct_value)
    return answer
