"""Lists in Pulumi that API Gateway v2 keeps as maps by one of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.normal import leaves
from localcloud.provider.resource import Resource
from localcloud.provider.shapes import match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request


class PartResource(Resource):
    """A part of an API: its id is known within the API only, so an import names both.

    Attributes:
        KEYED: List property -> the field that is the key of AWS's map, and the one that is the value
            (empty when the value has all other fields).
    """

    KEYED: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def id_fields(self) -> frozenset[str]:
        """What finds it: its id, and the ids of what it is in."""
        return frozenset(self._steps())

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The id of the part; an import names what it is in before it: `api/route/response`."""
        fields = self._steps()
        steps = resource_id.split("/", len(fields) - 1)
        return dict(zip(fields[-len(steps) :], steps, strict=True))

    def request(self, operation: str, values: Values) -> Request:
        """Lists become the maps that AWS wants."""
        listed = {name: values[name] for name in self.KEYED if isinstance(values.get(name), list)}
        mapped = {name: _as_map(items, *self.KEYED[name]) for name, items in listed.items()}
        request = super().request(operation, {**values, **mapped})
        placed = {name: items for name, items in listed.items() if name in request.placed}
        request.placed |= {path for path, _, _ in leaves(self.types().inputs.fields, placed)}
        return request

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """AWS's maps become lists again."""
        shown = dict(answer)
        for name, (key, only) in self.KEYED.items():
            member = match(name, tuple(shown))
            if member and isinstance(shown[member], dict):
                shown[member] = [
                    {key: text, **({only: held} if only else held)} for text, held in shown[member].items()
                ]
        return super().properties(shown)

    def _steps(self) -> list[str]:
        return [field.strip("{}") for field in self.imports.split("/")]


def _as_map(items: list[Any], key: str, only: str) -> dict[str, Any]:
    """A map by a field; entries whose key is not known yet are left out."""
    found = {}
    for item in items:
        if isinstance(item, dict) and isinstance(item.get(key), str):
            rest = {name: value for name, value in item.items() if name != key}
            found[item[key]] = rest.get(only, {}) if only else rest
    return found


def with_removals(now: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The entries of a map that AWS merges: one with an empty value is removed."""
    return {**dict.fromkeys(now.keys() - wanted.keys(), ""), **wanted}
