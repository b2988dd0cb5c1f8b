"""What a rule is, what it finds, and how a graph is judged."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from policy.exemptions import Exemption
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
    """Whether a violation stops the deployment, is only told, or is not looked for."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Outcome(StrEnum):
    """What a finding says: the rule is broken, or it cannot be told before the deployment."""

    VIOLATION = "violation"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule may look at beside the resource: its stack, and what the stage asks for.

    `retention_days` is the fewest days that logs are kept; `levels` holds the rules, by id, that this stage
    takes at another level than their own.
    """

    graph: Graph
    retention_days: int
    levels: Mapping[str, Level] = field(default_factory=dict)

    def level_of(self, rule: "Rule") -> Level:
        """The level of a rule in this stage; nothing lowers a rule of the mission."""
        return rule.level if rule.mission else self.levels.get(rule.id, rule.level)


Verdict = str | Literal[Missing.UNKNOWN] | None
"""What is wrong, as the rest of a sentence about the resource; None if nothing is, UNKNOWN if undecided."""
Judge = Callable[[Resource, Context], Verdict]


class RuleError(Exception):
    """A rule has a bug: it names rule, resource and place, never the value it stumbled over."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: a row that says what is judged, how, and what to do about it.

    `title` is what holds where the rule is kept, in one sentence. `types` are the type tokens it judges
    (`EVERY` for all); `related` those it looks at besides, which makes it a relation: the pack can judge it
    only when the whole stack is known; `alone` judges what such a resource already tells by itself, so that
    the pack stops it before it is made. `fix` says what to set, in the program's Python names; `source` is
    the page that asks for it; `frameworks` are the ids under which others know the rule.

    `concern` and `mission` are filled in by the registry. A rule of the mission is what the platform stands
    for: no configuration lowers it, and the guard stops when it cannot be decided.
    """

    id: str
    title: str
    types: tuple[str, ...]
    judge: Judge
    fix: str
    severity: Severity
    source: str
    frameworks: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    alone: Judge | None = None
    level: Level = Level.MANDATORY
    concern: str = ""
    mission: bool = False

    @property
    def is_relation(self) -> bool:
        """Whether the rule needs the whole stack."""
        return bool(self.related)

    def find(self, resource: Resource, context: Context, *, alone: bool = False) -> "Finding | None":
        """Judges one resource of the rule's types.

        Args:
            resource: what is judged.
            context: what else may be looked at.
            alone: whether the rest of the stack is not known yet: then only what it tells by itself counts.

        Raises:
            RuleError: the rule itself failed.
        """
        judge = self.alone if alone and self.is_relation else self.judge
        if judge is None:
            return None
        try:
            verdict = judge(resource, context)
        except Exception as error:  # noqa: BLE001 - whatever a rule raises, its name and resource are said
            place = traceback.extract_tb(error.__traceback__)[-1]
            raise RuleError(
                f"policy rule {self.id} failed on {resource.urn}: {type(error).__name__} "
                f"at {Path(place.filename).name}:{place.lineno}; mend the rule, nothing was judged"
            ) from None
        if verdict is None or (alone and self.is_relation and verdict is UNKNOWN):
            return None
        undecided = verdict is UNKNOWN
        return Finding(
            rule=self,
            resource=resource,
            fault=UNDECIDED_FAULT if verdict is UNKNOWN else verdict,
            outcome=Outcome.UNDECIDED if undecided else Outcome.VIOLATION,
            level=context.level_of(self),
        )


UNDECIDED_FAULT = "cannot be judged yet, a value is known only after the deployment"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule's word on one resource. No text of it holds a property's value."""

    rule: Rule
    resource: Resource
    fault: str
    outcome: Outcome
    level: Level = Level.MANDATORY
    exemption: Exemption | None = None

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return self.resource.urn

    @property
    def stops(self) -> bool:
        """Whether a program with this finding must not go on.

        A mandatory violation that nobody is exempted from stops; so does what cannot be decided about the
        mission: what nobody can see protects nothing either.
        """
        if self.exemption is not None or self.level is not Level.MANDATORY:
            return False
        return self.outcome is Outcome.VIOLATION or self.rule.mission

    @property
    def message(self) -> str:
        """In one line: rule, resource, fault, what to set, how bad, who else asks, where to read."""
        rule = self.rule
        what = f'{rule.id}: {self.resource.type} "{self.resource.name}" {self.fault}: {rule.fix}'
        known_as = "; ".join(filter(None, (rule.severity.value, ", ".join(rule.frameworks))))
        return f"{what} [{known_as}] ({rule.source})"


def judge(rules: Iterable[Rule], context: Context, *, alone: bool = False) -> list[Finding]:
    """Judges all resources of a graph by all rules that the stage has not disabled.

    Args:
        rules: what is judged.
        context: with the graph.
        alone: whether the graph is only a part of the stack.

    Raises:
        RuleError: a rule failed.
    """
    found = (
        rule.find(resource, context, alone=alone)
        for rule in rules
        if context.level_of(rule) is not Level.DISABLED
        for resource in (context.graph if EVERY in rule.types else context.graph.of(*rule.types))
    )
    return [finding for finding in found if finding is not None]
