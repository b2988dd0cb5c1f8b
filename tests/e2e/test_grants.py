"""Each right of each function is needed: without any one of them, the function fails for want of it.

The functions lose their rights side by side, each one right at a time, while they do what they are there for.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.e2e.grants import AWS_ONLY, STREAM, Right, Roles, exemption
from tests.e2e.home import Platform
from tests.e2e.works import Statuses, Works
from tests.support.program import deploy_program

Eventually = Callable[..., Any]
PARALLEL = 6
ATTEMPTS, PATIENCE = 4, 20.0  # seconds
# Whoever opens a socket needs the authorizer: these two take turns.
TURNS = ("realtime", "socket-authorizer")
# A request is answered although the function lacks a right, as its work is done without; the log tells of it.
UNHARMED = {
    ("audit", "dynamodb:UpdateItem"): "who is active is counted, or else not",
    (
        "alerts",
        "dynamodb:DeleteItem",
    ): "a refused request is forgotten with its Idempotency-Key, or else later",
    ("sustainability", "dynamodb:DeleteItem"): "as above",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a function's work without a right.

    Attributes:
        missed: Whether it failed for want of the right.
        statuses: What its requests were answered.
    """

    missed: bool
    statuses: Statuses


@cache
def functions() -> tuple[str, ...]:
    """The names of the functions of the program."""
    return tuple(sorted(deploy_program("development").exports["FunctionNames"]))


@pytest.fixture(scope="module")
def roles(platform: Platform) -> Roles:
    return Roles(platform)


@pytest.fixture(scope="module")
def works(platform: Platform) -> Works:
    return Works(platform)


@pytest.fixture(scope="module")
def outcomes(roles: Roles, works: Works, eventually: Eventually) -> dict[Right, Outcome]:
    """Take every right away that can be missed here, and do the work without it."""

    def attempt(right: Right) -> Outcome:
        since = time.time()
        with roles.without(right):
            # Again where a slow machine made it fail of something else before it came to the right.
            for _ in range(ATTEMPTS):
                statuses = works.pieces[right.function]()
                if missed := _within(lambda: roles.misses(right, since), eventually):
                    break
        eventually(lambda: roles.holds_again(right))
        return Outcome(missed=missed, statuses=statuses)

    def attempts(names: tuple[str, ...]) -> list[tuple[Right, Outcome]]:
        rights = [each for name in names for each in roles.rights(name) if not exemption(each)]
        return [(right, attempt(right)) for right in rights]

    rest = sorted(
        ((name,) for name in roles.names if name not in TURNS), key=lambda each: -len(roles.rights(*each))
    )
    with ThreadPoolExecutor(PARALLEL) as executor:
        return dict(pair for pairs in executor.map(attempts, [TURNS, *rest]) for pair in pairs)


def _within(question: Callable[[], bool], eventually: Eventually) -> bool:
    try:
        return bool(eventually(question, PATIENCE))
    except AssertionError:
        return False


def test_every_function_does_its_work_with_all_its_rights(works: Works, roles: Roles) -> None:
    assert set(works.pieces) == set(roles.names) == set(functions())
    answers = {function: piece() for function, piece in works.pieces.items()}
    assert not {function: found for function, found in answers.items() if any(each >= 500 for each in found)}


@pytest.mark.parametrize("function", functions())
def test_a_function_fails_without_any_one_of_its_rights(
    function: str, outcomes: dict[Right, Outcome]
) -> None:
    found = {right: outcome for right, outcome in outcomes.items() if right.function == function}
    assert found
    assert not [str(right) for right, outcome in found.items() if not outcome.missed], "nobody misses these"
    for right, outcome in found.items():
        if outcome.statuses and (function, right.action) not in UNHARMED and right.action not in STREAM:
            assert any(each >= 500 for each in outcome.statuses), f"{right}: {outcome.statuses}"


def test_every_function_works_again_with_its_rights_put_back(
    outcomes: dict[Right, Outcome], works: Works, roles: Roles, platform: Platform, eventually: Eventually
) -> None:
    assert outcomes
    for function, piece in works.pieces.items():
        answers: list[Statuses] = []

        def is_fine(piece: Callable[[], Statuses] = piece, answers: list[Statuses] = answers) -> bool:
            answers.append(piece())
            return all(each < 500 for each in answers[-1])

        assert _within(is_fine, eventually), f"{function}: {answers}"
    assert {str(right) for name in roles.names for right in Roles(platform).rights(name)} == {
        str(right) for name in roles.names for right in roles.rights(name)
    }


@pytest.mark.parametrize("row", AWS_ONLY, ids=lambda row: f"{row.function}{row.action}")
def test_what_only_aws_asks_for_is_a_right_of_the_program(row: Any, roles: Roles) -> None:
    rights = [right for name in roles.names for right in roles.rights(name)]
    assert any(row.covers(right) for right in rights), "nobody has it: take the row away"
