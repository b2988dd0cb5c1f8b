"""Defects in compliant programs: each is found by its rule, on its resource, and nothing else is said.

`python -m tests.policy.mutations` prints the same as a table.
"""

from collections.abc import Callable

import pytest

from policy.graph import Graph
from policy.judgement import judge_stack
from policy.rule import Outcome
from policy.rules import RULES
from tests.policy.mutations import completeness
from tests.policy.mutations.defects import Moment
from tests.policy.mutations.graphs import PROJECT, Stage, future, production, programs, terms
from tests.policy.mutations.harmless import harmless
from tests.policy.mutations.judges import Judgement
from tests.policy.mutations.mutants import mistakes
from tests.policy.mutations.reads import JUDGED, Read, reads
from tests.policy.mutations.registry import ROWS
from tests.policy.mutations.trials import all_mutants, injected, judge, table

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # types of before are used on purpose

PROGRAMS: dict[str, Callable[[], Stage]] = {"production": production, "future": future}


@pytest.fixture(scope="module")
def read() -> set[Read]:
    return set[Read]().union(*(reads(one) for stage in programs() for one in (stage.preview, stage.update)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_compliant_program_has_no_finding(name: str) -> None:
    stage = PROGRAMS[name]()
    before = judge_stack(Graph(stage.preview.values()), terms(), project=PROJECT)
    after = judge_stack(Graph(stage.update.values()), terms(), project=PROJECT)

    assert [one.message for one in before if one.outcome is Outcome.VIOLATION] == []
    assert [one.message for one in before if one.stops] == []
    assert [one.message for one in after] == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_preview_and_update_hold_the_same_resources(name: str) -> None:
    stage = PROGRAMS[name]()
    assert stage.preview.keys() == stage.update.keys()


@pytest.mark.parametrize("rule", [rule.id for rule in JUDGED])
def test_each_defect_is_found_and_nothing_else(rule: str) -> None:
    tally = judge(rule)
    assert tally.perfect, "\n".join([table([tally]), *tally.mistakes])


def test_a_judge_that_is_blind_or_says_too_much_is_caught() -> None:
    mutant = next(one for *_, found in injected("sns-topic-cmk") for one in found)
    stranger = ("log-group-cmk", mutant.urn, Outcome.VIOLATION)
    ((rule, urn, _),) = expected = set(mutant.expected)

    assert mistakes(mutant, [], []) == (expected, set())
    assert mistakes(mutant, [], [(rule, urn, Outcome.UNDECIDED)])[0] == expected
    assert mistakes(mutant, [], [*expected, stranger]) == (set(), {stranger})
    assert mistakes(mutant, [(stranger[0], "another", Outcome.UNDECIDED)], expected)[1]
    assert mistakes(mutant, [], expected) == (set(), set())


@pytest.mark.parametrize("rule", [rule.id for rule in JUDGED])
def test_each_row_of_a_rule_stands_in_a_program(rule: str) -> None:
    placed = {str(row) for row, _, found in injected(rule) if found}
    assert {str(row) for row in ROWS if row.rule == rule} == placed
    assert placed


def test_a_row_that_the_preview_sees_less_of_says_why() -> None:
    less = [
        row
        for row in ROWS
        if row.moments != tuple(Moment)
        or row.preview is not Outcome.VIOLATION
        or any(preview is not Outcome.VIOLATION for _, _, preview in row.also)
    ]
    assert less
    assert [str(row) for row in less if not row.reason] == []


def test_every_property_that_a_rule_reads_is_mutated(read: set[Read]) -> None:
    assert completeness.missing(read, all_mutants()) == set()


def test_no_exception_is_stale(read: set[Read]) -> None:
    mutated = completeness.mutated(all_mutants())
    assert {one for one in completeness.EXCEPTIONS if one in mutated or one not in read} == set()


def test_every_type_of_a_rule_is_in_a_program() -> None:
    present = {one.type for stage in programs() for one in stage.update.values()}
    # Of the types that can carry tags, those that the programs have stand for the others.
    named = {type_ for rule in JUDGED if rule.id != "required-tags" for type_ in (*rule.types, *rule.related)}
    assert named - present == completeness.UNUSED.keys()


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_resource_that_is_judged_is_mutated(name: str) -> None:
    stage = PROGRAMS[name]()
    judged = {type_ for rule in RULES for type_ in rule.types}
    mutated = {mutant.urn for mutant in all_mutants() if mutant.stage == name}
    left = [one for one in stage.update.values() if one.type in judged and one.urn not in mutated]
    assert [one.urn for one in left if one.type not in completeness.UNTOUCHED] == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_harmless_change_gives_no_finding(name: str) -> None:
    stage: Stage = PROGRAMS[name]()
    judgement = Judgement()
    told = {
        str(one): judgement.of(one.after, one.before) - judgement.of(one.before, one.before)
        for one in harmless(stage)
    }
    assert {change: said for change, said in told.items() if said} == {}


def test_a_rule_reads_resources_of_its_own_and_its_related_types_only(read: set[Read]) -> None:
    # Both the pack and the judgement of a mutant rely on it.
    declared = {rule.id: {*rule.types, *rule.related} for rule in JUDGED}
    assert {(rule, type_) for rule, type_, _ in read if type_ not in declared[rule]} == set()
