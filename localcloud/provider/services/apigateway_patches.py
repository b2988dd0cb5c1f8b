"""Changes of API Gateway resources: patch operations, built from properties.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.normal import leaves
from localcloud.provider.resource import Resource
from localcloud.provider.shapes import to_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request
    from localcloud.provider.values import Plain

Operation = dict[str, str]


class PatchedResource(Resource):
    """A resource whose id is the answer's `id`, changed by patch operations.

    Attributes:
        PATCH: API name of the call that takes patch operations.
        PATHS: Property -> path of the patch operation, for properties that hold one value.
        BLOCKS: Properties of several values, for which `operations` has code.
    """

    PATCH: ClassVar = ""
    PATHS: ClassVar[Mapping[str, str]] = {}
    BLOCKS: ClassVar[tuple[str, ...]] = ()

    def request(self, operation: str, values: Values) -> Request:
        """What is patched has a place in the request that patches."""
        request = super().request(operation, values)
        if operation == self.PATCH:
            patched = {name: values[name] for name in (*self.PATHS, *self.BLOCKS) if name in values}
            request.placed |= {path for path, _, _ in leaves(self.types().inputs.fields, patched)}
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Create it and keep its id, which is no property of the SDK."""
        answer = cloud.call(self.service, self.create, self.request(self.create, values).members)
        return {**self.properties(answer), "__id": answer.get("id")}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Make the calls of the row, then patch what else changed."""
        for call in self.updates:
            if call.operation != self.PATCH and (concerned := self.concerns(call) & changed):
                self.run_call(cloud, call, values, concerned)
        self.patch(cloud, values, list(self.operations(cloud, values, changed)))

    def operations(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> Iterator[Operation]:
        """The patch operations for changed properties."""
        del cloud
        for name in sorted(changed & self.PATHS.keys()):
            yield replaced(self.PATHS[name], values.get(name))

    def patch(self, cloud: Cloud, values: Values, operations: list[Operation]) -> None:
        """Send patch operations, if there are any."""
        if operations:
            ids = self.request(
                self.PATCH, {name: values[name] for name in self.id_fields() if name in values}
            ).members
            cloud.call(self.service, self.PATCH, {**ids, "patchOperations": operations})


def replaced(path: str, value: Plain) -> Operation:
    """Set one value; None sets it to what is empty."""
    return {"op": "replace", "path": path, "value": "" if value is None else to_kind("string", value)}


def escaped(key: str) -> str:
    """A key as a step of a path (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def set_changes(path: str, before: list[str], after: list[str]) -> Iterator[Operation]:
    """Remove and add members, in the order given; each is a step of its path."""
    gone, new = ([one for one in a if one not in b] for a, b in ((before, after), (after, before)))
    for op, items in (("remove", gone), ("add", new)):
        yield from ({"op": op, "path": f"{path}/{escaped(item)}"} for item in items)


def map_changes(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Operation]:
    """Set the entries of a map and remove those that are no longer in it."""
    yield from (
        {"op": "remove", "path": f"{path}/{escaped(key)}"} for key in sorted(before.keys() - after.keys())
    )
    yield from (
        replaced(f"{path}/{escaped(key)}", after[key])
        for key in sorted(after)
        if before.get(key) != after[key]
    )
