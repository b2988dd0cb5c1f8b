"""Exemptions: `policy/exemptions.yaml` says which resource may break which rule, why, for whom, how long.

An exemption is a debt with a date. It names one rule and one resource by its URN, has a reason, an owner, a
ticket and the last day on which it holds, 90 days away at most. What is wrong with an entry is a violation of
its own, so that the file cannot rot: an expired one, one of an unknown rule, one that nothing matches.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from policy.stages import RETENTION_DAYS, stage_of

FILE = Path(__file__).with_name("exemptions.yaml")
LONGEST_DAYS = 90
"""How far away the last day of an exemption may be."""
TEXTS = ("rule", "resource", "reason", "owner", "ticket")
FIELDS = (*TEXTS, "expires")

_URN = re.compile(r"urn:pulumi:[^:\s]+::[^:\s]+::\S+::\S.*")
_TOP = "must be a mapping with the one key `exemptions`, a list"


class ExemptionsError(Exception):
    """The file cannot be read; the text names file, line and column."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One entry of the file: texts as they stand there, `""` for one that is missing.

    `expires` is the last day on which it holds, None when it is missing or no date. `line` counts from 1.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    ticket: str
    expires: date | None
    line: int
    unknown_fields: tuple[str, ...] = ()

    def days_left(self, today: date) -> int:
        """Days until it ends, 0 on the last one; negative when it has ended or has no date."""
        return (self.expires - today).days if self.expires else -1

    def describe(self, today: date) -> str:
        """Until when it holds and who answers for it, as a sentence."""
        left = self.days_left(today)
        days = "1 day" if left == 1 else f"{left} days"
        return f"exempted for {days} more, {self.owner} answers for it ({self.ticket}): {self.reason}"

    def fault(  # noqa: PLR0911 - a fault a line
        self, rules: Collection[str], today: date, stack: str = ""
    ) -> str | None:
        """What is wrong with the entry itself, as the rest of a sentence about it.

        Args:
            rules: ids of the rules that can be exempted from.
            today: the day of the judgement.
            stack: the stack that is judged.
        """
        if self.unknown_fields:
            return f"has the unknown field {self.unknown_fields[0]}: an entry has {', '.join(FIELDS)}"
        if missing := [name for name in FIELDS if not getattr(self, name)]:
            wanted = "a date, written as 2027-01-31" if missing[0] == "expires" else "a text that says it"
            return f"has no {missing[0]}: give it {wanted}"
        if self.rule not in rules:
            return "names a rule that nobody can be exempted from: take the id of a rule from docs/policy.md"
        if not _URN.fullmatch(self.resource):
            return "names no resource: take the whole URN from the finding"
        if stage_of(self.resource) not in RETENTION_DAYS and stage_of(self.resource) != stack:
            return "is for a stack that does not exist"
        left = self.days_left(today)
        if left < 0:
            return "has expired"
        if left > LONGEST_DAYS:
            return f"ends in more than {LONGEST_DAYS} days: choose a date at most {LONGEST_DAYS} days away"
        return None


@dataclass(frozen=True, kw_only=True)
class Exemptions:
    """The entries of the file on one day."""

    entries: tuple[Exemption, ...]
    today: date

    def of(self, stage: str) -> Iterator[Exemption]:
        """The entries that a stage answers for: its own, and those of no stage that exists."""
        for entry in self.entries:
            theirs = stage_of(entry.resource)
            if theirs == stage or theirs not in RETENTION_DAYS:
                yield entry

    def find(self, rule: str, urn: str, rules: Collection[str]) -> Exemption | None:
        """The exemption that holds for a rule and a resource."""
        for entry in self.entries:
            if (entry.rule, entry.resource) == (rule, urn) and entry.fault(
                rules, self.today, stage_of(urn)
            ) is None:
                return entry
        return None


def load(file: Path = FILE, *, today: date) -> Exemptions:
    """Reads the file; one that does not exist exempts nobody.

    Raises:
        ExemptionsError: it is no YAML, or not a list of entries.
    """
    if not file.exists():
        return Exemptions(entries=(), today=today)
    try:
        root = yaml.compose(file.read_text("utf-8"), yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        problem = " ".join(filter(None, (error.context, error.problem)))
        raise _error(file, error.problem_mark or error.context_mark, f"is no YAML, {problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _error(file, None, "is no text in UTF-8") from None
    if root is None:
        return Exemptions(entries=(), today=today)
    return Exemptions(entries=tuple(_entry(file, node) for node in _list(file, root)), today=today)


def _list(file: Path, root: yaml.Node) -> list[yaml.Node]:
    if not isinstance(root, yaml.MappingNode) or len(root.value) != 1:
        raise _error(file, root.start_mark, _TOP)
    ((name, found),) = root.value
    if name.value != "exemptions":
        raise _error(file, name.start_mark, _TOP)
    if isinstance(found, yaml.ScalarNode) and not found.value:
        return []
    if not isinstance(found, yaml.SequenceNode):
        raise _error(file, found.start_mark, _TOP)
    entries: list[yaml.Node] = found.value
    return entries


def _entry(file: Path, node: yaml.Node) -> Exemption:
    if not isinstance(node, yaml.MappingNode):
        raise _error(file, node.start_mark, f"every entry must be a mapping of {', '.join(FIELDS)}")
    texts: dict[str, str] = {}
    for name, value in node.value:
        if not isinstance(value, yaml.ScalarNode) or not isinstance(name, yaml.ScalarNode):
            raise _error(file, value.start_mark, "every field of an entry must be a text")
        if name.value in texts:
            raise _error(file, name.start_mark, f"{name.value} stands twice in one entry")
        texts[name.value] = "" if value.tag.endswith(":null") else value.value.strip()
    try:
        expires = date.fromisoformat(texts.get("expires", ""))
    except ValueError:
        expires = None
    return Exemption(
        **{name: texts.get(name, "") for name in TEXTS},
        expires=expires,
        line=node.start_mark.line + 1,
        unknown_fields=tuple(name for name in texts if name not in FIELDS),
    )


def _error(file: Path, mark: "yaml.Mark | None", problem: str) -> ExemptionsError:
    place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    return ExemptionsError(f"policy/{file.name}{place}: {problem}")
