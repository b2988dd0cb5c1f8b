"""One resource in an account of its own: worked on through the provider, behind its back by boto3."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
from pulumi.runtime.proto import provider_pb2

from localcloud.provider.values import UNKNOWN, decode, encode


@dataclass(frozen=True)
class Changes:
    """What the provider's Diff answered.

    Attributes:
        names: Top-level properties that changed.
        replaces: Those of them that mean a replacement.
        delete_first: Whether the old resource goes before the new one comes.
    """

    names: set[str]
    replaces: set[str]
    delete_first: bool


@dataclass(kw_only=True)
class Scene:
    """One resource of a type, and the account that it is in.

    Attributes:
        provider: gRPC stub of the provider.
        endpoint: Address of the local cloud.
        region: Its region.
        account: The account.
        type: Pulumi's type of the resource.
        needs: What the case made before.
        id: The resource's id.
        inputs: Its inputs, as Check completed them.
        outputs: Its outputs.
    """

    provider: Any = field(repr=False)
    endpoint: str
    region: str
    account: str
    type: str
    needs: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    _seeds: Any = field(default_factory=itertools.count, repr=False)

    def aws(self, service: str) -> Any:
        """A boto3 client of the account's root user."""
        make: Any = boto3.client  # its overloads know literal names only
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.account,
            aws_secret_access_key="local",
        )

    def make(self, type_: str, **inputs: Any) -> dict[str, Any]:
        """Make another resource through the provider; answers its outputs and its `id`."""
        other = Scene(
            provider=self.provider,
            endpoint=self.endpoint,
            region=self.region,
            account=self.account,
            type=type_,
            _seeds=self._seeds,
        )
        other.create(other.check(inputs))
        return {**other.outputs, "id": other.id}

    def check(self, inputs: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Completed inputs; with the old ones, those of an update."""
        seed = hashlib.sha256(f"{self.type} {next(self._seeds)}".encode()).digest()
        answer = self.provider.Check(
            provider_pb2.CheckRequest(
                urn=self._urn, news=encode(dict(inputs)), olds=encode(dict(old or {})), randomSeed=seed
            )
        )
        assert not answer.failures, [failure.reason for failure in answer.failures]
        return decode(answer.inputs).values

    def preview_create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs that a preview knows."""
        request = provider_pb2.CreateRequest(urn=self._urn, properties=encode(dict(inputs)), preview=True)
        return decode(self.provider.Create(request).properties).values

    def create(self, inputs: Mapping[str, Any]) -> None:
        """Create the resource."""
        request = provider_pb2.CreateRequest(urn=self._urn, properties=encode(dict(inputs)))
        answer = self.provider.Create(request)
        self.id, self.inputs, self.outputs = answer.id, dict(inputs), decode(answer.properties).values

    def diff(self, inputs: Mapping[str, Any]) -> Changes:
        """Compare inputs with those of the resource."""
        answer = self.provider.Diff(
            provider_pb2.DiffRequest(
                id=self.id,
                urn=self._urn,
                olds=encode(self.outputs),
                old_inputs=encode(self.inputs),
                news=encode(dict(inputs)),
            )
        )
        return Changes(set(answer.diffs), set(answer.replaces), answer.deleteBeforeReplace)

    def update(self, inputs: Mapping[str, Any]) -> None:
        """Preview an update, then make it."""
        for preview in (True, False):
            answer = self.provider.Update(
                provider_pb2.UpdateRequest(
                    id=self.id,
                    urn=self._urn,
                    olds=encode(self.outputs),
                    old_inputs=encode(self.inputs),
                    news=encode(dict(inputs)),
                    preview=preview,
                )
            )
        self.inputs, self.outputs = dict(inputs), decode(answer.properties).values

    def apply(self, program: Mapping[str, Any]) -> None:
        """Bring the resource to what a program says, by an update or a replacement, as the engine does."""
        wanted = self.check(program, self.inputs)
        changes = self.diff(wanted)
        if not changes.replaces:
            self.update(wanted)
        elif changes.delete_first:
            self.delete()
            self.create(self.check(program))
        else:
            old = replace(self)
            self.create(self.check(program))
            assert self.id != old.id, "the new resource has the id of the old one, which is yet to be deleted"
            old.delete()

    def read(self) -> provider_pb2.ReadResponse:
        """Ask for the resource; the answer has no id when it is gone."""
        answer: provider_pb2.ReadResponse = self.provider.Read(
            provider_pb2.ReadRequest(
                id=self.id, urn=self._urn, inputs=encode(self.inputs), properties=encode(self.outputs)
            )
        )
        return answer

    def refresh(self) -> set[str]:
        """Take over what the cloud tells; answers the inputs that it changed."""
        before = self.inputs
        self._take(self.read())
        return {name for name in {*before, *self.inputs} if before.get(name) != self.inputs.get(name)}

    def adopt(self, import_id: str) -> None:
        """Import the resource: its id is all that is known of it."""
        self._take(self.provider.Read(provider_pb2.ReadRequest(id=import_id, urn=self._urn)))

    def _take(self, found: provider_pb2.ReadResponse) -> None:
        assert found.id, f"{self.type} {self.id} is gone"
        self.id = found.id
        self.inputs, self.outputs = decode(found.inputs).values, decode(found.properties).values

    def delete(self) -> None:
        """Delete the resource."""
        self.provider.Delete(
            provider_pb2.DeleteRequest(
                id=self.id,
                urn=self._urn,
                properties=encode(self.outputs),
                old_inputs=encode(self.inputs),
            )
        )

    @property
    def _urn(self) -> str:
        return f"urn:pulumi:types::table::{self.type}::it"


def with_unknown(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The inputs of a preview that does not know one of them."""
    return {**inputs, name: UNKNOWN}


def over(found: Any, own: Any) -> Any:
    """What a program says, completed by what was found beside it."""
    if not isinstance(found, Mapping) or not isinstance(own, Mapping):
        return own
    return {**found, **{name: over(found.get(name), value) for name, value in own.items()}}
