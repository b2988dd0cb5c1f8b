"""The compliant graphs that defects are put into, each before and after its deployment."""

import gc
import runpy
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from unittest import mock

import pulumi

from policy import guard, trial
from policy.check import ROOT
from policy.graph import Graph, Resource
from policy.judgement import Terms, default_provider, terms_of
from policy.stack_files import StackFile, read
from policy.stages import retention_floor
from tests.policy.levels import own_levels
from tests.support.program import deploy, deploy_program

STACK = "production"
PROJECT = "omnitrack"
FUTURE = Path(__file__).with_name("future_program.py")

Resources = Mapping[str, Resource]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The two graphs of one program.

    `preview` is what the guard sees before anything exists: what AWS will answer is unknown. `update` is the
    same program with every answer known. Both hold the same resources, by their URNs.
    """

    name: str
    preview: Resources
    update: Resources


@cache
def terms() -> Terms:
    """The terms of production, with what its configuration switches off."""
    return terms_of(STACK, retention_days=retention_floor(STACK))


@cache
def tested() -> Terms:
    """The terms that defects are judged by: every rule is on."""
    return own_levels(terms())


@cache
def platform(stack: str) -> Stage:
    """The platform's own program, for one of its stacks."""
    return Stage(
        name=stack,
        preview=_previewed(lambda: deploy_program(stack)),
        update=_updated(read(ROOT, stack)),
    )


def production() -> Stage:
    """The platform in production."""
    return platform(STACK)


@cache
def future() -> Stage:
    """The program of what is not used yet."""
    file = read(ROOT, STACK)

    def run() -> None:
        pulumi.runtime.set_all_config(dict(file.texts), [])
        try:
            deploy(lambda: runpy.run_path(str(FUTURE), run_name="__main__"), stack=STACK)
        finally:
            pulumi.runtime.set_all_config({}, [])

    return Stage(name="future", preview=_previewed(run), update=_updated(replace(file, program=FUTURE)))


def programs() -> tuple[Stage, ...]:
    return production(), future()


def _previewed(run: Callable[[], object]) -> Resources:
    kept: list[Graph] = []

    def keep() -> None:
        kept.append(guard._guards[0].graph())
        guard._guards[0].judged = True

    with ExitStack() as replaced:
        replaced.enter_context(mock.patch("policy.guard.judge", keep))
        run()
    (graph,) = kept
    return {resource.urn: resource for resource in graph}


def _updated(file: StackFile) -> Resources:
    gc.collect()  # the fork would copy what nobody needs any more
    recording = trial.record(file)
    if recording.error is not None or recording.refusals:
        raise AssertionError(recording.error or recording.refusals)
    found = [
        *recording.resources,
        *default_provider(file.name, file.project, file.texts.get("aws:defaultTags")),
    ]
    return {resource.urn: resource for resource in found}
