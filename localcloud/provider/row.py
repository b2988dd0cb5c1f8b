"""The parts of a resource's row: its name, the calls that read and change it, its tags, its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from localcloud.provider.values import Plain

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Name:
    """The property that names a resource, made up when the program gives none.

    Attributes:
        property: Its name in Pulumi.
        longest: Characters that AWS allows.
        suffix: What a made-up name must end in, given the inputs.
        start: What a made-up name must begin with.
        lower: Whether a made-up name must be in lower case.
        forbidden: Characters (a regular expression of one) that become underscores in a made-up name.
    """

    property: str = "name"
    longest: int
    suffix: Callable[[Values], str] = lambda _inputs: ""
    start: str = ""
    lower: bool = False
    forbidden: str = ""

    def prefix(self) -> str:
        """The property that gives the beginning of a made-up name, where the type has it."""
        return f"{self.property}Prefix"

    def made_up(self, base: str, digits: str, inputs: Values) -> str:
        """A name of a given beginning, cut to what AWS allows; the digits make it unique."""
        suffix = self.suffix(inputs)
        base = f"{self.start}{base.removeprefix(self.start)}"
        name = f"{base[: self.longest - len(digits) - len(suffix)]}{digits}{suffix}"
        if self.forbidden:
            name = regex.sub(self.forbidden, "_", name)
        return name.lower() if self.lower else name


@dataclass(frozen=True, kw_only=True)
class Read:
    """One call that tells what a resource is.

    Attributes:
        operation: API name; its members are filled from the id.
        arguments: Members with fixed values.
        at: Path of the part of the answer that counts, such as `Role`; a list is searched with `where`.
        where: Member of a list item -> property that it must equal.
        optional: A not-found answer means that the properties are unset, not that the resource is gone.
    """

    operation: str
    arguments: Values = field(default_factory=dict)
    at: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that changes properties in place.

    At create it runs only for properties that the create call has no member for.

    Attributes:
        operation: API name.
        properties: Properties whose change calls it; by default all that have a member of its input.
        arguments: Members with fixed values.
        otherwise: Operation when all of its properties are absent or false, such as `DeleteRetentionPolicy`.
        only_changed: Send the id and what changed; by default all that has a member.
    """

    operation: str
    properties: tuple[str, ...] = ()
    arguments: Values = field(default_factory=dict)
    otherwise: str = ""
    only_changed: bool = False


@dataclass(frozen=True, kw_only=True)
class Tags:
    """How tags are written and read; the shapes tell whether they are a map or a list.

    Attributes:
        resource: Property that tells AWS whose tags they are, such as `arn`.
        tag: Operation that adds tags.
        untag: Operation that removes them.
        read: Operation that lists them; empty when the read call answers them.
        at_create: Whether the create call takes them; if not, `tag` follows.
    """

    resource: str = "arn"
    tag: str = "TagResource"
    untag: str = "UntagResource"
    read: str = "ListTagsForResource"
    at_create: bool = True


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What AWS allows where botocore's model does not say it.

    Attributes:
        longest: Characters of a text, or entries of a list.
        pattern: Regular expression that a text matches from end to end.
        values: All that is allowed.
        low: The smallest number.
        high: The largest number.
    """

    longest: int | None = None
    pattern: str = ""
    values: tuple[object, ...] = ()
    low: float | None = None
    high: float | None = None

    def fault(self, value: Plain) -> str:  # noqa: PLR0911 - one return for each kind of limit
        """What is allowed, when the value is not; else an empty text. In a list each entry is judged."""
        if isinstance(value, list):
            if self.longest is not None and len(value) > self.longest:
                return f"may have at most {self.longest} entries, has {len(value)}"
            return next(filter(None, map(replace(self, longest=None).fault, value)), "")
        if self.values and value not in self.values:
            return f"must be one of {', '.join(map(str, self.values))}"
        if self.longest is not None and len(value) > self.longest:
            return f"may have at most {self.longest} characters, has {len(value)}"
        if self.pattern and not regex.fullmatch(self.pattern, value):
            return f"must match the pattern {self.pattern}"
        if self.low is not None and value < self.low:
            return f"must be at least {self.low:g}"
        if self.high is not None and value > self.high:
            return f"must be at most {self.high:g}"
        return ""
