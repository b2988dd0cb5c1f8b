"""What a rule is, what it finds, and how a graph is judged."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from policy.graph import UNKNOWN, Graph, Missing, Resource

EVERY = "*"
"""Stands for all types in `Rule.types`."""


class Severity(StrEnum):
    """How bad a violation is: critical (encryption, exposure), high (traces, logs), medium, low."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Level(StrEnum):
    """Whether a violation stops the deployment."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Outcome(StrEnum):
    """What a finding says: the rule is broken, or it cannot be told before the deployment."""

    VIOLATION = "violation"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule may look at beside the resource: its stack, and the fewest days that logs are kept."""

    graph: Graph
    retention_days: int


Verdict = str | Literal[Missing.UNKNOWN] | None
"""What is wrong, as the rest of a sentence about the resource; None if nothing is, UNKNOWN if undecided."""
Judge = Callable[[Resource, Context], Verdict]


class RuleError(Exception):
    """A rule has a bug: it names rule, resource and place, never the value it stumbled over."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: a row that says what is judged, how, and what to do about it.

    `types` are the type tokens it judges (`EVERY` for all); `related` those it looks at besides, which makes
    it a relation: the pack can judge it only when the whole stack is known. `fix` says what to set, in the
    program's Python names; `source` is the page that asks for it; `frameworks` are the ids under which others
    know the rule.
    """

    id: str
    types: tuple[str, ...]
    judge: Judge
    fix: str
    severity: Severity
    source: str
    frameworks: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    level: Level = Level.MANDATORY

    @property
    def is_relation(self) -> bool:
        """Whether the rule needs the whole stack."""
        return bool(self.related)

    def find(self, resource: Resource, context: Context) -> "Finding | None":
        """Judges one resource of the rule's types.

        Raises:
            RuleError: the rule itself failed.
        """
        try:
            verdict = self.judge(resource, context)
        except Exception as error:  # noqa: BLE001 - whatever a rule raises, its name and resource are said
            place = traceback.extract_tb(error.__traceback__)[-1]
            raise RuleError(
                f"policy rule {self.id} failed on {resource.urn}: {type(error).__name__} "
                f"at {Path(place.filename).name}:{place.lineno}; mend the rule, nothing was judged"
            ) from None
        if verdict is None:
            return None
        if verdict is UNKNOWN:
            return Finding(
                rule=self,
                resource=resource,
                fault="cannot be judged yet, a value is known only after the deployment",
                outcome=Outcome.UNDECIDED,
            )
        return Finding(rule=self, resource=resource, fault=verdict, outcome=Outcome.VIOLATION)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule's word on one resource. No text of it holds a property's value."""

    rule: Rule
    resource: Resource
    fault: str
    outcome: Outcome

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return self.resource.urn

    @property
    def stops(self) -> bool:
        """Whether a program with this finding must not go on: what nobody can see protects nothing either."""
        return self.rule.level is Level.MANDATORY

    @property
    def message(self) -> str:
        """The finding in one line: rule, resource, fault, what to set, where to read about it."""
        what = f'{self.rule.id}: {self.resource.type} "{self.resource.name}" {self.fault}'
        return f"{what}: {self.rule.fix} ({self.rule.source})"


def judge(rules: Iterable[Rule], context: Context) -> list[Finding]:
    """Judges all resources of a graph by all rules.

    Raises:
        RuleError: a rule failed.
    """
    found = (
        rule.find(resource, context)
        for rule in rules
        for resource in (context.graph if EVERY in rule.types else context.graph.of(*rule.types))
    )
    return [finding for finding in found if finding is not None]
