"""Which property of which type each rule reads: what has to be mutated, seen while the rules judge."""

from collections.abc import Iterable
from dataclasses import replace

from policy.graph import Graph, Resource
from policy.rule import judge
from policy.rules import CONCERNS, RULES
from tests.policy.mutations.defects import Resources
from tests.policy.mutations.graphs import tested

Read = tuple[str, str, str]
"""A rule's id, a type, a top-level property."""

JUDGED = tuple(rule for rule in RULES if rule not in CONCERNS["governance"])


class _Noting(dict[str, object]):
    """Properties that note what is read of them."""

    noted: set[str]

    def get(self, key: str, default: object = None) -> object:
        self.noted.add(key)
        return super().get(key, default)


def reads(resources: Resources) -> set[Read]:
    """All that the rules read of these resources, properties that nobody has set among it."""
    watched = [_watched(resource) for resource in resources.values()]
    graph = Graph(watched)
    context = tested().context(graph)
    found: set[Read] = set()
    for rule in JUDGED:
        judge([rule], context)
        found |= {(rule.id, type_, name) for type_, name in _taken(watched)}
    return found


def _watched(resource: Resource) -> Resource:
    copy = replace(resource)
    properties = _Noting(resource.properties)
    properties.noted = set()
    object.__setattr__(copy, "properties", properties)
    return copy


def _taken(watched: Iterable[Resource]) -> Iterable[tuple[str, str]]:
    for resource in watched:
        properties = resource.properties
        assert isinstance(properties, _Noting)
        yield from ((resource.type, name) for name in properties.noted)
        properties.noted.clear()
