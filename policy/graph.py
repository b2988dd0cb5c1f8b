"""Resources as the rules see them, the same from every source: policy pack, guard, state, mocks.

Values keep three states. What the program sets is a value, what it leaves out is `ABSENT`, and what depends
on something that does not exist yet is `UNKNOWN`: a rule must never take the third for one of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from pulumi_policy import proxy


class Missing(Enum):
    """Why there is no value to read."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


ABSENT: Final = Missing.ABSENT
UNKNOWN: Final = Missing.UNKNOWN

Properties = Mapping[str, object]
Link = bool | Literal[Missing.UNKNOWN]
"""Whether one resource points at another: yes, no, or not known yet."""

_UNKNOWN_VALUES = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)
_INTERNAL_KEYS = frozenset({"__defaults", "__meta"})
_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
_WRAPPERS = frozenset({"1b47061264138c4ac30d75fd1eb44270", "d0e6a833031e9bbcd3f4e8bde6ca49a4"})
"""Signatures of secrets and of output values, which wrap what they hold under `value`."""


def plain(value: object) -> object:
    """Copies a property into dicts, lists and scalars, unknown parts replaced by `UNKNOWN`.

    Unwraps the proxies of the policy SDK (which raise at the touch of an unknown value), secrets and output
    values; drops the keys that providers keep for themselves; takes null, assets and archives as absent.
    """
    if isinstance(value, Enum) and not isinstance(value, Missing):
        value = value.value
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN_VALUES else value
    if isinstance(value, bool | int | float | Missing):
        return value
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, Sequence):
        return [_plain_entry(value, index) for index in range(len(value))]
    return ABSENT


def _plain_mapping(value: Properties) -> object:
    if _SIGNATURE_KEY in value:
        wraps = _plain_entry(value, _SIGNATURE_KEY) in _WRAPPERS
        return _plain_entry(value, "value") if wraps and "value" in value else UNKNOWN
    return {key: _plain_entry(value, key) for key in value if key not in _INTERNAL_KEYS}


def _plain_entry(container: Mapping[str, object] | Sequence[object], key: str | int) -> object:
    try:
        return plain(container[key])  # type: ignore[index]
    except proxy.UnknownValueError:
        return UNKNOWN


def holds_unknown(value: object) -> bool:
    """Whether some part of a plain value is not known."""
    if isinstance(value, Mapping):
        return any(holds_unknown(part) for part in value.values())
    return value is UNKNOWN or (isinstance(value, list) and any(holds_unknown(part) for part in value))


def read(properties: object, path: str) -> object:
    """Reads a value by its dotted path of camelCase names, as in `read(p, "tracingConfig.mode")`.

    Blocks may come as an object or as a list of one; null counts as absent. A list of several blocks on the
    way is `UNKNOWN`, as the path does not say which is meant: walk those with `blocks`.

    Args:
        properties: what `plain` returned, or a part of it.
        path: the names from the outside in.

    Returns:
        The value, `ABSENT` or `UNKNOWN`.
    """
    value = properties
    for name in path.split("."):
        if isinstance(value, list):
            if len(value) > 1:
                return UNKNOWN
            value = value[0] if value else ABSENT
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, Mapping):
            return ABSENT
        value = value.get(name)
        if value is None:
            value = ABSENT
    return value


def blocks(properties: object, path: str) -> tuple[object, ...] | Literal[Missing.UNKNOWN]:
    """Reads a repeated block: none, one or several; `UNKNOWN` when even their number is not known."""
    value = read(properties, path)
    if value is UNKNOWN:
        return UNKNOWN
    if value is ABSENT:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def is_set(value: object) -> bool:
    """Whether something stands there, known or not: an empty text or list is nothing."""
    return value is not ABSENT and value not in ("", [])


