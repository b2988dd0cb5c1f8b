"""What holds for every resource type of the provider: the table of `cases_*.py` against a local cloud."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.provider import services
from tests.localcloud.provider.types.scene import over, with_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.localcloud.provider.types.case import Case, Inputs
    from tests.localcloud.provider.types.scene import Scene

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("cases_*.py"))
CASES: list[Case] = [
    case for name in MODULES for case in importlib.import_module(f"{__package__}.{name}").CASES
]

each_type = pytest.mark.parametrize("case", CASES, ids=lambda case: case.type.split(":", 1)[1])
cloudy = pytest.mark.cloud


def of(inputs: Inputs, scene: Scene) -> Mapping[str, Any]:
    return inputs(scene) if callable(inputs) else inputs


@pytest.fixture
def it(case: Case, scene_of: Callable[[str], Scene]) -> Scene:
    """The scene with what the case needs; the resource itself is not made yet."""
    scene = scene_of(case.type)
    scene.needs = case.needs(scene)
    return scene


@pytest.fixture
def made(case: Case, it: Scene) -> Scene:
    """The scene with the resource."""
    it.create(it.check(of(case.inputs, it)))
    return it


def test_every_type_of_the_provider_has_one_case() -> None:
    existing = set(services.known_types()) - services.PREVIEW_ONLY.keys()
    assert Counter(case.type for case in CASES) == Counter(existing)


@cloudy
@each_type
def test_an_input_that_a_preview_does_not_know_is_no_fault(case: Case, it: Scene) -> None:
    inputs = of(case.inputs, it)
    for name in inputs:
        it.preview_create(it.check(with_unknown(inputs, name)))


@cloudy
@each_type
def test_without_a_change_neither_up_nor_refresh_shows_any(case: Case, made: Scene) -> None:
    before = made.outputs
    assert made.diff(made.check(of(case.inputs, made), made.inputs)).names == set()
    assert made.refresh() == set()
    assert {**before, **made.outputs} == before
    assert made.diff(made.check(of(case.inputs, made), made.inputs)).names == set()


@cloudy
@each_type
def test_an_input_changes_in_place(case: Case, made: Scene) -> None:
    if case.update is None:
        return
    change, resource_id = of(case.update, made), made.id
    wanted = made.check({**of(case.inputs, made), **change}, made.inputs)
    changes = made.diff(wanted)
    assert (changes.names, changes.replaces) == (set(change), set())
    assert case.seen(made) != case.expected
    made.update(wanted)
    assert case.seen(made) == case.expected
    assert made.id == resource_id
    assert made.diff(wanted).names == set()
    assert made.refresh() == set()


@cloudy
@each_type
def test_an_input_that_aws_cannot_change_means_a_replacement(case: Case, made: Scene) -> None:
    if case.replace is None:
        return
    change = of(case.replace, made)
    program = {**of(case.inputs, made), **change}
    assert made.diff(made.check(program, made.inputs)).replaces >= set(change)
    made.apply(program)
    assert made.refresh() == set()


@cloudy
@each_type
def test_what_changed_behind_pulumis_back_shows_as_that_and_is_mended(case: Case, made: Scene) -> None:
    if case.drift is None:
        return
    case.drift(made)
    assert made.refresh() == case.drifted
    program = of(case.inputs, made)
    assert made.diff(made.check(program, made.inputs)).names == case.drifted
    made.apply(program)
    assert made.refresh() == set()


@cloudy
@each_type
def test_what_was_deleted_behind_pulumis_back_shows_as_gone(case: Case, made: Scene) -> None:
    case.vanish(made)
    assert made.read().id == ""
    made.delete()  # what is gone already needs no deleting


@cloudy
@each_type
def test_a_deleted_resource_is_gone(case: Case, made: Scene) -> None:
    made.delete()
    assert bool(made.read().id) == bool(case.stays)


@cloudy
@each_type
def test_an_import_finds_the_inputs(case: Case, made: Scene) -> None:
    program, resource_id = made.inputs, made.id
    made.adopt(case.import_id(made))
    assert made.id == resource_id
    # An import tells more than the program does: what AWS made up.
    complete = made.check(over(made.inputs, program))
    assert made.diff(complete).names == case.unread
