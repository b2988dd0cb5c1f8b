"""Defects as data: what is done to which property, and which rule has to tell it, and where."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policy.graph import ABSENT, Resource, is_set
from policy.rule import Outcome

Resources = Mapping[str, Resource]
Change = Callable[[Any], object]
"""Makes the new value from the old one; ABSENT takes the property away."""
On = Callable[[Resource, Resources], Iterable[Resource]]
"""Where a finding appears: from the mutated resource, as it was, and the resources as they were."""
Where = Callable[[Resource], bool]


class Moment(StrEnum):
    """When a graph is judged: before its deployment, or when everything is known."""

    PREVIEW = "preview"
    UPDATE = "update"


class Structure(StrEnum):
    """Defects that are no other value."""

    GONE = "the resource is gone"
    ELSEWHERE = "it points at another resource of the type"
    FOREIGN = "what is not known yet comes from another kind of resource"
    NOWHERE = "what is not known yet comes from nowhere"
    BESIDE = "another resource is beside it"


def itself(resource: Resource, _resources: Resources) -> Iterable[Resource]:
    return (resource,)


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A row: one defect, put into each resource of the types that has the property.

    Attributes:
        rule: Which rule tells it.
        types: Types of the resources it is put into.
        path: Dotted names, a number picks an entry of a list; empty for the resource itself.
        change: What is done.
        name: What is wrong then.
        where: Which of the resources; without it those that have the property.
        other: What `ELSEWHERE` and `FOREIGN` point at.
        beside: The type of what `BESIDE` adds.
        on: Where the finding appears.
        also: Other rules that tell the same defect by design, where, and what they say at preview.
        preview: What the preview says; None where it cannot see the defect at all.
        moments: When the defect can stand in a graph.
        reason: Why the preview says less than a violation, or a moment is left out.
        veiled: Why the preview may stay undecided where it is so without the defect.
        everywhere: Whether each resource gets it, or one of each type in each graph.
    """

    rule: str
    types: tuple[str, ...]
    path: str
    change: Change | Structure
    name: str
    where: Where | None = None
    other: Where = lambda _resource: True
    beside: str = ""
    on: On = itself
    also: tuple[tuple[str, On, Outcome | None], ...] = ()
    preview: Outcome | None = Outcome.VIOLATION
    moments: tuple[Moment, ...] = tuple(Moment)
    reason: str = ""
    veiled: str = ""
    everywhere: bool = True

    def __str__(self) -> str:
        types = " or ".join(dict.fromkeys(type_.rpartition(":")[2] for type_ in self.types))
        return f"{self.rule}: {types} {self.path or '(whole)'}: {self.name}"

    @property
    def property(self) -> str:
        """The top-level property."""
        return self.path.partition(".")[0]

    def applies_to(self, resource: Resource) -> bool:
        """Whether it can be put into this resource, as it is when everything is known."""
        if resource.type not in self.types:
            return False
        if self.where is not None:
            return self.where(resource)
        return not self.path or is_set(at(resource.properties, self.path))


def at(value: object, path: str) -> object:
    """What stands at a path, where numbers pick an entry of a list."""
    for name in path.split("."):
        if isinstance(value, list):
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else ABSENT
        elif isinstance(value, Mapping):
            value = value.get(name, ABSENT)
        else:
            return ABSENT
    return value


def put(value: object, path: str, change: Change) -> object:
    """A copy in which the value at the path is changed."""
    if not path:
        return change(value)
    name, _, rest = path.partition(".")
    if isinstance(value, list):
        index = int(name)
        entry = put(value[index], rest, change)
        kept = [] if entry is ABSENT else [entry]
        return [*value[:index], *kept, *value[index + 1 :]]
    whole: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
    entry = put(whole.pop(name, ABSENT), rest, change)
    return whole if entry is ABSENT else {**whole, name: entry}


# --- Changes


def removed(_old: object) -> object:
    return ABSENT


def to(value: object) -> Change:
    return lambda _old: value


def edited(edit: Callable[[Any], object]) -> Change:
    """Changes a document that stands there as JSON."""

    def change(old: str) -> str:
        return json.dumps(edit(json.loads(old)))

    change.reads = True  # type: ignore[attr-defined] # such a change needs the old value
    return change


def reads_old(change: Change) -> bool:
    return getattr(change, "reads", False)


def with_statement(**statement: object) -> Change:
    """Adds a statement to a policy document."""

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        found = document["Statement"]
        listed = found if isinstance(found, list) else [found]
        return {**document, "Statement": [*listed, {"Effect": "Allow", **statement}]}

    return edited(edit)