def every_link(*links: Link) -> Link:
    """Whether all of them hold; one that does not decides over what is unknown."""
    if False in links:
        return False
    return UNKNOWN if UNKNOWN in links else True


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a stack.

    `properties` are its inputs under their camelCase names (where only a state is at hand, its outputs);
    `outputs` is what the provider answered, used to recognise the resource by its ARN, id or name;
    `dependencies` says for each top-level input which resources (by URN) its value comes from; `is_component`
    is true of what only groups other resources, which are judged by themselves.
    """

    urn: str
    type: str
    name: str
    properties: Properties
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    is_component: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", plain(self.properties))
        object.__setattr__(self, "outputs", plain(self.outputs))

    def read(self, path: str) -> object:
        """Reads an input, see `read`."""
        return read(self.properties, path)

    def identity(self, name: str) -> object:
        """What the resource is called outside: the input of that name, else the provider's answer."""
        given = self.read(name)
        if is_set(given) and given is not UNKNOWN:
            return given
        answered = read(self.outputs, name)
        return given if answered is ABSENT else answered


class Graph:
    """The resources of a stack and the ways between them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_urn = {resource.urn: resource for resource in resources}
        self._by_type: dict[str, list[Resource]] = {}
        self._made_of: dict[str, frozenset[str]] = {}
        self._references: dict[tuple[str, str], tuple[object, list[Resource]]] = {}
        for resource in self._by_urn.values():
            self._by_type.setdefault(resource.type, []).append(resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_urn.values())

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def sources(self, resource: Resource, path: str) -> list[Resource]:
        """The resources of this stack that an input's value comes from."""
        urns = resource.dependencies.get(path.split(".", 1)[0], ())
        return [self._by_urn[urn] for urn in urns if urn in self._by_urn]

    def links(
        self,
        source: Resource,
        path: str,
        target: Resource,
        *,
        names: tuple[str, ...],
        instead: tuple[str, ...] = (),
    ) -> Link:
        """Whether the input at `path` points at `target`.

        A known value is compared with the target's identities, whole and exact; an unknown one is followed by
        its dependencies.

        Args:
            source: whose input.
            path: of the input.
            target: what it may point at.
            names: the identities by which it may: `arn`, `id`, ...
            instead: types that the input may point at instead of the target's.
        """
        value, sources = self._reference(source, path)
        if not is_set(value):
            return False
        if value is UNKNOWN:
            return self._comes_from(target, sources, instead)
        identities = [target.identity(name) for name in names]
        if value in identities:
            return True
        if not isinstance(value, str) or all(isinstance(identity, str) for identity in identities):
            return False
        return True if any(found.urn == target.urn for found in sources) else UNKNOWN

    def _reference(self, source: Resource, path: str) -> tuple[object, list[Resource]]:
        """An input and what it comes from, read once: it is compared with every possible target."""
        if (source.urn, path) not in self._references:
            self._references[source.urn, path] = (source.read(path), self.sources(source, path))
        return self._references[source.urn, path]

    def _comes_from(self, target: Resource, sources: list[Resource], instead: tuple[str, ...]) -> Link:
        urns = {found.urn for found in sources if found.type in (target.type, *instead)}
        others = urns - {target.urn}
        if any(found.urn == target.urn for found in sources):
            return UNKNOWN if others else True  # it points at one of them
        if others:
            return False
        return UNKNOWN  # an output can be hidden in another one's `apply`

    def is_made_of(self, resource: Resource, other: Resource) -> bool:
        """Whether a resource takes a value from the other one, directly or through others."""
        return other.urn in self._ancestors(resource.urn)

    def _ancestors(self, urn: str) -> frozenset[str]:
        if urn not in self._made_of:
            found: set[str] = set()
            pending = [urn]
            while pending:
                resource = self._by_urn.get(pending.pop())
                for parents in resource.dependencies.values() if resource else ():
                    pending += [parent for parent in parents if parent not in found]
                    found.update(parents)
            self._made_of[urn] = frozenset(found)
        return self._made_of[urn]
