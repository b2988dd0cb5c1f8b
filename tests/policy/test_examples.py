"""The examples of docs/policy.md do what they say: each is deployed to a recorder and judged by its rule."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import run_in_stack

from policy import configuration, exemptions
from policy.documentation import PREAMBLE, examples
from policy.exemptions import Exemptions
from policy.graph import Graph, Resource
from policy.judgement import Terms, judge_stack
from policy.mocks import Cloud
from policy.rule import Context, Outcome, judge
from policy.rules import BY_ID, CONCERNS, RULES
from policy.stages import retention_floor
from tests.policy.cases.case import resource
from tests.support.program import ACCOUNT, PROJECT, REGION, STACK_TYPE, Answers

STAGE = "production"
TODAY = date(2026, 12, 1)
ABOUT_FILES = {rule.id for rule in CONCERNS["governance"]}
PREVIEWED = {"customer-key-source"}
"""Rules about values that are not known yet: their examples are judged before anything exists."""


@dataclass(frozen=True, kw_only=True)
class Example:
    rule: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.kind}"


EXAMPLES = [
    Example(rule=rule, kind=kind, text=text)
    for rule, texts in examples().items()
    for kind, text in texts.items()
]


class Update(Answers):
    """Answers with ARNs in the form that AWS gives them."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        id_, made_up = super().new_resource(args)
        answer = Cloud(account=ACCOUNT, region=REGION).answer(args.typ, args.name, args.inputs)
        return id_, made_up | {"arn": answer.get("arn", made_up["arn"])} | args.inputs


class Preview(Answers):
    """Answers with the inputs only: what AWS would add is not known yet."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return None, dict(args.inputs)


class Observer(mocks.MockMonitor):
    """A mock monitor that keeps what it is told as the rules see it."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.observed: list[Resource] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        answer: Any = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != STACK_TYPE:
            identity = {"id": answer.id} if answer.id else {}
            self.observed.append(
                Resource(
                    urn=answer.urn,
                    type=request.type,
                    name=request.name,
                    properties=json_format.MessageToDict(request.object),
                    outputs=json_format.MessageToDict(answer.object) | identity,
                    dependencies={
                        name: tuple(found.urns) for name, found in request.propertyDependencies.items()
                    },
                )
            )
        return answer


def registered(text: str, *, preview: bool) -> list[Resource]:
    """What a snippet registers, after the lines that docs/policy.md puts before all of them."""
    monitor = Observer(Preview() if preview else Update())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def program() -> None:
        exec(compile(f"{PREAMBLE}\n{text}", "example", "exec"), {})  # noqa: S102 - it is ours

    try:
        pulumi.runtime.set_mocks(
            monitor.mocks, project=PROJECT, stack=STAGE, preview=preview, monitor=monitor
        )
        set_root_resource(None)  # type: ignore[arg-type] # the snippet gets its own, as under an engine
        loop.run_until_complete(run_in_stack(program))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return monitor.observed


def outcomes(example: Example) -> set[Outcome]:
    """What the rule says of any resource of a snippet."""
    resources = registered(example.text, preview=example.rule in PREVIEWED)
    context = Context(graph=Graph(resources), retention_days=retention_floor(STAGE))
    return {finding.outcome for finding in judge([BY_ID[example.rule]], context)}


def file_findings(example: Example, folder: Path) -> set[str]:
    """The rules on files that a stack with one queue in clear breaks, under the file of the example."""
    entries = Exemptions(entries=(), today=TODAY)
    settings = configuration.Configuration(stage=STAGE, retention_days=retention_floor(STAGE))
    if example.text.startswith("{"):
        settings = configuration.read(STAGE, json.loads(example.text))
    else:
        file = folder / "exemptions.yaml"
        file.write_text(example.text)
        entries = exemptions.load(file, today=TODAY)
    graph = Graph([resource("aws:sqs/queue:Queue", {}, name="orders")])
    found = judge_stack(
        graph, Terms(stack=STAGE, configuration=settings, exemptions=entries), project=PROJECT
    )
    return {finding.rule.id for finding in found} & ABOUT_FILES


OF_RESOURCES = [example for example in EXAMPLES if example.rule not in ABOUT_FILES]
OF_FILES = [example for example in EXAMPLES if example.rule in ABOUT_FILES]


@pytest.mark.parametrize("example", OF_RESOURCES, ids=str)
def test_a_bad_example_breaks_its_rule_and_a_good_one_does_not(example: Example) -> None:
    found = outcomes(example)
    assert Outcome.VIOLATION in found if example.kind == "bad" else not found


@pytest.mark.parametrize("example", OF_FILES, ids=str)
def test_a_bad_file_breaks_its_rule_and_a_good_one_does_not(example: Example, tmp_path: Path) -> None:
    found = file_findings(example, tmp_path)
    assert found == ({example.rule} if example.kind == "bad" else set())


def test_every_rule_has_a_bad_and_a_good_example() -> None:
    assert {(example.rule, example.kind) for example in EXAMPLES} == {
        (rule.id, kind) for rule in RULES for kind in ("bad", "good")
    }