def in_statements(**elements: object) -> Change:
    """Sets elements of every statement of a policy document; ABSENT takes one away."""

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        found = document["Statement"]
        listed = found if isinstance(found, list) else [found]
        merged = [{**one, **elements} for one in listed]
        return {
            **document,
            "Statement": [
                {key: value for key, value in one.items() if value is not ABSENT} for one in merged
            ],
        }

    return edited(edit)


# --- Rows of a kind

Named = Mapping[str, Change]

ACCOUNT = "123456789012"
AWS_KEYS: Named = {
    "AWS managed, as alias/aws/x": to("alias/aws/service"),
    "AWS managed, as aws/x": to("aws/service"),
    "AWS managed, as an ARN": to(f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/service"),
    "of another service": to(f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"),
}
KEY: Named = {"no key": removed, "empty": to(""), **AWS_KEYS, "a flag": to(False)}
SWITCH: Named = {"not set": removed, "false": to(False), "a text": to("true")}
TRUE: Named = {**SWITCH, "a number": to(1.0)}


def value(wrong: Sequence[object]) -> Named:
    """Values that are all wrong, and none at all."""
    return {"not set": removed, **{f"{one!r}": to(one) for one in wrong}}


def rows(rule: str, types: Sequence[str] | str, path: str, changes: Named, **more: Any) -> list[Defect]:
    """One row for each change: the first is for every resource, the others for one of each type."""
    listed = (types,) if isinstance(types, str) else tuple(types)
    return [
        Defect(rule=rule, types=listed, path=path, change=change, name=name, everywhere=number == 0, **more)
        for number, (name, change) in enumerate(changes.items())
    ]


def gone(rule: str, types: Sequence[str] | str, **more: Any) -> list[Defect]:
    """The resource is taken away."""
    return structural(Structure.GONE, rule, types, "", **more)


def elsewhere(rule: str, types: Sequence[str] | str, path: str, **more: Any) -> list[Defect]:
    """The property points at another resource of the type, where the graph has one."""
    return structural(Structure.ELSEWHERE, rule, types, path, **more)


def structural(
    structure: Structure, rule: str, types: Sequence[str] | str, path: str, **more: Any
) -> list[Defect]:
    listed = (types,) if isinstance(types, str) else tuple(types)
    return [Defect(rule=rule, types=listed, path=path, change=structure, name=structure.value, **more)]


def also(rule: str, on: On = itself, preview: Outcome | None = Outcome.VIOLATION) -> Any:
    """One of `Defect.also`."""
    return (rule, on, preview)


# --- Where findings appear, and where defects go


def source_of(path: str, *types: str) -> On:
    """The resources that a property points at."""
    top = path.partition(".")[0]

    def on(resource: Resource, resources: Resources) -> Iterable[Resource]:
        found = (resources[urn] for urn in resource.dependencies.get(top, ()) if urn in resources)
        return [one for one in found if one.type in types]

    return on


def users_of(path: str, *types: str) -> On:
    """The resources whose property points at this one."""
    top = path.partition(".")[0]

    def on(resource: Resource, resources: Resources) -> Iterable[Resource]:
        return [
            one
            for one in resources.values()
            if one.type in types and resource.urn in one.dependencies.get(top, ())
        ]

    return on


def all_of(*types: str) -> On:
    return lambda _resource, resources: [one for one in resources.values() if one.type in types]


def through(first: On, second: On) -> On:
    def on(resource: Resource, resources: Resources) -> Iterable[Resource]:
        return [two for one in first(resource, resources) for two in second(one, resources)]

    return on


def is_at(path: str, *values: object) -> Where:
    """Those in which the value at a path is one of these."""
    return lambda resource: at(resource.properties, path) in values


def has_no(path: str) -> Where:
    return lambda resource: not is_set(at(resource.properties, path))


def has(path: str) -> Where:
    return lambda resource: is_set(at(resource.properties, path))


def named(*names: str) -> Where:
    return lambda resource: resource.name in names


def both(*conditions: Where) -> Where:
    return lambda resource: all(condition(resource) for condition in conditions)


def points_at(path: str, *types: str) -> Where:
    """Those whose property comes from a resource of one of these types."""
    top = path.partition(".")[0]
    kinds = {type_.rpartition(":")[0] for type_ in types}

    def where(resource: Resource) -> bool:
        urns = resource.dependencies.get(top, ())
        return any(urn.split("::")[2].rpartition("$")[2].rpartition(":")[0] in kinds for urn in urns)

    return where


def anywhere(_resource: Resource) -> bool:
    return True
