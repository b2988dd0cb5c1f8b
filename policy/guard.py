"""The guard in the program: the rules hold even when nobody attached the pack.

`install` is the first statement of the program, `judge` the last. In between every registration is written
down in this process; the engine hears of the first resource only after the program has ended, so a program
with a violation ends in `judge` with nothing registered: `pulumi preview` and `pulumi up` fail, with or
without `--skip-preview`, and state and account stay as they were. A program that fails on its way to `judge`
ends the same way: the SDK would still send what it has queued, and nobody would have judged it.

The guard exits with `report.STOPPED`. It does not raise: an exception would let the SDK send what is queued.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import pulumi
from pulumi import resource
from pulumi.runtime import register_stack_transformation
from pulumi.runtime.resource import register_resource
from pulumi.runtime.settings import get_root_resource

from policy import blind_spots, outputs, report
from policy.configuration import ConfigurationError
from policy.exemptions import ExemptionsError
from policy.graph import Graph, Resource
from policy.judgement import default_provider, judge_stack, terms_of
from policy.rule import Rule, RuleError
from policy.rules import RULES
from policy.stages import ROOT_STACK

STOPPED: Final = report.STOPPED
"""The exit code of a program that has said itself why it ends."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One call of a resource's constructor, as the program made it."""

    resource: pulumi.Resource
    type: str
    name: str
    inputs: Mapping[str, Any]
    options: pulumi.ResourceOptions

    @property
    def is_read(self) -> bool:
        """Whether the program only looks at it."""
        return self.options.id is not None or self.options.urn is not None

    @property
    def is_component(self) -> bool:
        """Whether it only groups resources of this program."""
        return isinstance(self.resource, pulumi.ComponentResource) and not self.resource._remote  # noqa: SLF001 - the SDK's own mark


def _register(made: pulumi.Resource, type_: str, name: str, *rest: Any) -> None:  # noqa: ANN401 - handed on
    """What the SDK's constructors call: in threads and contexts of their own, transformations are lost."""
    if type_ == ROOT_STACK:
        _guards.clear()  # another program begins
    elif _guards and made not in _guards[0].recorded:
        _guards[0].note_unseen(type_, name)
    register_resource(made, type_, name, *rest)


class Guard:
    """Writes down the registrations of one program run and judges them."""

    def __init__(self, *, stage: str, retention_days: int, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.stage = stage
        self.retention_days = retention_days
        self.registrations: list[Registration] = []
        self.recorded: set[pulumi.Resource] = set()
        self.unseen: list[str] = []
        self.judged = False
        self.engine_started = False
        self.root = get_root_resource()

    def watch(self) -> None:
        """Sees every registration from now on, and the end of the program."""
        register_stack_transformation(self.record)
        vars(resource)["register_resource"] = _register
        finish = self.root._finish  # type: ignore[union-attr] # noqa: SLF001 - the SDK calls it when the program ends

        def end() -> None:
            if self.registrations and not self.judged and (error := sys.exc_info()[1]) is not None:
                _stop(_unfinished(error))
            finish()

        self.root._finish = end  # type: ignore[union-attr] # noqa: SLF001 - as above

    def record(self, args: pulumi.ResourceTransformationArgs) -> None:
        """The stack transformation: it changes nothing."""
        if self.judged:
            _stop(f'policy: {args.type_} "{args.name}" {blind_spots.LATE}')
        if not self.registrations:
            # Whatever lets the event loop turn before the judgement also sends what is queued in it.
            asyncio.get_event_loop().call_soon(self._note_engine_start)
        self.recorded.add(args.resource)
        self.registrations.append(
            Registration(
                resource=args.resource,
                type=args.type_,
                name=args.name,
                inputs=args.props,
                options=args.opts,
            )
        )

    def note_unseen(self, type_: str, name: str) -> None:
        """A resource reaches the engine without having passed the transformation."""
        if self.judged:
            _stop(f'policy: {type_} "{name}" {blind_spots.LATE}')
        self.unseen.append(f'{type_} "{name}" {blind_spots.UNSEEN}')

    def _note_engine_start(self) -> None:
        self.engine_started = True

    def graph(self) -> Graph:
        """The program's resources; those it only reads are the business of others."""
        urns = self._urns()
        owners = {
            output._data: registration.resource  # noqa: SLF001 - see policy.outputs
            for registration in self.registrations
            for name in ("urn", "id", *registration.inputs)
            if isinstance(output := vars(registration.resource).get(name), pulumi.Output)
        }
        resources = []
        for registration in self.registrations:
            if registration.is_read:
                continue
            made = registration.resource
            sources = {key: outputs.origins(value, owners) for key, value in registration.inputs.items()}
            resources.append(
                Resource(
                    urn=urns[made],
                    type=registration.type,
                    name=registration.name,
                    properties=outputs.translate(made, registration.inputs),
                    dependencies={
                        outputs.input_name(made, key): tuple(
                            sorted(urns[one] for one in found if one in urns)
                        )
                        for key, found in sources.items()
                        if found
                    },
                    is_component=registration.is_component,
                )
            )
        tags = pulumi.Config("aws").get("defaultTags")
        return Graph([*resources, *default_provider(pulumi.get_stack(), pulumi.get_project(), tags)])

    def _urns(self) -> dict[pulumi.Resource, str]:
        types: dict[pulumi.Resource, str] = {}
        urns: dict[pulumi.Resource, str] = {}
        for registration in self.registrations:
            parent = registration.options.parent
            prefix = f"{types[parent]}$" if parent is not self.root and parent in types else ""
            types[registration.resource] = f"{prefix}{registration.type}"
            urns[registration.resource] = (
                f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}"
                f"::{types[registration.resource]}::{registration.name}"
            )
        return urns

    def judge(self) -> None:
        """Ends the process if the program breaks a rule, or if a rule cannot be decided."""
        self.judged = True
        if self.engine_started:
            _stop(f"policy: {blind_spots.WAITED}")
        if blind := list(self.blind_spots()):
            _stop("\n".join(f"policy: {sentence}" for sentence in blind))
        terms = terms_of(self.stage, retention_days=self.retention_days, rules=self.rules)
        findings = judge_stack(self.graph(), terms, project=pulumi.get_project())
        if any(finding.stops for finding in findings):
            _stop(report.render(findings))
        if findings:
            sys.stderr.write(report.render(findings) + "\n")

    def blind_spots(self) -> Iterator[str]:
        """What would change the program's resources behind the guard."""
        yield from blind_spots.of_the_program(self.record)
        yield from self.unseen
        judged = {type_ for rule in self.rules for type_ in rule.types}
        for one in self.registrations:
            yield from blind_spots.of_a_resource(
                one.type, one.name, one.options, judged=one.type in judged and not one.is_read
            )
        yield from blind_spots.repeated(self._urns().values())


