"""Mutants: a graph with one defect, beside the same graph without it, and what has to be found."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from policy.graph import ABSENT, UNKNOWN, Resource
from policy.rule import Outcome
from tests.policy.mutations.defects import (
    Change,
    Defect,
    Moment,
    Resources,
    Structure,
    at,
    put,
    reads_old,
    to,
)
from tests.policy.mutations.graphs import Stage

Said = tuple[str, str, Outcome]
"""A rule's id, a resource's URN, and what is said."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A defect in one resource.

    `base` is the program's own graph. `before` is the graph without the defect; it differs from it where the
    program has to know a value already for the defect to stand in it.
    """

    defect: Defect
    stage: str
    moment: Moment
    urn: str
    base: Resources
    before: Resources
    after: Resources
    expected: frozenset[Said]

    def __str__(self) -> str:
        return f"{self.defect} [{self.stage}, {self.moment}, {self.urn.rpartition('::')[2]}]"


def mutants(defect: Defect, stage: Stage) -> Iterator[Mutant]:
    """One mutant for each resource that the defect applies to and each moment that can see it."""
    types: set[str] = set()
    for urn, resource in stage.update.items():
        if not defect.applies_to(resource) or (resource.type in types and not defect.everywhere):
            continue
        if defect.change in (Structure.ELSEWHERE, Structure.FOREIGN) and not _others(defect, stage, urn):
            continue
        told = [(defect.rule, defect.on, defect.preview), *defect.also]
        found = [(rule, one.urn, preview) for rule, on, preview in told for one in on(resource, stage.update)]
        if found:
            types.add(resource.type)
        for moment in defect.moments if found else ():
            before, after = _graphs(defect, stage, moment, urn)
            said = (
                (rule, where, Outcome.VIOLATION if moment is Moment.UPDATE else preview)
                for rule, where, preview in found
            )
            yield Mutant(
                defect=defect,
                stage=stage.name,
                moment=moment,
                urn=urn,
                base=stage.update if moment is Moment.UPDATE else stage.preview,
                before=before,
                after=after,
                expected=frozenset((rule, where, outcome) for rule, where, outcome in said if outcome),
            )


def _graphs(defect: Defect, stage: Stage, moment: Moment, urn: str) -> tuple[Resources, Resources]:
    resources: Resources = stage.update if moment is Moment.UPDATE else stage.preview
    subject = resources[urn]
    match defect.change:
        case Structure.GONE:
            known = {one: _known(resources[one], stage.update[one], urn) for one in resources}
            before = known if moment is Moment.PREVIEW else resources
            return before, {one: _without(before[one], urn) for one in before if one != urn}
        case Structure.ELSEWHERE:
            target, other = _others(defect, stage, urn)[0]
            return resources, {
                **resources,
                urn: _elsewhere(defect, subject, stage.update[urn], target, other),
            }
        case Structure.FOREIGN:
            _, other = _others(defect, stage, urn)[0]
            return resources, {**resources, urn: _from(subject, defect.path, (other.urn,))}
        case Structure.NOWHERE:
            return resources, {**resources, urn: _from(subject, defect.path, ())}
        case Structure.BESIDE:
            added = beside(subject, defect.beside)
            return resources, {**resources, added.urn: added}
    assert callable(defect.change)
    before = resources
    if reads_old(defect.change) or _is_hidden(subject, defect.path):
        known_value = stage.update[urn].properties.get(defect.property, ABSENT)
        if subject.properties.get(defect.property, ABSENT) != known_value:
            before = {**resources, urn: _set(subject, defect.property, known_value)}
    return before, {**before, urn: changed(before[urn], defect.path, defect.change)}


def beside(resource: Resource, type_: str) -> Resource:
    """A resource of another type, of which nothing is known but its name."""
    stack, project, _, _ = resource.urn.split("::")
    return Resource(urn=f"{stack}::{project}::{type_}::added", type=type_, name="added", properties={})


def _is_hidden(resource: Resource, path: str) -> bool:
    """Whether an unknown value stands around the place of the path."""
    parts = path.split(".")
    return any(
        at(resource.properties, ".".join(parts[:length])) is UNKNOWN for length in range(1, len(parts))
    )


def changed(resource: Resource, path: str, change: Change) -> Resource:
    """The resource with another value; it comes from nowhere else then."""
    new = put(resource.properties, path, change)
    assert isinstance(new, Mapping)
    names = [
        name
        for name in {**resource.properties, **new}
        if repr(new.get(name, ABSENT)) != repr(resource.properties.get(name, ABSENT))
    ]
    assert names, f"{path} of {resource.urn} is so already"
    for name in names:
        value = new.get(name, ABSENT)
        nested = "." in path and holds_unknown(value)
        resource = _set(resource, name, value, keep_sources=reads_old(change) or nested)
    return resource


def _set(resource: Resource, name: str, value: object, *, keep_sources: bool = True) -> Resource:
    properties = {key: one for key, one in resource.properties.items() if key != name}
    outputs = {key: one for key, one in resource.outputs.items() if key != name}
    if value is not ABSENT:
        properties[name] = value
        if resource.outputs:
            outputs[name] = value
    dependencies = dict(resource.dependencies)
    if not keep_sources or value is ABSENT:
        dependencies.pop(name, None)
    return replace(resource, properties=properties, outputs=outputs, dependencies=dependencies)


def holds_unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(holds_unknown, value.values()))
    return any(map(holds_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _known(resource: Resource, known: Resource, source: str) -> Resource:
    """The resource, with what it takes from a source written out."""
    for name, urns in resource.dependencies.items():
        if source in urns and name in known.properties:
            resource = _set(resource, name, known.properties[name])
    return resource


def _without(resource: Resource, source: str) -> Resource:
    dependencies = {
        name: tuple(urn for urn in urns if urn != source) for name, urns in resource.dependencies.items()
    }
    return replace(resource, dependencies={name: urns for name, urns in dependencies.items() if urns})


def _others(defect: Defect, stage: Stage, urn: str) -> list[tuple[Resource, Resource]]:
    """What a property may point at instead, each beside what it points at."""
    known = stage.update
    if defect.change is Structure.FOREIGN:
        return [(known[urn], other) for other in known.values() if other.urn != urn and defect.other(other)]
    value = at(known[urn].properties, defect.path)
    targets = [known[one] for one in known[urn].dependencies.get(defect.property, ()) if one in known]
    return [
        (target, other)
        for target in targets
        for other in known.values()
        if other.type == target.type and other.urn not in (target.urn, urn) and defect.other(other)
        if _same_output(value, target, other) is not None
    ]


def _elsewhere(
    defect: Defect, subject: Resource, known: Resource, target: Resource, other: Resource
) -> Resource:
    hidden = at(subject.properties, defect.path) is UNKNOWN
    value = UNKNOWN if hidden else _same_output(at(known.properties, defect.path), target, other)
    new = put(subject.properties, defect.path, to(value))
    assert isinstance(new, Mapping)
    moved = _set(subject, defect.property, new[defect.property])
    urns = subject.dependencies.get(defect.property, ())
    return _with_sources(moved, defect.property, [other.urn if one == target.urn else one for one in urns])


def _from(subject: Resource, path: str, urns: Iterable[str]) -> Resource:
    new = put(subject.properties, path, to(UNKNOWN))
    assert isinstance(new, Mapping)
    name = path.partition(".")[0]
    return _with_sources(_set(subject, name, new[name]), name, urns)


def _with_sources(resource: Resource, name: str, urns: Iterable[str]) -> Resource:
    return replace(resource, dependencies={**resource.dependencies, name: tuple(urns)})


def _same_output(value: object, target: Resource, other: Resource) -> object:
    names = [name for name, output in target.outputs.items() if output == value and name in other.outputs]
    return next((other.outputs[name] for name in names if other.outputs[name] != value), None)


def mistakes(mutant: Mutant, before: Iterable[Said], after: Iterable[Said]) -> tuple[set[Said], set[Said]]:
    """What a judge misses of a mutant, and what it says too much.

    What was undecided before may be decided on the mutated resource, as its value is known now.
    """
    before, after = set(before), set(after)
    told = {(rule, urn) for rule, urn, _ in mutant.expected}
    missed = {said for said in mutant.expected if said not in after or said in before}
    if mutant.defect.veiled:
        still = {(rule, urn) for rule, urn, outcome in before & after if outcome is Outcome.UNDECIDED}
        missed = {said for said in missed if said[:2] not in still}
    false = after - mutant.expected - before
    vanished = {said for said in before - after if said[1] != mutant.urn and said[:2] not in told}
    return missed, false | vanished
