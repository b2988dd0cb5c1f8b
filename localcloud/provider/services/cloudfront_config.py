"""What CloudFront's types have in common: lists that it counts, and changes that name the last version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.resource import Resource
from localcloud.provider.shapes import is_counted

if TYPE_CHECKING:
    from botocore.model import Shape

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request


class VersionedResource(Resource):
    """A resource of CloudFront: a change or a deletion names the version (the ETag) that it is made to.

    Attributes:
        PARTS: Members of an answer that hold properties, from the outside to the inside.
        SETTLED: Inputs that the provider alone heeds, so that their change calls nothing.
    """

    PARTS: ClassVar[tuple[str, ...]] = ()
    SETTLED: ClassVar[frozenset[str]] = frozenset({"tags"})

    def request(self, operation: str, values: Values) -> Request:
        """Lists say how long they are."""
        request = super().request(operation, values)
        shape = self.input_shape(operation)
        if shape is not None:
            count(shape, request.members)
        return request

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """What is in the parts counts as the answer's own."""
        flat = dict(answer)
        for part in self.PARTS:
            flat |= flat.pop(part, None) or {}
        return super().properties(flat)

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Send the whole configuration: what is left out is gone."""
        if changed - self.SETTLED:
            operation = self.updates[0].operation
            members = self.request(operation, values).members
            cloud.call(self.service, operation, {**members, "IfMatch": self.version(cloud, values)})

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete the version that there is now."""
        members = self.request(self.delete, values).members
        cloud.call(self.service, self.delete, {**members, "IfMatch": self.version(cloud, values)})

    def version(self, cloud: Cloud, values: Values) -> str:
        """The ETag of what is there now."""
        read = self.reads[0]
        members = self.request(read.operation, values).members
        return str(cloud.call(self.service, read.operation, {**members, **read.arguments})["ETag"])


def count(shape: Shape, value: Any) -> None:  # noqa: ANN401 - a part of a request
    """Set `Quantity` wherever CloudFront counts a list, and whether one that can be switched is on."""
    if shape.type_name == "list" and isinstance(value, list):
        for item in value:
            count(shape.member, item)  # type: ignore[attr-defined]
    if shape.type_name != "structure" or not isinstance(value, dict):
        return
    members = shape.members  # type: ignore[attr-defined]
    if is_counted(shape):
        value["Quantity"] = len(value.get("Items", ()))
        if "Enabled" in members:
            value.setdefault("Enabled", bool(value["Quantity"]))
    for name, held in value.items():
        count(members[name], held)
