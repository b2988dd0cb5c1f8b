"""What every component promises, present ones and those to come: they are found, not listed."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pulumi
import pytest

import components
from tests.support.program import Deployed, Recorded

TOKEN = re.compile(r"omnitrack:(?P<capability>[a-z][a-z_]*):(?P<thing>[A-Z][A-Za-z]*)")


def component_classes() -> Iterator[type[pulumi.ComponentResource]]:
    for module in pkgutil.iter_modules(components.__path__):
        content = importlib.import_module(f"components.{module.name}")
        for each in vars(content).values():
            if (
                inspect.isclass(each)
                and issubclass(each, pulumi.ComponentResource)
                and each.__module__ == content.__name__
            ):
                yield each


CLASSES = list(component_classes())


def by_urn(deployed: Deployed) -> dict[str, Recorded]:
    return {resource.urn: resource for resource in deployed.resources}


def own(deployed: Deployed) -> list[Recorded]:
    return [resource for resource in deployed.resources if resource.is_component]


def test_there_are_components() -> None:
    assert CLASSES


@pytest.mark.parametrize("component", CLASSES, ids=lambda each: each.__name__)
def test_arguments_are_frozen_and_given_by_name(component: type) -> None:
    args = getattr(importlib.import_module(component.__module__), f"{component.__name__}Args")
    assert args.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(args))
    assert list(inspect.signature(component).parameters) == ["name", "args", "opts"]


@pytest.mark.parametrize("component", CLASSES, ids=lambda each: each.__name__)
def test_a_component_and_its_arguments_are_described(component: type) -> None:
    args = getattr(importlib.import_module(component.__module__), f"{component.__name__}Args")
    assert component.__doc__
    described = set(re.findall(r"^ +(\w+): ", args.__doc__, flags=re.MULTILINE))
    assert {field.name for field in dataclasses.fields(args)} <= described


def test_the_program_uses_every_component(deployed: Deployed) -> None:
    used = {each.type.split(":")[2] for each in own(deployed)}
    assert {component.__name__ for component in CLASSES} == used


def test_a_token_names_the_file_and_the_class(deployed: Deployed) -> None:
    files = {component.__name__: component.__module__.removeprefix("components.") for component in CLASSES}
    for each in own(deployed):
        match = TOKEN.fullmatch(each.type)
        assert match, each.type
        assert files[match["thing"]] == match["capability"]


def test_every_resource_is_part_of_a_component(deployed: Deployed) -> None:
    resources = by_urn(deployed)
    for each in deployed.resources:
        if not each.is_component:
            assert each.parent in resources, f"{each.urn} has no component as its parent"
            assert resources[each.parent].is_component


def test_a_child_is_named_after_its_component(deployed: Deployed) -> None:
    resources = by_urn(deployed)
    for each in deployed.resources:
        if each.parent in resources:
            name = resources[each.parent].name
            assert each.name == name or each.name.startswith(f"{name}-"), each.urn


def test_a_component_registers_outputs_that_it_offers(deployed: Deployed) -> None:
    classes = {component.__name__: component for component in CLASSES}
    for each in own(deployed):
        assert each.outputs is not None, f"{each.urn} never called register_outputs"
        offered = inspect.get_annotations(classes[each.type.split(":")[2]])
        assert offered, f"{each.type} annotates no output"


def test_a_component_has_children(deployed: Deployed) -> None:
    parents = {each.parent for each in deployed.resources}
    assert all(each.urn in parents for each in own(deployed))


def test_the_default_provider_tags_everything(deployed: Deployed) -> None:
    for each in deployed.resources:
        assert each.provider == "", f"{each.urn} leaves the provider that carries account, region and tags"
        assert "tags" not in each.inputs or not {"Project", "Environment", "ManagedBy"} & set(
            each.inputs["tags"]
        )


def test_the_program_asks_nothing_while_it_runs(deployed: Deployed) -> None:
    assert deployed.invoked == (), "a plain invoke starts the engine before the guard has judged"
