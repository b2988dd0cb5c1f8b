"""Runs a program under Pulumi mocks, every output known, and writes down what it registers.

Neither engine nor credentials nor network are used. The program runs in a fork of this process: whatever it
does there, up to ending the process, the judgement is made by a process that it has never touched.
"""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import run_in_stack

from policy import blind_spots, guard
from policy.graph import Resource
from policy.mocks import Cloud
from policy.monitor import Monitor
from policy.places import Frames, Place
from policy.stack_files import StackFile

UNJUDGED: Final = "the program does not call policy.guard.judge() as its last statement"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a program registered.

    `places` says for each URN where in the repository it is made, innermost line first; `refusals` are ways
    around the guard, a sentence each; `reasons` says for each URN of a role's policy why each of its
    statements stands there; `error` is why the program did not come to its end.
    """

    resources: tuple[Resource, ...] = ()
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    error: str | None = None


def record(stack: StackFile) -> Recording:
    """Runs the program of a stack to its end, in a process of its own."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # this process's parent tells of a Ctrl-C
            os.dup2(2, 1)  # what the program prints is no part of a report
            told = Trial(stack).run()
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump(told, pipe)
        except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not text:
        return Recording(error=f"the program ended the process that ran it (exit code {code})")
    told = json.loads(text)
    return Recording(
        resources=tuple(Resource(**one) for one in told["resources"]),
        places={urn: tuple(Place(*place) for place in found) for urn, found in told["places"].items()},
        refusals=tuple(told["refusals"]),
        reasons={urn: tuple(reasons) for urn, reasons in told["reasons"].items()},
        error=told["error"],
    )


class StoppedError(BaseException):
    """The guard would have ended the process; the text is what it says."""


class Trial:
    """One run of a program, in the process that was made for it."""

    def __init__(self, stack: StackFile) -> None:
        self.stack = stack
        self.monitor = Monitor(Cloud(account=stack.account, region=stack.region))
        self.frames = Frames(stack.root)
        self.made: list[tuple[pulumi.Resource, str, str, tuple[Place, ...]]] = []
        self.reasons: list[tuple[pulumi.Resource, list[str]]] = []
        self.judged_at: int | None = None
        self.turned = False
        self.refusals: list[str] = []
        self.error: BaseException | None = None
        self.logged: list[str] = []

    def run(self) -> dict[str, Any]:
        """Runs the program as the language host does, and tells what came of it as JSON can hold it."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a failed program leaves tasks behind
        os.environ.pop("PULUMI_CONFIG", None)
        folder = self.stack.program.parent
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        sys.argv = [str(self.stack.program)]
        pulumi.runtime.set_all_config(dict(self.stack.texts), list(self.stack.secrets))
        pulumi.runtime.set_mocks(
            self.monitor.mocks,
            project=self.stack.project,
            stack=self.stack.name,
            preview=True,  # what nobody made up stays unknown
            logger=self._logger(),
            monitor=self.monitor,
        )
        set_root_resource(None)  # type: ignore[arg-type] # the program gets its own, as under an engine
        guard._guards.clear()  # noqa: SLF001 - this process may have run a program before
        guard.judge = self._note_judgement
        guard._stop = _raise_stopped  # type: ignore[assignment] # noqa: SLF001 - it would end this process
        try:
            loop.run_until_complete(run_in_stack(self._program))
        except BaseException as error:  # noqa: BLE001 - told as a sentence
            self.error = self.error or error
        self._tell_late_ones()
        return {
            "resources": self.monitor.registered,
            "places": {urn: places for resource, *_, places in self.made if (urn := _urn_of(resource))},
            "refusals": list(dict.fromkeys(self.refusals)),
            "reasons": {urn: reasons for resource, reasons in self.reasons if (urn := _urn_of(resource))},
            "error": self._sentence(),
        }

    def _program(self) -> None:
        pulumi.runtime.register_stack_transformation(self._note_place)
        try:
            runpy.run_path(str(self.stack.program), run_name="__main__")
            self.refusals += guard.refusals()
            if self.judged_at is None:
                self.refusals.append(UNJUDGED)
        except BaseException as error:  # noqa: BLE001 - told as a sentence
            self.error = error

    def _note_place(self, args: pulumi.ResourceTransformationArgs) -> None:
        if not self.made:
            asyncio.get_event_loop().call_soon(self._note_turn)
        self.made.append((args.resource, args.type_, args.name, self.frames.now()))
        if reasons := _reasons(args.props):
            self.reasons.append((args.resource, reasons))

    def _note_turn(self) -> None:
        """The event loop turns: whatever makes it do so early also sends what is queued in it."""
        self.turned = True

    def _note_judgement(self) -> None:
        self.judged_at = len(self.made)
        if self.turned:
            self.refusals.append(blind_spots.WAITED)

    def _tell_late_ones(self) -> None:
        if self.judged_at is not None:
            late = self.made[self.judged_at :]
            self.refusals += [f'{type_} "{name}" {blind_spots.LATE}' for _, type_, name, _ in late]

    def _logger(self) -> logging.Logger:
        trial = self

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if record.levelno >= logging.ERROR:
                    trial.logged.append(record.getMessage())

        logger = logging.getLogger("policy.trial")
        logger.addHandler(Handler())
        logger.propagate = False
        return logger

    def _sentence(self) -> str | None:
        error = self.error
        if isinstance(error, StoppedError):
            error = error.__context__ or error  # what the guard stopped for, where the program failed first
        match error:
            case None:
                return self.logged[0] if self.logged else None
            case SystemExit():
                return "\n".join(self.logged) or f"the program left with exit code {error.code}"
            case pulumi.RunError() | StoppedError():
                return str(error)
            case KeyboardInterrupt():
                return "the program was interrupted"
        traceback.print_exception(error)
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(self.stack.root) and "site-packages" not in path.parts:
                place = f" at {path.relative_to(self.stack.root).as_posix()}:{frame.lineno}"
                break
        else:
            place = ""
        return f"the program failed with {type(error).__name__}{place}: its traceback is on stderr"


def _raise_stopped(message: str) -> None:
    raise StoppedError(message.removeprefix("policy: "))


def _reasons(properties: Mapping[str, Any]) -> list[str]:
    """Why a role may do what its policy allows, where the document still knows of what it was made."""
    document = properties.get("policy")
    grants = vars(document).get("grants", ()) if isinstance(document, pulumi.Output) else ()
    return [grant.reason for grant in grants]


def _urn_of(resource: pulumi.Resource) -> str | None:
    """The URN of a resource, where its registration came through."""
    urn = vars(resource).get("urn")
    future = urn._data if isinstance(urn, pulumi.Output) else None  # noqa: SLF001 - has to be read without waiting
    if future is None or not future.done() or future.cancelled() or future.exception():
        return None
    return future.result().value  # type: ignore[no-any-return]
