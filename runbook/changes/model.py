"""A preview as values: one change for each resource, and what the engine said about the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ROOT_STACK: Final = "pulumi:pulumi:Stack"


class Operation(StrEnum):
    """What would be done to a resource; the steps of a replacement are one operation."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    READ = "read"
    FORGET = "forget"
    """It leaves the state and stays, or goes on being, where it is."""
    REFRESH = "refresh"
    SAME = "same"
    UNKNOWN = "unknown"
    """A step of the engine that this program does not know."""

    @property
    def changes_something(self) -> bool:
        """Whether anything in the account or in the state's list of resources would be another."""
        return self not in {Operation.READ, Operation.REFRESH, Operation.SAME}


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where the program declares a resource: a file of the project, and a line of it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """The smallest part of a policy statement: one action on one resource for one principal.

    Attributes:
        effect: Allow or Deny.
        action: An action or a pattern; with `all_but`, whatever it does not match.
        resource: An ARN or a pattern; with `other_than`, whatever it does not match; empty in a trust policy.
        principal: Whom it is for; empty for the holder of the document.
        condition: When it holds, as JSON; empty for always.
        all_but: Whether the action is an exception (`NotAction`).
        other_than: Whether the resource is an exception (`NotResource`).
        not_for: Whether the principal is an exception (`NotPrincipal`).
    """

    effect: str
    action: str
    resource: str = ""
    principal: str = ""
    condition: str = ""
    all_but: bool = False
    other_than: bool = False
    not_for: bool = False


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What the policy documents of one resource grant.

    Attributes:
        holder: Whose they are, as in `role omnitrack-health`.
        grants: All that could be read.
        unknown: Names of documents that are known only while deploying, or to nobody.
    """

    holder: str
    grants: frozenset[Grant] = frozenset()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would be done to one resource. No value of a property is in it, only names; but for its rights.

    Attributes:
        urn: Of the resource.
        operation: What would be done.
        type: Its type token.
        name: Its name in the program.
        changed: Paths of properties that would change.
        forcing: Paths of properties that cannot change in place.
        retained: Whether what leaves the state stays in the account (`retain_on_delete`).
        place: Where it is declared; None where the record does not say.
        steps: The engine's own names of steps that are not understood.
        before: Rights it grants now; None for a resource that grants none by its nature.
        after: Rights that it would grant.
    """

    urn: str
    operation: Operation
    type: str
    name: str
    changed: tuple[str, ...] = ()
    forcing: tuple[str, ...] = ()
    retained: bool = False
    place: Place | None = None
    steps: tuple[str, ...] = ()
    before: Rights | None = None
    after: Rights | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyMessage:
    """What the policy pack, or the guard in the program, said about a resource."""

    urn: str
    rule: str
    message: str
    mandatory: bool


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the engine wrote about one preview.

    Attributes:
        changes: One for each resource, by URN; resources that stay as they are are left out.
        errors: Messages of the engine, the provider and the program.
        policy: Findings, where the record has them.
        complete: Whether the record goes to the end of a preview that succeeded; else it proves nothing.
    """

    changes: tuple[Change, ...] = ()
    errors: tuple[str, ...] = ()
    policy: tuple[PolicyMessage, ...] = field(default=())
    complete: bool = False

    def of(self, *operations: Operation) -> list[Change]:
        """The changes of some operations."""
        return [change for change in self.changes if change.operation in operations]