_guards: list[Guard] = []


def install(*, stage: str, retention_days: int, rules: Sequence[Rule] = RULES) -> None:
    """Starts to write down what the program registers; call it before the first resource.

    Args:
        stage: the stage that is deployed, the name of its stack.
        retention_days: for how many days the stack keeps its logs; the stage's own minimum holds below it.
        rules: what is judged.
    """
    guard = Guard(stage=stage, retention_days=retention_days, rules=rules)
    if _guards and _guards[0].root is guard.root:
        _stop("policy: policy.guard.install() is called twice: what was registered before would be forgotten")
    _guards[:] = [guard]
    guard.watch()


def judge() -> None:
    """Judges what was registered since `install`; call it as the last statement of the program.

    Returns when no mandatory rule is broken. Otherwise, and also when a rule itself fails, the findings go to
    stderr and the process exits with `report.STOPPED`, nothing having been registered.
    """
    if not _guards:
        _stop("policy: call policy.guard.install() before the first resource")
    try:
        _guards[0].judge()
    except RuleError as error:
        _stop(str(error))
    except (ConfigurationError, ExemptionsError) as error:
        _stop(f"policy: {error}")
    except Exception as error:  # noqa: BLE001 - raising would let the engine create what is queued
        place = traceback.extract_tb(error.__traceback__)[-1]
        _stop(
            f"policy: guard failed, {type(error).__name__} at {Path(place.filename).name}:{place.lineno}: "
            "nothing was judged, so nothing was changed"
        )


def refusals() -> list[str]:
    """Why the guard would refuse the program, apart from its rules: what changes resources behind it."""
    if not _guards:
        return ["the program does not call policy.guard.install() before its first resource"]
    return list(_guards[0].blind_spots())


def _unfinished(error: BaseException) -> str:
    """What to tell of a program that ended by an error, or by an exit, before it was judged."""
    if isinstance(error, pulumi.RunError):
        cause = f"error: {error}"
    elif isinstance(error, SystemExit):
        cause = f"error: the program left with exit code {error.code}"
    elif isinstance(error, KeyboardInterrupt):
        cause = "error: the program was interrupted"
    else:
        cause = "".join(traceback.format_exception(error)).rstrip()
    return f"{cause}\npolicy: the program ended before it was judged: nothing was changed"


def _stop(message: str) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
    os._exit(STOPPED)
