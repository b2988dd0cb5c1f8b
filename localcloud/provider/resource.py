"""The form of a resource type: one row of data, and the few methods that a row may replace.

README.md explains each field with the queue as an example.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import regex

from localcloud.provider import sdk, shapes
from localcloud.provider.answers import read_back
from localcloud.provider.cloud import CallError, Cloud
from localcloud.provider.tagging import as_tags, tags_member
from localcloud.provider.values import UNKNOWN, Plain

if TYPE_CHECKING:
    from botocore.model import Shape

    from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource type. Fields are data; methods below may be replaced in a subclass.

    Attributes:
        type: Pulumi's type, such as `aws:sqs/queue:Queue`.
        service: Name of the service in boto3.
        create: API name of the create call.
        reads: Calls that tell what it is; the first decides whether it exists.
        updates: Calls that change it in place.
        delete: API name of the delete call; empty when nothing is to be deleted.
        id: Template of the id over properties, such as `{role}:{name}`.
        imports: Template of what names it at an import, where that is more than the id.
        name: The naming property.
        names: Property path -> member path where they differ in more than case and plural.
        answers: As `names`, where only the answer names the property differently.
        containers: Members that hold properties one level down, such as `Attributes`.
        replace: Property paths whose change replaces the resource.
        defaults: Property path -> value that AWS assumes; sent at create, equal to absent.
        json: Properties that hold JSON, compared by meaning.
        write_only: Inputs that no read tells; echoed.
        handled: Input that a method uses -> the member it becomes ('' when none).
        computed: Output -> template over properties and {account}, {region}, {partition}.
        volatile: Outputs that any update may change, one of tags alone excepted.
        kept: Inputs that AWS keeps as they are when the program leaves them out.
        ordered: Paths of lists in which the order says something.
        cleared: Property -> value to send when an update removes it.
        arguments: Members of the create call with fixed values.
        tags: How tags work; None when it has none.
        not_found: Further error codes that mean it does not exist.
        ready: Property -> value (or values) to wait for after create and update.
        retry: Error codes or texts to try again for, while what the call needs settles.
        await_gone: Whether a delete is over only when the read finds nothing.
        delete_first: Always delete before replacing.
        limits: Property path -> what AWS allows beyond botocore's model.
    """

    type: str
    service: str
    create: str
    delete: str
    id: str
    reads: tuple[Read, ...]
    updates: tuple[Call, ...] = ()
    imports: str = ""
    name: Name | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    defaults: Values = field(default_factory=dict)
    json: tuple[str, ...] = ()
    write_only: tuple[str, ...] = ()
    handled: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    cleared: Values = field(default_factory=dict)
    arguments: Values = field(default_factory=dict)
    tags: Tags | None = None
    not_found: tuple[str, ...] = ()
    ready: Mapping[str, object] = field(default_factory=dict)
    retry: tuple[str, ...] = ()
    await_gone: bool = False
    delete_first: bool = False
    limits: Mapping[str, Limit] = field(default_factory=dict)

    # -- what a subclass may replace ------------------------------------------------------------

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Faults that span properties: pairs of property path and sentence. Values may be `UNKNOWN`."""
        del inputs
        yield from ()

    def request(self, operation: str, values: Values) -> shapes.Request:
        """The request of an operation; also built in Check, where values may be missing or `UNKNOWN`.

        Args:
            operation: API name.
            values: Inputs with defaults and, after create, the outputs.
        """
        request = shapes.build(
            self.input_shape(operation),
            self.taggable(operation, values),
            names=self.names,
            containers=self.containers,
        )
        if operation == self.create:
            request.members.update(self.arguments)
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Make the create call and answer the properties that are known by it."""
        answer = cloud.call(self.service, self.create, self.request(self.create, values).members)
        # Most answers wrap the resource: {"Role": {...}}.
        wrapped = [part for part in answer.values() if isinstance(part, Mapping)]
        return self.properties({**answer, **wrapped[0]} if len(wrapped) == 1 else answer)

    def after_create(self, cloud: Cloud, values: Values) -> None:
        """Calls that must follow a create and that no row of `updates` can say; repeated after a failure."""

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Make the calls of `updates` that the changed properties want.

        Args:
            cloud: Where to call.
            values: New inputs with defaults, and the outputs.
            changed: Names of the changed top-level properties.
        """
        for call in self.updates:
            concerned = self.concerns(call) & changed
            if concerned:
                self.run_call(cloud, call, values, concerned)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Make the delete call."""
        if self.delete:
            cloud.call(self.service, self.delete, self.request(self.delete, values).members)

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Ask what the resource is; None when it does not exist. Tags are read elsewhere."""
        found: dict[str, Any] = {}
        for read in self.reads:
            part = self._read_part(cloud, read, {**values, **found})
            if part is None and not read.optional:
                return None
            found |= self.properties(part or {})
        return found

    def unsettled(self, inputs: Values, changed: frozenset[str]) -> frozenset[str]:
        """Outputs that a preview of an update cannot know.

        Args:
            inputs: New inputs with defaults.
            changed: Names of the changed top-level properties.
        """
        del inputs
        return frozenset(self.volatile if changed - {"tags"} else ())

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Put what was read into the form that the SDK and the program use (`values` is the old state)."""
        del values
        return found

    # -- what rows and methods build on ---------------------------------------------------------

    def input_shape(self, operation: str) -> Shape | None:
        """The botocore shape of an operation's input."""
        return shapes.operation(self.service, operation).input_shape

    def types(self) -> sdk.ResourceTypes:
        """The SDK's types of this resource."""
        return sdk.resource_types(self.type)

    def properties(self, answer: Plain) -> dict[str, Any]:
        """The SDK's properties found in an answer of AWS, and `id` where the id's template has it."""
        types = {
            name: kind for name, kind in self.types().outputs.items() if name not in {"tagsAll", "region"}
        }
        if "id" in self.id_fields():
            types["id"] = sdk.Type("string")  # what AWS makes up and the SDK has no output for
        names = {**self.names, **self.answers}
        return read_back(answer, types, names=names, containers=self.containers)

    def concerns(self, call: Call) -> frozenset[str]:
        """Inputs whose change makes a call necessary."""
        if call.properties:
            return frozenset(call.properties)
        fits = shapes.build(
            self.input_shape(call.operation),
            dict.fromkeys(self.types().inputs.fields, UNKNOWN),
            names=self.names,
            containers=self.containers,
        ).placed
        return frozenset(fits - self.id_fields() - {"tags", "region"})

    def run_call(self, cloud: Cloud, call: Call, values: Values, concerned: frozenset[str]) -> None:
        """Make one call of `updates`, or its opposite."""
        inputs = {name: values.get(name) for name in self.concerns(call)}
        operation = call.otherwise if call.otherwise and not any(inputs.values()) else call.operation
        sent = {
            **values,
            **{
                name: self.cleared[name]
                for name in concerned
                if name in self.cleared and not values.get(name)
            },
        }
        if operation == call.operation and all(sent.get(name) is None for name in concerned):
            return  # dropped by the program, with nothing that AWS would fall back to: it keeps what it has
        if call.only_changed:
            kept = concerned | self.id_fields() | (set(values) - set(self.types().inputs.fields))
            sent = {name: value for name, value in sent.items() if name in kept}
        request = self.request(operation, sent)
        cloud.call(
            self.service,
            operation,
            {**request.members, **(call.arguments if operation == call.operation else {})},
        )

    def id_fields(self) -> frozenset[str]:
        """Properties that the id is made of."""
        return _fields(self.id)

    def identifies(self, from_id: Mapping[str, str]) -> bool:
        """Whether the properties that an id tells are enough to find a resource of which no more is known."""
        needed = _fields(self.imports) if self.imports else frozenset(from_id)
        return bool(from_id) and all(from_id.get(name) for name in needed)

    def id_of(self, values: Values) -> str:
        """The id, from the properties."""
        return self.id.format_map(values)

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The properties that an id tells (for import, get and refresh)."""
        parts = string.Formatter().parse(self.id)
        names = [(literal, name) for literal, name, _, _ in parts]
        pattern = "".join(
            regex.escape(literal) + (f"(?P<{name}>.+?)" if name else "") for literal, name in names
        )
        found = regex.fullmatch(pattern, resource_id)
        return dict(found.groupdict()) if found else {}

    def taggable(self, operation: str, values: Values) -> dict[str, Any]:
        """The values with tags in the form of the operation's tags member; only create calls carry tags."""
        kept = {name: value for name, value in values.items() if name not in {"tags", "tagsAll", "region"}}
        tags = values.get("tagsAll")
        if tags and self.tags and self.tags.at_create and operation == self.create:
            kept["tags"] = (
                tags if tags is UNKNOWN else as_tags(tags_member(self.input_shape(operation))[1], tags)
            )
        return kept

    def means_retry(self, error: CallError) -> bool:
        """Whether a refused call should be tried again."""
        return any(text == error.code or text in error.message for text in self.retry)

    def _read_part(self, cloud: Cloud, read: Read, values: Values) -> Plain:
        shape = self.input_shape(read.operation)
        wanted = self.id_fields() | set(read.where.values())
        required = set(getattr(shape, "required_members", ()))
        built = self.request(read.operation, values)
        members = {
            member: value
            for member, value in built.members.items()
            if member in required or built.origins.get(member) in wanted
        }
        try:
            answer: Plain = cloud.call(self.service, read.operation, {**members, **read.arguments})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        for step in filter(None, read.at.split(".")):
            answer = answer.get(step) if isinstance(answer, Mapping) else None
        if isinstance(answer, list):
            wanted_values = {member: values.get(name) for member, name in read.where.items()}
            matches = (item for item in answer if all(item.get(m) == v for m, v in wanted_values.items()))
            return next(matches, None)
        return answer


def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)
