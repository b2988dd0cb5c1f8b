"""What the contract tests share: the whole program, recorded once per stack."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.support.program import STACKS, Deployed, deploy_program


@cache
def _recorded(stack: str) -> Deployed:
    return deploy_program(stack)


@pytest.fixture(scope="session", params=STACKS)
def deployed(request: pytest.FixtureRequest) -> Deployed:
    """The program of each stack."""
    return _recorded(request.param)


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Deployed]:
    """The program of a stack, by the stack's name."""
    return _recorded
