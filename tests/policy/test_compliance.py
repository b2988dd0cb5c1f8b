"""The platform keeps every rule in every stack, whatever is known of it."""

from collections.abc import Iterable, Mapping

import pytest

from policy.graph import UNKNOWN, Graph, Resource
from policy.judgement import judge_stack, terms_of
from policy.rule import Finding, Outcome
from tests.policy.levels import own_levels
from tests.policy.mutations.graphs import PROJECT, platform

GENERATIONS = "omnitrack:generated_secret:GeneratedSecret"
STACKS = ("development", "staging", "production")


def judged(resources: Iterable[Resource], stack: str) -> list[Finding]:
    return judge_stack(Graph(resources), terms_of(stack), project=PROJECT)


@pytest.mark.parametrize("stack", STACKS)
def test_after_its_deployment_nothing_is_found_and_nothing_undecided(stack: str) -> None:
    assert [finding.message for finding in judged(platform(stack).update.values(), stack)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_before_its_deployment_nothing_is_broken_and_the_mission_is_decided(stack: str) -> None:
    found = judged(platform(stack).preview.values(), stack)
    assert [finding.message for finding in found if finding.outcome is Outcome.VIOLATION] == []
    assert [finding.message for finding in found if finding.rule.mission] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_secret_that_no_schedule_rotates_has_generations(stack: str) -> None:
    graph = Graph(platform(stack).update.values())
    found = judge_stack(graph, own_levels(terms_of(stack)), project=PROJECT)
    urns = [finding.urn for finding in found if finding.rule.id == "secret-rotation"]
    assert urns  # else the rule need not be off
    assert [urn for urn in urns if f"::{GENERATIONS}$" not in urn] == []


def test_only_the_queue_that_awaits_an_address_is_no_dead_letter_queue_yet() -> None:
    graph = Graph(platform("development").update.values())
    found = judge_stack(graph, own_levels(terms_of("development")), project=PROJECT)
    urns = [finding.urn for finding in found if finding.rule.id == "sqs-dlq"]
    assert [urn.rpartition("::")[2] for urn in urns] == ["alerts-undelivered"]


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_broken_where_nothing_is_known(stack: str) -> None:
    def clouded(resource: Resource) -> Resource:
        return Resource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=dict.fromkeys(resource.properties, UNKNOWN),
            dependencies=resource.dependencies,
            is_component=resource.is_component,
        )

    found = judged(map(clouded, platform(stack).preview.values()), stack)
    assert [finding.message for finding in found if finding.outcome is Outcome.VIOLATION] == []
    assert found  # what is not known is said, not passed over


def test_the_stacks_are_what_the_repository_has(pytestconfig: pytest.Config) -> None:
    files: Mapping[str, object] = {file.name: file for file in pytestconfig.rootpath.glob("Pulumi.*.yaml")}
    assert set(files) == {f"Pulumi.{stack}.yaml" for stack in STACKS}
