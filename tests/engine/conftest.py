"""The real engine against a local cloud: one cloud for all tests of a worker, one account for each test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from localcloud import control
from tests.engine.faults import faulty_way
from tests.engine.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.faults import Faults


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[control.LocalCloud]:
    home = tmp_path_factory.mktemp("cloud")
    yield control.start(home)
    control.stop(home)


@pytest.fixture
def faults(cloud: control.LocalCloud) -> Iterator[Faults]:
    """A provider whose calls can be made to fail: `stack.through(faults)`."""
    with faulty_way(cloud.endpoint, {"PATH": os.defpath, **cloud.aws_environment()}) as way:
        yield way


@pytest.fixture
def stack(cloud: control.LocalCloud, tmp_path: Path) -> Iterator[Callable[[str | Path], Stack]]:
    """Call it with a program (its source or a file): answers its stack, in an account of its own."""
    made: list[Stack] = []

    def new(program: str | Path) -> Stack:
        made.append(Stack.new(tmp_path / f"stack-{len(made)}", cloud, program))
        return made[-1]

    yield new
    for one in made:
        one.end()
