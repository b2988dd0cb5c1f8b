"""Every defect of a rule, put in and judged: what was found, what was missed, what was said too much."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from policy.rule import Outcome
from tests.policy.mutations.defects import Defect, Moment
from tests.policy.mutations.graphs import Stage, programs
from tests.policy.mutations.judges import Judgement, Server, whole
from tests.policy.mutations.mutants import Mutant, Said, mistakes, mutants
from tests.policy.mutations.reads import JUDGED
from tests.policy.mutations.registry import ROWS

RULES_ABOUT_INPUTS = {rule.id for rule in JUDGED if not rule.is_relation}


@dataclass
class Tally:
    """What came of the defects of one rule; `mistakes` are sentences."""

    rule: str
    injected: Counter[Moment] = field(default_factory=Counter)
    found: int = 0
    missed: int = 0
    false: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def perfect(self) -> bool:
        """Whether each defect was found, and nothing else."""
        return not self.mistakes


@cache
def injected(rule: str) -> tuple[tuple[Defect, Stage, tuple[Mutant, ...]], ...]:
    """The mutants of each row of a rule, for each program."""
    rows = (row for row in ROWS if row.rule == rule)
    return tuple((row, stage, tuple(mutants(row, stage))) for row in rows for stage in programs())


def all_mutants() -> Iterator[Mutant]:
    for rule in JUDGED:
        for _, _, found in injected(rule.id):
            yield from found


@cache
def _judgement() -> Judgement:
    return Judgement()


@cache
def _server(_stage: str, _moment: Moment) -> Server:
    return Server()


def judge(rule: str) -> Tally:
    """Judges all defects of a rule, and one of each kind again by everything and by the server."""
    tally = Tally(rule)
    kinds: set[tuple[str, str, Moment]] = set()
    for defect, _, found in injected(rule):
        for mutant in found:
            kind = (mutant.before[mutant.urn].type, defect.property, mutant.moment)
            _judge(mutant, tally, served=kind not in kinds, wholly=mutant.moment not in tally.injected)
            kinds.add(kind)
    return tally


def _judge(mutant: Mutant, tally: Tally, *, served: bool, wholly: bool) -> None:
    judgement = _judgement()
    before, after = judgement.of(mutant.before, mutant.base), judgement.of(mutant.after, mutant.base)
    missed, false = mistakes(mutant, before, after)
    if wholly and whole(mutant.after) != after:
        tally.mistakes.append(f"{mutant}: the whole judgement says something else")
    if served:
        said = _server(mutant.stage, mutant.moment).told(mutant)
        also_missed, also_false = mistakes(mutant, _seen_by_server(before, mutant), said)
        missed |= {one for one in also_missed if _is_seen(one, mutant)}
        false |= also_false
    tally.injected[mutant.moment] += 1
    tally.found += not missed
    tally.missed += bool(missed)
    tally.false += len(false)
    tally.mistakes += [f"{mutant}: missed {_told(said)}" for said in sorted(missed)]
    tally.mistakes += [f"{mutant}: falsely {_told(said)}" for said in sorted(false)]


def _seen_by_server(said: frozenset[Said], mutant: Mutant) -> set[Said]:
    return {one for one in said if _is_seen(one, mutant)}


def _is_seen(said: Said, mutant: Mutant) -> bool:
    """Whether the server is asked: of resources by themselves it gets the changed ones only."""
    return said[0] not in RULES_ABOUT_INPUTS or mutant.before.get(said[1]) is not mutant.after.get(said[1])


def _told(said: Said) -> str:
    rule, urn, outcome = said
    word = "undecided" if outcome is Outcome.UNDECIDED else "violated"
    return f"{rule} {word} on {urn.rpartition('::')[2]}"


def table(tallies: list[Tally]) -> str:
    """The result as text: a line for each rule, and the sums."""
    head = ("rule", "at preview", "at update", "found", "missed", "false")
    lines = [
        (
            one.rule,
            *(str(one.injected[moment]) for moment in Moment),
            str(one.found),
            str(one.missed),
            str(one.false),
        )
        for one in tallies
    ]
    sums = [str(sum(int(line[column]) for line in lines)) for column in range(1, len(head))]
    width = max(len(line[0]) for line in lines)
    return "\n".join(
        f"{line[0]:<{width}}  " + "  ".join(f"{cell:>10}" for cell in line[1:])
        for line in (head, *lines, ("total", *sums))
    )
