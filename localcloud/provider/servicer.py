"""The gRPC service that the engine talks to: `pulumirpc.ResourceProvider`.

One process serves many commands, and each command several provider instances: an instance is a connection, so
its configuration is kept by `context.peer()`.
"""

# ruff: noqa: N802, ANN401, ARG002 - names and types are those that gRPC generates

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.provider import check, configuration, diff, lifecycle, schema, sdk, services
from localcloud.provider.answering import Answering, encoded
from localcloud.provider.cloud import START, Cloud
from localcloud.provider.errors import InitializationError, ProviderError
from localcloud.provider.redaction import redacted
from localcloud.provider.values import Properties, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localcloud.provider.configuration import Server
    from localcloud.provider.resource import Resource

T = TypeVar("T")
INSTANCES_KEPT: Final = 256
KINDS: Final = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The `aws` package.

    Args:
        server: What the process was started with.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._instances: OrderedDict[str, Cloud] = OrderedDict()
        self._lock = threading.Lock()
        self._answering = Answering()

    # -- the instance -----------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:
        """Begin an instance: forget what an earlier connection from the same port had set."""
        with self._lock:
            self._instances.pop(context.peer(), None)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=False
        )

    def Attach(self, request: Any, context: Any) -> Any:
        """Take note of the engine; nothing is ever asked of it."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Tell the version: that of the installed SDK."""
        return plugin_pb2.PluginInfo(version=sdk.version())

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Describe the known types, for `pulumi import`."""
        return self._answer(context, lambda: provider_pb2.GetSchemaResponse(schema=schema.text()))

    def GetMapping(self, request: Any, context: Any) -> Any:
        """Offer no mapping to other ecosystems."""
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        """Offer no mapping to other ecosystems."""
        return provider_pb2.GetMappingsResponse()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Judge the configuration."""
        failures = [
            provider_pb2.CheckFailure(property=key, reason=f"aws:{key} {sentence}")
            for key, sentence in configuration.problems(
                decode(request.news).values, is_local=bool(self._server.endpoint)
            )
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another configuration manages the same resources; Diff sees regions and default tags."""
        changed = decode(request.news).values != decode(request.olds).values
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some if changed else none)

    def Configure(self, request: Any, context: Any) -> Any:
        """Set the instance's region, account and default tags."""

        def configure() -> Any:
            cloud = configuration.cloud_for(self._server, decode(request.args).values)
            with self._lock:
                self._instances[context.peer()] = cloud
                while len(self._instances) > INSTANCES_KEPT:
                    self._instances.popitem(last=False)
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=False
            )

        return self._answer(context, configure)

    def Cancel(self, request: Any, context: Any) -> Any:
        """End this instance's calls; the process stays for the next command."""
        cloud = self._instances.get(context.peer())
        if cloud:
            cloud.cancelled.set()
        return empty_pb2.Empty()

    # -- resources --------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:
        """Judge and complete a resource's inputs."""
        new, old = decode(request.news), decode(request.olds)

        def checked() -> Any:
            token = _token(request.urn)
            inputs, failures = check.check(
                services.resource(token),
                new.values,
                old_inputs=old.values,
                name=request.urn.rpartition("::")[2],
                seed=request.randomSeed or request.urn.encode(),
            )
            return provider_pb2.CheckResponse(
                inputs=encode(inputs, new.secrets),
                # The reason names the property; were it named apart, the engine would print its value.
                failures=[provider_pb2.CheckFailure(reason=redacted(one.reason, new)) for one in failures],
            )

        return self._answer(context, checked, new)

    def Diff(self, request: Any, context: Any) -> Any:
        """Tell what changed, and whether it means replacement."""
        new, old_inputs, old = decode(request.news), decode(request.old_inputs), decode(request.olds)

        def compared() -> Any:
            row, cloud = services.resource(_token(request.urn)), self._cloud(context)
            found = diff.diff(
                row,
                cloud,
                new.values,
                old_inputs=old_inputs.values,
                old=old.values,
                ignored=tuple(request.ignoreChanges),
            )
            some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
            return provider_pb2.DiffResponse(
                changes=some if found.changes else none,
                diffs=sorted({change.property for change in found.changes}),
                replaces=sorted({change.property for change in found.changes if change.replaces}),
                detailedDiff={
                    change.path: provider_pb2.PropertyDiff(
                        kind=KINDS[change.kind, change.replaces],
                        inputDiff=change.property != "tagsAll",  # the one that is an output
                    )
                    for change in found.changes
                },
                hasDetailedDiff=True,
                deleteBeforeReplace=found.delete_first,
            )

        return self._answer(context, compared, new)

    def Create(self, request: Any, context: Any) -> Any:
        """Create a resource, or say what is known of it before."""
        inputs = decode(request.properties)
        existing: list[InitializationError] = []

        def created() -> Any:
            row = services.resource(_token(request.urn))
            cloud = self._cloud(context, inputs, patience=request.timeout)
            if request.preview:
                outputs = lifecycle.preview_create(row, cloud, inputs.values)
                return provider_pb2.CreateResponse(properties=encoded(outputs, inputs))
            self._require_local(row)
            resource_id, outputs = lifecycle.create(row, cloud, inputs.values, exists=existing.append)
            return provider_pb2.CreateResponse(id=resource_id, properties=encoded(outputs, inputs))

        return self._answer(context, created, inputs, created=existing)

    def Read(self, request: Any, context: Any) -> Any:
        """Tell what a resource is now; an empty id when it is gone."""
        old_inputs, old = decode(request.inputs), decode(request.properties)

        def read() -> Any:
            row = services.resource(_token(request.urn))
            self._require_local(row)
            cloud = self._cloud(context, old_inputs, old, patience=request.timeout)
            found = lifecycle.read(
                row, cloud, resource_id=request.id, old_inputs=old_inputs.values, old=old.values
            )
            if found is None:
                return provider_pb2.ReadResponse()
            outputs, inputs = found
            if check.MADE_UP in old_inputs.values:
                inputs[check.MADE_UP] = old_inputs.values[check.MADE_UP]
            # An import may name a resource in another form than its id.
            named = {**row.from_id(request.id), **outputs}
            return provider_pb2.ReadResponse(
                id=request.id if old.values else row.id_of(named),
                properties=encoded(outputs, old_inputs, old),
                inputs=encoded(inputs, old_inputs),
            )

        return self._answer(context, read, old_inputs, old)

    def Update(self, request: Any, context: Any) -> Any:
        """Change a resource in place, or say what will be known of it then."""
        inputs, old_inputs, old = decode(request.news), decode(request.old_inputs), decode(request.olds)

        def updated() -> Any:
            row = services.resource(_token(request.urn))
            cloud = self._cloud(context, inputs, patience=request.timeout)
            if request.preview:
                outputs = lifecycle.preview_update(
                    row, cloud, inputs.values, old_inputs=old_inputs.values, old=old.values
                )
            else:
                self._require_local(row)
                outputs = lifecycle.update(
                    row,
                    cloud,
                    inputs.values,
                    resource_id=request.id,
                    old_inputs=old_inputs.values,
                    old=old.values,
                )
            return provider_pb2.UpdateResponse(
                properties=encoded(outputs, inputs, replace(old, secrets=_own(row, old)))
            )

        return self._answer(context, updated, inputs, old_inputs, old)

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource."""
        old_inputs, old = decode(request.old_inputs), decode(request.properties)

        def deleted() -> Any:
            row = services.resource(_token(request.urn))
            self._require_local(row)
            cloud = self._cloud(context, old_inputs, old, patience=request.timeout)
            lifecycle.delete(row, cloud, resource_id=request.id, old_inputs=old_inputs.values, old=old.values)
            return empty_pb2.Empty()

        return self._answer(context, deleted, old_inputs, old)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer a function."""
        arguments = decode(request.args)

        def answered() -> Any:
            row = services.invoke(request.tok)
            unknown = sorted(arguments.values.keys() - {*row.arguments, "region"})
            if unknown:
                known = ", ".join(row.arguments) or "none"
                reason = f"{unknown[0]} is not an argument of {request.tok} here: it knows {known}"
                return provider_pb2.InvokeResponse(
                    failures=[provider_pb2.CheckFailure(property=unknown[0], reason=reason)]
                )
            result = row.answer(self._cloud(context, arguments), arguments.values)
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(encode(result, arguments.secrets & result.keys()))
            return response

        return self._answer(context, answered, arguments)

    # -- shared -----------------------------------------------------------------------------------

    def _cloud(self, context: Any, *properties: Properties, patience: float = 0) -> Cloud:
        cloud = self._instances.get(context.peer())
        if cloud is None:
            raise ProviderError("the aws provider was asked before it was configured: run the command again")
        regions = (one.values.get("region") for one in properties)
        region = next((region for region in regions if isinstance(region, str)), None)
        return cloud.view(region=region, patience=patience)

    def _answer(
        self,
        context: Any,
        work: Callable[[], T],
        *properties: Properties,
        created: Sequence[InitializationError] = (),
    ) -> T:
        cloud = self._instances.get(context.peer())
        cancelled = cloud.cancelled if cloud else threading.Event()
        return self._answering.answer(context, work, *properties, cancelled=cancelled, created=created)

    def _require_local(self, row: Resource) -> None:
        if not self._server.endpoint:
            raise ProviderError(f"this provider serves previews only and leaves {row.type} alone: {START}")
        reason = services.PREVIEW_ONLY.get(row.type)
        if reason:
            raise ProviderError(f"{row.type} exists in previews only: {reason}")


def _token(urn: str) -> str:
    """The type in a URN such as `urn:pulumi:stack::project::parent$aws:sqs/queue:Queue::orders`."""
    return urn.split("::")[2].rpartition("$")[2]


def _own(row: Resource, old: Properties) -> frozenset[str]:
    """Secrets of the old state that the new inputs say nothing of."""
    return old.secrets - row.types().inputs.fields.keys() - {"tagsAll"}
